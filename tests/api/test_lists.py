"""What lists and single rows say: pages by key, filters, ETags."""

from typing import Any

import pytest

from attrx_web.roles import Role
from catalog.models import Listing
from tests.api.calling import Api, assert_problem, errors_of
from tests.api.world import World, world
from tests.factories import ImportFactory, ListingFactory, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Api:
    return Api(user_with(Role.ADMIN))


@pytest.fixture
def there() -> World:
    return world()


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]


def test_a_list_is_walked_forwards_and_back_without_gaps(admin: Api) -> None:
    made = [ImportFactory.create().pk for _ in range(5)][::-1]
    first = admin.get("imports", size=2)
    second = admin.get(first.json()["next"])
    third = admin.get(second.json()["next"])
    assert [ids(first), ids(second), ids(third)] == [made[:2], made[2:4], made[4:]]
    assert first.json()["previous"] is None and third.json()["next"] is None
    back = admin.get(third.json()["previous"])
    assert ids(back) == made[2:4]
    assert ids(admin.get(back.json()["previous"])) == made[:2]


def test_rows_that_come_meanwhile_move_no_page(admin: Api) -> None:
    made = [ImportFactory.create().pk for _ in range(4)][::-1]
    first = admin.get("imports", size=2)
    ImportFactory.create()
    assert ids(admin.get(first.json()["next"])) == made[2:]


def test_the_first_page_seen_from_behind_says_that_nothing_is_before(admin: Api) -> None:
    for _ in range(3):
        ImportFactory.create()
    second = admin.get(admin.get("imports", size=2).json()["next"])
    assert admin.get(second.json()["previous"]).json()["previous"] is None


@pytest.mark.parametrize(
    ("query", "field"), [({"cursor": "x"}, "cursor"), ({"size": "0"}, "size"), ({"size": "x"}, "size")]
)
@pytest.mark.parametrize("path", ["imports", "listings"])
def test_a_place_that_is_none_is_refused_by_name(
    admin: Api, path: str, query: dict[str, str], field: str
) -> None:
    answer = admin.get(path, **query)
    assert_problem(answer, 400, "invalid", field)
    assert field in errors_of(answer)


def test_a_cursor_of_another_order_is_refused(admin: Api) -> None:
    for _ in range(2):
        ListingFactory.create()
    there = admin.get("listings", size=1, sort="id").json()["next"].replace("sort=id", "sort=newest")
    assert_problem(admin.get(there), 400, "invalid", "cursor")


def test_listings_are_found_by_the_filters_of_the_page(admin: Api, there: World) -> None:
    found = admin.get("listings", vertical="kurta", labels="none").json()["results"]
    assert {row["external_id"] for row in found} == {"kurta-pool-0", "kurta-pool-1"}
    assert found[-1]["agreement"] == 0.75
    [one] = admin.get("listings", external_id="kurta-gold-1").json()["results"]
    assert (one["split"], one["labelled"], one["asked"]) == ("gold", 2, 2)


