"""Parts that several verticals share: fasteners shown large, prints, necklines, backs and folded cloth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import CREAM, GOLD, INK, METAL, SKIN, Paint, mix
from catalog.demo.shapes import (
    Points,
    arc,
    ellipse,
    heart,
    mirrored,
    placed,
    points,
    rect,
    rounded,
    smooth,
    star,
    wave,
)

FULL = rect(-0.1, -0.1, 1.1, 1.1)


@dataclass(frozen=True)
class Item:
    """What a drawing may know: the values that its view shows, the plain paint and the patterned one."""

    values: Mapping[str, str]
    paint: Paint
    fabric: Paint


def closure(canvas: Canvas, kind: str, paint: Paint) -> None:
    """A fastener that fills the middle of the frame."""
    _CLOSURES[kind](canvas, paint)


def _zipper(canvas: Canvas, paint: Paint) -> None:
    canvas.shape(rect(-0.1, 0.34, 1.1, 0.58), INK, edge=False)
    for x in np.arange(-0.08, 1.1, 0.075):
        canvas.shape(rect(x, 0.37, x + 0.045, 0.47), METAL, edge=False)
        canvas.shape(rect(x + 0.035, 0.45, x + 0.08, 0.55), METAL, edge=False)
    for y in (0.3, 0.62):
        canvas.stitches(points((-0.1, y), (1.1, y)), paint.relief)
    canvas.shape(rounded(0.38, 0.32, 0.62, 0.6, 0.05), METAL, "side")
    canvas.shape(rounded(0.42, 0.54, 0.58, 0.95, 0.07), METAL, "side")
    canvas.shape(rounded(0.465, 0.76, 0.535, 0.9, 0.03), INK, edge=False)


def _buckle(canvas: Canvas, paint: Paint) -> None:
    band = paint.shaded
    canvas.shape(rect(0.33, -0.1, 0.67, 0.98), band, "side")
    for x in (0.365, 0.635):
        canvas.stitches(points((x, -0.1), (x, 0.96)), paint.relief)
    canvas.dots([(0.5, 0.12), (0.5, 0.88)], 0.03, INK)
    frame = rounded(0.2, 0.28, 0.8, 0.74, 0.07)
    canvas.line(frame, 0.085, Paint(METAL).edge, closed=True)
    canvas.line(frame, 0.065, METAL, closed=True)
    canvas.stroke(points((0.5, 0.3), (0.5, 0.77)), 0.06, METAL)


def _button(canvas: Canvas, paint: Paint) -> None:
    canvas.shape(
        mirrored(smooth(points((0.5, -0.5), (-0.1, -0.4), (0.0, 0.3), (0.5, 0.86)), closed=False)),
        paint,
        "down",
    )
    canvas.stitches(arc(0.5, 0.0, 0.46, 0.78, 10, 170), paint.relief)
    canvas.shape(ellipse(0.5, 0.48, 0.25), GOLD, "ball")
    canvas.line(ellipse(0.5, 0.48, 0.18), 0.015, Paint(GOLD).edge, closed=True)
    canvas.dots([(0.44, 0.42), (0.56, 0.42), (0.44, 0.54), (0.56, 0.54)], 0.03, INK)


def _kiss_lock(canvas: Canvas, paint: Paint) -> None:
    canvas.shape(rect(-0.1, -0.1, 1.1, 0.36), mix(paint.rgb, INK, 0.3), "soft", edge=False)
    canvas.stroke(points((-0.1, 0.44), (1.1, 0.44)), 0.14, METAL)
    canvas.line(points((-0.1, 0.44), (1.1, 0.44)), 0.015, INK)
    for x, lean in ((0.4, -0.03), (0.6, 0.03)):
        canvas.stroke(points((x, 0.46), (x - lean * 1.5, 0.3)), 0.06, METAL)
        canvas.shape(ellipse(x - lean * 1.5, 0.2, 0.125), METAL, "ball")


def _drawstring(canvas: Canvas, paint: Paint) -> None:
    for turn in range(0, 360, 20):
        reach = arc(0.5, 0.4, 0.85, 0.85, turn, turn + 1)[0]
        canvas.line(np.array([(0.5, 0.4), reach]), 0.022, paint.relief)
    canvas.shape(ellipse(0.5, 0.4, 0.16, 0.13), INK, edge=False)
    canvas.line(ellipse(0.5, 0.4, 0.2, 0.17), 0.045, CREAM, closed=True)
    for side in (-1, 1):
        cord = points((0.5, 0.57), (0.5 + 0.12 * side, 0.72), (0.5 + 0.1 * side, 0.9))
        canvas.stroke(smooth(cord, closed=False), 0.045, CREAM)
        canvas.dots([(0.5 + 0.1 * side, 0.92)], 0.045, CREAM)
    canvas.shape(rounded(0.42, 0.54, 0.58, 0.66, 0.04), INK, "side")


def _roll_top(canvas: Canvas, paint: Paint) -> None:
    for y in (0.16, 0.3, 0.44):
        canvas.shape(rounded(-0.2, y - 0.04, 1.2, y + 0.14, 0.08), paint, "down")
    for x in (0.18, 0.82):
        canvas.shape(rect(x - 0.07, 0.06, x + 0.07, 1.1), INK, "side")
        canvas.shape(rounded(x - 0.11, 0.66, x + 0.11, 0.82, 0.03), METAL, "side")


def _latch(canvas: Canvas, paint: Paint) -> None:
    canvas.line(points((-0.1, 0.5), (1.1, 0.5)), 0.03, INK)
    for x in (0.27, 0.73):
        canvas.shape(rounded(x - 0.16, 0.2, x + 0.16, 0.84, 0.05), METAL, "down")
        canvas.shape(rounded(x - 0.1, 0.3, x + 0.1, 0.58, 0.03), GOLD, "down")
        canvas.dots([(x, 0.7)], 0.045, INK)


def _dial_lock(canvas: Canvas, paint: Paint) -> None:
    canvas.line(points((-0.1, 0.5), (1.1, 0.5)), 0.03, INK)
    canvas.shape(rounded(0.08, 0.26, 0.92, 0.74, 0.08), INK, edge=True)
    for x in (0.25, 0.5, 0.75):
        canvas.shape(rect(x - 0.09, 0.32, x + 0.09, 0.68), CREAM, "down")
        for y in (0.4, 0.5, 0.6):
            canvas.line(points((x - 0.05, y), (x + 0.05, y)), 0.03, INK)


def _folding(canvas: Canvas, paint: Paint) -> None:
    for left, right in ((-0.02, 0.46), (0.54, 1.02)):
        canvas.shape(rounded(left, 0.3, right, 0.7, 0.04), METAL, "down")
        for y in (0.4, 0.5, 0.6):
            canvas.line(points((left + 0.06, y), (right - 0.06, y)), 0.02, Paint(METAL).edge)
    canvas.shape(rounded(0.4, 0.24, 0.6, 0.76, 0.04), GOLD, "side")


def _magnetic(canvas: Canvas, paint: Paint) -> None:
    for x in (0.24, 0.76):
        canvas.shape(ellipse(x, 0.5, 0.21), METAL, "ball")
        canvas.line(ellipse(x, 0.5, 0.13), 0.03, INK, closed=True)


def _velcro(canvas: Canvas, paint: Paint) -> None:
    canvas.shape(rounded(0.08, 0.26, 0.92, 0.76, 0.05), INK, edge=True)
    rows = np.arange(0.33, 0.74, 0.065)
    for at, y in enumerate(rows):
        canvas.dots([(x + 0.03 * (at % 2), y) for x in np.arange(0.15, 0.87, 0.065)], 0.014, (205, 205, 205))


_CLOSURES = {
    "zipper": _zipper,
    "buckle": _buckle,
    "button": _button,
    "kiss lock": _kiss_lock,
    "drawstring": _drawstring,
    "roll top": _roll_top,
    "latch": _latch,
    "dial lock": _dial_lock,
    "folding": _folding,
    "magnetic": _magnetic,
    "velcro": _velcro,
}


def emblem(canvas: Canvas, kind: str, x: float, y: float, radius: float, paint: Paint) -> None:
    """A one-colour print on cloth."""
    ink = CREAM if sum(paint.rgb) < 480 else INK
    if kind == "ring":
        canvas.line(ellipse(x, y, radius * 0.78), radius * 0.34, ink, closed=True)
        return
    canvas.shape(placed(_EMBLEMS[kind], x, y, radius), ink, edge=False)


_EMBLEMS: dict[str, Points] = {
    "star": star(),
    "heart": heart(),
    "bolt": points((0.25, -1.1), (-0.6, 0.15), (-0.08, 0.15), (-0.25, 1.1), (0.6, -0.2), (0.08, -0.2)),
    "arrow": points(
        (-1, -0.28), (0.15, -0.28), (0.15, -0.8), (1.05, 0), (0.15, 0.8), (0.15, 0.28), (-1, 0.28)
    ),
}


def cut_out_back(canvas: Canvas, kind: str, x: float, top: float, scale: float, paint: Paint) -> None:
    """The cut of a back below the neck, with the skin of a mannequin in it; 1 unit wide at scale 1."""
    part = canvas.within(x - scale / 2, top, scale)
    skin = Paint(SKIN)
    if kind == "round":
        outline = mirrored(
            smooth(points((0.5, 0.78), (0.24, 0.6), (0.12, 0.3), (0.1, -0.06)), closed=False)[::-1]
        )
        part.shape(outline, skin, "soft")
    elif kind == "square":
        part.shape(rect(0.14, -0.06, 0.86, 0.58), skin, "soft")
    elif kind == "keyhole":
        part.shape(
            mirrored(smooth(points((0.5, 0.1), (0.34, 0.34), (0.3, 0.54), (0.5, 0.7)), closed=False)),
            skin,
            "soft",
        )
        part.shape(ellipse(0.5, 0.06, 0.06), GOLD, "ball")
    else:
        part.shape(points((0.12, -0.06), (0.88, -0.06), (0.5, 0.98)), skin, "soft")
        for step in range(4):
            y, half = 0.08 + 0.18 * step, 0.33 - 0.065 * step
            for side in (-1, 1):
                part.line(
                    points((0.5 - side * half, y), (0.5 + side * (half - 0.05), y + 0.17)), 0.04, paint.edge
                )


def neckline(canvas: Canvas, kind: str, x: float, top: float, scale: float, paint: Paint) -> None:
    """An opening at the neck with its trim; 1 unit wide at scale 1."""
    part = canvas.within(x - scale / 2, top, scale)
    opening = _NECKLINES.get(kind)
    skin, trim = Paint(SKIN), paint.accent
    if opening is not None:
        part.shape(opening, skin, "soft", edge=False)
        part.line(opening, 0.075, paint.edge)
        part.line(opening, 0.05, trim)
    if kind == "keyhole":
        drop = mirrored(smooth(points((0.5, 0.26), (0.4, 0.46), (0.38, 0.6), (0.5, 0.7)), closed=False))
        part.shape(drop, skin, "soft", edge=False)
        part.line(drop, 0.05, trim, closed=True)
    elif kind == "mandarin":
        part.shape(rounded(0.2, -0.2, 0.8, 0.14, 0.06), paint, "side")
        part.line(rounded(0.2, -0.2, 0.8, 0.14, 0.06), 0.04, trim, closed=True)
        part.shape(points((0.43, -0.2), (0.57, -0.2), (0.5, 0.2)), skin, edge=False)
    if kind in ("mandarin", "polo", "henley"):
        low = 0.92 if kind == "mandarin" else 0.78
        part.shape(rect(0.4, 0.14, 0.6, low), paint.shaded, "soft")
        part.dots([(0.5, y) for y in (0.3, 0.48, 0.66)], 0.05, CREAM if paint.is_dark else INK)
    if kind == "polo":
        for side in (-1, 1):
            flap = points((0.5 + side * 0.03, 0.2), (0.5 + side * 0.14, 0.06), (0.5 + side * 0.36, -0.12))
            tip = points((0.5 + side * 0.5, 0.08), (0.5 + side * 0.26, 0.42))
            part.shape(np.concatenate([flap, tip]), Paint(trim), "soft")


_NECKLINES: dict[str, Points] = {
    "round": arc(0.5, -0.1, 0.4, 0.58, 0, 180),
    "crew": arc(0.5, -0.1, 0.3, 0.28, 0, 180),
    "henley": arc(0.5, -0.1, 0.3, 0.28, 0, 180),
    "polo": arc(0.5, -0.1, 0.26, 0.3, 0, 180),
    "v neck": points((0.86, -0.1), (0.5, 0.72), (0.14, -0.1)),
    "square": points((0.86, -0.1), (0.86, 0.46), (0.14, 0.46), (0.14, -0.1)),
    "keyhole": arc(0.5, -0.1, 0.34, 0.3, 0, 180),
}


def folded(canvas: Canvas, paint: Paint) -> None:
    """A folded piece of cloth from above, its layers at the lower edge."""
    for step in (2, 1, 0):
        y = 0.84 + 0.045 * step
        canvas.shape(rounded(0.07, y - 0.12, 0.93, y + 0.045, 0.045), paint.shaded if step else paint, "down")
    canvas.shape(rounded(0.06, 0.08, 0.94, 0.86, 0.035), paint, "soft")
    canvas.line(points((0.06, 0.62), (0.94, 0.58)), 0.012, paint.edge)


def gathered(left: float, right: float, y: float, height: float, count: int) -> Points:
    """A softly waving cloth edge."""
    return wave(left, right, y, height, count, "sine")
