"""What a token may do, at most: never more than its person."""

from enum import StrEnum


class Scope(StrEnum):
    """One right of a token."""

    READ = "read"
    PREDICT = "predict"
    LABEL = "label"
    MANAGE = "manage"
    AUDIT = "audit"


SCOPES = {
    Scope.READ: "Read everything that you may see.",
    Scope.PREDICT: "Have model versions answer questions about photos.",
    Scope.LABEL: "Lease, answer and finish tasks in your name.",
    Scope.MANAGE: "Start, cancel and resume imports and rounds, and promote model versions.",
    Scope.AUDIT: "Read the audit log, as an admin.",
}
"""In words for people."""
