import io

import pytest

from catalog.errors import CatalogError
from catalog.importing.dialect import HEAD, MARK, Dialect, decoded, find_dialect, find_encoding

FRENCH = "sku;nom;couleur\n" + "1;Café crème élégant;Bleu foncé\n2;Robe d’été;Rosé\n" * 10
RUSSIAN = "sku,имя\n1,Красная сумка из кожи\n2,Синяя рубашка с рукавами\n" * 10
JAPANESE = "sku,名前\n1,赤いバッグ、革製\n2,青いシャツ\n" * 10


def dialect(content: bytes) -> Dialect:
    return find_dialect(io.BytesIO(content), where="rows.csv", table=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('sku,name\n1,"Bag, red"\n2,"Cap ""XL"""\n', Dialect()),
        ("sku;name;price\n1;Bag;1,50\n2;Cap;2,30\n", Dialect(delimiter=";")),
        ("sku\tname\n1\tBag, red\n2\tCap\n", Dialect(delimiter="\t")),
        ("sku|name\n1|Bag, red\n2|Cap\n", Dialect(delimiter="|")),
        ("sku,name\n1,'Bag, red'\n2,'Cap, it\\'s'\n", Dialect(quote="'", escape="\\")),
        ("sku,name\n1,it's red\n2,that's, blue\n", Dialect()),
        ("sep=;\nsku;name\n1;Bag, red, large\n", Dialect(delimiter=";")),
        ("sku\n1\n2\n", Dialect()),
    ],
)
def test_delimiter_and_quotes_are_found(text: str, expected: Dialect) -> None:
    assert dialect(text.encode()) == expected


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8"),
        (FRENCH, "utf-16", "utf-16-le"),
        (FRENCH, "utf-16-le", "utf-16-le"),
        (FRENCH, "utf-16-be", "utf-16-be"),
        (FRENCH, "cp1252", "cp1252"),
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8_r", "koi8_r"),
        (JAPANESE, "cp932", "cp932"),
        (JAPANESE, "euc_jp", "euc_jp"),
        ("sku,name\n1,Caf\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_found_and_reads_the_text_back(text: str, written: str, found: str) -> None:
    content = text.encode(written)
    assert find_encoding(content[:HEAD], io.BytesIO(content[HEAD:]), where="rows.csv") == found
    assert decoded(content, found) == text


def test_the_first_bytes_that_are_no_ascii_tell_the_encoding_however_far_they_are() -> None:
    plain = b"sku;nom\n" + b"1;sac\n" * 100_000
    content = plain + FRENCH.encode("cp1252")
    assert dialect(content).encoding == "cp1252"
    assert dialect(plain + FRENCH.encode()).encoding == "utf-8"


def test_a_character_cut_in_two_at_the_end_of_the_sample_is_no_fault() -> None:
    content = b"a" * (HEAD - 1) + "é".encode() + b"b" * 10
    assert dialect(content).encoding == "utf-8"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(CatalogError, match=r"rows.csv: it is no text .*: save it as CSV in UTF-8"):
        dialect(bytes(range(128, 256)) * 40)


def test_bytes_that_are_nothing_in_the_encoding_are_marked() -> None:
    assert decoded(b"caf\xe9 noir", "utf-8") == f"caf{MARK} noir"
    assert decoded(b"a\x81b", "cp1252") == f"a{MARK}b"
