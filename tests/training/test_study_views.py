"""The pages of studies: what they say, to whom, in how many queries, and their tables as CSV."""

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from attrx_web.roles import Role
from tests.factories import user_with
from tests.training.studied import study_row
from training.ml.study.arms import ARMS, GROUPS
from training.models import Study

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> User:
    user = user_with(Role.VIEWER)
    client.force_login(user)
    return user


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Of every arm."""
    return study_row(tmp_path, title="The defaults", groups=GROUPS)


def shown(client: Client, address: str) -> str:
    """The page's text without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("&nbsp;", " "))
    return re.sub(r"\s+", " ", words)


def table(client: Client, address: str, name: str) -> list[dict[str, str]]:
    answer = client.get(f"{address}?format=csv&table={name}")
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def test_the_list_says_what_came_of_each_study(client: Client, viewer: User, study: Study) -> None:
    words = shown(client, "/studies/")
    gain = study.summary["gain_points"]
    assert f"The defaults {gain:+.1f}" in words
    assert "The demo catalogue: handbag, kurta, lamp, suitcase" in words
    assert "6 met, 1 missed" in words


def test_a_study_says_which_targets_were_met(client: Client, viewer: User, study: Study) -> None:
    words = shown(client, f"/studies/{study.pk}/")
    assert "Targets: 6 met, 1 missed" in words
    assert "Seeds missed 3 at least 5" in words
    assert "SFT met" in words
    assert "at least 10.6 points, as in the paper" in words


def test_every_arm_stands_with_its_intervals(client: Client, viewer: User, study: Study) -> None:
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert re.findall(r'scope="rowgroup">([^<]+)</th>', page) == [
        *("Before the pool", "Ways to go on from SFT")
    ]
    groups = {row["group"] for row in table(client, f"/studies/{study.pk}/", "arms")}
    assert groups == {
        *("Before the pool", "Ways to go on from SFT", "Sizes of the pool", "Chains a question"),
        *("Temperature", "Vote threshold", "Weight of pairs", "Weight of the NLL term", "Beta"),
        *("Pairs of the seed set", "Marked evidence", "Ways to fail"),
    }
    [row] = [one for one in table(client, f"/studies/{study.pk}/", "arms") if one["arm"] == "self_training"]
    line = study.summary
    assert float(row["against_loop"]) == -line["vs_self_training"]
    assert float(row["against_loop_high"]) == -line["vs_self_training_interval"][0]
    assert (row["step"], row["seeds"]) == ("3", "3")


def test_what_was_run_is_drawn_and_each_chart_has_its_table(
    client: Client, viewer: User, study: Study
) -> None:
    page = client.get(f"/studies/{study.pk}/").content.decode()
    drawn = re.findall(r'<attrx-chart data-table="([^"]+)"', page)
    sweeps = [f"sweep-{name}" for name in GROUPS if name not in ("main", "pool")]
    assert drawn == ["greedy", "majority", "head_room", "pool", *sweeps, "verticals"]
    assert [page.count(f'studies-table" id="{one}"') for one in drawn] == [1] * len(drawn)


def test_a_study_of_the_main_arms_has_no_charts_of_others(
    client: Client, viewer: User, tmp_path: Path
) -> None:
    study = study_row(tmp_path)
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert re.findall(r'<attrx-chart data-table="([^"]+)"', page) == [
        *("greedy", "majority", "head_room", "verticals")
    ]
    assert "1 not measured" in page


