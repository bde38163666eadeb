from pathlib import Path

import pytest
from django.conf import settings

from catalog.imaging import benchmark
from catalog.imaging.benchmark import measure_images
from catalog.models import Photo
from tests.catalog.imaging.pictures import shown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "WIDTH", 200)
    monkeypatch.setattr(benchmark, "HEIGHT", 250)
    monkeypatch.setattr(benchmark, "TURN", 2)


def test_both_ways_are_measured_and_nothing_stays(tmp_path: Path) -> None:
    result = measure_images(count=5, folder=tmp_path / "photos")
    assert result.images == 5
    assert result.intake_per_second > 0
    assert result.ratio == result.intake_per_second / result.bare_per_second
    assert not Photo.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_the_photos_are_different_and_the_same_at_every_run(tmp_path: Path) -> None:
    runs = []
    for run in ("one", "two"):
        measure_images(count=3, folder=tmp_path / run)
        runs.append([path.read_bytes() for path in sorted((tmp_path / run).iterdir())])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 3
    assert shown(runs[0][0]).size == (200, 250)
