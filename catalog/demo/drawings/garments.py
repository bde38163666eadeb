"""Saree and kurta."""

import numpy as np

from catalog.demo.canvas import Canvas
from catalog.demo.palette import CREAM, SKIN, WOOD, Paint
from catalog.demo.parts import Item, cut_out_back, folded, neckline
from catalog.demo.shapes import arc, ellipse, flipped, mirrored, placed, points, rect, rounded, smooth, wave


def saree_draped(canvas: Canvas, item: Item) -> None:
    skin, cloth = Paint(SKIN), item.fabric
    canvas.shape(rounded(0.44, -0.02, 0.56, 0.14, 0.04), skin, "side")
    for side in (0, 1):
        arm = (
            points((0.31, 0.13), (0.2, 0.34), (0.24, 0.52))
            if side == 0
            else points((0.69, 0.13), (0.8, 0.34), (0.76, 0.52))
        )
        canvas.stroke(smooth(arm, closed=False), 0.085, skin)
    blouse = mirrored(
        points((0.5, 0.12), (0.36, 0.09), (0.25, 0.14), (0.21, 0.28), (0.31, 0.3), (0.34, 0.4), (0.5, 0.42))
    )
    canvas.shape(blouse, item.paint.shaded, "side")
    canvas.shape(points((0.35, 0.36), (0.65, 0.36), (0.68, 0.5), (0.32, 0.5)), skin, "side")
    canvas.shape(points((0.31, 0.46), (0.69, 0.46), (0.9, 1.0), (0.1, 1.0)), cloth, "folds")
    for x in (0.42, 0.48, 0.54):
        canvas.line(points((x, 0.48), (x * 1.3 - 0.15, 0.98)), 0.008, item.paint.edge)
    canvas.line(points((0.1, 0.97), (0.9, 0.97)), 0.03, item.paint.trim)
    pallu = points(
        (0.29, 0.52),
        (0.31, 0.38),
        (0.54, 0.12),
        (0.68, 0.07),
        (0.8, 0.14),
        (0.84, 0.62),
        (0.68, 0.64),
        (0.66, 0.4),
        (0.5, 0.5),
    )
    canvas.shape(pallu, cloth, "side")
    canvas.line(points((0.68, 0.63), (0.84, 0.61)), 0.03, item.paint.trim)


def saree_border(canvas: Canvas, item: Item) -> None:
    motif, paint = item.values["border"], item.paint
    trim = Paint(paint.trim)
    edge = {
        "scalloped": wave(-0.1, 1.1, 0.56, 0.32, 4, "scallops"),
        "tasselled": points((-0.1, 0.58), (1.1, 0.58)),
    }.get(motif, points((-0.1, 1.1), (1.1, 1.1)))
    canvas.shape(np.concatenate([points((1.1, -0.1), (-0.1, -0.1)), edge]), paint, "folds", edge=False)
    if motif == "zigzag":
        canvas.line(wave(-0.1, 1.1, 0.36, 0.4, 4, "zigzag"), 0.11, trim.rgb)
    elif motif == "scalloped":
        canvas.line(edge, 0.08, trim.rgb)
    elif motif == "tasselled":
        canvas.line(edge, 0.06, trim.rgb)
        for x in np.arange(-0.04, 1.1, 0.155):
            canvas.shape(ellipse(x, 0.65, 0.05), trim, "ball")
            canvas.shape(
                points((x - 0.03, 0.7), (x + 0.03, 0.7), (x + 0.06, 0.98), (x - 0.06, 0.98)), trim, "side"
            )
    elif motif == "diamond":
        for x in np.arange(-0.04, 1.2, 0.27):
            canvas.shape(points((x - 0.13, 0.55), (x, 0.3), (x + 0.13, 0.55), (x, 0.8)), trim, "soft")
            canvas.shape(points((x - 0.05, 0.55), (x, 0.45), (x + 0.05, 0.55), (x, 0.65)), paint, edge=False)
    else:
        canvas.shape(rect(-0.1, 0.4, 1.1, 0.74), trim, "folds")


def saree_blouse(canvas: Canvas, item: Item) -> None:
    canvas.shape(rounded(0.4, -0.1, 0.6, 0.2, 0.05), Paint(SKIN), "side")
    half = points(
        (0.5, 0.13), (0.36, 0.08), (0.12, 0.12), (-0.02, 0.46), (0.18, 0.52), (0.24, 0.94), (0.5, 0.96)
    )
    canvas.shape(mirrored(half), item.paint, "side")
    for x in (0, 1):
        cuff = points((-0.02, 0.46), (0.18, 0.52)) if x == 0 else points((1.02, 0.46), (0.82, 0.52))
        canvas.line(cuff, 0.035, item.paint.trim)
    canvas.line(points((0.24, 0.94), (0.76, 0.94)), 0.035, item.paint.trim)
    cut_out_back(canvas, item.values["back"], 0.5, 0.16, 0.56, item.paint)


