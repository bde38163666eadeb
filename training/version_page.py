"""What the pages of model versions show."""

from collections.abc import Iterable
from dataclasses import dataclass

from training.dashboards import Figure
from training.ml.gate import GateOutcome, VerticalChange, p_text
from training.ml.signed import signed_text
from training.models import AliasName, GateCheck, ModelVersion
from training.selectors import versions as selectors


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the list."""

    version: ModelVersion
    figure: Figure | None
    aliases: tuple[AliasName, ...]


@dataclass(frozen=True, slots=True)
class VerticalLine:
    """Both versions on the shared gold questions of a vertical."""

    change: VerticalChange
    is_worse: bool
    """By more than the margin."""
    points_text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The gate's word on a version."""

    check: GateCheck
    outcome: GateOutcome

    @property
    def p_text(self) -> str:
        """The p-value as a figure: 0.013, or < 0.001."""
        return "" if self.outcome.p_value is None else p_text(self.outcome.p_value).removeprefix("= ")

    @property
    def verticals(self) -> list[VerticalLine]:
        """Each vertical, and whether it loses more than the margin."""
        return [
            VerticalLine(one, one.points < -100 * self.outcome.params.margin, signed_text(one.points))
            for one in self.outcome.verticals
        ]

    @property
    def both_wrong(self) -> int:
        """Shared questions that neither answers rightly."""
        outcome = self.outcome
        return outcome.questions - outcome.correct - outcome.losses

    @property
    def margin_text(self) -> str:
        """The margin in percentage points."""
        return f"{100 * self.outcome.params.margin:g}"


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version, the champion of now, and what may be done."""

    row: VersionRow
    champion: ModelVersion | None
    verticals: list[selectors.VerticalFigure]
    checked: Checked | None
    """None where it was not compared with this champion, as the champion itself."""
    previous: ModelVersion | None
    """On the champion's page: what a rollback returns to."""

    @property
    def version(self) -> ModelVersion:
        return self.row.version

    @property
    def is_champion(self) -> bool:
        return self.champion is not None and self.champion.pk == self.version.pk

    @property
    def may_follow(self) -> bool:
        """It can be promoted at all."""
        return self.champion is not None and not self.is_champion and self.version.files_removed is None


def version_rows(versions: Iterable[ModelVersion]) -> list[VersionRow]:
    """The versions with their figures and aliases, in two queries."""
    shown = list(versions)
    figures, holders = selectors.version_figures(versions=shown), selectors.alias_holders()
    return [
        VersionRow(
            version, figures.get(version.pk), tuple(name for name, pk in holders.items() if pk == version.pk)
        )
        for version in shown
    ]


def version_page(version: ModelVersion) -> VersionPage:
    """All about one version."""
    (row,) = version_rows([version])
    champion_id = selectors.alias_holders().get(AliasName.CHAMPION)
    champion = selectors.version_with(version_id=champion_id) if champion_id else None
    check = None
    if champion and champion.pk != version.pk:
        check = selectors.latest_check(version_id=version.pk, champion_id=champion.pk)
    previous = selectors.previous_champion_id() if champion and champion.pk == version.pk else None
    return VersionPage(
        row=row,
        champion=champion,
        verticals=selectors.vertical_figures(version=version, champion=champion),
        checked=Checked(check, selectors.outcome_of(check)) if check else None,
        previous=selectors.version_with(version_id=previous) if previous else None,
    )
