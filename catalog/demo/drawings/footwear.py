"""Sandal: from the side, from above, from below and as a pair."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import CREAM, Paint, mix
from catalog.demo.parts import Item
from catalog.demo.shapes import Points, arc, ellipse, points, rect, smooth

_INSOLE = Paint((226, 200, 164))


def _outline(grow: float = 0.0) -> Points:
    """A left foot-bed, toes up."""
    half = np.array(
        [
            (0.47, 0.02), (0.68, 0.08), (0.77, 0.27), (0.72, 0.5), (0.68, 0.68), (0.66, 0.88), (0.5, 0.98),
            (0.34, 0.88), (0.33, 0.68), (0.28, 0.5), (0.24, 0.27), (0.3, 0.08),
        ]
    )  # fmt: skip
    return smooth((half - 0.5) * (1 + grow) + 0.5)


def side(canvas: Canvas, item: Item) -> None:
    heel, paint = item.values["heel"], item.paint
    toe, rear = {"flat": (0.78, 0.78), "platform": (0.5, 0.5)}.get(heel, (0.76, 0.36))
    bed = smooth(
        points((0.02, toe - 0.02), (0.34, toe), (0.66, (toe + 3 * rear) / 4), (0.97, rear)), closed=False
    )
    thick = {"flat": 0.1, "platform": 0.38}.get(heel, 0.09)
    if heel == "block":
        canvas.shape(points((0.66, rear + 0.06), (0.96, rear), (0.94, 0.9), (0.66, 0.9)), paint, "side")
    elif heel == "stiletto":
        canvas.shape(points((0.8, rear + 0.03), (0.97, rear), (0.94, 0.9), (0.9, 0.9)), paint, "side")
    elif heel == "wedge":
        low = points((0.97, 0.9), (0.05, 0.9))
        canvas.shape(np.concatenate([bed, low]), paint, "down")
    canvas.shape(np.concatenate([bed, (bed + (0, thick))[::-1]]), paint, "down")
    if heel == "platform":
        canvas.line(points((0.03, 0.72), (0.96, 0.72)), 0.02, paint.relief)
    canvas.line(bed, 0.03, _INSOLE.rgb)
    vamp = arc(0.27, toe + 0.01, 0.2, 0.27, 180, 360)
    canvas.shape(vamp, paint, "ball")
    canvas.stitches(arc(0.27, toe + 0.01, 0.165, 0.225, 190, 350), paint.relief)


def _upper(canvas: Canvas, strap: str, paint: Paint) -> None:
    canvas.shape(_outline(), paint.shaded)
    canvas.shape(_outline(-0.1), _INSOLE, "soft", edge=False)
    if strap == "band":
        canvas.shape(
            smooth(points((0.2, 0.2), (0.5, 0.13), (0.81, 0.2), (0.79, 0.5), (0.5, 0.44), (0.22, 0.5))),
            paint,
            "side",
        )
    elif strap == "crossed":
        for start, stop in ((0.24, 0.76), (0.77, 0.26)):
            canvas.stroke(points((start, 0.16), (stop, 0.54)), 0.13, paint)
    elif strap == "thong":
        canvas.stroke(smooth(points((0.25, 0.56), (0.34, 0.36), (0.5, 0.17)), closed=False), 0.085, paint)
        canvas.stroke(smooth(points((0.75, 0.56), (0.66, 0.36), (0.5, 0.17)), closed=False), 0.085, paint)
    elif strap == "ankle":
        canvas.stroke(points((0.25, 0.22), (0.76, 0.22)), 0.1, paint)
        canvas.line(ellipse(0.5, 0.76, 0.25, 0.16), 0.1, paint.edge, closed=True)
        canvas.line(ellipse(0.5, 0.76, 0.25, 0.16), 0.08, paint.rgb, closed=True)
    else:
        canvas.stroke(points((0.5, 0.14), (0.5, 0.8)), 0.07, paint)
        for y, half in ((0.18, 0.25), (0.38, 0.26), (0.58, 0.21), (0.78, 0.18)):
            canvas.stroke(points((0.5 - half, y), (0.5 + half, y)), 0.07, paint)


def top(canvas: Canvas, item: Item) -> None:
    _upper(canvas, item.values["strap"], item.paint)


def bottom(canvas: Canvas, item: Item) -> None:
    tread, paint = item.values["sole"], item.paint
    canvas.shape(_outline(), paint, "soft")
    canvas.line(_outline(-0.1), 0.014, paint.relief, closed=True)
    if tread == "ribbed":
        for y in np.arange(0.12, 0.95, 0.09):
            half = 0.19 if y < 0.5 else 0.12
            canvas.line(points((0.5 - half, y), (0.5 + half, y)), 0.04, paint.relief)
    elif tread == "studded":
        for y in np.arange(0.12, 0.95, 0.115):
            canvas.dots(
                [(x, y) for x in ((0.36, 0.5, 0.64) if y < 0.6 else (0.43, 0.57))], 0.04, paint.relief
            )
    elif tread == "zigzag":
        for y in np.arange(0.12, 0.9, 0.15):
            half = 0.18 if y < 0.5 else 0.12
            path = points(
                (0.5 - half, y),
                (0.5 - half / 2, y + 0.1),
                (0.5, y),
                (0.5 + half / 2, y + 0.1),
                (0.5 + half, y),
            )
            canvas.line(path, 0.035, paint.relief)
    else:
        canvas.shape(rect(0.42, 0.6, 0.58, 0.66), mix(paint.rgb, CREAM, 0.3), edge=False)


def pair(canvas: Canvas, item: Item) -> None:
    for left, y in ((-0.1, 0.0), (0.36, 0.24)):
        _upper(canvas.within(left, y, 0.76), item.values["strap"], item.paint)


DRAWINGS = {"side": side, "top": top, "bottom": bottom, "pair": pair}
