"""Reads as somebody's request would do them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.test import RequestFactory

from attrx_web.auditlog.origin import kept


@contextmanager
def request_of(person: User) -> Iterator[None]:
    """Meanwhile a request of this person is answered."""
    request = RequestFactory().get("/")
    request.user = person
    with kept(request):
        yield
