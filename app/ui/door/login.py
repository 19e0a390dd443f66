"""Finding out who somebody is: by the cookie of a session, by name and password of a form, or with each request."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from app.core.pace import Pace
from app.ui.door.caller import network_of
from app.ui.door.sessions import Sessions

# Wrong passwords a minute: for one name from one address, and for any name from it.
_OF_A_NAME, _OF_AN_ADDRESS = 5, 20
_CHECKS_AT_ONCE = 4  # each of them keeps a core busy for a moment, on purpose
_MOST_PROVED = 1000


class KnowsPeople(Protocol):
    """Who may come in; `app.adapters.people_file` has the file of them."""

    def hash_of(self, name: str) -> str | None:
        """What is kept of somebody's password; None for nobody."""

    def check(self, name: str, password: str) -> bool:
        """Whether the password is right; slow, and as slow for nobody."""


class TooOftenError(Exception):
    """Too many wrong passwords; nothing was looked at. `wait` is in whole seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__("too many wrong passwords")
        self.wait = math.ceil(wait)


class Login:
    """The people of a page and who of them has signed in. Lives in one event loop."""

    def __init__(self, people: KnowsPeople, clock: Callable[[], float] = time.monotonic) -> None:
        self._people, self._clock = people, clock
        self.sessions = Sessions(people.hash_of, clock)
        self._of_name, self._of_address = Pace(_OF_A_NAME), Pace(_OF_AN_ADDRESS)
        self._checking = asyncio.Semaphore(_CHECKS_AT_ONCE)
        # Scripts send their password with each request: what was right once is known again without the slow check.
        self._proved: OrderedDict[str, bytes] = OrderedDict()
        self._secret = secrets.token_bytes(32)

    async def right(self, name: str, password: str, address: str) -> bool:
        """Whether that is the person's password. Raises TooOftenError after too many that were not."""
        hashed = self._people.hash_of(name)
        proof = self._proof(name, password, hashed or "")
        if hashed and hmac.compare_digest(self._proved.get(name, b""), proof):
            return True
        place = network_of(address)
        keys = ((self._of_name, f"{place} {name[:80]}"), (self._of_address, place))
        now = self._clock()
        for pace, key in keys:
            if wait := pace.take(key, now):
                raise TooOftenError(wait)
        async with self._checking:
            right = await asyncio.to_thread(self._people.check, name, password)
        if right:
            for pace, key in keys:
                pace.give_back(key)
            self._proved[name] = proof
            while len(self._proved) > _MOST_PROVED:
                self._proved.popitem(last=False)
        return right

    async def named_by(self, authorization: str, address: str) -> str:
        """Who a header `Authorization: Basic ...` is from; nothing if it is wrong. Raises TooOftenError."""
        name, password = _basic(authorization)
        return name if name and await self.right(name, password, address) else ""

    def _proof(self, name: str, password: str, hashed: str) -> bytes:
        # With the hash in it, it is worth nothing once the person has another password or is gone.
        parts = [part.encode("utf-8", "replace") for part in (name, hashed, password)]
        return hmac.digest(self._secret, b"\0".join(parts), hashlib.sha256)


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, rest = authorization.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return name, password
