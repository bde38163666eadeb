from collections.abc import Iterator

import pytest

from tests.catalog.imaging.web import Web, serving


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on 127.0.0.1."""
    with serving() as web:
        yield web
