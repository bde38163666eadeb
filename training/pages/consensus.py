"""The page of wrong consensus: high votes that people rejected, which self-training would have amplified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.paging import Page
from labeling.agreement import Share
from labeling.models import Label
from labeling.selectors.agreement import values_named
from training.models import ModelVersion, Prediction
from training.pages.asked import whole_number
from training.pages.cards import Card, cards
from training.selectors.consensus import (
    HIGH,
    Confusion,
    Level,
    confusions,
    levels,
    votes_of,
    voting_versions,
    wrong_consensus,
)

PER_PAGE = 20
MOST_CONFUSIONS = 20
FULL = 100
THRESHOLDS = (100, 90, 80, 70, 60, 50)
"""Percent of the chains."""


@dataclass(frozen=True, slots=True)
class LevelLine:
    """The settled questions with one agreement."""

    level: Level

    @property
    def percent(self) -> int:
        """The agreement."""
        return round(FULL * self.level.agreement)

    @property
    def rejected(self) -> Share:
        """Of all that reviewers settled."""
        return Share(self.level.rejected, self.level.questions)

    @property
    def audited(self) -> Share:
        """Of those that were audited."""
        return Share(self.level.audited_rejected, self.level.audited)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A question with the vote and what people said."""

    card: Card
    label: Label
    vote: Prediction
    said: str
    """in words"""

    @property
    def votes(self) -> list[tuple[str, int]]:
        """(answer, chains), the most frequent first."""
        return sorted(self.vote.counts.items(), key=lambda one: (-one[1], one[0]))

    @property
    def percent(self) -> int:
        """The agreement."""
        return round(FULL * self.vote.agreement)


@dataclass(frozen=True, slots=True)
class ConsensusPage:
    """Everything that the page shows; of no version where none has voted yet."""

    versions: Sequence[ModelVersion]
    version: ModelVersion | None = None
    percent: int = round(FULL * HIGH)
    attribute: int | None = None
    levels: Sequence[LevelLine] = ()
    confusions: Sequence[Confusion] = ()
    page: Page[Label] | None = None
    questions: Sequence[Rejected] = ()

    @property
    def thresholds(self) -> Sequence[int]:
        """That can be chosen."""
        return THRESHOLDS

    @property
    def high(self) -> Share:
        """Of the consensus that people looked at, what they rejected."""
        reached = [line.level for line in self.levels if line.percent >= self.percent]
        return Share(sum(one.rejected for one in reached), sum(one.questions for one in reached))


def consensus_page(asked: Mapping[str, str]) -> ConsensusPage:
    """The page that the address asks for: `version`, `agreement` in percent, `attribute`, `at` (a cursor)."""
    versions = voting_versions()
    wanted = whole_number(asked.get("version"))
    version = next((one for one in versions if one.pk == wanted), versions[0] if versions else None)
    if version is None:
        return ConsensusPage(versions)
    percent = whole_number(asked.get("agreement")) or round(FULL * HIGH)
    percent = percent if percent in THRESHOLDS else round(FULL * HIGH)
    attribute = whole_number(asked.get("attribute"))
    # A share of 4/5 is not 0.8 in every sum: half a percent below is far from the next share.
    threshold = percent / FULL - 0.005
    page = wrong_consensus(
        version_id=version.pk,
        threshold=threshold,
        cursor=asked.get("at", ""),
        size=PER_PAGE,
        attribute=attribute,
    )
    return ConsensusPage(
        versions=versions,
        version=version,
        percent=percent,
        attribute=attribute,
        levels=[LevelLine(one) for one in levels(version_id=version.pk)],
        confusions=confusions(version_id=version.pk, threshold=threshold, most=MOST_CONFUSIONS),
        page=page,
        questions=_questions(page.rows),
    )


def _questions(labels: Sequence[Label]) -> list[Rejected]:
    votes = votes_of(labels)
    known = cards([label.listing.external_id for label in labels])
    attributes = {label.attribute_id: label.attribute for label in labels}
    names = {pk: values_named(attribute) for pk, attribute in attributes.items()}
    return [
        Rejected(
            card=known[label.listing.external_id],
            label=label,
            vote=votes[label.pk],
            said=_words(label, names[label.attribute_id]),
        )
        for label in labels
        if label.pk in votes
    ]


def _words(label: Label, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in label.values) or label.state.replace("_", " ")
