from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.grouping import MOST_ALIKE, MOST_SAME, Evidence, Families, Listings, find_families
from catalog.lookalikes import COMMON, WITHIN, WITHIN_UNTITLED
from catalog.titles import stable_number

LOOK = 0x00FF00FF00FF00FF
PLAIN = 0x8000000000000000
files = count()


@dataclass(frozen=True)
class Item:
    """A listing; each photo is a file and a perceptual hash."""

    id: str
    title: str = ""
    group: str = ""
    key: str = ""
    text: str = ""
    photos: Sequence[tuple[str, int]] = field(default=())


def photo(look: int) -> tuple[str, int]:
    """A file of its own that looks like this."""
    return f"file-{next(files)}", look


def turned(look: int, bits: int) -> int:
    """The hash with so many of its bits turned."""
    mask: int = 2**bits - 1
    return look ^ mask


def families(items: Sequence[Item]) -> Families:
    photos = [(row, *shown) for row, item in enumerate(items) for shown in item.photos]
    return find_families(
        Listings(
            ids=np.array([stable_number(item.id) for item in items], dtype=np.int64),
            names=np.array([stable_number(item.group or item.id) for item in items], dtype=np.int64),
            keys=np.array([stable_number(item.key) if item.key else 0 for item in items], dtype=np.int64),
            texts=np.array([stable_number(item.text) if item.text else 0 for item in items], dtype=np.int64),
            photo_rows=np.array([row for row, _, _ in photos], dtype=np.intp),
            photo_files=np.array([stable_number(name) for _, name, _ in photos], dtype=np.int64),
            photo_hashes=np.array([look for _, _, look in photos], dtype=np.uint64),
        ),
        titles=lambda rows: [items[row].title for row in rows.tolist()],
        tell=lambda: None,
    )


def together(*items: Item) -> list[set[str]]:
    """The ids of each family of several, in the order of their first."""
    of = families(items).of
    parts: dict[int, set[str]] = {}
    for item, head in zip(items, of.tolist(), strict=True):
        parts.setdefault(head, set()).add(item.id)
    return [ids for ids in parts.values() if len(ids) > 1]


def test_listings_that_share_nothing_stay_apart() -> None:
    assert (
        together(Item("a", photos=[photo(LOOK)]), Item("b", photos=[photo(~LOOK % 2**64)]), Item("c")) == []
    )
    assert together() == []


def test_a_given_group_connects() -> None:
    assert together(Item("a", group="g"), Item("b"), Item("c", group="g")) == [{"a", "c"}]


def test_a_group_called_like_a_listing_connects_with_it() -> None:
    assert together(Item("parent"), Item("small", group="parent")) == [{"parent", "small"}]


def test_a_group_called_like_a_settled_one_connects_with_all_of_it() -> None:
    settled = [Item("a", key="a"), Item("b", key="a", group="moved on"), Item("c", key="c")]
    assert together(*settled, Item("new", group="a")) == [{"a", "b", "new"}]


def test_the_same_file_connects_whatever_the_titles() -> None:
    shown = photo(LOOK)
    assert together(Item("a", "red hat", photos=[shown]), Item("b", "blue sock", photos=[shown])) == [
        {"a", "b"}
    ]


def test_a_file_that_many_listings_show_connects_none_of_them() -> None:
    placeholder = ("no-photo.png", LOOK)
    items = [
        Item(f"{n}", f"thing {chr(97 + n)}{chr(97 + n)}", photos=[placeholder]) for n in range(COMMON + 1)
    ]
    assert together(*items[:-1]) == [{item.id for item in items[:-1]}]
    assert together(*items) == []
    assert families(items).common_photos == 1


def test_a_common_photo_still_connects_listings_of_one_title() -> None:
    size_chart = ("chart.png", LOOK)
    items = [
        Item(f"{n}", f"thing {chr(97 + n)}{chr(97 + n)}", photos=[size_chart]) for n in range(COMMON + 1)
    ]
    assert together(*items, Item("again", "Thing AA, size 42", photos=[size_chart])) == [{"0", "again"}]


def test_a_common_photo_does_not_connect_listings_without_titles() -> None:
    assert together(*[Item(f"{n}", photos=[("chart.png", LOOK)]) for n in range(COMMON + 1)]) == []


def test_many_listings_of_one_given_group_do_not_make_their_photo_common() -> None:
    shown = ("shoe.jpg", LOOK)
    sizes = [Item(f"{n}", group="shoe", photos=[shown]) for n in range(COMMON + 5)]
    assert together(*sizes, Item("other", "another title", photos=[shown])) == [
        {item.id for item in sizes} | {"other"}
    ]


def test_the_same_text_connects_listings_without_photos() -> None:
    assert together(Item("a", text="red hat"), Item("b", text="red hat"), Item("c", text="hat")) == [
        {"a", "b"}
    ]


def test_photos_that_look_alike_connect_listings_whose_titles_are_alike() -> None:
    first = Item("a", "Chaz Kangeroo Hoodie", photos=[photo(LOOK)])
    near = photo(turned(LOOK, WITHIN))
    assert together(first, Item("b", "chaz kangeroo hoodie, XL", photos=[near])) == [{"a", "b"}]
    assert together(first, Item("b", "Teton Pullover Hoodie", photos=[near])) == []
    assert together(first, Item("b", "Chaz Kangeroo Hoodie", photos=[photo(turned(LOOK, WITHIN + 1))])) == []


