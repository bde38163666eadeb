import pytest

from labeling.truth import Decision, Outcome, Said, decide

RED, BLUE, HIDDEN = Said(("red",)), Said(("blue",)), Said((), "not_visible")
AGREED, DISPUTED, WAITING = Outcome.AGREED, Outcome.DISPUTED, Outcome.WAITING


@pytest.mark.parametrize(
    ("said", "agree", "still_to_come", "outcome", "winner"),
    [
        ([], 1, 1, WAITING, None),
        ([], 1, 0, WAITING, None),
        ([RED], 1, 0, AGREED, RED),
        ([HIDDEN], 1, 0, AGREED, HIDDEN),
        ([RED], 2, 1, WAITING, None),
        ([RED], 2, 0, DISPUTED, None),
        ([RED, RED], 2, 1, AGREED, RED),
        ([RED, BLUE], 2, 1, WAITING, None),
        ([RED, BLUE], 2, 0, DISPUTED, None),
        ([RED, BLUE], 1, 0, DISPUTED, None),
        ([RED, BLUE, RED], 2, 0, AGREED, RED),
        ([RED, BLUE, RED], 3, 2, WAITING, None),
        ([RED, BLUE, RED], 3, 0, DISPUTED, None),
        ([RED, BLUE, HIDDEN], 3, 1, DISPUTED, None),
        ([RED, RED, BLUE, BLUE], 2, 0, DISPUTED, None),
        ([RED, RED, BLUE, BLUE], 2, 1, WAITING, None),
    ],
)
def test_what_is_known_about_a_question(
    said: list[Said], agree: int, still_to_come: int, outcome: Outcome, winner: Said | None
) -> None:
    decision = decide(dict(enumerate(said)), agree=agree, still_to_come=still_to_come)
    assert (decision.outcome, decision.said, decision.people) == (outcome, winner, len(said))
    assert decision.votes == (said.count(winner) if winner else 0)


def test_answers_of_several_values_are_the_same_only_as_a_whole() -> None:
    both, one = Said(("zip", "button")), Said(("zip",))
    assert decide({1: both, 2: one}, agree=2, still_to_come=0).outcome is DISPUTED
    assert decide({1: both, 2: both}, agree=2, still_to_come=0) == Decision(AGREED, both, 2, 2)
