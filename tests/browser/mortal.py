"""A server that can be killed and started again, as one that runs out of memory or is deployed anew."""

import socket
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import LiveServerThread
from pytest_django.live_server_helper import LiveServer


class _Server(ThreadedWSGIServer):
    """Knows who is connected, to hang up on them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"allow_reuse_address": True})
        self.connected: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connected.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.connected.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self.connected):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # The other side was faster.


class _Thread(LiveServerThread):
    server_class = _Server


class MortalServer(LiveServer):
    """The site on a port that stays the same through deaths."""

    thread: Any

    def __init__(self) -> None:
        super().__init__("localhost", start=False)
        self._live(port=0)

    def kill(self) -> None:
        """Stop answering, in the middle of whatever is under way."""
        httpd = self.thread.httpd
        self.stop()
        httpd.hang_up()

    def restart(self) -> None:
        """Answer again."""
        self._live(port=self.thread.port)

    def _live(self, *, port: int) -> None:
        last = self.thread
        self.thread = _Thread(last.host, last.static_handler, last.connections_override, port)
        self.thread.daemon = True
        self.start()
