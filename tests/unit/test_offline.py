"""Offline means that nothing leaves the machine, whichever way it is tried."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters import offline
from tests.scripted_server import ScriptedServer


@pytest.fixture
def switched_on() -> Iterator[None]:
    """Offline for one test."""
    offline.switch_on()
    yield
    offline.switch_off()


def _connect(family: socket.AddressFamily, address: tuple[object, ...], how: str = "connect") -> None:
    # The bare type: in the tests connecting by `socket.socket` is watched over by another guard.
    made = socket.SocketType(family, socket.SOCK_STREAM)
    try:
        made.settimeout(0.2)
        getattr(made, how)(address)
    finally:
        made.close()


def _datagram(address: tuple[str, int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(b"x", address)


WAYS: dict[str, tuple[Callable[[], object], str]] = {
    "an address": (lambda: _connect(socket.AF_INET, ("192.0.2.1", 80)), "192.0.2.1"),
    "without waiting": (lambda: _connect(socket.AF_INET, ("192.0.2.2", 80), "connect_ex"), "192.0.2.2"),
    "the local network": (lambda: _connect(socket.AF_INET, ("192.168.1.1", 80)), "192.168.1.1"),
    "IPv6": (lambda: _connect(socket.AF_INET6, ("2001:db8::1", 80, 0, 0)), "2001:db8::1"),
    "IPv4 in IPv6": (lambda: _connect(socket.AF_INET6, ("::ffff:192.0.2.3", 80, 0, 0)), "::ffff:192.0.2.3"),
    "a name": (lambda: socket.getaddrinfo("example.org", 443), "example.org"),
    "a name as bytes": (lambda: socket.getaddrinfo(b"example.net", 443), "example.net"),
    "a name that begins like this machine's": (
        lambda: socket.getaddrinfo("localhost.example.org", 80),
        "localhost.example.org",
    ),
    "the old way": (lambda: socket.gethostbyname("example.com"), "example.com"),
    "a datagram": (lambda: _datagram(("192.0.2.4", 53)), "192.0.2.4"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("switched_on")
def test_nothing_leaves(way: str) -> None:
    """Each way of reaching another machine is refused in words, and the host noted."""
    tries, host = WAYS[way]
    with pytest.raises(offline.OfflineError, match="ASKPAPERS_OFFLINE"):
        tries()
    assert offline.refused() == (host,)


@pytest.mark.usefixtures("switched_on")
def test_this_machine_is_reached(tmp_path: Path) -> None:
    """A server here answers, by address and by name; a socket of the file system works."""
    with ScriptedServer() as server:
        by_address = server.url.replace("localhost", "127.0.0.1") + "/models"
        for url in (by_address, by_address.replace("127.0.0.1", "localhost")):
            with urllib.request.urlopen(url, timeout=5) as response:
                assert response.status == 200
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as calling:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        calling.connect(str(tmp_path / "s"))
    assert offline.refused() == ()


@pytest.mark.usefixtures("switched_on")
def test_other_threads_too() -> None:
    """It holds for the whole process."""
    caught: list[BaseException] = []

    def tries() -> None:
        try:
            socket.getaddrinfo("example.org", 80)
        except OSError as error:
            caught.append(error)

    thread = threading.Thread(target=tries)
    thread.start()
    thread.join()
    assert [type(error) for error in caught] == [offline.OfflineError]


def test_off_by_default() -> None:
    """Without the switch it refuses nothing and notes nothing."""
    assert not offline.is_on()
    socket.getaddrinfo("127.0.0.1", 80)
    assert offline.refused() == ()
