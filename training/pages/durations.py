"""Spans of time for people."""


def duration_text(seconds: float) -> str:
    """A span in its two largest units at most: "4.2 s", "45 s", "3 min 20 s", "2 h 5 min"."""
    if 0 < seconds < 10:
        return f"{seconds:.1f} s"
    left = round(seconds)
    for size, unit, below, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if left >= size:
            whole, rest = divmod(left, size)
            return f"{whole} {unit}" + (f" {rest // below} {small}" if rest // below else "")
    return f"{left} s"


def rough_text(seconds: float) -> str:
    """A guess at a span: "less than a minute", "about 4 min", "about 3 h"."""
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return f"about {round(minutes)} min"
    return f"about {round(minutes / 60)} h" if minutes < 36 * 60 else f"about {round(minutes / 1440)} days"
