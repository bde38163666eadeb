"""Chains that nobody sampled: a known answer, written as SFT teaches it."""

from __future__ import annotations

import random

from training.ml.prompts import write_chain
from training.ml.records import Question


def written_chains(question: Question, *, count: int, use_evidence: bool, seed: int) -> list[str]:
    """At most `count` chains that end in the question's known answer, each looking at another photo.

    The photos are the marked evidence, or any where none is marked. The draw depends on the seed and the
    question alone.
    """
    if question.answer is None:
        raise ValueError(f"question {question.question_id} has no known answer to write a chain of")
    photos = range(1, len(question.listing.images) + 1)
    candidates = (use_evidence and question.evidence) or photos
    draw = random.Random(f"{seed}:{question.question_id}")
    looks = draw.sample(candidates, min(count, len(candidates)))
    return [write_chain(photo=photo, answer=question.answer) for photo in looks]
