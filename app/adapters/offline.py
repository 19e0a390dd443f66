"""No connection leaves this machine: what ASKPAPERS_OFFLINE and `--offline` switch on, for the whole process, for good.

Python tells its audit hooks (PEP 578) of every connection and every look-up of a name before it happens, whichever
library asks, and a hook may refuse. Two things are beyond it: code in other languages that opens sockets by itself (none
of the parts askpapers uses does), and a socket told to connect to a name, which looks the name up first.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKS_UP = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
# The hub's own switch: without it the hub's client would try, wait and try again.
_SWITCHES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_MOST_KEPT = 100

_on = False
_hooked = False
_refused: dict[str, None] = {}


class OfflineError(ConnectionRefusedError):
    """A connection that was not made because of the setting; to libraries it is one that was refused."""

    hint = "Use a server on this machine, or start without ASKPAPERS_OFFLINE and --offline"

    def __init__(self, host: str) -> None:
        super().__init__(f'askpapers is offline (ASKPAPERS_OFFLINE), so nothing goes to "{host}"')


def switch_on() -> None:
    """From now on every connection beyond this machine is refused with OfflineError."""
    global _on, _hooked
    for name in _SWITCHES:
        os.environ[name] = "1"
    if not _hooked:  # a hook cannot be taken off again
        sys.addaudithook(_refuse)
        _hooked = True
    _on = True


def switch_off() -> None:
    """Allow connections again: for tests, which share one process."""
    global _on
    _on = False
    for name in _SWITCHES:
        os.environ.pop(name, None)
    _refused.clear()


def is_on() -> bool:
    """Whether connections beyond this machine are refused."""
    return _on


def refused() -> tuple[str, ...]:
    """The hosts (100 at most) that something in this process wanted to reach and was not let."""
    return tuple(_refused)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if not _on:
        return
    if event in _CONNECTS:
        address = arguments[1]
        if not isinstance(address, tuple):  # a socket of the file system, or none given
            return
        host = address[0] if address else ""
    elif event in _LOOKS_UP:
        host = arguments[0]
    else:
        return
    name = host.decode("utf-8", "replace") if isinstance(host, (bytes, bytearray)) else str(host or "")
    if _is_here(name):
        return
    if len(_refused) < _MOST_KEPT:
        _refused[name] = None
    raise OfflineError(name)


def _is_here(host: str) -> bool:
    """Whether this names the machine itself. An empty or unspecified host is one to listen on."""
    if host.lower().rstrip(".") in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified
