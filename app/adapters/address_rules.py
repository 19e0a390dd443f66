"""Which addresses of model servers a person may type in the browser. Whoever runs the page decides, not its visitors.

A page that others can open would otherwise send requests wherever a visitor likes, into the network of the machine it
runs on (server-side request forgery). Addresses are compared as written, never as resolved: a name that only points at an
allowed machine is another name. Cloud machines hand out their credentials at link-local addresses; to those nothing is
ever sent, whatever name or redirect leads there: that is refused when the connection is made, when the address is known.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from app.adapters.base_url import normalise
from app.core.errors import SettingsError

_METADATA = frozenset(
    ipaddress.ip_address(each) for each in ("fd00:ec2::254", "100.100.100.200", "fd20:ce::254", "168.63.129.16")
)
# A host as people write it. Resolvers also read 2852039166, 0xa9fea9fe and 0251.0376.43518 as addresses, and some turn
# signs of other scripts into digits and dots: those are only ever written to get past a check.
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
# In these networks the last four bytes of an address are one of IPv4: NAT64, and an old form of the same.
_HOLDS_IPV4 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
_hooked = False


class MetadataError(ConnectionRefusedError):
    """A connection to where cloud machines keep their credentials, which is never made."""

    hint = "Set the address of a model server"

    def __init__(self, host: str) -> None:
        super().__init__(f'"{host}" is an address of cloud metadata, to which nothing is sent')


def check_typed(typed: str, allowed: str, open_to_others: bool) -> str:
    """The base URL for what a person typed in the browser. Raises SettingsError if it is no address, or if the page is
    open to others and `allowed` (addresses, with commas between them) does not have it."""
    url = normalise(typed)
    if is_metadata(urlsplit(url).hostname or ""):
        raise SettingsError(f'The base URL "{typed}" is an address of cloud metadata', "Type that of a model server")
    if open_to_others and _origin(url) not in {_origin(normalise(each)) for each in allowed.split(",") if each.strip()}:
        raise SettingsError(
            f'The base URL "{typed}" is not one that this page allows',
            "Choose a model that is offered, or ask whoever runs the page to add it to ASKPAPERS_LLM_ALLOWED_URLS",
        )
    if not _usual(urlsplit(url).hostname or ""):
        raise SettingsError(
            f'The base URL "{typed}" has a host that is neither a name nor an address written in the usual way',
            "Write the host like gpu.example.org, 192.168.1.5 or [fd00::5]",
        )
    return url


def is_metadata(host: str) -> bool:
    """Whether this is an address, however it is written, at which cloud machines hand out credentials."""
    bare = host.partition("%")[0].strip("[]").rstrip(".").lower()
    return bare in ("metadata.google.internal", "metadata") or any(
        (address.version == 4 and address.is_link_local) or address in _METADATA for address in _addresses(bare)
    )


def _usual(host: str) -> bool:
    try:
        return "%" not in host and bool(ipaddress.ip_address(host))
    except ValueError:
        return bool(_NAME.fullmatch(host)) and not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2])


def _addresses(host: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The address that a host is, and the IPv4 address inside it if there is one; none if it is a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            yield ipaddress.IPv4Address(socket.inet_aton(host))  # what connecting would make of it
        except (OSError, ValueError):
            return
        return
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if not inside and any(address in network for network in _HOLDS_IPV4):
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside:
            yield inside


def never_metadata() -> None:
    """From now on no connection of this process goes to cloud metadata, however its address was come by."""
    global _hooked
    if not _hooked:  # a hook cannot be taken off again
        sys.addaudithook(_refuse)
        _hooked = True


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple) and arguments[1]:
        host = str(arguments[1][0])
        if is_metadata(host):
            raise MetadataError(host)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
