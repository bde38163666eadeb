"""The audit log: who did what to what, when and from where (docs/decisions/0037). A leaf: it knows no app."""
