"""What the pages of rounds show, read from ledger rows, stored figures and the ends of files."""
