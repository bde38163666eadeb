"""Charts are well-formed SVG with every line, its intervals and its name."""

from __future__ import annotations

from xml.etree import ElementTree

from training.ml.study.charts import Chart, Line, svg

SVG = "{http://www.w3.org/2000/svg}"


def chart(*lines: Line) -> ElementTree.Element:
    return ElementTree.fromstring(
        svg(Chart("Accuracy & more", ("SFT", "1", "2"), "iteration", "right, %", lines))
    )


def test_a_line_has_its_points_its_intervals_and_its_name() -> None:
    drawn = chart(Line("dpo <best>", (0, 1, 2), (60.0, 70.0, 75.0), (58.0, None, 74.0), (62.0, None, 76.0)))
    assert len(drawn.findall(f"{SVG}circle")) == 3
    [line] = drawn.findall(f"{SVG}polyline")
    heights = [float(spot.split(",")[1]) for spot in line.attrib["points"].split()]
    assert heights == sorted(heights, reverse=True), "more is higher"
    colour = line.attrib["stroke"]
    whiskers = [one for one in drawn.findall(f"{SVG}line") if one.attrib["stroke"] == colour]
    assert len(whiskers) == 3, "two intervals, and the line in the legend"
    texts = [text.text for text in drawn.findall(f"{SVG}text")]
    assert {"Accuracy & more", "SFT", "1", "2", "iteration", "right, %", "dpo <best>"} <= set(texts)


def test_lines_differ_in_more_than_colour_and_stay_in_the_frame() -> None:
    flat = Line("a", (0, 1), (50.0, 50.0), (None, None), (None, None))
    drawn = chart(flat, Line("b", (0, 2), (50.0, 55.5), (40.0, 50.0), (60.0, 61.0)))
    looks = [line.attrib["stroke-dasharray"] for line in drawn.findall(f"{SVG}polyline")]
    assert len(set(looks)) == 2
    for circle in drawn.findall(f"{SVG}circle"):
        assert 44 <= float(circle.attrib["cy"]) <= 368


def test_one_flat_line_is_drawn() -> None:
    drawn = chart(Line("a", (0,), (50.0,), (None,), (None,)))
    assert len(drawn.findall(f"{SVG}circle")) == 1
