import base64
import gzip
import ipaddress
import socket
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from catalog.imaging import fetch as module
from catalog.imaging.errors import ImageError
from catalog.imaging.fetch import Fetcher, is_address
from catalog.imaging.guard import Network
from tests.catalog.imaging.web import Asked, Web

THIS_MACHINE: list[Network] = [ipaddress.IPv4Network("127.0.0.1/32")]
PHOTO = b"the bytes of a photo"


class Clock:
    """Remembers how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(clock: Clock) -> Iterator[Fetcher]:
    """A fetcher that may fetch from this machine."""
    with Fetcher(allowed=THIS_MACHINE, wait=clock) as fetcher:
        yield fetcher


def refusal(fetch: Callable[[str], bytes], address: str) -> str:
    with pytest.raises(ImageError) as refused:
        fetch(address)
    return str(refused.value)


def test_a_photo_is_fetched_politely(fetcher: Fetcher, web: Web) -> None:
    web.says("/a.jpg?size=large", PHOTO)
    assert fetcher.fetch(f"  {web.url('/a.jpg?size=large')} ") == PHOTO
    headers = web.asked[0].headers
    assert headers["Host"] == f"127.0.0.1:{web.port}"
    assert headers["User-Agent"].startswith("attrx/")
    assert "Authorization" not in headers
    assert "Cookie" not in headers


def test_several_photos_share_a_connection(fetcher: Fetcher, web: Web) -> None:
    web.says("/a.jpg", PHOTO)
    for _ in range(3):
        fetcher.fetch(web.url("/a.jpg"))
    assert len({asked.client_address for asked in web.asked}) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(fetcher: Fetcher, web: Web, status: int) -> None:
    web.redirects("/old/a.jpg", "../new/a.jpg", status)
    web.says("/new/a.jpg", PHOTO)
    assert fetcher.fetch(web.url("/old/a.jpg")) == PHOTO


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_redirect_may_have_letters_that_no_address_has(fetcher: Fetcher, web: Web, encoding: str) -> None:
    web.redirects("/old", "/größe.jpg".encode(encoding).decode("latin-1"))
    web.says("/gr%C3%B6%C3%9Fe.jpg", PHOTO)
    assert fetcher.fetch(web.url("/old")) == PHOTO


def test_five_redirects_are_followed_and_no_more(fetcher: Fetcher, web: Web) -> None:
    for number in range(6):
        web.redirects(f"/{number}", f"/{number + 1}")
    web.says("/6", PHOTO)
    assert fetcher.fetch(web.url("/1")) == PHOTO
    assert refusal(fetcher.fetch, web.url("/0")) == (
        "127.0.0.1 redirects more than 5 times: give the last address"
    )


def test_the_body_of_a_redirect_is_not_read(fetcher: Fetcher, web: Web) -> None:
    web.does("/a.jpg", endless(status=302, headers={"Location": "/b.jpg"}))
    web.says("/b.jpg", PHOTO)
    assert fetcher.fetch(web.url("/a.jpg")) == PHOTO


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/a.jpg", "data:image/png;base64,AA"])
def test_a_redirect_to_another_kind_of_address_is_refused(fetcher: Fetcher, web: Web, to: str) -> None:
    web.redirects("/a.jpg", to)
    assert "is not fetched: give an http or https address" in refusal(fetcher.fetch, web.url("/a.jpg"))


def test_a_password_in_an_address_is_used_and_never_told(fetcher: Fetcher, web: Web) -> None:
    web.says("/a.jpg?signature=hidden", status=403)
    address = web.url("/a.jpg?signature=hidden", host="anna:se%2Fcret@127.0.0.1")
    assert refusal(fetcher.fetch, address) == (
        "127.0.0.1 answers 403 Forbidden: mend the address, or take it out of the row"
    )
    given = web.asked[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(given) == b"anna:se/cret"


def test_a_password_does_not_follow_a_redirect_to_another_host(fetcher: Fetcher, web: Web) -> None:
    web.redirects("/a.jpg", web.url("/b.jpg"))
    web.says("/b.jpg", PHOTO)
    fetcher.fetch(web.url("/a.jpg", host="anna:secret@127.0.0.1"))
    assert [asked.headers["Authorization"] is None for asked in web.asked] == [False, True]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 501])
def test_an_answer_that_will_not_change_is_taken_at_once(
    fetcher: Fetcher, web: Web, clock: Clock, status: int
) -> None:
    web.says("/a.jpg", status=status)
    assert f"127.0.0.1 answers {status} " in refusal(fetcher.fetch, web.url("/a.jpg"))
    assert clock.waits == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_a_growing_pause(
    fetcher: Fetcher, web: Web, clock: Clock, status: int
) -> None:
    web.says("/a.jpg", status=status)
    web.says("/a.jpg", status=status)
    web.says("/a.jpg", PHOTO)
    assert fetcher.fetch(web.url("/a.jpg")) == PHOTO
    assert clock.waits == [1.0, 2.0]


def test_a_server_that_stays_busy_is_given_up(fetcher: Fetcher, web: Web, clock: Clock) -> None:
    web.says("/a.jpg", status=503)
    assert refusal(fetcher.fetch, web.url("/a.jpg")) == (
        "127.0.0.1 answers 503 Service Unavailable: try again later, or mend the address"
    )
    assert len(web.asked) == 3


@pytest.mark.parametrize(
    ("asked_for", "wait"), [("7", 7.0), ("0", 0.0), ("3600", 30.0), ("-5", 1.0), ("soon", 1.0)]
)
def test_a_server_may_say_how_long_to_wait(
    fetcher: Fetcher, web: Web, clock: Clock, asked_for: str, wait: float
) -> None:
    web.says("/a.jpg", status=429, headers={"Retry-After": asked_for})
    web.says("/a.jpg", PHOTO)
    fetcher.fetch(web.url("/a.jpg"))
    assert clock.waits == [wait]


def test_a_server_may_say_until_when_to_wait(fetcher: Fetcher, web: Web, clock: Clock) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    web.says("/a.jpg", status=503, headers={"Retry-After": later})
    web.says("/a.jpg", PHOTO)
    fetcher.fetch(web.url("/a.jpg"))
    assert 15 < clock.waits[0] <= 20


def test_no_pause_goes_beyond_the_time_that_a_photo_may_take(web: Web, clock: Clock) -> None:
    web.says("/a.jpg", status=503, headers={"Retry-After": "20"})
    with Fetcher(allowed=THIS_MACHINE, wait=clock, total_seconds=10) as fetcher:
        refusal(fetcher.fetch, web.url("/a.jpg"))
    assert clock.waits == []


def test_a_connection_that_breaks_off_is_tried_again(fetcher: Fetcher, web: Web, clock: Clock) -> None:
    web.does("/a.jpg", hang_up)
    web.says("/a.jpg", PHOTO[:5], headers={"Content-Length": "20", "Connection": "close"})
    web.says("/a.jpg", PHOTO)
    assert fetcher.fetch(web.url("/a.jpg")) == PHOTO
    assert len(clock.waits) == 2


def hang_up(asked: Asked) -> None:
    asked.close_connection = True
    asked.connection.shutdown(socket.SHUT_RDWR)


def test_a_port_where_nobody_listens_is_tried_again(fetcher: Fetcher, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "127.0.0.1 does not answer (" in refusal(fetcher.fetch, f"http://127.0.0.1:{port}/a.jpg")
    assert len(clock.waits) == 2


def test_a_server_that_goes_silent_is_given_up(
    web: Web, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUTS", dict.fromkeys(("connect", "read", "write", "pool"), 0.05))
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Fetcher(allowed=THIS_MACHINE, wait=clock) as fetcher,
    ):
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.jpg"
        assert "127.0.0.1 does not answer (timed out)" in refusal(fetcher.fetch, address)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_drips_is_given_up_in_time(web: Web, clock: Clock, part: str) -> None:
    web.does("/a.jpg", drip(part))
    with Fetcher(allowed=THIS_MACHINE, wait=clock, total_seconds=0.3) as fetcher:
        assert "127.0.0.1 does not answer (" in refusal(fetcher.fetch, web.url("/a.jpg"))
    assert clock.waits == []


def drip(part: str) -> Callable[[Asked], None]:
    """An answer that never ends and never pauses for long."""

    def answer(asked: Asked) -> None:
        asked.close_connection = True
        asked.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b""))
        asked.connection.settimeout(0.02)
        while True:
            try:
                asked.wfile.write(b"x")
                if not asked.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    return answer


def endless(*, status: int = 200, headers: dict[str, str] | None = None) -> Callable[[Asked], None]:
    """An answer that sends as fast as it is read, until nobody reads."""

    def answer(asked: Asked) -> None:
        asked.close_connection = True
        asked.send_response(status)
        for name, value in (headers or {}).items():
            asked.send_header(name, value)
        asked.end_headers()
        try:
            while True:
                asked.wfile.write(bytes(1 << 16))
        except OSError:
            return

    return answer


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_MOST", 1_000_000)


@pytest.mark.usefixtures("small_limit")
class TestSize:
    def test_a_file_that_says_it_is_too_large_is_not_read(self, fetcher: Fetcher, web: Web) -> None:
        web.does("/a.jpg", endless(headers={"Content-Length": "1000001"}))
        assert refusal(fetcher.fetch, web.url("/a.jpg")) == (
            "127.0.0.1 sends more than 1 MB: save it smaller"
        )

    def test_a_file_that_does_not_say_how_large_it_is_is_cut_off(self, fetcher: Fetcher, web: Web) -> None:
        web.does("/a.jpg", endless())
        assert "sends more than 1 MB" in refusal(fetcher.fetch, web.url("/a.jpg"))

    @pytest.mark.parametrize("length", ["9" * 400, "1e9", "-1", "1, 2"])
    def test_a_length_that_makes_no_sense_is_an_error(self, fetcher: Fetcher, web: Web, length: str) -> None:
        web.says("/a.jpg", PHOTO, headers={"Content-Length": length, "Connection": "close"})
        refusal(fetcher.fetch, web.url("/a.jpg"))

    def test_the_largest_file_is_fetched(self, fetcher: Fetcher, web: Web) -> None:
        web.says("/a.jpg", bytes(1_000_000))
        assert len(fetcher.fetch(web.url("/a.jpg"))) == 1_000_000

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    def test_a_file_that_unpacks_to_too_much_is_cut_off(
        self, fetcher: Fetcher, web: Web, encoding: str
    ) -> None:
        packed = (gzip if encoding == "gzip" else zlib).compress(bytes(50_000_000))
        assert len(packed) < 100_000
        web.says("/a.jpg", packed, headers={"Content-Encoding": encoding})
        assert "sends more than 1 MB" in refusal(fetcher.fetch, web.url("/a.jpg"))


def test_a_file_that_comes_packed_is_unpacked(fetcher: Fetcher, web: Web) -> None:
    web.says("/gzip", gzip.compress(PHOTO), headers={"Content-Encoding": "gzip"})
    web.says("/deflate", zlib.compress(PHOTO), headers={"Content-Encoding": "deflate"})
    assert [fetcher.fetch(web.url(path)) for path in ("/gzip", "/deflate")] == [PHOTO, PHOTO]


@pytest.mark.parametrize(("encoding", "message"), [("br", "compressed by 'br'"), ("gzip", "does not unpack")])
def test_a_file_that_cannot_be_unpacked_is_refused(
    fetcher: Fetcher, web: Web, encoding: str, message: str
) -> None:
    web.says("/a.jpg", PHOTO, headers={"Content-Encoding": encoding})
    assert message in refusal(fetcher.fetch, web.url("/a.jpg"))


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http:///a.jpg",
        "http://[::1",
        "http://a:b:c/",
        "http://host:99999/a.jpg",
        "http://ho st/a.jpg",
        "http://\x00/a.jpg",
        "https://" + "a" * 70_000,
        "http://" + "a" * 300 + ".example/",
        "http://" + "é" * 80 + ".example/",
        "//host/a.jpg",
        "gopher://host/a.jpg",
        "",
    ],
)
def test_what_is_no_address_is_refused(fetcher: Fetcher, address: str) -> None:
    assert len(refusal(fetcher.fetch, address)) < 500


def test_proxies_and_passwords_of_the_environment_are_left_alone(
    web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login anna password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    web.says("/a.jpg", PHOTO)
    with Fetcher(allowed=THIS_MACHINE) as fresh:
        assert fresh.fetch(web.url("/a.jpg")) == PHOTO
    assert "Authorization" not in web.asked[0].headers


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("http://a/b.jpg", True),
        (" HTTPS://a/b.jpg", True),
        ("http:/a/b.jpg", False),
        ("ftp://a/b.jpg", False),
        ("images/http://a.jpg", False),
        ("", False),
    ],
)
def test_an_address_is_told_from_a_path(name: str, answer: bool) -> None:
    assert is_address(name) is answer
