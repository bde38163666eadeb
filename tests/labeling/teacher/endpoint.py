"""An OpenAI-compatible endpoint of its own for a test, as friendly or as hostile as the test wants."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

Body = dict[str, Any]
Move = Callable[["Handler", Body], None]
Text = str | Callable[[Body], str]

PATH = "/v1/chat/completions"
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass
class Endpoint:
    """What the server does with each request, and what it was sent."""

    port: int
    moves: list[Move] = field(default_factory=list)
    """one after the other, the last for good"""
    asked: list[Body] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    most_at_once: int = 0
    released: Event = field(default_factory=Event)
    """what hangs goes on"""
    arrived: Event = field(default_factory=Event)
    """a request that hangs is there"""
    lock: Lock = field(default_factory=Lock)
    at_once: int = 0

    @property
    def url(self) -> str:
        """Its address, as ATTRX_TEACHER_URL has it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def says(self, text: Text, *, usage: object = USAGE, finish: str = "stop") -> None:
        """Answer with a completion of this text."""

        def move(handler: "Handler", body: Body) -> None:
            said = text if isinstance(text, str) else text(body)
            handler.reply(completion(said, usage=usage, finish=finish))

        self.moves.append(move)

    def sends(
        self, content: bytes | object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with these bytes, or this JSON."""
        self.moves.append(lambda handler, body: handler.reply(content, status=status, headers=headers or {}))

    def fails(self, status: int, message: str = "no", **headers: str) -> None:
        """Answer with an error as OpenAI writes them."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.sends({"error": {"message": message}}, status=status, headers=named)

    def refuses(self, option: str) -> None:
        """Answer with an error as long as requests have this option."""

        def move(handler: "Handler", body: Body) -> None:
            if option in body:
                message = f"Unsupported parameter: '{option}' is not supported with this model."
                handler.reply({"error": {"message": message}}, status=400)
            else:
                handler.reply(completion("ok", usage=USAGE, finish="stop"))

        self.moves.append(move)

    def hangs(self) -> None:
        """Take the request, and say nothing."""

        def move(handler: "Handler", body: Body) -> None:
            self.arrived.set()
            self.released.wait(30)
            handler.close_connection = True

        self.moves.append(move)

    def drops(self, *, after: bytes = b"") -> None:
        """Close the connection, perhaps in the middle of an answer."""

        def move(handler: "Handler", body: Body) -> None:
            if after:
                handler.start(200, {"Content-Length": "1000"})
                handler.wfile.write(after)
            handler.close_connection = True

        self.moves.append(move)

    def floods(self, megabytes: int) -> None:
        """Answer with so much white space."""

        def move(handler: "Handler", body: Body) -> None:
            handler.start(200, {"Content-Type": "application/json", "Connection": "close"})
            for _ in range(megabytes * 16):
                handler.wfile.write(b" " * (1 << 16))

        self.moves.append(move)

    def take(self, body: Body, headers: Mapping[str, str]) -> Move:
        """Note the request; what to do with it."""
        with self.lock:
            self.asked.append(body)
            self.headers.append(headers)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            return self.moves.pop(0) if len(self.moves) > 1 else self.moves[0]

    def leave(self) -> None:
        """The request is dealt with."""
        with self.lock:
            self.at_once -= 1


def completion(text: str, *, usage: object, finish: str) -> dict[str, object]:
    """A chat completion as OpenAI writes it."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        **({"usage": usage} if usage else {}),
    }


class Handler(BaseHTTPRequestHandler):
    """One connection to the endpoint."""

    protocol_version = "HTTP/1.1"
    endpoint: Endpoint

    def do_POST(self) -> None:
        """Do what the test said."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != PATH:
            self.reply({"detail": "Not Found"}, status=404)
            return
        move = self.endpoint.take(
            json.loads(content), {name.lower(): value for name, value in self.headers.items()}
        )
        try:
            move(self, json.loads(content))
        except ConnectionError:
            self.close_connection = True  # The client gave up.
        finally:
            self.endpoint.leave()

    def reply(
        self, content: bytes | object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        length = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self.start(status, length | dict(headers or {}))
        self.wfile.write(body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def serving() -> Iterator[Endpoint]:
    """Run an endpoint on 127.0.0.1 for the length of the block."""
    handler = type("HandlerHere", (Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        handler.endpoint = endpoint = Endpoint(server.server_address[1])  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.released.set()
            server.shutdown()
            thread.join()
