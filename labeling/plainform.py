"""The labelling screen as a form, for browsers without scripts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from catalog.schema.keys import STATE_KEYS
from catalog.schema.spec import AttributeSpec

PREFIX = "answer-"
EVIDENCE = "evidence-"
SUGGESTION, WRONG = "suggestion-", "wrong-"
VALUE, STATE = "value:", "state:"
LIST_FROM = 12
"""Where one of so many values can be chosen, they are a list to unfold."""

DIGITS = 18
"""No number of ours is longer."""

NOTHING: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be chosen."""

    name: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Vote:
    """An answer that chains end in."""

    words: str
    percent: int
    chains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlainQuestion:
    """A question with its choices."""

    attribute: AttributeSpec
    choices: tuple[Choice, ...]
    evidence: str
    """the number of the photo that is chosen as evidence; empty: none"""
    votes: tuple[Vote, ...] = ()
    """the leading one first; none where there is no reasoning to read"""
    suggestion: int | None = None
    """whose votes they are"""
    is_wrong: bool = False
    """the answer is right, but the reasoning is not"""

    @property
    def field(self) -> str:
        """What the browser calls the answer."""
        return PREFIX + self.attribute.code

    @property
    def evidence_field(self) -> str:
        """What the browser calls the photo."""
        return EVIDENCE + self.attribute.code

    @property
    def suggestion_field(self) -> str:
        """What the browser calls the suggestion that was shown."""
        return SUGGESTION + self.attribute.code

    @property
    def wrong_field(self) -> str:
        """What the browser calls the tick for wrong reasoning."""
        return WRONG + self.attribute.code

    @property
    def is_list(self) -> bool:
        """It unfolds."""
        return not self.attribute.multi and len(self.attribute.offered) >= LIST_FROM


def plain_questions(
    attributes: Sequence[AttributeSpec],
    *,
    answers: Mapping[str, Mapping[str, object]],
    typed: Mapping[str, Sequence[str]],
    suggestions: Mapping[str, Mapping[str, Any]] = NOTHING,
) -> list[PlainQuestion]:
    """The questions as they stand: with what the form was sent with, or what the person answered before.

    Beside them the votes of those suggestions that come with chains, as an item has them.
    """
    return [
        replace(
            _question(one, answers.get(one.code, {}), typed),
            votes=_votes(suggestions.get(one.code, {})),
            suggestion=suggestions[one.code]["id"] if "chains" in suggestions.get(one.code, {}) else None,
        )
        for one in attributes
    ]


def form_messages(form: Mapping[str, Sequence[str]]) -> list[Json]:
    """What the form says, as messages of an outbox; its `key` tells this form from every other.

    A question in the form without an answer takes back what was said before.
    """
    head = {name: _one(form, name) for name in ("key", "turn", "token", "do")}
    base: Json = {
        "turn": _number(head["turn"]),
        "token": head["token"] or None,
    }
    if head["do"] in ("skip", "postpone"):
        minutes = _number(_one(form, "minutes")) if head["do"] == "postpone" else None
        reason = "" if minutes else _one(form, "reason")
        return [base | {"kind": "aside", "key": head["key"], "reason": reason, "minutes": minutes}]
    codes = [name.removeprefix(PREFIX) for name in form if name.startswith(PREFIX)]
    answers = [
        base | _answer(form, code) | {"key": f"{head['key']}:{number}"} for number, code in enumerate(codes)
    ]
    return [*answers, base | {"kind": "finish", "key": head["key"], "seconds": 0}]


def _question(
    attribute: AttributeSpec, answer: Mapping[str, object], typed: Mapping[str, Sequence[str]]
) -> PlainQuestion:
    said = [VALUE + str(code) for code in _list(answer.get("values"))]
    if answer.get("state"):
        said = [f"{STATE}{answer['state']}"]
    code = attribute.code
    chosen = (_chosen(typed, code) if PREFIX + code in typed else said) or [""]
    choices = [
        *((VALUE + value.code, value.label) for value in attribute.offered),
        *((STATE + state, state.replace("_", " ").capitalize()) for state in STATE_KEYS),
    ]
    if not (attribute.required or attribute.multi):
        choices.append(("", "Leave open"))
    evidence = typed.get(EVIDENCE + code, [str(answer.get("evidence") or "")])[-1]
    is_wrong = WRONG + code in typed if typed else bool(answer.get("reasoning_wrong"))
    listed = tuple(Choice(name, label, name in chosen) for name, label in choices)
    return PlainQuestion(attribute, listed, evidence, is_wrong=is_wrong)


def _votes(suggestion: Mapping[str, Any]) -> tuple[Vote, ...]:
    """What there is to read, the leading answer first; its chains as they come, the surest first."""
    chains, shares = suggestion.get("chains"), suggestion.get("shares", {})
    if chains is None:
        return ()
    ranked = sorted(shares, key=lambda words: (words != suggestion["leading"], -shares[words]))
    texts = {words: tuple(one["text"] for one in chains if one["answer"] == words) for words in ranked}
    return tuple(Vote(words, round(100 * shares[words]), texts[words]) for words in ranked)


def _answer(form: Mapping[str, Sequence[str]], code: str) -> Json:
    chosen = _chosen(form, code)
    evidence = _one(form, EVIDENCE + code) if chosen else ""
    suggestion = _number(_one(form, SUGGESTION + code))
    return {
        "suggestion": suggestion,
        "reasoning_wrong": bool(chosen and suggestion and _one(form, WRONG + code)),
        "kind": "answer",
        "attribute": code,
        "values": [name.removeprefix(VALUE) for name in chosen if name.startswith(VALUE)],
        "state": next((name.removeprefix(STATE) for name in chosen if name.startswith(STATE)), ""),
        "evidence": _number(evidence),
    }


def _chosen(form: Mapping[str, Sequence[str]], code: str) -> list[str]:
    return [name for name in form.get(PREFIX + code, ()) if name]


def _one(form: Mapping[str, Sequence[str]], name: str) -> str:
    return (list(form.get(name, ())) or [""])[-1]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < DIGITS else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
