"""The grid of reviews as a form: what it says, as messages of an outbox. Pure."""

from collections.abc import Mapping, Sequence

from labeling.truth import Said

Json = dict[str, object]

MOST = 48
"""Listings in a grid."""
LONGEST_KEY = 36
"""The form's own key is a UUID."""


def grid_messages(form: Mapping[str, Sequence[str]], *, attribute: str, said: Said) -> list[Json]:
    """An answer and the end for each listing that is ticked; the others are to be looked at by themselves.

    `turn` holds "turn:token:suggestion" of every listing of the grid, `right` the turns that are ticked,
    `key` what tells this form from every other, `seconds` how long it took. Entries that cannot be read are
    left out.
    """
    key = _last(form, "key")[:LONGEST_KEY]
    right = set(form.get("right", ()))
    listed = [parts for entry in form.get("turn", ())[:MOST] if (parts := _parts(entry))]
    ticked = [parts for parts in listed if str(parts[0]) in right]
    seconds = _seconds(_last(form, "seconds")) / max(len(ticked), 1)
    answers: list[Json] = [
        _head(parts, "answer", key)
        | {"attribute": attribute, "values": list(said.values), "state": said.state, "suggestion": parts[2]}
        for parts in ticked
    ]
    ends = [_head(parts, "finish", key) | {"seconds": seconds} for parts in ticked]
    singles = [_head(parts, "single", key) for parts in listed if parts not in ticked]
    return [*answers, *ends, *singles]


def _head(parts: tuple[int, str, int], kind: str, key: str) -> Json:
    turn, token, _ = parts
    return {"kind": kind, "key": f"{key}:{turn}:{kind[0]}" if key else "", "turn": turn, "token": token}


def _parts(entry: str) -> tuple[int, str, int] | None:
    parts = entry.split(":")
    if len(parts) != 3 or not all(one.isdecimal() and len(one) <= 18 for one in (parts[0], parts[2])):
        return None
    return int(parts[0]), parts[1], int(parts[2])


def _last(form: Mapping[str, Sequence[str]], name: str) -> str:
    return (list(form.get(name, ())) or [""])[-1]


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 6 else 0.0
