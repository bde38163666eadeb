"""Which addresses photos may be fetched from: none inside the own network, whatever a name or redirect says.

The check stands where connections are opened, so it holds for the first address and for every redirect. A
name is looked up once, and the connection goes to the very address that was checked: a name server cannot say
one thing to the check and another to the connection.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

import httpcore2

from catalog.imaging.errors import ImageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = (80, 443, 8080, 8443)

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All other IPv6 is local, multicast, reserved, or IPv4 in disguise: ::ffff:0:0/96, NAT64's 64:ff9b::/96."""

NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # of protocols
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # of protocols, Teredo among them
        "2001:db8::/32",  # for documentation
        "2002::/16",  # 6to4: any IPv4 address in disguise
        "3fff::/20",  # for documentation
    )
]
"""What Python's own lists miss, or miss in some releases."""

deadline: ContextVar[float] = ContextVar("deadline")
"""When, by time.monotonic(), the present fetch has to be over."""


def is_public(address: Address) -> bool:
    """Whether this is one machine's address on the internet."""
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if address.version == 6 and address not in GLOBAL_UNICAST:
        return False
    return not any(address in network for network in NOT_PUBLIC if network.version == address.version)


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, best first.

    Raises:
        ImageError: when there is no such host.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # A name that cannot be one raises UnicodeError, a ValueError.
        raise ImageError(f"there is no host {host}", "mend the address") from error
    return [str(address[0]) for *_, address in found]


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections to public addresses and allowed networks only, within the fetch's deadline."""

    def __init__(
        self, *, allowed: Sequence[Network] = (), resolve: Callable[[str, int], list[str]] = look_up
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of the host that answers.

        Raises:
            ImageError: when the host has no address that may be used, or not on this port.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: when none answers.
        """
        problem: Exception = httpcore2.ConnectError("no address")
        for address in self._usable(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _within(timeout), local_address, socket_options
                )
                return _TimedStream(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        raise problem

    def _usable(self, host: str, port: int) -> list[str]:
        addresses = [ipaddress.ip_address(address) for address in self._resolve(host, port)]
        allowed = [address for address in addresses if any(address in network for network in self._allowed)]
        if allowed:
            return [str(address) for address in allowed]
        public = [str(address) for address in addresses if is_public(address)]
        if not public:
            raise ImageError(
                f"{host} is not on the internet but inside this network",
                "give a public address, or list its network in ATTRX_FETCH_ALLOW",
            )
        if port not in PORTS:
            raise ImageError(
                f"port {port} of {host} is not one for web pages",
                f"use one of {', '.join(map(str, PORTS))}, or list the network in ATTRX_FETCH_ALLOW",
            )
        return public


class _TimedStream(httpcore2.NetworkStream):
    """A connection on which nothing lasts beyond the fetch's deadline, however slowly bytes drip in."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _within(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(timeout: float | None) -> float:
    """The timeout, or what is left until the deadline."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the time is over")
    return left if timeout is None else min(timeout, left)
