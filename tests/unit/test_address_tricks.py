"""Addresses typed in the browser: what a page open to others refuses, and what nobody is ever connected to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.adapters.address_rules import check_typed, is_metadata
from app.core.errors import SettingsError

ALLOWED = "https://models.example.org, http://10.0.0.5:8000"


@pytest.mark.parametrize(
    "typed",
    [
        "https://models.example.org/v1",
        "https://MODELS.example.org:443/other/v1",
        "http://10.0.0.5:8000",
    ],
)
def test_allowed(typed: str) -> None:
    """Scheme, host and port count, the path does not."""
    assert check_typed(typed, ALLOWED, open_to_others=True)


@pytest.mark.parametrize(
    "typed",
    [
        "http://models.example.org/v1",
        "https://models.example.org:8443/v1",
        "https://models.example.org.evil.test/v1",
        "https://evil.test/models.example.org",
        "https://models.example.org@evil.test/v1",
        "https://models.example.org\\@evil.test/v1",
        "http://127.0.0.1:11434/v1",
        "http://localhost:11434",
        "http://localhost.evil.test:11434",
        "http://2130706433:8000/v1",
        "http://0x7f.1:8000/v1",
        "http://0177.0.0.1:8000/v1",
        "http://[::1]:8000/v1",
        "http://[::ffff:127.0.0.1]:8000/v1",
        "http://[::ffff:10.0.0.5]:8000/v1",
        "http://167772165:8000/v1",
        "http://0.0.0.0:8000",
        "http://10.0.0.5:8001",
        "http://10.0.0.6:8000",
        "http://127.0.0.1.:8000",
        "ftp://10.0.0.5:8000",
        "file:///etc/passwd",
    ],
)
def test_refused_where_others_come(typed: str) -> None:
    """Whatever is not on the list, however it is spelled."""
    with pytest.raises(SettingsError):
        check_typed(typed, ALLOWED, open_to_others=True)


@pytest.mark.parametrize(
    "typed", ["127.0.0.1:11434", "http://192.168.1.5:1234/v1", "http://gpu-box.lan:8000", "localhost:8080"]
)
def test_anything_local_on_a_page_of_ones_own(typed: str) -> None:
    """A page that only this computer can open takes any server of the network."""
    assert check_typed(typed, "", open_to_others=False)


METADATA = [
    "http://169.254.169.254/latest",
    "http://[fd00:ec2::254]/v1",
    "http://metadata.google.internal/v1",
    "http://METADATA.google.internal./v1",
    "http://169.254.169.254./v1",
    "http://[::ffff:169.254.169.254]/v1",
    "http://[::ffff:a9fe:a9fe]/v1",
    "http://[64:ff9b::a9fe:a9fe]/v1",
    "http://[::169.254.169.254]/v1",
    "http://[2002:a9fe:a9fe::1]/v1",
    "http://2852039166/v1",
    "http://0xa9fea9fe/v1",
    "http://0xA9.254.169.254/v1",
    "http://0251.0376.0251.0376/v1",
    "http://169.254.43518/v1",
    "http://169.254.169%2e254/v1",
    "http://\uff11\uff16\uff19.254.169.254/v1",
    "http://169\u3002254\u3002169\u3002254/v1",
    "http://100.100.100.200/v1",
    "http://[fe80::a9fe:a9fe%25eth0]/v1",
]


@pytest.mark.parametrize("typed", METADATA)
@pytest.mark.parametrize("open_to_others", [False, True])
def test_metadata_is_refused_when_typed(typed: str, open_to_others: bool) -> None:
    """In every spelling, on every page, and even if somebody has put it on the list."""
    with pytest.raises(SettingsError):
        check_typed(typed, typed, open_to_others)


def test_connections_to_metadata_are_refused() -> None:
    """A name that leads there ends when the connection is made, in each way a resolver may give the address."""
    code = """
import socket
from app.adapters.address_rules import never_metadata
never_metadata()
for family, address in (
    (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET6, ("::ffff:169.254.169.254", 80, 0, 0)),
    (socket.AF_INET6, ("fd00:ec2::254", 80, 0, 0)),
    (socket.AF_INET6, ("64:ff9b::a9fe:a9fe", 80, 0, 0)),
    (socket.AF_INET, ("2852039166", 80)),
    (socket.AF_INET, ("0xa9fea9fe", 80)),
    (socket.AF_INET, ("169.254.43518", 80)),
):
    with socket.socket(family) as s:
        s.settimeout(0.2)
        try:
            s.connect(address)
        except ConnectionRefusedError as error:
            print("refused" if "metadata" in str(error) else f"tried {address}")
        except OSError as error:
            print(f"tried {address} {error}")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split("\n")) == {"refused", ""}, done.stdout


def test_ordinary_hosts_are_no_metadata() -> None:
    """Servers of the network and of the world are left alone."""
    assert not any(map(is_metadata, ("127.0.0.1", "10.0.0.5", "192.168.1.5", "::1", "api.example.org", "8.8.8.8")))
