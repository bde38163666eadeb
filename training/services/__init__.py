"""Writes to rounds: what people and supervisors do (`rounds`), and what a running job does (`ledger`)."""

from training.services.rounds import (
    MOST_ITERATIONS,
    round_cancel,
    round_claim,
    round_like,
    round_resume,
    round_send,
    round_start,
    rounds_sweep,
    worker_gone,
)

__all__ = [
    "MOST_ITERATIONS",
    "round_cancel",
    "round_claim",
    "round_like",
    "round_resume",
    "round_send",
    "round_start",
    "rounds_sweep",
    "worker_gone",
]
