"""External ids as parts of addresses: any text, slashes included. Pure.

Browsers resolve "." and ".." between slashes before they ask, however they are written. Such a part is
written with a tilde before it; one that has tildes and then dots gets one more, so that no two ids share an
address.
"""

import re

_MAY_RESOLVE = re.compile(r"~*\.{1,2}")
_ESCAPED = re.compile(r"~+\.{1,2}")


class ExternalIdConverter:
    """The path converter `external_id`."""

    regex = r"(?s:.+)"

    def to_python(self, value: str) -> str:
        """The external id that an address means."""
        return "/".join(part[1:] if _ESCAPED.fullmatch(part) else part for part in value.split("/"))

    def to_url(self, value: str) -> str:
        """How an address writes the external id, before it is percent-encoded."""
        return "/".join(f"~{part}" if _MAY_RESOLVE.fullmatch(part) else part for part in value.split("/"))