def test_charts_are_drawn_from_means_and_intervals(client: Client, viewer: User, study: Study) -> None:
    address = f"/studies/{study.pk}/"
    steps = table(client, address, "greedy")
    assert [row["at"] for row in steps] == ["SFT", "Iteration 1", "Iteration 2", "Iteration 3"]
    assert float(steps[-1]["the_loop"]) == pytest.approx(100 * study.summary["final"], abs=0.01)
    assert len({row["sft_with_all_labels"] for row in steps}) == 1
    pool = {row["at"]: float(row["gain"]) for row in table(client, address, "pool")}
    assert pool == {"SFT": 0.0, **study.summary["pool"]}
    assert list(pool)[:3] == ["SFT", "0", "10"]
    assert [row["at"] for row in table(client, address, "sweep-chains")] == ["2", "4", "8", "16"]
    beside = [row["at"] for row in table(client, address, "sweep-seed")]
    assert beside == ["the loop", "pool alone"], "an arm that is no value of a sweep is seen beside the loop"
    verticals = {row["at"]: float(row["gain"]) for row in table(client, address, "verticals")}
    assert verticals == study.summary["verticals"]


def test_what_the_guards_said_is_told_in_a_sentence_and_by_arm(
    client: Client, viewer: User, tmp_path: Path
) -> None:
    study = study_row(tmp_path, groups=("collapse",))
    words = shown(client, f"/studies/{study.pk}/")
    assert (
        "12 of 15 runs ended worse than SFT. The gate would let 3 through, all of them better than SFT."
        " The stop rule would have ended 6."
    ) in words
    rows = {row["arm"]: row for row in table(client, f"/studies/{study.pk}/", "guards")}
    assert list(rows) == ["dpo", "too_fast", "repeated", "poisoned", "at_chance"]
    counts = ("seeds", "worse", "passed", "passed_worse", "stopped")
    assert [rows["dpo"][name] for name in counts] == ["3", "0", "3", "0", "0"]
    assert [rows["too_fast"][name] for name in counts] == ["3", "3", "0", "0", "3"]


def test_arms_that_nobody_looks_at_one_by_one_have_one_line_for_the_guards(
    client: Client, viewer: User, study: Study
) -> None:
    page = client.get(f"/studies/{study.pk}/").content.decode()
    rows = page.partition('id="guards"')[2].partition("</table>")[0]
    labels = re.findall(r'<th scope="row">([^<]+)</th>', rows)
    assert labels[:4] == ["The loop", "The loop without a pool", "Self-training", "SFT on majorities"]
    assert labels[5] == "The loop with all verdicts"
    assert labels[6].startswith("A learning rate of DPO")
    assert labels[10:] == ["Another pool or parameter", "All"]
    assert len(table(client, f"/studies/{study.pk}/", "guards")) == len(ARMS)


def test_a_gate_that_let_pass_what_it_must_not_is_told_so(
    client: Client, viewer: User, tmp_path: Path
) -> None:
    study = study_row(tmp_path, groups=("collapse",))
    study.summary["guards"] = {
        "at_chance": {"seeds": 1, "worse": 0, "passed": 1, "passed_worse": 1, "stopped": 0}
    }
    study.save(update_fields=["summary"])
    words = shown(client, f"/studies/{study.pk}/")
    assert (
        "None of 1 run ended worse than SFT. The gate would let 1 through, 1 of them wrongly: nothing is"
        " gained there, or nothing but luck. The stop rule would have ended none."
    ) in words


def test_a_study_that_did_not_ask_the_guards_says_nothing_of_them(
    client: Client, viewer: User, study: Study
) -> None:
    del study.summary["guards"]
    study.save(update_fields=["summary"])
    assert "What the guards said" not in shown(client, f"/studies/{study.pk}/")
    assert table(client, f"/studies/{study.pk}/", "guards") == []


def test_every_seed_and_the_list_are_csv_too(client: Client, viewer: User, study: Study) -> None:
    rows = table(client, f"/studies/{study.pk}/", "seeds")
    first = [row for row in rows if row["arm"] == "first"]
    assert [(row["seed"], row["step"]) for row in first][:2] == [("11", "Zero-shot"), ("11", "SFT")]
    [line] = table(client, "/studies/", "studies")
    assert (line["study"], line["targets_met"], line["seeds"]) == (str(study.pk), "6", "3")
    assert [row["outcome"] for row in table(client, f"/studies/{study.pk}/", "targets")].count("met") == 6


