"""Weeks of the study: undisturbed ones are draws from one source, others have in them what is said."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from catalog.demo.schema import VERTICALS
from training.drift_study import worlds
from training.drift_study.photos import FAULTS, Wanted, broken, rendered
from training.drift_study.worlds import KINDS, VERTICAL, Catalogue, disturbance
from training.management.commands import study_drift


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small weeks of two verticals."""
    monkeypatch.setattr(worlds, "WEEK", 20)
    monkeypatch.setattr(worlds, "REFERENCE", 40)
    monkeypatch.setattr(worlds, "VERTICALS", {name: VERTICALS[name] for name in ("lamp", "cap")})


def test_a_listing_is_rendered_the_same_every_time() -> None:
    one, again, other = rendered([Wanted("lamp", 1), Wanted("lamp", 1), Wanted("lamp", 2)], jobs=1)
    assert (one.vector == again.vector).all() and one.values == again.values
    assert (one.vector != other.vector).any()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_camera_changes_what_photos_look_like(fault: str) -> None:
    good, bad = rendered([Wanted("lamp", 1), Wanted("lamp", 1, fault=fault)], jobs=1)
    assert good.values == bad.values
    assert np.abs(good.vector - bad.vector).max() > 0.02


def test_a_dark_camera_darkens() -> None:
    photo = Image.new("RGB", (4, 4), (200, 100, 50))
    assert broken(photo, "dark").getpixel((0, 0)) == (110, 55, 27)


def test_a_new_value_is_in_the_week_and_in_no_answer(small: None) -> None:
    disturbed = disturbance(worlds.VALUE, 0)
    lamp = Catalogue(90, jobs=1).week(0, disturbed)[0]
    assert disturbed.value not in {*lamp.week.answers[disturbed.attribute]}
    assert lamp.week.asked[disturbed.attribute].hits > lamp.reference.asked[disturbed.attribute].hits
    assert len(lamp.week.vectors) == 20 and len(lamp.reference.vectors) == 40


def test_a_vertical_never_seen_has_nothing_before(small: None) -> None:
    lamp, cap = Catalogue(60, jobs=1).week(0, disturbance(VERTICAL, 0))
    assert (lamp.is_known, len(lamp.reference.vectors), lamp.week.answers) == (False, 0, {})
    assert (cap.is_known, len(cap.reference.vectors)) == (True, 40)


def test_the_command_counts_what_is_found_and_ends_with_json(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_drift, "WEEK", 20)
    monkeypatch.setattr(study_drift, "REFERENCE", 40)
    monkeypatch.setattr(study_drift, "SPARE", 30)
    out = StringIO()
    try:
        call_command("study_drift", seeds=1, undisturbed=2, jobs=1, stdout=out, stderr=out)
    except CommandError as error:
        assert "drift is missed" in str(error)
    summary = json.loads(out.getvalue().splitlines()[-1])
    assert set(summary["kinds"]) == set(KINDS)
    assert summary["kinds"][VERTICAL] == {"seeds": 1, "found": 1, "by": {"unseen": 1}, "elsewhere": 0}
    assert summary["undisturbed"]["seeds"] == 2


def test_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(CommandError, match="give 1 or more of each"):
        call_command("study_drift", "--seeds", "0")
