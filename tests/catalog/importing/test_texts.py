import pytest

from catalog.importing.texts import as_list, as_text, is_html, pairs, plain_text, storable, tidy


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n<p>Two<br />three</p>", "One\n\nTwo\nthree"),
        ("<ul><li>Wool</li><li>Two &amp; more</li></ul>", "• Wool\n• Two & more"),
        ("Cocona&reg; fabric &#8211; caf&eacute;", "Cocona® fabric – café"),
        ("<b>Bold</b> and <i>not</i>", "Bold and not"),
        ("a<script>alert(1)</script>b<style>p {}</style>c", "abc"),
        ("one\ntwo<br>three", "one two\nthree"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<![broken[<p>x</p>", "<![broken[\n\nx"),
        ("<!-- note -->kept", "kept"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert is_html(html)
    assert plain_text(html) == text


@pytest.mark.parametrize("text", ["5 < 6 > 4", "AT&T", "a<b", "R&D; and", "x <3 y"])
def test_text_that_only_looks_like_html_is_left_alone(text: str) -> None:
    assert not is_html(text)


def test_texts_are_tidied() -> None:
    assert tidy("  a\r\nb\rc\x0bd\x00 ") == "a\nb\nc d"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("x", "x"),
        (3, "3"),
        (1001.0, "1001"),
        (1.5, "1.5"),
        (True, "true"),
        ([], None),
        ({}, None),
    ],
)
def test_single_values_are_texts(value: object, text: str | None) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "separators", "expected"),
    [
        ("a.jpg, b.jpg|c.jpg", ",|", ["a.jpg", "b.jpg", "c.jpg"]),
        ("a.jpg, b.jpg", "", ["a.jpg, b.jpg"]),
        ('["a", "b"]', ",", ["a", "b"]),
        ("[a, b", ",", ["[a", "b"]),
        (["a", 2, " ", None], ",", ["a", "2"]),
        ([["a"]], ",", None),
        ({"a": 1}, ",", None),
        (7, ",", ["7"]),
        ("", ",", []),
        (
            "https://x.org/w_1,h_2/a.jpg,https://x.org/b.jpg",
            ",",
            ["https://x.org/w_1,h_2/a.jpg", "https://x.org/b.jpg"],
        ),
    ],
)
def test_cells_of_several_are_lists(value: object, separators: str, expected: list[str] | None) -> None:
    assert as_list(value, separators) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("color=Blue,size=XS", {"color": "Blue", "size": "XS"}),
        ("note=one, two,size=3", {"note": "one, two", "size": "3"}),
        ("a=b=c", {"a": "b=c"}),
        ("sku=1,color=Red|sku=2,color=Blue", {}),
        ("plain, text", {}),
        ("x, a=b", {}),
        ("", {}),
    ],
)
def test_pairs_are_found(cell: str, expected: dict[str, str]) -> None:
    assert pairs(cell) == expected


def test_what_databases_keep_is_kept() -> None:
    assert storable({"a\x0b": ["x\x01y", 1, None, 2.5, True]}) == {"a": ["x y", 1, None, 2.5, True]}


@pytest.mark.parametrize("value", ["a\x00b", ["\ud800"], {"\x00": 1}, 1e999, eval("[" * 22 + "]" * 22)])
def test_what_no_database_keeps_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="it (has|is nested)"):
        storable(value)
