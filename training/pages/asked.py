"""What addresses of pages ask for."""


def whole_number(text: str | None) -> int | None:
    """The whole number that the text is, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None
