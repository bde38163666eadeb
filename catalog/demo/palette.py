"""Colour names, their jittered tones, and the paints that drawings are filled with."""

import colorsys
from dataclasses import dataclass

import numpy as np
from PIL import Image

RGB = tuple[int, int, int]

# Hue in degrees, saturation and value in percent, largest hue shift in degrees.
_TONES: dict[str, tuple[float, float, float, float]] = {
    "red": (357, 86, 82, 5),
    "orange": (25, 92, 97, 4),
    "yellow": (50, 85, 98, 4),
    "green": (135, 70, 60, 14),
    "blue": (217, 80, 84, 10),
    "purple": (275, 62, 66, 8),
    "pink": (330, 56, 97, 6),
    "brown": (24, 62, 47, 5),
    "black": (230, 10, 14, 60),
    "white": (60, 2, 98, 60),
}

CREAM: RGB = (246, 240, 226)
GOLD: RGB = (216, 178, 82)
INK: RGB = (52, 50, 56)
LINING: RGB = (214, 206, 192)
METAL: RGB = (186, 190, 198)
SKIN: RGB = (222, 198, 174)
WOOD: RGB = (150, 108, 72)


@dataclass(frozen=True)
class Paint:
    """What a shape is filled with: a colour, or a texture of the canvas's size on a ground of that colour."""

    rgb: RGB
    texture: Image.Image | None = None

    @property
    def is_dark(self) -> bool:
        return max(self.rgb) < 90

    @property
    def edge(self) -> RGB:
        """The outline: a darker tone, or a lighter one where darker would not be seen."""
        return mix(self.rgb, (150, 152, 160), 0.35) if self.is_dark else mix(self.rgb, (20, 16, 24), 0.42)

    @property
    def relief(self) -> RGB:
        """Seams, ribs and grooves, readable on the colour itself."""
        return mix(self.rgb, (205, 207, 214), 0.5) if self.is_dark else mix(self.rgb, (16, 12, 20), 0.5)

    @property
    def accent(self) -> RGB:
        """The second colour of a pattern or print: neutral, so that the ground keeps its name."""
        if luma(self.rgb) > 182:
            return mix(self.rgb, (70, 52, 30), 0.68)
        return (190, 192, 198) if self.is_dark else mix(self.rgb, (255, 253, 246), 0.92)

    @property
    def trim(self) -> RGB:
        """Gold, or a deep brown on cloth that gold would not stand out from."""
        return (104, 58, 34) if self.rgb[0] > 190 and self.rgb[1] > 90 and self.rgb[2] < 100 else GOLD

    @property
    def shaded(self) -> "Paint":
        """The same colour in shadow: a second layer behind the first."""
        return Paint(
            mix(self.rgb, (140, 142, 150), 0.16) if self.is_dark else mix(self.rgb, (20, 16, 24), 0.2)
        )


def luma(rgb: RGB) -> float:
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`share` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def tone(name: str, rng: np.random.Generator) -> RGB:
    """A tone that people call `name`, a little different each time."""
    hue, saturation, value, shift = _TONES[name]
    red, green, blue = colorsys.hsv_to_rgb(
        ((hue + rng.uniform(-shift, shift)) % 360) / 360,
        np.clip(saturation * rng.uniform(0.92, 1.06) / 100, 0, 1),
        np.clip(value * rng.uniform(0.94, 1.04) / 100, 0, 1),
    )
    return round(red * 255), round(green * 255), round(blue * 255)
