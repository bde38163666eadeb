import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from attrx_web.roles import Role
from tests.factories import user_with
from tests.training.registry import WEIGHTS, offered, round_over, version_with
from training.models import Alias, AliasChange, ModelVersion
from training.services.versions import version_promote

pytestmark = pytest.mark.django_db

GOLD = {"cap": 60}
LIST = reverse("training:versions")


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


@pytest.fixture
def reviewer() -> Client:
    return signed_in(Role.REVIEWER)


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


@pytest.fixture
def champion() -> ModelVersion:
    return offered(round_over(GOLD), {"cap": 40})


@pytest.fixture
def challenger(champion: ModelVersion) -> ModelVersion:
    return offered(round_over(GOLD), {"cap": 50})


@pytest.fixture
def weak(champion: ModelVersion) -> ModelVersion:
    """A challenger that does not pass."""
    return offered(round_over(GOLD), {"cap": 42})


def at(name: str, version: ModelVersion) -> str:
    return reverse(f"training:{name}", args=[version.pk])


def champion_id() -> int:
    return Alias.objects.get(name="champion").version_id


def test_visitors_are_asked_to_log_in(client: Client, champion: ModelVersion) -> None:
    for url in (LIST, at("version", champion), at("version_download", champion)):
        assertRedirects(client.get(url), f"{reverse('account_login')}?next={url}")


@pytest.mark.parametrize("name", ["version_check", "version_promote"])
def test_only_admins_write(reviewer: Client, challenger: ModelVersion, name: str) -> None:
    assert reviewer.post(at(name, challenger)).status_code == 403
    assert reviewer.post(reverse("training:version_rollback")).status_code == 403
    assert reviewer.get(at("version_download", challenger)).status_code == 403


def test_links_change_nothing(admin: Client, challenger: ModelVersion) -> None:
    for url in (at("version_check", challenger), at("version_promote", challenger)):
        assert admin.get(url).status_code == 405
    assert admin.get(reverse("training:version_rollback")).status_code == 405


def test_the_list_invites_to_start_a_round_while_it_is_empty(reviewer: Client) -> None:
    assertContains(reviewer.get(LIST), "No round has made a model yet.")


def test_the_list_shows_figures_aliases_size_and_parent(reviewer: Client, challenger: ModelVersion) -> None:
    version_with(challenger.round, {"cap": 30}, iteration=1)
    page = reviewer.get(LIST)
    assertContains(page, '<span class="alias alias-champion">champion</span>', count=2)
    assertContains(page, "83.3&nbsp;%")
    assertContains(page, "KB")
    assertContains(
        page, f'<a class="text-reset" href="{at("version", challenger)}">Version {challenger.pk}</a>'
    )


