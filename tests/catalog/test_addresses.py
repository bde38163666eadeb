from urllib.parse import urljoin

import pytest

from catalog.addresses import ExternalIdConverter

CONVERTER = ExternalIdConverter()


@pytest.mark.parametrize(
    "external_id",
    [".", "..", "...", "~.", "~..", "~~.", "a/../b", "../x", "a/", "/a", "a//b", "~", "a.b", "~a", "é/🧥\n"],
)
def test_every_id_has_an_address_that_no_browser_changes(external_id: str) -> None:
    written = CONVERTER.to_url(external_id)
    assert CONVERTER.to_python(written) == external_id
    assert not {".", ".."} & set(written.split("/"))


def test_ids_that_look_alike_have_different_addresses() -> None:
    ids = [".", "~.", "~~.", "..", "~..", "a/.", "a/~."]
    assert len({CONVERTER.to_url(one) for one in ids}) == len(ids)
    assert urljoin("http://x/listings/", CONVERTER.to_url("a/../../b")) == "http://x/listings/a/~../~../b"


def test_ordinary_ids_are_written_as_they_are() -> None:
    assert CONVERTER.to_url("bag-17/red.v2") == "bag-17/red.v2"