def test_listings_are_walked_in_every_order(admin: Api) -> None:
    made = [ListingFactory.create(external_id=f"id-{number}").external_id for number in (2, 0, 1)]
    seen = []
    answer = admin.get("listings", sort="id", size=2).json()
    seen += [row["external_id"] for row in answer["results"]]
    seen += [row["external_id"] for row in admin.get(answer["next"]).json()["results"]]
    assert seen == sorted(made)


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("listings", {"vertical": "nowhere"}, "vertical"),
        ("listings", {"created_from": "yesterday"}, "created_from"),
        ("listings", {"sort": "best"}, "sort"),
        ("rounds", {"status": "resting"}, "status"),
        ("versions", {"round": "x"}, "round"),
        ("tasks", {"purpose": "fun"}, "purpose"),
        ("exports", {"what": "photos"}, "what"),
        ("exports", {"as": "hf"}, "as"),
        ("exports", {"version": "x", "what": "predictions"}, "version"),
        ("work/history", {"before": "x"}, "before"),
        ("labels", {"verticals": "kurta"}, "verticals"),
        ("listings", {"verticals": "kurta"}, "verticals"),
        ("exports", {"format": "csv"}, "format"),
        ("versions/history", {"round": "1"}, "round"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_by_name(
    admin: Api, path: str, query: dict[str, str], field: str
) -> None:
    answer = admin.get(path, **query)
    assert_problem(answer, 400, "invalid", field)
    assert list(errors_of(answer)) == [field]


@pytest.mark.parametrize(
    ("path", "query", "count"),
    [
        ("labels", {}, 12),
        ("labels", {"vertical": "kurta", "attribute": "color", "split": "gold"}, 2),
        ("labels", {"listing": "kurta-gold-0"}, 2),
        ("labels", {"provenance": "verdict"}, 0),
        ("tasks", {"vertical": "bag", "status": "open"}, 2),
        ("tasks", {"purpose": "review"}, 0),
        ("metrics", {}, 4),
        ("metrics", {"method": "majority", "attribute": "color"}, 1),
        ("metrics", {"iteration": "-1"}, 1),
        ("routings", {"state": "current"}, 1),
        ("routings", {"state": "draft"}, 0),
        ("versions", {}, 2),
        ("rounds", {"status": "done"}, 1),
        ("versions/history", {}, 0),
    ],
)
def test_filters_keep_what_they_say(
    admin: Api, there: World, path: str, query: dict[str, str], count: int
) -> None:
    assert len(admin.get(path, **query).json()["results"]) == count


def test_what_somebody_has_already_is_not_sent_again(admin: Api, there: World) -> None:
    for path, key in there.keys.items():
        first = admin.get(f"{path}/{key}")
        tag = first["ETag"]
        again = admin.get(f"{path}/{key}", {"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag), path
        assert admin.get(f"{path}/{key}", {"If-None-Match": '"other"'}).status_code == 200


def test_an_etag_changes_with_what_it_names(admin: Api, there: World) -> None:
    before = admin.get(f"listings/{there.listing.pk}")["ETag"]
    Listing.objects.filter(pk=there.listing.pk).update(title="Another title")
    after = admin.get(f"listings/{there.listing.pk}", {"If-None-Match": before})
    assert after.status_code == 200 and after["ETag"] != before


def test_a_listing_says_what_people_and_the_champion_say(admin: Api, there: World) -> None:
    shown = admin.get(f"listings/{there.listing.pk}").json()
    [prediction] = shown["predictions"]
    assert (prediction["values"], prediction["agreement"]) == (["red"], 0.75)
    assert prediction["version"] == there.champion.pk
    assert [image["position"] for image in shown["images"]] == [1] and shown["labels"] == []


def test_a_round_says_how_far_it_is_and_what_its_models_know(admin: Api, there: World) -> None:
    shown = admin.get(f"rounds/{there.round.pk}").json()
    assert [(stage["name"], stage["status"]) for stage in shown["stages"]] == [("sft", "done")]
    assert shown["stages"][0]["outcome"]["chains"] == 8
    assert [(row["iteration"], row["value"]) for row in shown["metrics"]] == [(-1, 0.5), (0, 0.6), (1, 0.7)]
    assert shown["versions"] == [there.champion.pk, there.challenger.pk]


def test_a_version_says_what_points_at_it_and_what_the_gate_says(admin: Api, there: World) -> None:
    champion = admin.get(f"versions/{there.champion.pk}").json()
    assert (champion["aliases"], champion["accuracy"]["value"], champion["check"]) == (
        ["champion"],
        0.6,
        None,
    )
    other = admin.get(f"versions/{there.challenger.pk}").json()
    assert (other["parent"], other["check"]["passed"]) == (there.champion.pk, False)


def test_a_study_says_what_its_arms_came_to_and_which_targets_were_met(admin: Api, there: World) -> None:
    [line] = admin.get("studies").json()["results"]
    whole = admin.get(f"studies/{there.study.pk}").json()
    assert line == {name: whole[name] for name in line}
    assert (line["title"], line["summary"]["seeds"]) == (f"Study {there.study.pk}", [1, 2])
    assert [arm["name"] for arm in whole["arms"]][:3] == ["first", "dpo", "no_pool"]
    gains = {
        one["step"]: one["mean"]
        for one in whole["arms"][1]["figures"]
        if one["measure"] == "gain" and not one["vertical"]
    }
    assert list(gains) == ["sft", "1", "2", "3"]
    assert gains["3"] == line["summary"]["gain_points"]
    assert {one["name"]: one["outcome"] for one in whole["targets"]}["Seeds"] == "missed"
    guarded = [one["arm"] for one in whole["guards"]]
    assert guarded == ["dpo", "no_pool", "self_training", "majority_sft", "all_labels", "verdicts"]
    assert whole["guards"][0] == {
        **{"arm": "dpo", "seeds": 2, "worse": 0, "passed": 2, "passed_worse": 0, "stopped": 0}
    }


def test_a_vertical_has_its_schema(admin: Api, there: World) -> None:
    lines = admin.get("verticals").json()
    asked = {line["code"]: line["attributes"] for line in lines}
    assert asked == {"bag": 3, "kurta": 2, "lamp": 2}
    [colour, *_] = admin.get("verticals/bag").json()["attributes"]
    assert [value["code"] for value in colour["values"]] == ["red", "blue"]
    assert_problem(admin.get("verticals/nowhere"), 404, "not_found", "'nowhere'")


def test_an_import_says_what_is_wrong_with_its_rows(admin: Api, there: World) -> None:
    [problem] = admin.get(f"imports/{there.import_.pk}/problems").json()["results"]
    assert (problem["row"], problem["field"], problem["remedy"]) == (2, "price", "Mend it.")


def test_an_export_is_a_file(admin: Api, there: World) -> None:
    answer = admin.get("exports", what="predictions")
    [row] = b"".join(answer).splitlines()
    assert b'"red"' in row and answer["Content-Type"] == "application/x-ndjson"
    lines = b"".join(admin.get("exports", what="labels", **{"as": "csv", "vertical": "lamp"})).splitlines()
    assert len(lines) == 1 + 6
    assert "attachment" in answer["Content-Disposition"]


def test_an_export_of_a_version_that_there_is_not_is_refused(admin: Api) -> None:
    assert_problem(admin.get("exports", what="predictions"), 400, "invalid", "champion")


@pytest.mark.parametrize(
    "path", ["imports", "labels", "tasks", "metrics", "versions", "rounds", "routings", "studies"]
)
def test_a_list_takes_a_number_of_queries_that_does_not_depend_on_its_rows(
    admin: Api, there: World, path: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10):
        assert admin.get(path).json()["results"]
