"""T-shirt and dress."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import CREAM, INK, METAL, SKIN, WOOD, Paint
from catalog.demo.parts import FULL, Item, cut_out_back, emblem, gathered, neckline
from catalog.demo.shapes import arc, ellipse, flipped, mirrored, points, rounded, smooth, wave


def _shirt(canvas: Canvas, paint: Paint) -> None:
    half = smooth(points((0.5, 0.12), (0.34, 0.09), (0.22, 0.14), (0.06, 0.24)), closed=False)
    lower = points((-0.06, 0.5), (0.13, 0.57), (0.2, 0.44), (0.19, 1.0), (0.5, 1.01))
    canvas.shape(mirrored(np.concatenate([half, lower])), paint, "side")
    for sleeve in (points((-0.05, 0.47), (0.14, 0.54)), points((0.2, 0.2), (0.2, 0.44))):
        canvas.stitches(sleeve, paint.relief)
        canvas.stitches(flipped(sleeve), paint.relief)
    canvas.stitches(points((0.2, 0.96), (0.8, 0.96)), paint.relief)


def shirt_front(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["neckline"], item.paint
    if kind == "hooded":
        canvas.shape(
            mirrored(smooth(points((0.5, -0.08), (0.26, -0.02), (0.22, 0.2), (0.5, 0.4)), closed=False)),
            paint,
            "side",
        )
    _shirt(canvas, item.fabric)
    canvas.shape(
        np.concatenate([arc(0.5, 0.14, 0.3, 0.52, 0, 180), points((0.34, 0.09), (0.66, 0.09))]), paint, "soft"
    )
    if kind == "hooded":
        canvas.shape(
            mirrored(smooth(points((0.5, -0.02), (0.3, 0.0), (0.28, 0.2), (0.5, 0.38)), closed=False)),
            paint,
            "side",
        )
        canvas.shape(
            mirrored(smooth(points((0.5, 0.04), (0.37, 0.06), (0.36, 0.2), (0.5, 0.31)), closed=False)),
            INK,
            edge=False,
        )
        for x in (0.42, 0.58):
            canvas.stroke(points((x, 0.34), (x, 0.6)), 0.028, CREAM)
        return
    neckline(canvas, kind, 0.5, 0.16, 0.6, paint)


def shirt_back(canvas: Canvas, item: Item) -> None:
    _shirt(canvas, item.paint)
    canvas.line(arc(0.5, 0.08, 0.14, 0.06, 0, 180), 0.02, item.paint.edge)
    emblem(canvas, item.values["print"], 0.5, 0.58, 0.25, item.paint)


def shirt_rolled(canvas: Canvas, item: Item) -> None:
    """Rolled up, lying across the frame."""
    canvas.shape(rounded(0.0, 0.26, 0.98, 0.76, 0.12), item.fabric, "down")
    canvas.shape(ellipse(0.12, 0.51, 0.13, 0.25), item.paint.shaded, "ball")
    for share in (0.72, 0.42, 0.16):
        canvas.line(ellipse(0.12, 0.51, 0.13 * share, 0.25 * share), 0.015, item.paint.relief, closed=True)
    for x in (0.5, 0.74):
        canvas.line(points((x, 0.26), (x, 0.76)), 0.035, WOOD)


def shirt_tag(canvas: Canvas, item: Item) -> None:
    """A paper tag on the cloth."""
    canvas.shape(FULL, item.paint, "folds", edge=False)
    canvas.line(points((0.62, -0.1), (0.5, 0.3)), 0.02, WOOD)
    canvas.shape(
        points((0.4, 0.24), (0.6, 0.24), (0.72, 0.38), (0.72, 0.86), (0.28, 0.86), (0.28, 0.38)),
        Paint(CREAM),
        "soft",
    )
    canvas.dots([(0.5, 0.33)], 0.035, METAL)
    for y in (0.5, 0.6, 0.7):
        canvas.line(points((0.36, y), (0.64, y)), 0.025, WOOD)


def dress_front(canvas: Canvas, item: Item) -> None:
    """The whole dress but the hem, which lies below the frame."""
    skin = Paint(SKIN)
    canvas.shape(rounded(0.43, -0.1, 0.57, 0.16, 0.04), skin, "side")
    for side in (-1, 1):
        canvas.stroke(
            smooth(
                points((0.5 + 0.2 * side, 0.1), (0.5 + 0.3 * side, 0.34), (0.5 + 0.36 * side, 0.6)),
                closed=False,
            ),
            0.08,
            skin,
        )
    canvas.shape(mirrored(points((0.5, 0.1), (0.3, 0.06), (0.3, 0.3), (0.5, 0.3))), skin, "side", edge=False)
    canvas.shape(points((0.37, 0.4), (0.63, 0.4), (1.06, 1.12), (-0.06, 1.12)), item.fabric, "folds")
    bodice = points(
        (0.5, 0.2), (0.4, 0.16), (0.39, 0.04), (0.33, 0.04), (0.29, 0.2), (0.36, 0.43), (0.5, 0.44)
    )
    canvas.shape(mirrored(bodice), item.fabric, "side")
    canvas.line(points((0.36, 0.42), (0.64, 0.42)), 0.045, item.paint.edge)


def dress_back(canvas: Canvas, item: Item) -> None:
    """The upper back on a tailor's bust."""
    canvas.shape(rounded(0.42, -0.1, 0.58, 0.2, 0.05), Paint(SKIN), "side")
    half = points(
        (0.5, 0.13),
        (0.36, 0.07),
        (0.16, 0.1),
        (0.18, 0.3),
        (0.14, 0.46),
        (0.24, 0.8),
        (0.1, 1.12),
        (0.5, 1.12),
    )
    canvas.shape(mirrored(smooth(half, closed=False)), item.paint, "side")
    canvas.line(points((0.23, 0.84), (0.77, 0.84)), 0.05, item.paint.edge)
    cut_out_back(canvas, item.values["back"], 0.5, 0.15, 0.58, item.paint)