def saree_folded(canvas: Canvas, item: Item) -> None:
    folded(canvas, item.fabric)
    canvas.line(points((0.88, 0.09), (0.88, 0.85)), 0.035, item.paint.trim)


def kurta_front(canvas: Canvas, item: Item) -> None:
    sleeve, cloth = item.values["sleeve"], item.fabric
    if sleeve == "sleeveless":
        for side in (-1, 1):
            canvas.stroke(points((0.5 + 0.22 * side, 0.16), (0.5 + 0.34 * side, 0.62)), 0.075, SKIN)
    else:
        arm = {
            "short": points((0.3, 0.08), (0.06, 0.3), (0.19, 0.42), (0.33, 0.28)),
            "long": points((0.3, 0.08), (0.17, 0.14), (-0.02, 0.78), (0.13, 0.82), (0.33, 0.3)),
            "bell": points(
                (0.3, 0.08), (0.19, 0.14), (0.1, 0.42), (-0.1, 0.74), (0.24, 0.84), (0.27, 0.46), (0.33, 0.3)
            ),
        }[sleeve]
        if sleeve == "short":
            for side in (-1, 1):
                canvas.stroke(points((0.5 + 0.34 * side, 0.3), (0.5 + 0.4 * side, 0.7)), 0.07, SKIN)
        for outline in (arm, flipped(arm)):
            canvas.shape(outline, cloth, "side")
    half = points((0.5, 0.04), (0.4, 0.04), (0.27, 0.09), (0.31, 0.4), (0.24, 0.98), (0.5, 1.0))
    canvas.shape(mirrored(half), cloth, "side")
    canvas.line(points((0.5, 0.4), (0.5, 0.99)), 0.006, item.paint.edge)
    _scarf(canvas)


def _scarf(canvas: Canvas) -> None:
    """A scarf laid around the neck, one end over the chest: the neckline stays hidden."""
    cloth = Paint((206, 192, 168))
    canvas.shape(rounded(0.44, -0.1, 0.56, 0.1, 0.04), Paint(SKIN), "side")
    canvas.shape(points((0.54, 0.16), (0.66, 0.14), (0.7, 0.62), (0.56, 0.64)), cloth, "side")
    for x in (0.58, 0.62, 0.66):
        canvas.line(points((x, 0.62), (x + 0.004, 0.68)), 0.018, cloth.rgb)
    wrap = points((0.5, 0.05), (0.4, 0.01), (0.3, 0.08), (0.36, 0.22), (0.5, 0.3))
    canvas.shape(mirrored(smooth(wrap, closed=False)), cloth, "down")
    for bend in (0.06, 0.12, 0.18):
        canvas.line(arc(0.5, bend - 0.03, 0.16, 0.08, 10, 170), 0.01, cloth.edge)


def kurta_neck(canvas: Canvas, item: Item) -> None:
    canvas.shape(rounded(0.31, -0.2, 0.69, 0.3, 0.05), Paint(SKIN), "side")
    half = smooth(points((0.5, 0.2), (0.34, 0.16), (0.06, 0.27), (-0.12, 0.42)), closed=False)
    canvas.shape(mirrored(np.concatenate([half, points((-0.12, 1.1))])), item.paint, "soft")
    neckline(canvas, item.values["neckline"], 0.5, 0.22, 0.7, item.paint)


def kurta_folded(canvas: Canvas, item: Item) -> None:
    folded(canvas, item.fabric)
    canvas.shape(rounded(0.36, 0.3, 0.64, 0.46, 0.03), Paint(CREAM), "soft")
    canvas.line(points((0.42, 0.36), (0.58, 0.36)), 0.02, WOOD)


def kurta_slit(canvas: Canvas, item: Item) -> None:
    """The side slit at the lower edge, over trousers."""
    canvas.shape(rect(0.2, 0.3, 0.8, 1.1), Paint(CREAM), "folds", edge=False)
    panel = points((-0.1, -0.1), (0.52, -0.1), (0.5, 0.3), (0.34, 0.86), (-0.1, 0.86))
    for outline in (panel, flipped(panel)):
        canvas.shape(outline, item.paint, "folds")
        canvas.stitches(placed(outline - 0.5, 0.5, 0.5, 0.94), item.paint.relief)


SAREE = {"draped": saree_draped, "border": saree_border, "blouse": saree_blouse, "folded": saree_folded}
KURTA = {"front": kurta_front, "neck": kurta_neck, "folded": kurta_folded, "slit": kurta_slit}
