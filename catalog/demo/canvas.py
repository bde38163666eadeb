"""A transparent sheet on which a view is drawn larger than its final size, in unit coordinates."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from catalog.demo.palette import RGB, Paint, mix
from catalog.demo.shapes import Points
from catalog.demo.textures import grain, shade_map

# The sheet reaches this far beyond the frame on each side, so that a turned close-up has no bare corners.
MARGIN = 0.1
SPAN = 1 + 2 * MARGIN
SUPERSAMPLING = 1.75

_INK = (22, 18, 30, 255)
_LIGHT = (165, 170, 182, 255)


class Canvas:
    """Draws filled outlines, strokes and seams; coordinates are those of `shapes`."""

    def __init__(self, pixels: int) -> None:
        self.pixels = pixels
        self.image = Image.new("RGBA", (pixels, pixels), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)
        self._scale = pixels / SPAN
        self._origin = np.array([MARGIN, MARGIN]) * self._scale

    def within(self, left: float, top: float, scale: float) -> "Canvas":
        """The same sheet, with the unit frame shrunk to `scale` and moved to (left, top)."""
        part = object.__new__(Canvas)
        part.__dict__.update(self.__dict__)
        part._origin = self._origin + np.array([left, top]) * self._scale
        part._scale = self._scale * scale
        return part

    def shape(
        self, outline: Points, paint: Paint | RGB, shade: str | None = None, *, edge: bool = True
    ) -> None:
        """Fill a closed outline; `shade` names a shading map of `textures.shade_map`."""
        paint = paint if isinstance(paint, Paint) else Paint(paint)
        spots = self._place(outline)
        if paint.texture is None and shade is None:
            self._draw.polygon(spots, fill=paint.rgb)
        else:
            mask, corner = self._mask(outline)
            ImageDraw.Draw(mask).polygon(self._place(outline, corner), fill=255)
            self._fill(mask, corner, paint, shade)
        if edge:
            self._draw.line([*spots, *spots[:4]], fill=paint.edge, width=self._width(0.009))

    def stroke(self, path: Points, width: float, paint: Paint | RGB, *, edge: bool = True) -> None:
        """A thick rounded band along an open path."""
        paint = paint if isinstance(paint, Paint) else Paint(paint)
        if edge:
            self._band(path, width + 0.016, paint.edge)
        self._band(path, width, paint.rgb)
        if width > 0.03:
            light = mix(paint.rgb, (255, 255, 255), 0.22)
            self._draw.line(
                self._place(path - width * 0.18), fill=light, width=self._width(width * 0.16), joint="curve"
            )

    def line(self, path: Points, width: float, rgb: RGB, *, closed: bool = False) -> None:
        spots = self._place(path)
        self._draw.line(
            [*spots, *spots[:4]] if closed else spots, fill=rgb, width=self._width(width), joint="curve"
        )

    def stitches(self, path: Points, rgb: RGB, *, closed: bool = False) -> None:
        """A dashed seam along a path."""
        ring = np.concatenate([path, path[:1]]) if closed else path
        steps = np.hypot(*np.diff(ring, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        starts = np.arange(0, along[-1] - 0.012, 0.032)
        for start in starts:
            ends = [[np.interp(at, along, ring[:, axis]) for axis in (0, 1)] for at in (start, start + 0.018)]
            self._draw.line(self._place(np.array(ends)), fill=rgb, width=self._width(0.007))

    def dots(self, centres: Sequence[tuple[float, float]], radius: float, rgb: RGB) -> None:
        for x, y in centres:
            left, top, right, bottom = self._place(
                np.array([(x - radius, y - radius), (x + radius, y + radius)])
            )
            self._draw.ellipse([left, top, right, bottom], fill=rgb)

    def glow(self, x: float, y: float, radius: float, rgb: RGB) -> None:
        """Light that fades from its centre outwards."""
        mask, corner = self._mask(np.array([(x - radius, y - radius), (x + radius, y + radius)]))
        self.image.paste((*rgb, 255), corner, shade_map("glow").resize(mask.size, Image.Resampling.BILINEAR))

    def _band(self, path: Points, width: float, rgb: RGB) -> None:
        self._draw.line(self._place(path), fill=rgb, width=self._width(width), joint="curve")
        self.dots([(path[0, 0], path[0, 1]), (path[-1, 0], path[-1, 1])], width / 2, rgb)

    def _fill(self, mask: Image.Image, corner: tuple[int, int], paint: Paint, shade: str | None) -> None:
        box = (*corner, corner[0] + mask.width, corner[1] + mask.height)
        if paint.texture is None:
            self.image.paste((*paint.rgb, 255), corner, mask)
        else:
            self.image.paste(paint.texture.crop(box), corner, mask)
        if shade is not None:
            dark = shade_map(shade).resize(mask.size, Image.Resampling.BILINEAR)
            dark = ImageChops.add(dark, grain(self.pixels).crop(box))
            self.image.paste(_LIGHT if paint.is_dark else _INK, corner, ImageChops.multiply(dark, mask))

    def _mask(self, outline: Points) -> tuple[Image.Image, tuple[int, int]]:
        spots = np.asarray(self._place(outline)).reshape(-1, 2)
        left, top = np.clip(np.floor(spots.min(axis=0)), 0, self.pixels - 1).astype(int)
        right, bottom = np.clip(np.ceil(spots.max(axis=0)) + 1, 1, self.pixels).astype(int)
        return Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))), 0), (
            int(left),
            int(top),
        )

    def _place(self, outline: Points, corner: tuple[int, int] = (0, 0)) -> list[float]:
        spots: list[float] = (outline * self._scale + self._origin - corner).ravel().tolist()
        return spots

    def _width(self, width: float) -> int:
        return max(1, round(width * self._scale))