def test_the_seeds_of_the_main_arms_are_shown_or_those_of_the_arm_that_is_asked_for(
    client: Client, viewer: User, study: Study
) -> None:
    def seeds(query: str) -> list[str]:
        page = client.get(f"/studies/{study.pk}/{query}").content.decode()
        rows = page.partition('id="seeds"')[2].partition("</tbody>")[0]
        return re.findall(r'<th scope="row">([^<]+)</th>', rows)

    main = ["Before the pool"] * 6 + ["The loop"] * 12 + ["The loop without a pool"] * 12
    assert seeds("")[:30] == main
    assert len(seeds("")) == 30 + 12 + 12 + 3 + 12
    assert seeds("?arm=beta-0.3") == ["Beta 0.3"] * 12
    assert seeds("?arm=none") == seeds("")
    assert len(table(client, f"/studies/{study.pk}/", "seeds")) == 6 + 3 * ((len(ARMS) - 1) * 4 + 1)


def test_the_json_is_what_the_study_wrote(client: Client, viewer: User, study: Study, tmp_path: Path) -> None:
    answer = client.get(f"/studies/{study.pk}/study.json")
    assert answer.json() == json.loads((tmp_path / "study.json").read_text())
    assert answer["Content-Disposition"] == f'attachment; filename="study-{study.pk}.json"'


def test_nobody_is_told_where_a_model_lies(client: Client, viewer: User, study: Study) -> None:
    page = client.get(f"/studies/{study.pk}/").content.decode()
    base = Path(study.params["model"]["base"])
    assert base.name in page
    assert str(base) not in page


def test_pages_take_as_few_queries_for_many_arms_and_studies(
    client: Client,
    viewer: User,
    study: Study,
    tmp_path: Path,
    django_assert_max_num_queries: Any,
) -> None:
    study_row(tmp_path / "other", seeds=(1,))
    for address in ("/studies/", f"/studies/{study.pk}/"):
        with django_assert_max_num_queries(15):
            assert client.get(address).status_code == 200


def test_one_seed_has_no_interval_and_no_verdict_on_verticals(
    client: Client, viewer: User, tmp_path: Path
) -> None:
    study = study_row(tmp_path, seeds=(11,))
    assert "Every vertical not measured" in shown(client, f"/studies/{study.pk}/")
    [row] = [one for one in table(client, f"/studies/{study.pk}/", "arms") if one["arm"] == "dpo"]
    assert (row["gain_low"], row["gain_high"]) == ("", "")


def test_without_studies_the_page_says_how_to_come_by_one(client: Client, viewer: User) -> None:
    assert "Whoever operates this site runs studies" in shown(client, "/studies/")
    client.force_login(user_with(Role.ADMIN))
    assert "manage.py study --quick --out runs/study" in shown(client, "/studies/")


def test_admins_remove_a_study_and_others_do_not(client: Client, viewer: User, study: Study) -> None:
    assert "Remove this study" not in shown(client, f"/studies/{study.pk}/")
    assert client.post(f"/studies/{study.pk}/remove").status_code == 403
    client.force_login(user_with(Role.ADMIN))
    assert "Remove this study" in shown(client, f"/studies/{study.pk}/")
    for said in (f"Study {study.pk} is removed", "It was removed already"):
        answer = client.post(f"/studies/{study.pk}/remove", follow=True)
        assert said in answer.content.decode()
    assert not Study.objects.exists()


@pytest.mark.parametrize("address", ["/studies/9/", "/studies/9/study.json"])
def test_a_study_that_is_not_there_is_not_found(client: Client, viewer: User, address: str) -> None:
    assert client.get(address).status_code == 404


def test_annotators_are_kept_out(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    assert client.get("/studies/").status_code == 403
