"""The parts of benchmark_predict: clients that are counted, on a site that answers and refuses."""

import json
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest

from tests.factories import photo_bytes
from training.predict_benchmark.clients import BOUNDARY, Load, Product, load_of


class Site:
    """Answers every third request with 503, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.tokens: set[str] = set()
        lock = Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    site.sent.append(body)
                    site.tokens.add(self.headers["Authorization"])
                    status = 503 if len(site.sent) % 3 == 0 else 200
                answer = json.dumps({}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    Thread(target=site.server.serve_forever, daemon=True).start()
    yield site
    site.server.shutdown()
    site.server.server_close()


def test_answered_requests_are_timed_and_refused_ones_counted(site: Site, tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    photo.write_bytes(photo_bytes())
    found = load_of(site.port, "a token", [Product("cap", (photo,))], clients=3, seconds=0.3)
    assert found.statuses.total() == len(site.sent) and found.statuses[503] == len(site.sent) // 3
    assert len(found.times) == found.statuses[200] > 3
    row = found.summary()
    assert row["refused"] == found.statuses[503] and row["per_second"] > 0
    assert site.tokens == {"Bearer a token"}
    assert len(set(site.sent)) == len(site.sent), "no two requests are alike"
    assert all(body.count(BOUNDARY.encode()) == 4 and photo_bytes() in body for body in site.sent)


def test_the_figures_of_a_load_are_those_of_its_times() -> None:
    times = tuple(number / 1000 for number in range(1, 101))
    load = Load(8, 20.0, times, Counter({200: 100, 503: 5}))
    assert load.summary() == {
        "clients": 8,
        "requests": 100,
        "refused": 5,
        "per_second": 5.0,
        "p50_ms": pytest.approx(50.5, abs=0.1),
        "p95_ms": pytest.approx(95.0, abs=0.1),
    }
