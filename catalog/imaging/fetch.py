"""Fetch photos by their address: bounded in time and bytes, patient with busy servers, never from inside."""

import base64
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Self
from urllib.parse import unquote_to_bytes

import httpcore2
import httpx2

from catalog.imaging.errors import ImageError
from catalog.imaging.guard import GuardedBackend, Network, deadline, look_up
from catalog.imaging.verify import BYTES_MOST

TOTAL_SECONDS = 60.0
"""A photo takes no longer, with redirects, retries and the pauses between them."""
SILENCE_SECONDS = 15.0
"""A server that sends nothing for so long is given up."""
REDIRECTS = 5
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 1.0
"""Before the second attempt; doubled before each further one."""
LONGEST_PAUSE_SECONDS = 30.0
"""Of what a server asks for by Retry-After."""
CONNECTIONS = 32

REDIRECTING = (301, 302, 303, 307, 308)
PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers that another attempt may change."""
UNANSWERED = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.RemoteProtocolError)

HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": f"attrx/{version('attrx')} (imports product photos into a catalogue)",
    "Accept": "image/*",
    "Accept-Encoding": "identity",
}
TIMEOUTS = dict.fromkeys(("connect", "read", "write", "pool"), SILENCE_SECONDS)


def is_address(name: str) -> bool:
    """Whether a photo's name is the address of a page on the web."""
    return name.lstrip()[:8].lower().startswith(("http://", "https://"))


class Fetcher:
    """Fetches photos, from several threads at once; keeps connections between them until it is closed.

    `wait` is how it pauses before another attempt, `resolve` how it finds a host's addresses.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[Network] = (),
        wait: Callable[[float], object] = time.sleep,
        resolve: Callable[[str, int], list[str]] = look_up,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._wait = wait
        self._total_seconds = total_seconds
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpcore2.default_ssl_context(),
            max_connections=CONNECTIONS,
            network_backend=GuardedBackend(allowed=allowed, resolve=resolve),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    def fetch(self, address: str) -> bytes:
        """What lies at the address.

        Raises:
            ImageError: naming the host, never what else stands in the address: that may hold a password.
        """
        until = time.monotonic() + self._total_seconds
        token = deadline.set(until)
        try:
            attempt, pause = 1, FIRST_PAUSE_SECONDS
            while True:
                try:
                    return self._follow(_parsed(address))
                except _Passing as passing:
                    wait = pause if passing.pause is None else passing.pause
                    if attempt == ATTEMPTS or time.monotonic() + wait > until:
                        raise ImageError(passing.reason, "try again later, or mend the address") from passing
                self._wait(wait)
                attempt, pause = attempt + 1, 2 * pause
        finally:
            deadline.reset(token)

    def _follow(self, url: httpx2.URL) -> bytes:
        """The content at the address, or where it leads to.

        Raises:
            ImageError: when there is none.
            _Passing: when there might be one later.
        """
        for _ in range(REDIRECTS + 1):
            try:
                found = self._ask(url)
            except UNANSWERED as error:
                raise _Passing(f"{url.host} does not answer ({_brief(error)})") from error
            except httpcore2.ProtocolError as error:
                raise ImageError(
                    f"{url.host} cannot be asked ({_brief(error)})", "mend the address"
                ) from error
            if isinstance(found, bytes):
                return found
            url = found
        raise ImageError(f"{url.host} redirects more than {REDIRECTS} times", "give the last address")

    def _ask(self, url: httpx2.URL) -> bytes | httpx2.URL:
        """The content at the address, or the address that it leads to."""
        headers = {**HEADERS, "Authorization": _basic(url)} if url.userinfo else HEADERS
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with self._pool.stream("GET", target, headers=headers, extensions={"timeout": TIMEOUTS}) as response:
            given = {name.lower(): _text(value) for name, value in response.headers}
            if response.status in REDIRECTING and (location := given.get(b"location")):
                return _parsed(location, base=url)
            _check_status(response, given, url.host)
            return _content(response, given, url.host)


class _Passing(Exception):
    """There is no content now; there may be after a pause."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


def _parsed(address: str, base: httpx2.URL | None = None) -> httpx2.URL:
    try:
        url = base.join(address.strip()) if base else httpx2.URL(address.strip())
    except (httpx2.InvalidURL, ValueError) as error:
        raise ImageError("it is no address of a web page", "mend the address") from error
    if url.scheme not in ("http", "https"):
        raise ImageError(f"{url.scheme or 'no scheme'}: is not fetched", "give an http or https address")
    if not url.host:
        raise ImageError("the address names no host", "mend the address")
    return url


def _basic(url: httpx2.URL) -> str:
    name, _, password = url.userinfo.partition(b":")
    pair = b":".join((unquote_to_bytes(name), unquote_to_bytes(password)))
    return f"Basic {base64.b64encode(pair).decode()}"


def _check_status(response: httpcore2.Response, headers: dict[bytes, str], host: str) -> None:
    if response.status == 200:
        return
    phrase = _text(response.extensions.get("reason_phrase", b""))
    said = f"{host} answers {response.status} {phrase[:60]}".rstrip()
    if response.status in PASSING:
        raise _Passing(said, _retry_after(headers.get(b"retry-after", "")))
    raise ImageError(said, "mend the address, or take it out of the row")


def _text(value: bytes) -> str:
    """What a header says: UTF-8 as servers send it, or Latin-1 as the standard has it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _retry_after(value: str) -> float | None:
    """Seconds that a server asks to wait, which it says in seconds or by a date; None when it does not."""
    seconds: float | None = None
    if value.strip().isdecimal():
        seconds = float(value)
    else:
        with suppress(ValueError, TypeError, OverflowError):
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)


def _content(response: httpcore2.Response, headers: dict[bytes, str], host: str) -> bytes:
    announced = headers.get(b"content-length", "")
    if announced.isdecimal() and int(announced[:20]) > BYTES_MOST:
        raise _too_large(host)
    unpack = _unpacker(headers.get(b"content-encoding", ""), host)
    content = bytearray()
    try:
        for chunk in response.iter_stream():
            content += unpack(chunk, BYTES_MOST + 1 - len(content))
            if len(content) > BYTES_MOST:
                raise _too_large(host)
    except zlib.error as error:
        raise ImageError(f"{host} sends a file that does not unpack ({error})", "replace the file") from error
    return bytes(content)


def _unpacker(encoding: str, host: str) -> Callable[[bytes, int], bytes]:
    """What turns a chunk into what it holds, of which no more bytes come out than are asked for.

    Servers may compress unasked.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return lambda chunk, most: chunk[:most]
        case "gzip" | "x-gzip":
            return zlib.decompressobj(wbits=31).decompress
        case "deflate":
            return zlib.decompressobj().decompress
        case other:
            raise ImageError(f"{host} sends it compressed by {other[:20]!r}", "have it sent as it is")


def _too_large(host: str) -> ImageError:
    return ImageError(f"{host} sends more than {BYTES_MOST / 1e6:,.0f} MB", "save it smaller")


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
