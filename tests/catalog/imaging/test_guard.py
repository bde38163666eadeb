import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from catalog.imaging.errors import ImageError
from catalog.imaging.fetch import Fetcher
from catalog.imaging.guard import Network, is_public, look_up
from tests.catalog.imaging.web import Web

INSIDE = {
    "this host": "0.0.0.0",
    "this network": "0.1.2.3",
    "loopback": "127.0.0.1",
    "all of loopback": "127.8.8.8",
    "private, ten": "10.1.2.3",
    "private, 172": "172.16.0.1",
    "private, 172, last": "172.31.255.255",
    "private, 192": "192.168.1.1",
    "link-local": "169.254.1.1",
    "metadata of clouds": "169.254.169.254",
    "carriers": "100.64.0.1",
    "metadata of one cloud": "100.100.100.200",
    "protocols": "192.0.0.8",
    "documentation": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "benchmarks": "198.18.0.1",
    "6to4 relay": "192.88.99.1",
    "multicast": "224.0.0.1",
    "multicast of organisations": "239.1.1.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 none": "::",
    "IPv6 loopback": "::1",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local of an interface": "fe80::1%lo",
    "IPv6 site-local": "fec0::1",
    "IPv6 unique local": "fd00::1",
    "IPv6 metadata": "fd00:ec2::254",
    "IPv6 multicast": "ff02::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv6 new documentation": "3fff::1",
    "IPv6 discard": "100::1",
    "IPv6 unassigned": "4000::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:10.0.0.1",
    "mapped public": "::ffff:93.184.216.34",
    "compatible loopback": "::127.0.0.1",
    "translated loopback": "64:ff9b::7f00:1",
    "translated public": "64:ff9b::5db8:d822",
    "locally translated": "64:ff9b:1::1",
    "6to4 of loopback": "2002:7f00:1::1",
    "6to4 of private": "2002:a00:1::1",
    "Teredo": "2001:0:53aa:64c:0:fbff:80ff:fffe",
}
OUTSIDE = [
    "93.184.216.34",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE)
def test_an_address_that_is_not_one_machines_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def url_of(address: str) -> str:
    return f"http://[{address}]/a.jpg" if ":" in address else f"http://{address}/a.jpg"


