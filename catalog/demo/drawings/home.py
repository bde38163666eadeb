"""Sofa and lamp."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import CREAM, INK, METAL, WOOD, Paint, mix
from catalog.demo.parts import FULL, Item
from catalog.demo.shapes import Points, arc, ellipse, flipped, points, rect, rounded


def _upholstery(
    canvas: Canvas, kind: str, box: tuple[float, float, float, float], step: float, paint: Paint
) -> None:
    """The relief of a padded panel."""
    left, top, right, bottom = box
    columns, rows = np.arange(left + step / 2, right, step), np.arange(top + step / 2, bottom, step)
    width = step * 0.11
    if kind == "channel":
        for x in np.arange(left + step, right - step / 2, step):
            canvas.line(points((x, top), (x, bottom)), width * 1.5, paint.relief)
    elif kind == "tufted":
        for at, y in enumerate(rows):
            spots = [
                (x + (step / 2) * (at % 2), y)
                for x in columns
                if x + (step / 2) * (at % 2) < right - step / 5
            ]
            canvas.dots(spots, step * 0.22, paint.relief)
            canvas.dots([(x - step * 0.05, y - step * 0.05) for x, y in spots], step * 0.1, paint.rgb)
    elif kind == "quilted":
        height = bottom - top
        for x in np.arange(left - height, right + height, step * 0.95):
            for start, stop in ((x, x + height), (x + height, x)):
                near, far = np.clip([start, stop], left, right)
                if near != far:
                    slope = height / (stop - start)
                    ends = points((near, top + (near - start) * slope), (far, top + (far - start) * slope))
                    canvas.line(ends, width, paint.relief)


def sofa_front(canvas: Canvas, item: Item) -> None:
    """The upper sofa: the legs lie below the frame."""
    arm, paint = item.values["armrest"], item.paint
    left, right = (0.02, 0.98) if arm == "armless" else (0.14, 0.86)
    canvas.shape(rounded(left, 0.1, right, 0.7, 0.07), paint, "down")
    _upholstery(canvas, item.values["backrest"], (left + 0.04, 0.14, right - 0.04, 0.54), 0.18, paint)
    canvas.shape(rect(left, 0.7, right, 1.1), paint.shaded, "down")
    middle = (left + right) / 2
    for start, stop in ((left, middle), (middle, right)):
        canvas.shape(rounded(start, 0.55, stop, 0.74, 0.05), paint, "down")
    if arm == "armless":
        return
    for outline in _arm(arm):
        canvas.shape(outline, paint, "down")
        canvas.shape(flipped(outline), paint, "down")
    if arm == "rolled":
        for x in (0.1, 0.9):
            canvas.line(ellipse(x, 0.47, 0.07), 0.022, paint.relief, closed=True)


def _arm(kind: str) -> list[Points]:
    if kind == "rolled":
        return [rect(0.02, 0.5, 0.19, 1.1), ellipse(0.1, 0.47, 0.145)]
    if kind == "square":
        return [rect(-0.01, 0.36, 0.2, 1.1)]
    return [points((-0.04, 0.86), (0.19, 0.22), (0.24, 0.34), (0.2, 1.1), (-0.04, 1.1))]


def sofa_leg(canvas: Canvas, item: Item) -> None:
    """One corner from close by."""
    kind, paint, wood = item.values["legs"], item.paint, Paint(WOOD)
    if kind == "tapered":
        canvas.shape(points((0.3, 0.4), (0.6, 0.4), (0.49, 0.98), (0.41, 0.98)), wood, "side")
    elif kind == "block":
        canvas.shape(rect(0.22, 0.4, 0.7, 0.86), wood, "side")
    elif kind == "hairpin":
        canvas.line(points((0.26, 0.4), (0.45, 0.97), (0.64, 0.4)), 0.05, INK)
    elif kind == "caster":
        canvas.shape(rect(0.38, 0.4, 0.54, 0.6), METAL, "side")
        canvas.shape(ellipse(0.46, 0.76, 0.2), INK, "ball")
        canvas.dots([(0.46, 0.76)], 0.08, METAL)
    else:
        canvas.shape(ellipse(0.46, 0.68, 0.3, 0.24), wood, "ball")
    canvas.shape(rounded(0.08, -0.3, 1.4, 0.46, 0.07), paint, "soft")
    canvas.line(points((0.12, 0.16), (1.1, 0.16)), 0.02, paint.relief)
    canvas.stitches(points((0.12, 0.41), (1.1, 0.41)), paint.relief)


def sofa_upholstery(canvas: Canvas, item: Item) -> None:
    canvas.shape(FULL, item.paint, "soft", edge=False)
    _upholstery(canvas, item.values["backrest"], (-0.1, -0.1, 1.1, 1.1), 0.26, item.paint)


def sofa_rear(canvas: Canvas, item: Item) -> None:
    paint = item.paint
    canvas.shape(rounded(0.0, 0.2, 1.0, 0.84, 0.05), paint, "down")
    for x in (0.34, 0.66):
        canvas.stitches(points((x, 0.22), (x, 0.82)), paint.relief)
    canvas.shape(rect(0.0, 0.78, 1.0, 0.9), paint.shaded)


_TRIM = mix(CREAM, WOOD, 0.25)


def _shade(canvas: Canvas, kind: str, paint: Paint) -> None:
    """The upper half of the lamp: the shade and a piece of the stem."""
    canvas.shape(rect(0.47, 0.6, 0.53, 1.1), METAL, "side")
    outlines = {
        "cone": [points((0.38, 0.08), (0.62, 0.08), (0.96, 0.76), (0.04, 0.76))],
        "drum": [points((0.12, 0.14), (0.88, 0.14), (0.88, 0.74), (0.12, 0.74))],
        "globe": [ellipse(0.5, 0.42, 0.37)],
        "dome": [arc(0.5, 0.7, 0.46, 0.56, 180, 360)],
        "tiered": [
            points((0.06, 0.48), (0.94, 0.48), (0.94, 0.78), (0.06, 0.78)),
            rect(0.28, 0.06, 0.72, 0.42),
        ],
    }[kind]
    for outline in outlines:
        canvas.shape(outline, paint, "ball" if kind == "globe" else "side")
        if kind != "globe":
            low = outline[:, 1].max()
            across = outline[np.abs(outline[:, 1] - low) < 0.01][:, 0]
            canvas.line(points((across.min(), low - 0.02), (across.max(), low - 0.02)), 0.03, _TRIM)


def lamp_shade(canvas: Canvas, item: Item) -> None:
    _shade(canvas, item.values["shade"], item.paint)


def lamp_lit(canvas: Canvas, item: Item) -> None:
    """The same, glowing at night."""
    canvas.shape(FULL, (46, 44, 62), edge=False)
    canvas.glow(0.5, 0.55, 0.8, (255, 214, 130))
    _shade(canvas, item.values["shade"], item.paint)
    canvas.glow(0.5, 0.5, 0.2, (255, 244, 204))


def lamp_base(canvas: Canvas, item: Item) -> None:
    """The lower half: the stem comes in from above."""
    kind, paint = item.values["base"], item.paint
    canvas.shape(rect(0.44, -0.1, 0.56, 0.3), METAL, "side")
    if kind == "tripod":
        for x in (0.06, 0.5, 0.94):
            canvas.stroke(points((0.5, 0.22), (x, 0.95)), 0.08, paint)
    elif kind == "disc":
        canvas.shape(rect(0.455, 0.2, 0.545, 0.84), paint, "side")
        canvas.shape(ellipse(0.5, 0.85, 0.44, 0.12), paint, "down")
    elif kind == "ball":
        canvas.shape(ellipse(0.5, 0.56, 0.39), paint, "ball")
        canvas.shape(rounded(0.32, 0.9, 0.68, 0.98, 0.03), paint.shaded, "side")
    elif kind == "pillar":
        canvas.shape(rect(0.3, 0.1, 0.7, 0.86), paint, "side")
        canvas.shape(rect(0.2, 0.84, 0.8, 0.96), paint, "side")
    else:
        canvas.stroke(arc(0.5, 0.92, 0.38, 0.66, 180, 360), 0.11, paint)
        canvas.shape(rect(0.02, 0.9, 0.98, 0.97), paint, "side")


def lamp_switch(canvas: Canvas, item: Item) -> None:
    """On its plate, from close by."""
    kind, paint = item.values["switch"], item.paint
    canvas.shape(rounded(0.06, 0.06, 0.94, 0.94, 0.12), paint, "soft")
    canvas.dots([(0.5, 0.12), (0.5, 0.88)], 0.025, METAL)
    if kind == "toggle":
        canvas.shape(rounded(0.38, 0.3, 0.62, 0.7, 0.05), INK)
        canvas.stroke(points((0.5, 0.5), (0.5, 0.26)), 0.13, METAL)
        canvas.shape(ellipse(0.5, 0.25, 0.1), METAL, "ball")
    elif kind == "knob":
        canvas.shape(ellipse(0.5, 0.5, 0.3), INK)
        canvas.shape(ellipse(0.5, 0.5, 0.23), METAL, "ball")
        canvas.line(points((0.5, 0.5), (0.62, 0.32)), 0.05, INK)
    elif kind == "chain":
        canvas.shape(rounded(0.36, 0.14, 0.64, 0.26, 0.04), METAL, "down")
        canvas.dots([(0.5, y) for y in np.arange(0.31, 0.72, 0.075)], 0.04, paint.trim)
        canvas.shape(ellipse(0.5, 0.8, 0.11, 0.13), paint.trim, "ball")
    else:
        canvas.shape(rounded(0.24, 0.2, 0.76, 0.8, 0.05), CREAM, "down")
        canvas.shape(rect(0.24, 0.5, 0.76, 0.78), (176, 172, 164), "down")
        canvas.line(points((0.5, 0.27), (0.5, 0.42)), 0.04, INK)


SOFA = {"front": sofa_front, "leg": sofa_leg, "upholstery": sofa_upholstery, "rear": sofa_rear}
LAMP = {"shade": lamp_shade, "lit": lamp_lit, "base": lamp_base, "switch": lamp_switch}
