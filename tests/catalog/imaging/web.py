"""A web server of its own for a test."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = Callable[["Asked"], None]


@dataclass
class Web:
    """What the server answers at each path, and what it was asked."""

    port: int
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list["Asked"] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}{path}"

    def says(
        self, path: str, body: bytes = b"", *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer so; said several times for a path, one after the other, the last for good."""

        def answer(asked: "Asked") -> None:
            asked.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | dict(headers or {})).items():
                asked.send_header(name, value)
            asked.end_headers()
            asked.wfile.write(body)

        self.does(path, answer)

    def does(self, path: str, answer: Answer) -> None:
        """Have this function answer."""
        self.answers.setdefault(path, []).append(answer)

    def redirects(self, path: str, to: str, status: int = 302) -> None:
        """Answer that the page is elsewhere."""
        self.says(path, b"elsewhere", status=status, headers={"Location": to})


class Asked(BaseHTTPRequestHandler):
    """One request; handed to the function that answers it."""

    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        """Answer as the test said."""
        self.web.asked.append(self)
        answers = self.web.answers[self.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what goes wrong, but for a client that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving() -> Iterator[Web]:
    """Run a server on 127.0.0.1 for the length of the block."""
    handler = type("AskedHere", (Asked,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        handler.web = web = Web(server.server_address[1])  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
