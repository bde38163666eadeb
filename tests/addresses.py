"""Every address of the site, walked from the URLconf: nobody has to list what is new."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from django.urls import URLResolver, get_resolver

NO_PARTS: Mapping[str, str] = MappingProxyType({})


def addresses(*, without: Collection[str] = ("admin",)) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, {part of the address: the class of its converter; empty in an expression}).

    Args:
        without: namespaces; unless told otherwise that of Django's own admin site, which lets in staff alone.
    """
    yield from _below(get_resolver().url_patterns, without, "", NO_PARTS)


def _below(
    patterns: list[Any], without: Collection[str], space: str, above: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    for one in patterns:
        kinds = {key: type(kind).__name__ for key, kind in one.pattern.converters.items()}
        parts = {**above, **dict.fromkeys(one.pattern.regex.groupindex, ""), **kinds}
        if not isinstance(one, URLResolver):
            yield f"{space}{one.name}", parts
        elif one.namespace not in without:
            below = f"{space}{one.namespace}:" if one.namespace else space
            yield from _below(one.url_patterns, without, below, parts)
