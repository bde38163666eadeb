from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import user_with
from tests.training.registry import WEIGHTS, offered, round_over, version_with
from training.golds import answers_of, gate_outcome
from training.ml.errors import DataError
from training.ml.gate import Why
from training.models import Alias, AliasChange, GateCheck, ModelVersion, Round
from training.selectors.golds import gold_answers
from training.selectors.versions import outcome_of, previous_champion_id
from training.services.versions import (
    GateRefused,
    version_check,
    version_offer,
    version_promote,
    version_rollback,
)

pytestmark = pytest.mark.django_db

GOLD = {"cap": 60}


@pytest.fixture
def admin() -> User:
    return user_with(Role.ADMIN)


@pytest.fixture
def champion() -> ModelVersion:
    return offered(round_over(GOLD), {"cap": 40})


def better(right: int = 50) -> ModelVersion:
    return offered(round_over(GOLD), {"cap": right})


def holders() -> dict[str, int]:
    return dict(Alias.objects.values_list("name", "version_id"))


def history() -> list[tuple[str, str, int | None, int | None]]:
    """Oldest first."""
    rows = AliasChange.objects.order_by("pk").values_list("alias", "kind", "from_version", "to_version")
    return list(rows)


def whys(check: GateCheck) -> list[Why]:
    return [reason.why for reason in outcome_of(check).reasons]


def test_a_version_knows_its_size_and_what_it_was_trained_on_from() -> None:
    round_ = round_over(GOLD)
    sft, dpo = version_with(round_, {"cap": 40}), version_with(round_, {"cap": 40}, iteration=1)
    assert sft.size is not None and sft.size > len(WEIGHTS)
    assert (sft.parent, dpo.parent) == (None, sft)


def test_a_round_that_goes_on_from_a_version_says_so(champion: ModelVersion) -> None:
    version = version_with(round_over(GOLD), {"cap": 50}, start=champion.adapter_path)
    assert version.parent == champion


def test_the_first_version_becomes_champion_without_being_asked(champion: ModelVersion) -> None:
    assert holders() == {"champion": champion.pk}
    assert history() == [("champion", "began", None, champion.pk)]
    assert not GateCheck.objects.exists()


def test_later_versions_are_challengers_however_good_and_the_gate_says_what_it_thinks(
    champion: ModelVersion,
) -> None:
    first, second = better(50), better(41)
    assert holders() == {"champion": champion.pk, "challenger": second.pk}
    assert history()[1:] == [
        ("challenger", "offered", None, first.pk),
        ("challenger", "offered", first.pk, second.pk),
    ]
    passed = dict(GateCheck.objects.values_list("version", "passed"))
    assert passed == {first.pk: True, second.pk: False}


def test_offering_the_champion_or_the_challenger_again_changes_nothing(champion: ModelVersion) -> None:
    challenger = better()
    before = history()
    version_offer(version_id=champion.pk)
    version_offer(version_id=challenger.pk)
    assert history() == before


def test_a_challenger_without_answers_on_gold_is_offered_with_a_refusal(champion: ModelVersion) -> None:
    round_ = round_over(GOLD)
    version = version_with(round_, {"cap": 50})
    gold_answers(version_id=version.pk).delete()
    version_offer(version_id=version.pk)
    assert holders()["challenger"] == version.pk
    assert whys(GateCheck.objects.get()) == [Why.NO_ANSWERS]
    assert "its answers on gold are not kept" in outcome_of(GateCheck.objects.get()).reasons[0].text


def test_promotion_moves_the_champion_and_keeps_what_the_gate_found(
    champion: ModelVersion, admin: User
) -> None:
    challenger = better()
    change = version_promote(version_id=challenger.pk, champion_id=champion.pk, by=admin, reason=" Fine. ")
    assert holders() == {"champion": challenger.pk}
    assert history()[-2:] == [
        ("champion", "promoted", champion.pk, challenger.pk),
        ("challenger", "cleared", challenger.pk, None),
    ]
    assert (change.by, change.reason) == (admin, "Fine.")
    assert change.gate_check is not None and change.gate_check.passed
    assert outcome_of(change.gate_check).wins == 10


def test_what_does_not_pass_is_refused_with_the_reasons(champion: ModelVersion, admin: User) -> None:
    challenger = better(42)
    with pytest.raises(GateRefused, match="It is not significantly better: it alone is right on 2") as caught:
        version_promote(version_id=challenger.pk, champion_id=champion.pk, by=admin)
    assert caught.value.check.pk
    assert holders()["champion"] == champion.pk
    assert history()[-1][1] == "offered"


def test_an_override_needs_a_reason(champion: ModelVersion, admin: User) -> None:
    challenger = better(42)
    with pytest.raises(DataError, match="say why it is promoted all the same"):
        version_promote(
            version_id=challenger.pk, champion_id=champion.pk, by=admin, reason="  ", override=True
        )
    assert holders()["champion"] == champion.pk


def test_an_override_is_told_from_a_promotion(champion: ModelVersion, admin: User) -> None:
    challenger = better(42)
    change = version_promote(
        version_id=challenger.pk, champion_id=champion.pk, by=admin, reason="New photos.", override=True
    )
    assert (change.kind, change.reason) == ("overridden", "New photos.")
    assert change.gate_check is not None and not change.gate_check.passed
    assert holders()["champion"] == challenger.pk


def test_an_override_that_was_not_needed_is_a_promotion(champion: ModelVersion, admin: User) -> None:
    challenger = better()
    change = version_promote(
        version_id=challenger.pk, champion_id=champion.pk, by=admin, reason="Surely.", override=True
    )
    assert change.kind == "promoted"


