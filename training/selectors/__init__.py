"""Reads for people and jobs: where rounds are (`progress`)."""

from training.selectors.progress import (
    STAGE_LABELS,
    RoundProgress,
    StageRow,
    champion_id,
    latest_round_id,
    listing_counts,
    round_progress,
    rounds,
    rounds_with,
    running_stage,
    stage_label,
)

__all__ = [
    "STAGE_LABELS",
    "RoundProgress",
    "StageRow",
    "champion_id",
    "latest_round_id",
    "listing_counts",
    "round_progress",
    "rounds",
    "rounds_with",
    "running_stage",
    "stage_label",
]