def test_the_list_costs_the_same_however_many_versions_there_are(
    reviewer: Client, champion: ModelVersion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for iteration in range(1, 6):
        version_with(champion.round, {"cap": 30}, iteration=iteration)
    with django_assert_num_queries(10):
        reviewer.get(LIST)


def test_a_version_that_is_not_there_is_not_found(admin: Client) -> None:
    for name in ("version", "version_download"):
        assert admin.get(reverse(f"training:{name}", args=[99])).status_code == 404
    for name in ("version_check", "version_promote"):
        assert admin.post(reverse(f"training:{name}", args=[99])).status_code == 404


def test_the_page_says_what_the_gate_found(reviewer: Client, challenger: ModelVersion) -> None:
    page = reviewer.get(at("version", challenger))
    assertContains(page, "Passes the gate")
    assertContains(page, "+16.7&nbsp;points")
    assertNotContains(page, "always giving")
    assertNotContains(page, "Promote")


def test_the_page_warns_of_a_version_that_knows_less_than_who_never_looks(reviewer: Client) -> None:
    offered(round_over(GOLD), {"cap": 10})
    better = offered(round_over(GOLD), {"cap": 25})
    page = reviewer.get(at("version", better))
    assertContains(page, "Passes the gate")
    assertContains(page, "It answers 25 of 60 gold questions rightly")
    assertContains(page, "each attribute's most frequent label would answer 30: it reads little")


def test_the_page_says_why_the_gate_does_not_pass(admin: Client, weak: ModelVersion) -> None:
    page = admin.get(at("version", weak))
    assertContains(page, "Does not pass the gate")
    assertContains(page, "It is not significantly better: it alone is right on 2")
    assertContains(page, "Promote against the gate")


def test_a_version_that_was_never_compared_can_be(admin: Client, champion: ModelVersion) -> None:
    version = version_with(round_over(GOLD), {"cap": 50})
    assertContains(admin.get(at("version", version)), "It has not been compared with this champion yet.")
    assertRedirects(admin.post(at("version_check", version)), at("version", version))
    assertContains(admin.get(at("version", version)), "Passes the gate")


def test_comparing_the_champion_says_why_not(admin: Client, champion: ModelVersion) -> None:
    page = admin.post(at("version_check", champion), follow=True)
    assertContains(page, "it cannot be compared with itself")


def test_promoting_takes_a_click(admin: Client, champion: ModelVersion, challenger: ModelVersion) -> None:
    page = admin.post(at("version_promote", challenger), {"champion_id": champion.pk}, follow=True)
    assertContains(page, f"Version {challenger.pk} is the champion now.")
    assert champion_id() == challenger.pk


def test_the_gate_holds_without_an_override(
    admin: Client, champion: ModelVersion, weak: ModelVersion
) -> None:
    page = admin.post(at("version_promote", weak), {"champion_id": champion.pk}, follow=True)
    assertContains(page, f"Version {weak.pk} was not promoted: it does not pass the gate.")
    assert champion_id() == champion.pk


def test_an_override_without_a_reason_changes_nothing(
    admin: Client, champion: ModelVersion, weak: ModelVersion
) -> None:
    asked = {"champion_id": champion.pk, "override": "1", "reason": " "}
    page = admin.post(at("version_promote", weak), asked, follow=True)
    assertContains(page, "Nothing was changed: Say why it is promoted against the gate.")
    assert champion_id() == champion.pk


def test_an_override_is_told_in_the_history(
    admin: Client, champion: ModelVersion, weak: ModelVersion
) -> None:
    asked = {"champion_id": champion.pk, "override": "1", "reason": "The photos changed."}
    admin.post(at("version_promote", weak), asked)
    assert champion_id() == weak.pk
    page = admin.get(LIST)
    assertContains(page, "promoted against the gate")
    assertContains(page, "The photos changed.")
    assertContains(page, "It did not pass the gate")


def test_a_form_without_the_champion_changes_nothing(admin: Client, challenger: ModelVersion) -> None:
    page = admin.post(at("version_promote", challenger), follow=True)
    assertContains(page, "does not say which champion is to be replaced")
    page = admin.post(reverse("training:version_rollback"), follow=True)
    assertContains(page, "does not say which champion is to be replaced")


def test_rolling_back_takes_a_click(admin: Client, champion: ModelVersion, challenger: ModelVersion) -> None:
    assertNotContains(admin.get(at("version", champion)), "Roll back")
    admin.post(at("version_promote", challenger), {"champion_id": champion.pk})
    assertContains(admin.get(at("version", challenger)), f"Roll back to version {champion.pk}")
    asked = {"champion_id": challenger.pk, "reason": "Too slow."}
    page = admin.post(reverse("training:version_rollback"), asked, follow=True)
    assertContains(page, f"Version {champion.pk} is the champion again.")
    assert AliasChange.objects.first() is not None
    assert champion_id() == champion.pk


def test_a_second_click_on_roll_back_says_that_it_is_done(
    admin: Client, champion: ModelVersion, challenger: ModelVersion
) -> None:
    admin.post(at("version_promote", challenger), {"champion_id": champion.pk})
    admin.post(reverse("training:version_rollback"), {"champion_id": challenger.pk})
    page = admin.post(reverse("training:version_rollback"), {"champion_id": challenger.pk}, follow=True)
    assertContains(page, "Nothing was changed")
    assert champion_id() == champion.pk


def test_the_download_is_a_zip_with_weights_manifest_and_card(
    admin: Client, challenger: ModelVersion
) -> None:
    answer = admin.get(at("version_download", challenger))
    assert answer["Content-Disposition"] == f'attachment; filename="attrx-version-{challenger.pk}.zip"'
    held = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    assert held.testzip() is None
    folder = f"attrx-version-{challenger.pk}"
    assert sorted(held.namelist()) == [
        f"{folder}/{name}"
        for name in ("README.md", "adapter_config.json", "adapter_model.safetensors", "manifest.json")
    ]
    assert held.read(f"{folder}/adapter_model.safetensors") == WEIGHTS
    manifest = json.loads(held.read(f"{folder}/manifest.json"))
    assert (manifest["version"], manifest["code"]) == (challenger.pk, "0123456789abcdef")
    assert manifest["training"] == {"versions": {"torch": "2.13.0"}}
    assert manifest["gold"][0]["accuracy"] == pytest.approx(50 / 60)
    card = held.read(f"{folder}/README.md").decode()
    assert f"# {challenger}" in card
    assert "| All verticals | 60 | 83.3 % |" in card


@pytest.mark.parametrize("gone", ["removed", "missing"])
def test_what_is_gone_cannot_be_downloaded(admin: Client, champion: ModelVersion, gone: str) -> None:
    if gone == "removed":
        ModelVersion.objects.update(files_removed=timezone.now())
    shutil.rmtree(Path(settings.ATTRX_ARTIFACTS_DIR) / champion.adapter_path)
    page = admin.get(at("version_download", champion), follow=True)
    assertContains(page, "There is nothing to download")
    assertContains(page, gone)


def test_removed_files_are_told_on_the_page(admin: Client, challenger: ModelVersion) -> None:
    ModelVersion.objects.filter(pk=challenger.pk).update(files_removed=timezone.now())
    page = admin.get(at("version", challenger))
    assertContains(page, "Its files were removed on")
    assertNotContains(page, "Download adapter")
    assertNotContains(page, "the champion</button>")


def test_the_champion_before_keeps_its_place_in_the_history(
    admin: Client, champion: ModelVersion, challenger: ModelVersion
) -> None:
    version_promote(version_id=challenger.pk, champion_id=champion.pk, by=user_with(Role.ADMIN))
    page = admin.get(LIST)
    assertContains(page, "became the first")
    assertContains(page, "won its round")
    assertContains(page, "is not the challenger any more")