def test_a_promotion_over_a_champion_that_nobody_looked_at_is_refused(
    champion: ModelVersion, admin: User
) -> None:
    first, second = better(50), better(51)
    version_promote(version_id=first.pk, champion_id=champion.pk, by=admin)
    with pytest.raises(DataError, match="another version has become champion meanwhile"):
        version_promote(version_id=second.pk, champion_id=champion.pk, by=admin, reason="Go.", override=True)
    assert holders()["champion"] == first.pk


def test_the_champion_is_not_compared_with_itself(champion: ModelVersion, admin: User) -> None:
    with pytest.raises(DataError, match="is the champion: it cannot be compared with itself"):
        version_promote(version_id=champion.pk, champion_id=champion.pk, by=admin)


def test_without_a_champion_there_is_nothing_to_compare_with() -> None:
    version = version_with(round_over(GOLD), {"cap": 50})
    with pytest.raises(DataError, match="there is no champion to compare with"):
        version_check(version_id=version.pk)


def test_a_version_without_files_is_not_promoted(champion: ModelVersion, admin: User) -> None:
    version = version_with(round_over(GOLD), {"cap": 50})
    ModelVersion.objects.filter(pk=version.pk).update(files_removed=timezone.now())
    with pytest.raises(DataError, match=r"the files of Round \d+, SFT were removed on"):
        version_promote(version_id=version.pk, champion_id=champion.pk, by=admin)
    assert holders()["champion"] == champion.pk


def test_rollback_returns_to_the_champion_before_and_then_to_the_one_before_that(
    champion: ModelVersion, admin: User
) -> None:
    second, third = better(50), None
    version_promote(version_id=second.pk, champion_id=champion.pk, by=admin)
    third = better(59)
    version_promote(version_id=third.pk, champion_id=second.pk, by=admin)
    change = version_rollback(champion_id=third.pk, by=admin, reason="Too slow.")
    assert (change.kind, change.to_version_id, change.reason) == ("rolled_back", second.pk, "Too slow.")
    assert holders() == {"champion": second.pk}
    version_rollback(champion_id=second.pk, by=admin)
    assert holders() == {"champion": champion.pk}
    assert previous_champion_id() is None
    with pytest.raises(DataError, match="nothing to roll back to"):
        version_rollback(champion_id=champion.pk, by=admin)


def test_a_second_click_does_not_roll_back_twice(champion: ModelVersion, admin: User) -> None:
    second = better(50)
    version_promote(version_id=second.pk, champion_id=champion.pk, by=admin)
    third = better(59)
    version_promote(version_id=third.pk, champion_id=second.pk, by=admin)
    version_rollback(champion_id=third.pk, by=admin)
    with pytest.raises(DataError, match="another version has become champion meanwhile"):
        version_rollback(champion_id=third.pk, by=admin)
    assert holders()["champion"] == second.pk


def test_a_version_can_be_promoted_again_after_a_rollback(champion: ModelVersion, admin: User) -> None:
    second = better()
    version_promote(version_id=second.pk, champion_id=champion.pk, by=admin)
    version_rollback(champion_id=second.pk, by=admin)
    version_promote(version_id=second.pk, champion_id=champion.pk, by=admin)
    assert holders() == {"champion": second.pk}
    assert previous_champion_id() == champion.pk


def test_answers_are_read_with_what_was_asked(champion: ModelVersion) -> None:
    answers = answers_of(champion)
    assert len(answers.questions) == 60
    assert {one.truth for one in answers.questions.values()} == {"red", "blue"}
    assert sum(answers.answers[name] == one.truth for name, one in answers.questions.items()) == 40


def test_another_list_of_allowed_values_makes_another_question(champion: ModelVersion) -> None:
    round_ = round_over(GOLD, allowed=("red", "blue", "green"))
    outcome = gate_outcome(version_with(round_, {"cap": 60}), champion)
    assert (outcome.questions, outcome.unshared) == (0, 60)
    assert [reason.why for reason in outcome.reasons] == [Why.OTHER_GOLD]


@pytest.mark.parametrize(
    "change", [{"title": "New"}, {"description": "New"}, {"images": [{"file": "photo.png", "sha256": "new"}]}]
)
def test_a_listing_that_looks_different_makes_other_questions(
    champion: ModelVersion, change: dict[str, object]
) -> None:
    round_ = round_over(GOLD)
    round_.inputs["listings"]["gold"][0] |= change
    Round.objects.filter(pk=round_.pk).update(inputs=round_.inputs)
    outcome = gate_outcome(version_with(round_, {"cap": 60}), champion)
    assert (outcome.questions, outcome.unshared) == (59, 1)


def test_labels_that_changed_count_for_both_as_they_are_in_the_newer_round(champion: ModelVersion) -> None:
    newer = version_with(round_over(GOLD, truths=("blue", "red")), {"cap": 60})
    outcome = gate_outcome(newer, champion)
    assert (outcome.wins, outcome.losses, outcome.relabelled) == (60, 0, 60)
    turned = gate_outcome(champion, newer)
    assert (turned.wins, turned.losses) == (0, 60)


def test_history_is_in_order_of_time(champion: ModelVersion, admin: User) -> None:
    second = better()
    version_promote(version_id=second.pk, champion_id=champion.pk, by=admin)
    times = list(AliasChange.objects.values_list("created", flat=True))
    assert times == sorted(times, reverse=True)
    assert timezone.now() - times[0] < timedelta(minutes=1)


def test_a_failed_round_does_not_offer(champion: ModelVersion) -> None:
    version_with(round_over(GOLD, Status.FAILED), {"cap": 60})
    assert holders() == {"champion": champion.pk}
