"""Which addresses may be typed in the browser, and those to which nothing is ever sent."""

from __future__ import annotations

import socket

import pytest

from app.adapters.address_rules import MetadataError, check_typed, is_metadata, never_metadata
from app.core.errors import SettingsError

ALLOWED = "http://gpu:8000, https://llm.example.org/v1"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://gpu:8000", "http://gpu:8000/v1"),
        ("gpu:8000", "http://gpu:8000/v1"),
        ("HTTP://GPU:8000/v1/chat/completions", "http://gpu:8000/v1"),
        ("https://llm.example.org", "https://llm.example.org/v1"),
        ("https://llm.example.org:443/v1", "https://llm.example.org:443/v1"),
    ],
)
def test_what_is_allowed(typed: str, url: str) -> None:
    """The same scheme, host and port, however it is written."""
    assert check_typed(typed, ALLOWED, open_to_others=True) == url


@pytest.mark.parametrize(
    "typed",
    [
        "http://127.0.0.1:11434",
        "http://localhost:11434",
        "http://10.0.0.1:8000",
        "http://gpu:8001",
        "https://gpu:8000",
        "http://gpu.evil.example:8000",
        "http://gpu.:8000",
        "http://evil-gpu:8000",
        "http://2130706433:8000",
        "http://0x7f.1:8000",
        "http://[::ffff:127.0.0.1]:8000",
        "http://llm.example.org/v1",
        "https://llm.example.org.evil.example/v1",
    ],
)
def test_everything_else_is_refused_to_visitors(typed: str) -> None:
    """Other ports, other schemes, names that look alike and every way to write this machine's address."""
    with pytest.raises(SettingsError) as refused:
        check_typed(typed, ALLOWED, open_to_others=True)
    assert "ASKPAPERS_LLM_ALLOWED_URLS" in refused.value.hint
    with pytest.raises(SettingsError):
        check_typed(typed, "", open_to_others=True)


@pytest.mark.parametrize(
    "typed", ["http://gpu:8000@evil.example/v1", "ftp://gpu:8000", "http://", "http://gpu:8000/v1?x=1"]
)
def test_what_is_no_address(typed: str) -> None:
    """User names, other schemes and queries are refused to everybody."""
    for open_to_others in (True, False):
        with pytest.raises(SettingsError):
            check_typed(typed, ALLOWED, open_to_others)


def test_on_ones_own_page_any_server_may_be_typed() -> None:
    """This machine and the local network are where one's servers are."""
    for typed in ("http://127.0.0.1:11434", "http://192.168.1.5:8080", "http://gpu:1234"):
        assert check_typed(typed, "", open_to_others=False)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "100.100.100.200",
        "metadata.google.internal",
    ],
)
def test_metadata_is_refused_to_everybody(host: str) -> None:
    """Where cloud machines hand out credentials, even if the operator's list had it."""
    url = f"http://[{host}]/v1" if ":" in host else f"http://{host}/v1"
    assert is_metadata(host)
    with pytest.raises(SettingsError, match="metadata"):
        check_typed(url, url, open_to_others=False)


def test_no_connection_goes_to_metadata_whatever_name_led_there() -> None:
    """It is refused when the connection is made, when the address behind the name is known."""
    never_metadata()
    for address in (("169.254.169.254", 80), ("::ffff:169.254.169.254", 80, 0, 0)):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        # The bare type: in the tests connecting by `socket.socket` is watched over by another guard.
        made = socket.SocketType(family, socket.SOCK_STREAM)
        try:
            with pytest.raises(MetadataError, match="cloud metadata"):
                made.connect(address)
        finally:
            made.close()
    assert not is_metadata("127.0.0.1") and not is_metadata("169.253.1.1") and not is_metadata("gpu")
