"""From a drawn sheet to a photo: placing it in the frame, and the clean studio look."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.demo.canvas import MARGIN, SPAN
from catalog.demo.palette import RGB, mix
from catalog.demo.textures import blurred

Look = Literal["studio", "snapshot", "seller"]
LOOKS: tuple[Look, ...] = get_args(Look)

_BACKDROPS: tuple[RGB, ...] = (
    (238, 238, 240),
    (232, 236, 241),
    (241, 236, 229),
    (230, 236, 231),
    (240, 232, 235),
    (226, 227, 231),
)


def placed_sheet(
    sheet: Image.Image,
    size: int,
    *,
    turn: float,
    scale: float,
    shift: tuple[float, float],
    tilt: tuple[float, float] = (0.0, 0.0),
) -> Image.Image:
    """The sheet in a frame of `size` px: turned by degrees, scaled, moved by shares of the frame, tilted."""
    angle = np.radians(turn)
    forward = np.array(
        [
            [scale * np.cos(angle), -scale * np.sin(angle), shift[0]],
            [scale * np.sin(angle), scale * np.cos(angle), shift[1]],
            [tilt[0], tilt[1], 1.0],
        ]
    )
    to_unit = np.array([[1 / size, 0, -0.5], [0, 1 / size, -0.5], [0, 0, 1]])
    pixels = sheet.width / SPAN
    to_sheet = np.array(
        [[pixels, 0, (0.5 + MARGIN) * pixels], [0, pixels, (0.5 + MARGIN) * pixels], [0, 0, 1]]
    )
    inverse = to_sheet @ np.linalg.inv(forward) @ to_unit
    return sheet.transform(
        (size, size),
        Image.Transform.PERSPECTIVE,
        (inverse / inverse[2, 2]).ravel()[:8].tolist(),
        Image.Resampling.BILINEAR,
    )


def cast_shadow(
    ground: Image.Image, product: Image.Image, offset: tuple[float, float], strength: float
) -> None:
    """Darken the ground with the product's soft shadow, `offset` in shares of the frame."""
    size, small = ground.width, 64
    shadow = blurred(product.getchannel("A").resize((small, small), Image.Resampling.BOX), 2.2)
    shadow = shadow.point([round(v * strength) for v in range(256)]).resize(
        (size, size), Image.Resampling.BILINEAR
    )
    ground.paste((24, 22, 30), (round(offset[0] * size), round(offset[1] * size)), shadow)


def studio(sheet: Image.Image, size: int, rng: np.random.Generator) -> Image.Image:
    """The product on a plain light backdrop with a soft shadow."""
    product = placed_sheet(
        sheet,
        size,
        turn=rng.uniform(-3.5, 3.5),
        scale=rng.uniform(0.93, 1.0),
        shift=(rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.02)),
    )
    backdrop = _BACKDROPS[int(rng.integers(len(_BACKDROPS)))]
    photo = sweep(backdrop, mix(backdrop, (120, 120, 130), rng.uniform(0.12, 0.3)), size)
    cast_shadow(photo, product, (0.015, 0.03), 0.34)
    photo.paste(product, (0, 0), product)
    return photo


def sweep(upper: RGB, lower: RGB, size: int) -> Image.Image:
    """A backdrop that darkens softly from its upper to its lower edge."""
    share: NDArray[np.float64] = np.linspace(0, 1, 16)[:, None, None] ** 1.5
    column = np.array(upper) * (1 - share) + np.array(lower) * share
    return Image.fromarray(column.astype(np.uint8)).resize((size, size), Image.Resampling.BILINEAR)
