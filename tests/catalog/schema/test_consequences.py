import pytest

from catalog.schema.changes import Change, Kind
from catalog.schema.consequences import Answers, Counts, Effect, ModelUse, Reach, consequence_of, impact_of

MODEL = ModelUse("Round 1, SFT", "/rounds/1/", ("champion",))


def change(kind: Kind, value: str = "", name: str = "", attribute: str = "colour") -> Change:
    return Change(kind, "said", attribute, "Colour", value, name)


def answers(count: int, *options: tuple[str, ...], attribute: str = "colour") -> Answers:
    return Answers(attribute, frozenset(options), count)


LABELS = [
    answers(5, ("red",)),
    answers(3, ("blue",)),
    answers(2, ("red", "blue")),
    answers(1, ()),
    answers(9, ("zip",), attribute="closing"),
]
SUGGESTIONS = [
    answers(4, ("Red",), ("Blue",)),
    answers(2, ("Blue",), ()),
    answers(1, ("Red", "Blue")),
    answers(7, ("Zip",), attribute="closing"),
]


def counted(*changes: Change) -> list[tuple[int, int]]:
    impact = impact_of(changes, labels=LABELS, suggestions=SUGGESTIONS)
    return [(counts.labels, counts.suggestions) for counts in impact.changes]


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        (change(Kind.VALUE_RETIRED, "red", "Red"), (7, 5)),
        (change(Kind.VALUE_RENAMED, "red", "Red"), (0, 5)),
        (change(Kind.VALUE_ADDED, "navy", "Navy"), (11, 7)),
        (change(Kind.VALUE_RESTORED, "navy", "Navy"), (11, 7)),
        (change(Kind.ATTRIBUTE_RETIRED), (11, 7)),
        (change(Kind.ATTRIBUTE_RESTORED, attribute="closing"), (9, 7)),
        (change(Kind.DESCRIPTION_CHANGED), (11, 7)),
        (change(Kind.SEVERAL_ALLOWED), (10, 7)),
        (change(Kind.ONE_ALLOWED), (2, 1)),
        *((change(kind), (0, 0)) for kind in (Kind.ATTRIBUTE_RENAMED, Kind.ATTRIBUTE_ADDED)),
        *((change(kind), (0, 0)) for kind in (Kind.GUIDELINE_CHANGED, Kind.WEIGHT_CHANGED)),
        *((change(kind), (0, 0)) for kind in (Kind.VALUES_MOVED, Kind.SYNONYMS_CHANGED)),
    ],
)
def test_a_change_touches_the_answers_that_it_is_about(one: Change, counts: tuple[int, int]) -> None:
    assert counted(one) == [counts]


def test_totals_count_each_answer_once_and_stale_before_to_check() -> None:
    impact = impact_of(
        [
            change(Kind.VALUE_RETIRED, "red", "Red"),
            change(Kind.VALUE_RETIRED, "blue", "Blue"),
            change(Kind.VALUE_ADDED, "navy", "Navy"),
        ],
        labels=LABELS,
        suggestions=SUGGESTIONS,
    )
    assert [one.labels for one in impact.changes] == [7, 5, 11]
    assert impact.stale == Counts(10, 7)
    assert impact.check == Counts(1, 0)


def test_a_code_that_is_the_name_of_another_value_is_not_mistaken_for_it() -> None:
    """The value with the code crimson is called Red dark, the one with the code red is called crimson."""
    impact = impact_of(
        [change(Kind.VALUE_RETIRED, "red", "crimson")],
        labels=[answers(1, ("red",)), answers(10, ("crimson",))],
        suggestions=[answers(100, ("crimson",)), answers(1000, ("red",))],
    )
    assert impact.stale == Counts(1, 100)


def test_models_are_concerned_only_where_a_change_says_so() -> None:
    assert impact_of([change(Kind.VALUES_MOVED)], labels=(), suggestions=(), models=[MODEL]).models == ()
    assert impact_of([change(Kind.VALUE_ADDED)], labels=(), suggestions=(), models=[MODEL]).models == (MODEL,)


@pytest.mark.parametrize("kind", Kind)
def test_every_change_says_why_and_names_answers_where_they_suffer(kind: Kind) -> None:
    consequence = consequence_of(change(kind))
    assert consequence.why.endswith(".")
    for touch in (consequence.labels, consequence.suggestions):
        assert (touch.effect is Effect.KEPT) == (touch.reach is Reach.NONE)


def test_what_nobody_is_asked_makes_nothing_stale() -> None:
    unasked = Change(Kind.DESCRIPTION_CHANGED, "said", "colour", "Colour", asked=False)
    assert counted(unasked) == [(0, 0)]