def dress_hem(canvas: Canvas, item: Item) -> None:
    kind, paint = item.values["hem"], item.paint
    edge = {
        "straight": points((-0.1, 0.7), (1.1, 0.7)),
        "scalloped": wave(-0.1, 1.1, 0.6, 0.24, 4, "scallops"),
        "ruffled": points((-0.1, 0.56), (1.1, 0.56)),
        "fringed": points((-0.1, 0.5), (1.1, 0.5)),
        "slanted": points((-0.1, 0.95), (1.1, 0.28)),
    }[kind]
    if kind == "fringed":
        for x in np.arange(-0.08, 1.1, 0.075):
            canvas.line(points((x, 0.48), (x + 0.01, 0.92)), 0.032, paint.rgb)
            canvas.line(points((x + 0.018, 0.48), (x + 0.028, 0.92)), 0.007, paint.edge)
    if kind == "ruffled":
        frill = gathered(-0.1, 1.1, 0.84, 0.09, 7)
        canvas.shape(np.concatenate([points((1.1, 0.5), (-0.1, 0.5)), frill]), paint.shaded, "down")
        for x in np.arange(-0.02, 1.1, 0.086):
            canvas.line(points((x, 0.56), (x + 0.01, 0.86)), 0.022, paint.relief)
    canvas.shape(np.concatenate([points((1.1, -0.1), (-0.1, -0.1)), edge]), paint, "folds", edge=False)
    canvas.line(edge, 0.03, paint.edge)


def dress_swatch(canvas: Canvas, item: Item) -> None:
    """The cloth itself, one corner turned over."""
    canvas.shape(
        points((-0.1, -0.1), (1.1, -0.1), (1.1, 0.52), (0.52, 1.1), (-0.1, 1.1)),
        item.fabric,
        "soft",
        edge=False,
    )
    canvas.shape(
        smooth(points((1.12, 0.5), (0.5, 1.12), (0.56, 0.78), (0.72, 0.6)), steps=3),
        item.paint.shaded,
        "soft",
    )


T_SHIRT = {"front": shirt_front, "back": shirt_back, "rolled": shirt_rolled, "tag": shirt_tag}
DRESS = {"front": dress_front, "back": dress_back, "hem": dress_hem, "swatch": dress_swatch}