def refusal(fetcher: Fetcher, address: str) -> str:
    with pytest.raises(ImageError) as refused:
        fetcher.fetch(address)
    return str(refused.value)


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails the test."""
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: pytest.fail(f"connects: {args}"))


@pytest.mark.usefixtures("no_connections")
class TestInside:
    @pytest.mark.parametrize("address", [a for a in INSIDE.values() if "%" not in a])
    def test_an_address_inside_is_refused_before_a_connection_is_opened(self, address: str) -> None:
        with Fetcher() as fetcher:
            assert "is not on the internet but inside this network: give a public" in refusal(
                fetcher, url_of(address)
            )

    @pytest.mark.parametrize(
        "spelled", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::ffff:7f00:1]"]
    )
    def test_other_spellings_of_an_address_inside_are_refused(self, spelled: str) -> None:
        with Fetcher() as fetcher:
            refusal(fetcher, f"http://{spelled}/a.jpg")

    @pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE)
    def test_a_name_that_leads_inside_is_refused(self, address: str) -> None:
        with Fetcher(resolve=lambda host, port: [address]) as fetcher:
            assert refusal(fetcher, "https://photos.example.org/a.jpg") == (
                "photos.example.org is not on the internet but inside this network: "
                "give a public address, or list its network in ATTRX_FETCH_ALLOW"
            )

    @pytest.mark.parametrize("port", [22, 25, 3306, 5432, 6379, 9200, 65535])
    def test_a_port_that_is_not_for_web_pages_is_refused(self, port: int) -> None:
        with Fetcher(resolve=lambda host, port: ["93.184.216.34"]) as fetcher:
            assert refusal(fetcher, f"http://photos.example.org:{port}/a.jpg") == (
                f"port {port} of photos.example.org is not one for web pages: "
                "use one of 80, 443, 8080, 8443, or list the network in ATTRX_FETCH_ALLOW"
            )

    def test_a_host_that_is_not_there_is_named(self) -> None:
        with Fetcher() as fetcher:
            assert refusal(fetcher, "http://nowhere.invalid/a.jpg") == (
                "there is no host nowhere.invalid: mend the address"
            )


@contextmanager
def fetching(*allowed: str, **names: str) -> Iterator[Fetcher]:
    """A fetcher that may reach these networks, and finds a_b.c as `a-b.c` at an address."""
    networks: list[Network] = [ipaddress.ip_network(network) for network in allowed]
    known = {name.replace("_", "."): address for name, address in names.items()}
    with Fetcher(allowed=networks, resolve=lambda host, port: [known.get(host, host)]) as fetcher:
        yield fetcher


@pytest.mark.parametrize("address", [a for a in INSIDE.values() if a != "127.0.0.1" and "%" not in a])
def test_a_redirect_that_leads_inside_is_refused(web: Web, address: str) -> None:
    web.redirects("/a.jpg", url_of(address))
    with fetching("127.0.0.1/32") as fetcher:
        assert "is not on the internet but inside this network" in refusal(fetcher, web.url("/a.jpg"))
    assert len(web.asked) == 1


def test_a_redirect_by_name_that_leads_inside_is_refused(web: Web) -> None:
    web.redirects("/a.jpg", "http://intra.example/admin")
    with fetching("127.0.0.1/32", intra_example="10.0.0.7") as fetcher:
        assert "intra.example is not on the internet" in refusal(fetcher, web.url("/a.jpg"))


def test_the_last_of_several_redirects_is_checked_too(web: Web) -> None:
    web.redirects("/a.jpg", "/b.jpg")
    web.redirects("/b.jpg", "http://127.0.0.2/admin")
    with fetching("127.0.0.1/32") as fetcher:
        assert "127.0.0.2 is not on the internet" in refusal(fetcher, web.url("/a.jpg"))


def test_a_name_is_looked_up_once_and_connected_to_where_it_was_found(web: Web) -> None:
    """A name server that says a good address first and a bad one then gets no second question."""
    answers = iter(["127.0.0.1"])
    web.says("/a.jpg", b"photo")
    allowed: list[Network] = [ipaddress.IPv4Network("127.0.0.1/32")]
    with Fetcher(allowed=allowed, resolve=lambda host, port: [next(answers)]) as fetcher:
        assert fetcher.fetch(f"http://photos.example.org:{web.port}/a.jpg") == b"photo"
    assert web.asked[0].headers["Host"] == f"photos.example.org:{web.port}"


def test_of_several_addresses_only_those_that_may_be_used_are(web: Web) -> None:
    web.says("/a.jpg", b"photo")
    allowed: list[Network] = [ipaddress.IPv4Network("127.0.0.1/32")]
    addresses = ["169.254.169.254", "127.0.0.1", "10.0.0.1"]
    with Fetcher(allowed=allowed, resolve=lambda host, port: addresses) as fetcher:
        assert fetcher.fetch(f"http://photos.example.org:{web.port}/a.jpg") == b"photo"


def test_the_next_address_is_tried_where_one_does_not_answer(web: Web) -> None:
    web.says("/a.jpg", b"photo")
    with Fetcher(
        allowed=[ipaddress.IPv4Network("127.0.0.0/8")], resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"]
    ) as fetcher:
        assert fetcher.fetch(f"http://photos.example.org:{web.port}/a.jpg") == b"photo"


def test_an_allowed_network_may_be_fetched_from_on_any_port(web: Web) -> None:
    web.says("/a.jpg", b"photo")
    with fetching("10.0.0.0/8", "127.0.0.0/8") as fetcher:
        assert fetcher.fetch(web.url("/a.jpg")) == b"photo"


def test_a_host_is_found_at_all_its_addresses() -> None:
    assert "127.0.0.1" in look_up("localhost", 80) + look_up("127.0.0.1", 80)
    with pytest.raises(ImageError, match="there is no host"):
        look_up("a" * 64 + ".example", 80)
