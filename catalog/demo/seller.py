"""The seller look: phone photos taken anywhere, each with its own faults."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from catalog.demo.looks import cast_shadow, placed_sheet
from catalog.demo.palette import RGB, mix
from catalog.demo.shapes import ellipse, placed, rounded, smooth

_GROUNDS: tuple[RGB, ...] = (
    (176, 142, 104),
    (128, 96, 70),
    (150, 158, 164),
    (196, 188, 172),
    (108, 122, 132),
    (148, 166, 142),
    (172, 138, 142),
    (122, 118, 150),
    (206, 204, 200),
    (92, 88, 86),
)
_THINGS: tuple[RGB, ...] = (
    (188, 74, 66),
    (74, 112, 168),
    (88, 142, 96),
    (214, 180, 92),
    (132, 92, 148),
    (226, 222, 214),
    (58, 58, 64),
    (206, 140, 158),
)
_HANDS: tuple[RGB, ...] = ((232, 196, 164), (198, 150, 114), (146, 102, 74), (96, 66, 50))
_WORK = 128


@dataclass(frozen=True)
class SellerFaults:
    """The faults of a photo at severity 1; a photo's severity is drawn anew for each photo.

    Lengths are shares of the frame; exposure, uneven and cast are deviations of a factor from 1; noise is the
    standard deviation in grey levels; turn is in degrees.
    """

    clean_share: float = 0.35
    """Of photos whose severity is between 0.1 and 0.35; the others have up to `worst`."""
    worst: float = 1.0
    turn: float = 20.0
    shrink: float = 0.26
    shift: float = 0.1
    tilt: float = 0.28
    clutter: int = 9
    occlusion: float = 0.45
    exposure: float = 0.34
    uneven: float = 0.42
    cast: float = 0.16
    blur: float = 0.0085
    noise: float = 22.0
    worst_quality: int = 22


SNAPSHOT = SellerFaults(clean_share=0.6, worst=0.6)
"""Photos taken with some care."""


def seller(sheet: Image.Image, size: int, rng: np.random.Generator, faults: SellerFaults) -> Image.Image:
    """A photo with faults drawn for it alone: some come out fairly clean, some bad."""
    clean = rng.random() < faults.clean_share
    severity = rng.uniform(0.1, 0.35) if clean else rng.uniform(0.35, faults.worst)
    product = placed_sheet(
        sheet,
        size,
        turn=severity * rng.uniform(-faults.turn, faults.turn),
        scale=rng.uniform(0.88, 1.0) - severity * rng.uniform(0, faults.shrink),
        shift=_pair(rng, severity * faults.shift),
        tilt=_pair(rng, severity * faults.tilt),
    )
    photo = _clutter(size, rng, round(faults.clutter * severity) + 2)
    cast_shadow(photo, product, _pair(rng, 0.05), 0.5)
    photo.paste(product, (0, 0), product)
    if rng.random() < faults.occlusion * severity:
        _occlude(photo, rng)
    radius = severity * rng.uniform(0, faults.blur) * size
    if radius > 0.3:
        photo = photo.filter(ImageFilter.BoxBlur(radius))
    return _compressed(
        _lit(photo, rng, faults, severity), round(92 - severity * rng.uniform(0, 92 - faults.worst_quality))
    )


def _pair(rng: np.random.Generator, reach: float) -> tuple[float, float]:
    return float(rng.uniform(-reach, reach)), float(rng.uniform(-reach, reach))


def _clutter(size: int, rng: np.random.Generator, count: int) -> Image.Image:
    """A table, floor or bedspread with things lying about, mostly near the rim of the frame."""
    ground = _GROUNDS[int(rng.integers(len(_GROUNDS)))]
    photo = Image.new("RGB", (_WORK, _WORK), ground)
    draw = ImageDraw.Draw(photo)
    _weave(draw, ground, rng)
    for _ in range(count):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.36, 0.62)
        x, y = 0.5 + reach * np.cos(angle), 0.5 + reach * np.sin(angle)
        thing = mix(_THINGS[int(rng.integers(len(_THINGS)))], ground, rng.uniform(0.1, 0.45))
        outline = (
            rounded(-0.9, -0.5, 0.9, 0.5, 0.2),
            ellipse(0, 0, 0.8),
            rounded(-1.4, -0.13, 1.4, 0.13, 0.1),
        )
        form = (
            placed(outline[int(rng.integers(3))], x, y, rng.uniform(0.08, 0.2), rng.uniform(0, 180)) * _WORK
        )
        draw.polygon((form + 2).ravel().tolist(), fill=mix(ground, (10, 10, 14), 0.45))
        draw.polygon(form.ravel().tolist(), fill=thing, outline=mix(thing, (0, 0, 0), 0.4))
    return photo.filter(ImageFilter.BoxBlur(0.8)).resize((size, size), Image.Resampling.BILINEAR)


def _weave(draw: ImageDraw.ImageDraw, ground: RGB, rng: np.random.Generator) -> None:
    """Planks, tiles or a coarse cloth."""
    darker, lighter = mix(ground, (0, 0, 0), 0.22), mix(ground, (255, 255, 255), 0.16)
    kind, step = int(rng.integers(4)), int(rng.integers(14, 34))
    offset = int(rng.integers(step))
    for at in range(offset - step, _WORK, step):
        if kind == 0:
            draw.rectangle(
                [at, 0, at + step - 2, _WORK], fill=lighter if rng.random() < 0.4 else ground, outline=darker
            )
        elif kind == 1:
            draw.line([at, 0, at, _WORK], fill=lighter, width=2)
            draw.line([0, at, _WORK, at], fill=lighter, width=2)
        elif kind == 2:
            draw.line([at, 0, at + 40, _WORK], fill=darker, width=3)


def _occlude(photo: Image.Image, rng: np.random.Generator) -> None:
    """A finger or a small thing reaches in from the rim."""
    angle = rng.uniform(0, 2 * np.pi)
    turn = -float(np.degrees(angle))
    finger = rng.random() < 0.55
    if finger:
        form, rgb = (
            placed(rounded(-0.16, -0.07, 0.5, 0.07, 0.068), 0, 0, 1.0),
            _HANDS[int(rng.integers(len(_HANDS)))],
        )
    else:
        corners = np.array([(-0.12, -0.06), (0.0, -0.12), (0.3, -0.1), (0.3, 0.1), (0.02, 0.1), (-0.1, 0.05)])
        form, rgb = smooth(corners), _THINGS[int(rng.integers(len(_THINGS)))]
    reach = rng.uniform(0.38, 0.46)
    centre, stretch = (0.5 + reach * np.cos(angle), 0.5 + reach * np.sin(angle)), rng.uniform(0.8, 1.25)
    form = placed(form, *centre, stretch, turn)
    spots = (form * photo.width).ravel().tolist()
    draw = ImageDraw.Draw(photo)
    draw.polygon(spots, fill=rgb)
    if finger:
        nail = placed(ellipse(-0.09, 0, 0.05, 0.042), *centre, stretch, turn) * photo.width
        draw.polygon(nail.ravel().tolist(), fill=mix(rgb, (255, 226, 214), 0.5))
    draw.line([*spots, *spots[:2]], fill=mix(rgb, (0, 0, 0), 0.35), width=max(1, photo.width // 128))


@lru_cache
def _noise(size: int) -> NDArray[np.int16]:
    """A sheet of standard normal noise in 1/64, larger than the photo."""
    draws = np.random.Generator(np.random.Philox(key=11)).standard_normal((size + 64, size + 64, 3))
    return (draws * 64).astype(np.int16)


def _lit(photo: Image.Image, rng: np.random.Generator, faults: SellerFaults, severity: float) -> Image.Image:
    """Exposure, a colour cast, a light from one side and sensor noise."""
    size = photo.width
    exposure = 1 + severity * rng.uniform(-faults.exposure, faults.exposure * 0.7)
    warmth, tint = severity * rng.uniform(-faults.cast, faults.cast, 2)
    uneven = severity * rng.uniform(0, faults.uneven)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    light = 1 + uneven * (np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None])
    gains = exposure * np.array([1 + warmth, 1 + 0.4 * tint, 1 - warmth], dtype=np.float32)
    pixels = np.asarray(photo, dtype=np.float32) * (light[:, :, None] * gains).astype(np.float32)
    left, top = (int(v) for v in rng.integers(0, 64, 2))
    level = np.float32(severity * rng.uniform(0.2, 1.0) * faults.noise / 64)
    pixels += _noise(size)[top : top + size, left : left + size] * level
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _compressed(photo: Image.Image, quality: int) -> Image.Image:
    """The photo after it went through a messenger as a JPEG."""
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")
