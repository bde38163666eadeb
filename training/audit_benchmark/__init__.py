"""How fast a long audit log is read and written: its entries, what is asked of it, and plain SQL for that."""
