"""Writes to rounds: what people and supervisors do (`rounds`), and what a running job does (`ledger`)."""

from training.services.rounds import (
    MOST_ITERATIONS,
    round_cancel,
    round_claim,
    round_claim_next,
    round_like,
    round_params,
    round_resume,
    round_send,
    round_start,
    round_waits,
)
from training.services.sweeping import round_return, rounds_remind, rounds_sweep, worker_gone

__all__ = [
    "MOST_ITERATIONS",
    "round_cancel",
    "round_claim",
    "round_claim_next",
    "round_like",
    "round_params",
    "round_resume",
    "round_return",
    "round_send",
    "round_start",
    "round_waits",
    "rounds_remind",
    "rounds_sweep",
    "worker_gone",
]
