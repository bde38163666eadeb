"""Handbag and backpack."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import GOLD, INK, LINING, METAL, Paint
from catalog.demo.parts import FULL, Item, closure
from catalog.demo.shapes import arc, ellipse, flipped, mirrored, points, rounded, smooth


def _bag(canvas: Canvas, handle: str, paint: Paint) -> None:
    if handle == "short":
        canvas.stroke(arc(0.5, 0.48, 0.19, 0.24, 180, 360), 0.075, paint)
    elif handle == "twin":
        canvas.stroke(arc(0.54, 0.44, 0.26, 0.38, 180, 360), 0.04, paint.shaded)
        canvas.stroke(arc(0.46, 0.5, 0.26, 0.4, 180, 360), 0.05, paint)
    elif handle == "shoulder":
        for outer in (points((0.13, 0.5), (0.3, -0.1)), points((0.87, 0.5), (0.7, -0.1))):
            canvas.stroke(outer, 0.06, paint)
    else:
        path = arc(0.5, 0.48, 0.36, 0.42, 180, 360)
        for at, (x, y) in enumerate(path[::2]):
            canvas.line(
                ellipse(x, y, 0.045, 0.03) if at % 2 else ellipse(x, y, 0.03, 0.045),
                0.028,
                METAL,
                closed=True,
            )
    half = smooth(
        points((0.5, 0.43), (0.14, 0.43), (0.06, 0.62), (0.0, 0.92), (0.08, 0.99), (0.5, 1.0)), closed=False
    )
    canvas.shape(mirrored(half), paint, "side")


def bag_front(canvas: Canvas, item: Item) -> None:
    _bag(canvas, item.values["handle"], item.paint)
    canvas.stitches(points((0.12, 0.5), (0.88, 0.5)), item.paint.relief)
    canvas.stitches(points((0.07, 0.92), (0.93, 0.92)), item.paint.relief)
    canvas.shape(rounded(0.42, 0.6, 0.58, 0.68, 0.02), GOLD, "soft")


def bag_back(canvas: Canvas, item: Item) -> None:
    _bag(canvas, item.values["handle"], item.paint)
    canvas.shape(rounded(0.18, 0.6, 0.82, 0.9, 0.04), item.paint.shaded, "down")


def bag_lock(canvas: Canvas, item: Item) -> None:
    canvas.shape(FULL, item.paint, "soft", edge=False)
    closure(canvas, item.values["closure"], item.paint)


def bag_inside(canvas: Canvas, item: Item) -> None:
    """Looking down into the open bag: a coloured rim around the lining."""
    kind, lining = item.values["pocket"], Paint(LINING)
    canvas.shape(rounded(-0.02, 0.02, 1.02, 0.98, 0.22), item.paint, "side")
    canvas.shape(rounded(0.12, 0.16, 0.88, 0.86, 0.14), Paint((120, 112, 102)), "down")
    canvas.shape(rounded(0.15, 0.2, 0.85, 0.84, 0.12), lining, "soft", edge=False)
    seam = Paint((232, 226, 214))
    if kind == "patch":
        canvas.shape(rounded(0.27, 0.38, 0.73, 0.78, 0.04), seam, "down")
        canvas.line(points((0.27, 0.42), (0.73, 0.42)), 0.035, INK)
    elif kind == "twin":
        for left in (0.18, 0.53):
            canvas.shape(rounded(left, 0.4, left + 0.29, 0.78, 0.04), seam, "down")
            canvas.line(points((left, 0.44), (left + 0.29, 0.44)), 0.035, INK)
    elif kind == "mesh":
        canvas.shape(rounded(0.2, 0.36, 0.8, 0.8, 0.04), seam, "soft")
        for step in np.arange(0.0, 0.6, 0.075):
            canvas.line(points((0.2 + step, 0.36), (0.2 + step, 0.8)), 0.014, INK)
        for y in np.arange(0.36, 0.82, 0.073):
            canvas.line(points((0.2, y), (0.8, y)), 0.014, INK)
    else:
        canvas.line(points((0.2, 0.5), (0.8, 0.5)), 0.09, INK)
        canvas.line(points((0.22, 0.5), (0.78, 0.5)), 0.035, METAL)
        canvas.shape(rounded(0.66, 0.48, 0.74, 0.7, 0.03), METAL, "side")


def _pack(canvas: Canvas, paint: Paint) -> None:
    canvas.stroke(arc(0.5, 0.08, 0.12, 0.12, 180, 360), 0.05, paint.shaded)
    half = smooth(
        points((0.5, 0.03), (0.26, 0.06), (0.13, 0.26), (0.1, 0.6), (0.12, 0.93), (0.3, 1.0), (0.5, 1.0)),
        closed=False,
    )
    canvas.shape(mirrored(half), paint, "side")


def pack_front(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["pocket"], item.paint
    _pack(canvas, paint)
    canvas.line(arc(0.5, 0.4, 0.33, 0.28, 190, 350), 0.02, paint.relief)
    boxes = {
        "single": [(0.22, 0.5, 0.78, 0.92)],
        "twin": [(0.17, 0.48, 0.47, 0.92), (0.53, 0.48, 0.83, 0.92)],
        "stacked": [(0.22, 0.34, 0.78, 0.6), (0.19, 0.66, 0.81, 0.93)],
        "mesh": [(0.2, 0.48, 0.8, 0.92)],
    }[kind]
    for left, upper, right, lower in boxes:
        if kind == "mesh":
            canvas.shape(rounded(left, upper, right, lower, 0.06), INK)
            for step in np.arange(0.06, 0.6, 0.08):
                canvas.line(points((left + step, upper), (left + step, lower)), 0.016, (190, 190, 190))
            for y in np.arange(upper + 0.06, lower, 0.08):
                canvas.line(points((left, y), (right, y)), 0.016, (190, 190, 190))
            continue
        canvas.shape(rounded(left, upper, right, lower, 0.06), paint.shaded, "down")
        canvas.line(points((left + 0.03, upper + 0.06), (right - 0.03, upper + 0.06)), 0.03, METAL)


def pack_back(canvas: Canvas, item: Item) -> None:
    """The side that lies on the back: a pale padded panel and the straps over it."""
    kind, paint = item.values["strap"], item.paint
    _pack(canvas, paint)
    canvas.shape(rounded(0.2, 0.14, 0.8, 0.92, 0.1), (204, 206, 212), "soft")
    left = smooth(points((0.4, 0.12), (0.3, 0.36), (0.28, 0.66), (0.22, 0.9)), closed=False)
    if kind in ("classic", "harness"):
        for path in (left, flipped(left)):
            canvas.stroke(path, 0.12, paint)
            canvas.stitches(path, paint.relief)
    if kind == "harness":
        canvas.stroke(points((0.28, 0.5), (0.72, 0.5)), 0.07, INK)
        canvas.shape(rounded(0.42, 0.43, 0.58, 0.57, 0.03), METAL, "side")
    elif kind == "crossed":
        for start, stop in ((0.26, 0.74), (0.74, 0.26)):
            canvas.stroke(points((start, 0.18), (stop, 0.88)), 0.12, paint)
    elif kind == "sling":
        canvas.stroke(points((0.72, 0.16), (0.26, 0.9)), 0.16, paint)


def pack_top(canvas: Canvas, item: Item) -> None:
    canvas.shape(rounded(-0.06, -0.04, 1.06, 1.2, 0.2), item.paint, "soft")
    closure(canvas, item.values["closure"], item.paint)


def pack_side(canvas: Canvas, item: Item) -> None:
    """The narrow side with a bottle."""
    paint = item.paint
    canvas.shape(
        smooth(points((0.3, 0.1), (0.62, 0.04), (0.74, 0.3), (0.78, 0.94), (0.24, 0.96), (0.22, 0.5))),
        paint,
        "side",
    )
    canvas.shape(rounded(0.4, 0.3, 0.6, 0.8, 0.05), METAL, "side")
    canvas.shape(rounded(0.43, 0.22, 0.57, 0.34, 0.03), INK, "side")
    canvas.shape(rounded(0.32, 0.58, 0.68, 0.95, 0.05), paint.shaded, "down")


HANDBAG = {"front": bag_front, "back": bag_back, "lock": bag_lock, "inside": bag_inside}
BACKPACK = {"front": pack_front, "back": pack_back, "top": pack_top, "side": pack_side}
