"""Sampled chains to browse, while a stage draws them or after it: a page of one shard's file at a time."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.selectors.scopes import is_limited
from training.ml.records import Chain
from training.ml.shards import GREEDY, LABELLED, SAMPLED, columns
from training.models import Round
from training.pages.cards import Card, cards, part, possible_ids
from training.selectors import RoundProgress

if TYPE_CHECKING:
    import pyarrow as pa

QUESTIONS_PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class Said:
    """A text, and how many chains are exactly that."""

    text: str
    times: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The chains of a question that end in one answer."""

    answer: str
    """Empty: nothing that is allowed."""
    chains: int
    of: int
    said: tuple[Said, ...]

    @property
    def percent(self) -> int:
        return round(100 * self.chains / self.of)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what the model said to it."""

    card: Card
    attribute: str
    answers: tuple[Answer, ...]
    """The most frequent first."""
    greedy: str | None = None
    """What the one greedy chain ends in, where the stage has one: an answer, or an empty text."""
    truth: str = ""
    """What people say, of a gold question."""


@dataclass(frozen=True, slots=True)
class StageChoice:
    """A stage whose chains can be looked at."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class ChainsPage:
    """A page of one shard."""

    stages: tuple[StageChoice, ...]
    stage: StageChoice | None
    questions: tuple[Asked, ...]
    shard: int
    """From 1."""
    shards: int
    number: int
    """Of the page in its shard, from 1."""
    pages: int
    is_split_only: bool

    @property
    def before(self) -> tuple[int, int] | None:
        """(shard, page) of the page before this one; 0 is a shard's last page."""
        if self.number > 1:
            return self.shard, self.number - 1
        return (self.shard - 1, 0) if self.shard > 1 else None

    @property
    def after(self) -> tuple[int, int] | None:
        """(shard, page) of the page after this one."""
        if self.number < self.pages:
            return self.shard, self.number + 1
        return (self.shard + 1, 1) if self.shard < self.shards else None


def chains_page(
    round_: Round, progress: RoundProgress, *, key: str, shard: int, number: int, split_only: bool
) -> ChainsPage:
    """A page of chains.

    Args:
        key: of the stage, such as 1-sample; any other text stands for the newest stage that has chains.
        shard: from 1; what lies outside counts as the nearest.
        number: of the page in the shard, from 1; 0 for the last.
        split_only: leave out the questions on which all chains agree.
    """
    stages = _stages(round_, progress)
    stage = next((one for one in stages if one.key == key), stages[-1] if stages else None)
    files = sorted(_shards(_folder(round_, stage.key))) if stage else []
    shard = min(max(shard, 1), max(len(files), 1))
    table = _table(_folder(round_, stage.key) / files[shard - 1] if stage and files else None)
    spans = _spans(table, split_only=split_only)
    pages = max(1, -(-len(spans) // QUESTIONS_PER_PAGE))
    number = pages if number == 0 else min(max(number, 1), pages)
    shown = spans[(number - 1) * QUESTIONS_PER_PAGE : number * QUESTIONS_PER_PAGE]
    truths = _truths(round_, stage.key) if stage else {}
    return ChainsPage(
        stages=stages,
        stage=stage,
        questions=_asked([_chains(table, span) for span in shown], truths),
        shard=shard,
        shards=len(files),
        number=number,
        pages=pages,
        is_split_only=split_only,
    )


def answers_of(sampled: Sequence[Chain]) -> tuple[Answer, ...]:
    """The chains of a question by the answer that they end in, the most frequent first."""
    counts = Counter(chain.answer or "" for chain in sampled)
    return tuple(
        Answer(answer, count, len(sampled), _said(sampled, answer))
        for answer, count in sorted(counts.items(), key=lambda item: (not item[0], -item[1], item[0]))
    )


def _stages(round_: Round, progress: RoundProgress) -> tuple[StageChoice, ...]:
    rows = [(f"{row.iteration}-{row.name}", row) for row in progress.stages if row.name in SAMPLED]
    return tuple(
        StageChoice(key, row.label[:1].upper() + row.label[1:])
        for key, row in rows
        if any(_shards(_folder(round_, key)))
    )


def _folder(round_: Round, key: str) -> Path:
    return round_.folder / "shards" / key


def _shards(folder: Path) -> Iterator[str]:
    """The names of the shards that are done, in no order: there may be ten thousand, so no more than that."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (entry.name for entry in entries if entry.name.endswith(".parquet"))


def _table(path: Path | None) -> "pa.Table":
    import pyarrow.parquet as pq  # The web process loads it when somebody looks.

    # A dataset, which read_table would make of it, and threads only pay for larger files.
    return pq.ParquetFile(path).read(use_threads=False) if path else columns(Chain).empty_table()


def _spans(table: "pa.Table", *, split_only: bool) -> list[tuple[int, int]]:
    """(first row, rows) of each question, in order; the chains of a question are neighbours."""
    ids, answers = table["question_id"].to_pylist(), table["answer"].to_pylist()
    spans, start = [], 0
    for _, group in groupby(ids):
        count = sum(1 for _ in group)
        if not split_only or len(set(answers[start : start + count])) > 1:
            spans.append((start, count))
        start += count
    return spans


def _chains(table: "pa.Table", span: tuple[int, int]) -> list[Chain]:
    return [Chain.from_json(row) for row in table.slice(*span).to_pylist()]


def _asked(asked: Sequence[Sequence[Chain]], truths: Mapping[str, str]) -> tuple[Asked, ...]:
    known = cards(possible_ids(chains[0].question_id for chains in asked))
    shown = (_question(chains, known, truths.get(chains[0].question_id, "")) for chains in asked)
    # Of a listing without a card nobody knows any more whose it was.
    return tuple(one for one in shown if one.card.exists or not is_limited())


def _question(chains: Sequence[Chain], known: Mapping[str, Card], truth: str) -> Asked:
    card, attribute = part(chains[0].question_id, known)
    sampled = [chain for chain in chains if chain.index != GREEDY]
    greedy = next((chain.answer or "" for chain in chains if chain.index == GREEDY), None)
    return Asked(card, attribute, answers_of(sampled), greedy, truth)


def _said(chains: Sequence[Chain], answer: str) -> tuple[Said, ...]:
    texts = Counter(chain.text.strip() for chain in chains if (chain.answer or "") == answer)
    return tuple(Said(text, times) for text, times in texts.most_common())


def _truths(round_: Round, key: str) -> dict[str, str]:
    """{question id: the answer of people} of the listings that the stage asks about; empty of the pool's."""
    split = LABELLED.get(key.partition("-")[2])
    if split is None:
        return {}
    labelled = Round.objects.values_list(f"inputs__listings__{split}", flat=True).get(pk=round_.pk)
    return {
        f"{row['listing_id']}/{attribute}": answer
        for row in labelled or ()
        for attribute, answer in row["answers"].items()
    }