def test_of_four_words_one_may_be_another_and_of_three_none() -> None:
    near = photo(turned(LOOK, 2))
    for title, other, alike in (
        ("a1 one two three four", "five three two one", True),
        ("one two three", "one two four", False),
    ):
        found = together(Item("a", title, photos=[photo(LOOK)]), Item("b", other, photos=[near]))
        assert found == ([{"a", "b"}] if alike else [])


def test_without_a_title_photos_must_be_nearer() -> None:
    for bits, alike in ((WITHIN_UNTITLED, True), (WITHIN_UNTITLED + 1, False)):
        near = photo(turned(LOOK, bits))
        for titles in (("", ""), ("red hat", "")):
            found = together(Item("a", titles[0], photos=[photo(LOOK)]), Item("b", titles[1], photos=[near]))
            assert found == ([{"a", "b"}] if alike else [])


def test_any_photo_of_a_listing_may_connect_it() -> None:
    back = LOOK ^ 0xFFFF0000FFFF0000
    assert together(
        Item("a", photos=[photo(LOOK), photo(back)]), Item("b", photos=[photo(~LOOK % 2**64), photo(back)])
    ) == [{"a", "b"}]


def test_plain_surfaces_look_like_nothing() -> None:
    assert together(Item("a", "tile", photos=[photo(PLAIN)]), Item("b", "tile", photos=[photo(PLAIN)])) == []
    assert together(Item("a", photos=[photo(0)]), Item("b", photos=[photo(0)])) == []


def test_evidence_connects_in_chains() -> None:
    shared = photo(LOOK)
    assert together(
        Item("a", group="g"), Item("b", group="g", photos=[shared]), Item("c", photos=[shared]), Item("d")
    ) == [{"a", "b", "c"}]


def test_a_chain_of_looks_that_grows_too_long_falls_into_its_nearest_parts() -> None:
    # Twins that look the same; the next twins are eight bits on, and so to the end of the chain.
    looks = [int(bits, 2) for bits in _chain(MOST_ALIKE)]
    items = [Item(f"{n}{twin}", photos=[photo(look)]) for n, look in enumerate(looks) for twin in "ab"]
    titled = [Item(item.id, "one title", photos=item.photos) for item in items]
    assert together(*titled) == [{f"{n}a", f"{n}b"} for n in range(len(looks))]
    assert families(titled).cut == 1
    assert together(*titled[:MOST_ALIKE]) == [{item.id for item in titled[:MOST_ALIKE]}]


def _chain(length: int) -> list[str]:
    random = np.random.default_rng(0)
    bits = random.permutation([0, 1] * 32)
    chain = []
    for _ in range(length):
        chain.append("".join(map(str, bits)))
        ones, zeros = (random.choice(np.flatnonzero(bits == value), 4, replace=False) for value in (1, 0))
        bits[ones], bits[zeros] = 0, 1
    return chain


def test_a_text_that_very_many_listings_have_connects_none_of_them() -> None:
    items = [Item(f"{n}", text="t-shirt") for n in range(MOST_SAME + 1)]
    assert together(*items) == []
    assert together(*items[:-1]) == [{item.id for item in items[:-1]}]


def test_settled_groups_stay_whole_and_say_nothing_about_evidence() -> None:
    found = families([Item("a", key="a"), Item("b", key="a"), Item("c", key="c")])
    assert found.of.tolist() == [0, 0, 2]
    assert set(found.found_by.values()) == {0}


def test_listings_are_counted_by_what_connects_them() -> None:
    shared, look = photo(LOOK ^ 0xFFFF0000FFFF0000), turned(LOOK, 2)
    found = families(
        [
            Item("a", group="g"),
            Item("b", group="g", photos=[shared]),
            Item("c", photos=[shared, photo(LOOK)]),
            Item("d", photos=[photo(look)]),
            Item("e", text="hat"),
            Item("f", text="hat"),
            Item("g"),
        ]
    )
    # g is called like the group of a and b.
    assert found.found_by == {Evidence.GIVEN: 3, Evidence.PHOTO: 2, Evidence.TEXT: 2, Evidence.LOOK: 5}


looks = st.sampled_from([LOOK, turned(LOOK, 2), turned(LOOK, 6), turned(LOOK, 9), PLAIN, 0x0F0F0F0F0F0F0F0F])
shown = st.tuples(st.sampled_from("pqrs"), looks)
kinds = st.builds(
    Item,
    id=st.just(""),
    title=st.sampled_from(["", "red hat", "Hat RED 42", "blue sock", "one two three four five"]),
    group=st.sampled_from(["", "", "g", "0"]),
    key=st.sampled_from(["", "", "k", "g"]),
    text=st.sampled_from(["", "t"]),
    photos=st.lists(shown, max_size=3),
)


@given(st.data(), st.lists(kinds, max_size=12))
def test_rows_in_any_order_give_the_same_families(data: st.DataObject, items: list[Item]) -> None:
    named = [Item(f"{n}", one.title, one.group, one.key, one.text, one.photos) for n, one in enumerate(items)]
    shuffled = data.draw(st.permutations(named))
    assert sorted(map(sorted, together(*named))) == sorted(map(sorted, together(*shuffled)))
