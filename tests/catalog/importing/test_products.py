from collections.abc import Iterator

from catalog.importing.plan import Column, Plan, Role
from catalog.importing.products import MOST_ROWS, products
from catalog.importing.raw import RawRow, unreadable

PLAN = Plan(columns=(Column("id", Role.ID),), continuation=True)


def rows(*ids: object) -> Iterator[RawRow]:
    return (RawRow(number, {"id": one}) for number, one in enumerate(ids, 1))


def numbers(*ids: object) -> list[list[int]]:
    return [[row.number for row in product.rows] for product in products(rows(*ids), PLAN)]


def test_rows_without_an_id_go_on_about_the_product_above() -> None:
    assert numbers("a", "", None, "b", " ") == [[1, 2, 3], [4, 5]]


def test_rows_with_the_same_id_are_one_product_while_they_follow_each_other() -> None:
    assert numbers("a", "a", "b", 7, 7, "a") == [[1, 2], [3], [4, 5], [6]]


def test_a_first_row_without_an_id_is_a_product_of_its_own() -> None:
    assert numbers("", "a") == [[1], [2]]


def test_without_continuation_each_row_is_a_product() -> None:
    plan = Plan(columns=PLAN.columns)
    assert [product.number for product in products(rows("a", "", "a"), plan)] == [1, 2, 3]


def test_a_row_that_cannot_be_read_is_no_part_of_the_product_above() -> None:
    broken = unreadable(2, "", "reason", "remedy")
    found = list(products(iter([RawRow(1, {"id": "a"}), broken, RawRow(3, {"id": ""})]), PLAN))
    assert [[row.number for row in product.rows] for product in found] == [[1], [2, 3]]


def test_a_product_without_end_is_refused_and_does_not_fill_the_memory() -> None:
    [product] = products(rows(*["a"] * (MOST_ROWS + 500)), PLAN)
    assert len(product.rows) == MOST_ROWS + 1
    assert product.last == MOST_ROWS + 500
    assert product.rows[-1].problem
    assert product.rows[-1].problem.reason == f"a product has more than {MOST_ROWS} rows"
