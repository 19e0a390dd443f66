"""Who sends a request: a name if they have signed in, and the address they come from."""

from __future__ import annotations

import ipaddress
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

_KEY = "askpapers.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is "" for somebody who has not signed in. `address` is that of the connection, or what a trusted reverse
    proxy says of it."""

    name: str = ""
    address: str = ""

    @property
    def key(self) -> str:
        """What limits count by. Addresses of one IPv6 network are one: a person has a whole network of them."""
        return f"name {self.name}" if self.name else f"from {network_of(self.address)}"


UNKNOWN = Caller()


def scope_of(request: Any) -> MutableMapping[str, Any]:
    """Where a request of Gradio's or Starlette's keeps what is known of it; something empty outside a server."""
    inner = getattr(request, "request", None) or request  # Gradio's own attribute would be a copy
    scope = getattr(inner, "scope", None)
    return scope if isinstance(scope, MutableMapping) else {}


def caller_of(request: Any) -> Caller:
    """The caller of a request, as the guard has written it down; nobody outside a server."""
    found = scope_of(request).get(_KEY)
    return found if isinstance(found, Caller) else UNKNOWN


def write_down(scope: MutableMapping[str, Any], caller: Caller) -> None:
    scope[_KEY] = caller


def is_this_computer(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def network_of(address: str) -> str:
    """The address, or of IPv6 its /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))
