"""Values can be told apart at 32 x 32 px, with nothing cleverer than ridge regression on simple features."""

from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from catalog.demo import render_listings
from catalog.demo.schema import VERTICALS

Features = NDArray[np.float64]
TRAINED_ON, LISTINGS = 50, 75


def _small(photo: Image.Image) -> Features:
    return np.asarray(photo.resize((32, 32), Image.Resampling.BOX), dtype=np.float64) / 255


def _tones(photo: Image.Image) -> Features:
    """A coarse histogram of the colours in the middle of the photo."""
    levels = np.minimum((_small(photo)[4:28, 4:28] * 5).astype(int), 4).reshape(-1, 3)
    counts: Features = np.sqrt(np.bincount(levels @ [25, 5, 1], minlength=125) / len(levels))
    return counts


def _spectrum(photo: Image.Image) -> Features:
    """How strong each spatial frequency is: a pattern wherever it starts."""
    grey = _small(photo)[6:30, 4:28].mean(axis=2)
    strength = np.abs(np.fft.rfft2(grey - grey.mean()))
    features: Features = np.log1p(strength / (strength.mean() + 0.1)).ravel()
    return features


def _edges(photo: Image.Image) -> Features:
    """Where the upright and level edges are, a little blurred."""
    grey = _small(photo).mean(axis=2)
    edges = np.abs(np.stack([np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1]]))
    shifts = [np.roll(edges, (down, right), axis=(1, 2)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    features: Features = (np.sum(shifts, axis=0) / (edges.std() + 1e-3)).ravel()
    return features


def _held_out_accuracy(rows: list[Features], labels: list[int]) -> float:
    """Of a ridge classifier in its dual form, on the last third of the rows."""
    points, classes = np.array(rows), np.eye(max(labels) + 1)[labels]
    cut = len(rows) * TRAINED_ON // LISTINGS
    points = points - points[:cut].mean(axis=0)
    kernel = points @ points[:cut].T
    ridge = 0.05 * np.trace(kernel[:cut]) / cut * np.eye(cut)
    scores = kernel[cut:] @ np.linalg.solve(kernel[:cut] + ridge, classes[:cut] - classes[:cut].mean(axis=0))
    return float((scores.argmax(axis=1) == np.array(labels[cut:])).mean())


@pytest.fixture(scope="module")
def accuracies() -> dict[tuple[str, str, str], float]:
    """Accuracy for each (vertical, attribute, view that shows it); colour is read from all photos at once."""
    rows: dict[tuple[str, str, str], list[Features]] = defaultdict(list)
    labels: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for listing in render_listings(per_vertical=LISTINGS, look="studio", seed=5, size=48):
        attributes = VERTICALS[listing.vertical].attributes
        for code, value in listing.attributes.items():
            if code == "color":
                seen = {"all": np.mean([_tones(photo) for photo in listing.photos], axis=0)}
            else:
                feature = _spectrum if code == "pattern" else _edges
                seen = {
                    listing.views[at - 1]: feature(listing.photos[at - 1]) for at in listing.evidence[code]
                }
            for view, features in seen.items():
                rows[listing.vertical, code, view].append(features)
                labels[listing.vertical, code, view].append(attributes[code].values.index(value))
    return {key: _held_out_accuracy(rows[key], labels[key]) for key in rows}


@pytest.mark.parametrize("name", VERTICALS)
def test_every_value_can_be_told_in_every_view_that_shows_it(
    name: str, accuracies: dict[tuple[str, str, str], float]
) -> None:
    mine = {key: accuracy for key, accuracy in accuracies.items() if key[0] == name}
    assert {code for _, code, _ in mine} == set(VERTICALS[name].attributes)
    assert not {key: accuracy for key, accuracy in mine.items() if accuracy < 0.65}
    assert np.mean(list(mine.values())) > 0.85
