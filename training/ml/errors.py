"""The one error of the loop that a person can mend."""

from __future__ import annotations


class DataError(ValueError):
    """Input that cannot be used. The message names the file, the row, the value and the remedy."""
