"""What goes over the wire to an OpenAI-compatible endpoint, and what comes back: nothing of that is trusted.

Only jobs use this module: the `openai` client is loaded by its functions.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from attrx_web.env import Teacher
from labeling.teacher.money import Usage
from labeling.teacher.pace import retry_after

if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError, AsyncOpenAI

BODY_MOST = 4_000_000
"""Bytes of an answer."""
TOKENS_MOST = 1_000_000_000
"""Of one answer: a server that tells of more does not count."""
DETAIL = 300
"""Characters of what a server says that an error quotes."""
KEYLESS = "none"
"""The key that is sent where the endpoint wants none; the client insists on one."""
KEY_LENGTH_HIDDEN = 8
"""Keys from this length are taken out of what comes back."""

UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""What databases refuse."""
UNPAID = "insufficient_quota"
FATAL = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.PAYMENT_REQUIRED}
"""These would meet every request."""
AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
MISFIT = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
"""The server may not know one of the request's options."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered a request with."""

    text: str
    usage: Usage | None
    """None where it does not say, or nothing that can be"""
    is_cut: bool = False
    """it ended the text before the model did"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request has no answer."""

    reason: str
    again: bool = False
    """asking again may help"""
    fatal: bool = False
    """every other request would meet it too; where asking again may help: if it stays so"""
    used: bool = False
    """the server may have worked on the request, and may charge for it"""
    wait: float | None = None
    """seconds that the server wants to be left alone"""
    misfit: bool = False
    """one of the request's options may be the cause"""


class BadReply(Exception):
    """An answer that is no chat completion. The message says what it is instead."""


class TooLarge(Exception):
    """An answer that is not read to its end. The message says why."""


def open_client(teacher: Teacher, *, seconds: float) -> "AsyncOpenAI":
    """A client of the endpoint that asks once, follows no redirects and reads no endless answers."""
    import httpx2
    from openai import AsyncOpenAI

    http = httpx2.AsyncClient(
        timeout=seconds,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_bound]},
    )
    key = teacher.key or KEYLESS
    return AsyncOpenAI(
        base_url=teacher.url, api_key=key, max_retries=0, http_client=http, _strict_response_validation=False
    )


async def send(client: "AsyncOpenAI", options: Mapping[str, Any]) -> Reply:
    """Send one request.

    Raises:
        BadReply: for an answer that is no chat completion.
        Exception: whatever the client raises; fault_of knows what it means.
    """
    answer = await client.chat.completions.with_raw_response.create(**options)
    return reply_of(answer.http_response.content)


def reply_of(body: bytes) -> Reply:
    """Read the body of a chat completion.

    Raises:
        BadReply: as send.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadReply(f"it is not JSON: {_shown(body)}") from error
    choices = raw.get("choices") if isinstance(raw, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise BadReply(f"it has no choices[0].message: {_shown(body)}")
    content = message.get("content")
    if not isinstance(content, str | None):
        raise BadReply(f"its message has no text: {_shown(body)}")
    return Reply(content or "", _usage(raw.get("usage")), is_cut=choice.get("finish_reason") == "length")


def fault_of(error: BaseException) -> Fault:
    """What an exception of `send` means."""
    import httpx2
    from openai import APIConnectionError, APIStatusError

    if isinstance(error, BadReply):
        return Fault(f"the server answered something that is no chat completion: {error}", used=True)
    if isinstance(error, APIStatusError):
        return _status_fault(error)
    cause = error.__cause__ if isinstance(error, APIConnectionError) else error
    if isinstance(cause, TooLarge):
        return Fault(f"the server's answer is not read: {cause}", used=True)
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
        return Fault("the server cannot be reached", again=True, fatal=True)
    if isinstance(cause, asyncio.TimeoutError | httpx2.TimeoutException):
        return Fault("the server did not answer in time", again=True, used=True)
    return Fault(f"the connection broke off ({type(cause).__name__})", again=True, used=True)


def cleaned(text: str, *, key: str) -> str:
    """The text as it can be kept: without the key, and without what databases refuse."""
    text = UNSTORABLE.sub("\ufffd", text)
    return text.replace(key, "[key]") if len(key) >= KEY_LENGTH_HIDDEN else text


def _status_fault(error: "APIStatusError") -> Fault:
    status, headers = error.status_code, error.response.headers
    reason = f"the server answered {status}: {_detail(error.response.content)}"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Fault(f"the server answered {status}: ATTRX_TEACHER_URL is not its address", fatal=True)
    if status in FATAL or error.code == UNPAID:
        return Fault(reason, fatal=True)
    again = status in AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    wait = retry_after(headers) if again else None
    fatal = status == HTTPStatus.TOO_MANY_REQUESTS
    return Fault(reason, again=again, fatal=fatal, wait=wait, misfit=status in MISFIT)


def _detail(body: bytes) -> str:
    """What the body of an error says, in its usual places."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return _shown(body)
    for place in (raw.get("error"), raw) if isinstance(raw, dict) else ():
        found = (place.get("message") or place.get("detail")) if isinstance(place, dict) else place
        if isinstance(found, str) and found.strip():
            return found.strip()[:DETAIL].rstrip(".")
    return _shown(body)


def _shown(body: bytes) -> str:
    text = " ".join(body[: 4 * DETAIL].decode(errors="replace").split())[:DETAIL]
    return repr(text) if text else "nothing"


def _usage(raw: object) -> Usage | None:
    if not isinstance(raw, dict):
        return None
    counts = [raw.get(name) for name in ("prompt_tokens", "completion_tokens")]
    told = [one for one in counts if type(one) is int and 0 <= one <= TOKENS_MOST]
    return Usage(*told) if len(told) == len(counts) else None


async def _bound(response: "httpx2.Response") -> None:
    """Have the body read only so far, and not unpacked: a few bytes can unpack to gigabytes."""
    import httpx2

    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        await response.aclose()
        raise TooLarge("it is compressed, and was asked not to be")

    inner = response.stream

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            seen = 0
            assert isinstance(inner, httpx2.AsyncByteStream)
            async for part in inner:
                seen += len(part)
                if seen > BODY_MOST:
                    raise TooLarge(f"it has more than {BODY_MOST / 1e6:g} MB")
                yield part

        async def aclose(self) -> None:
            assert isinstance(inner, httpx2.AsyncByteStream)
            await inner.aclose()

    response.stream = Bounded()
