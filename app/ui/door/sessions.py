"""Who has signed in from which browser: random tokens, kept in memory until they run out or the server stops."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LASTS_S = 14 * 24 * 3600
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Session:
    name: str
    hashed: str
    until: float


class Sessions:
    """Used from several threads. A session ends too when its person is removed or has another password."""

    def __init__(self, hash_of: Callable[[str], str | None], clock: Callable[[], float] = time.monotonic) -> None:
        """`hash_of` gives the hash of somebody's password as it is now, None for nobody."""
        self._hash_of, self._clock = hash_of, clock
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Session] = OrderedDict()

    def begin(self, name: str) -> str:
        """A token for somebody whose password was right."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._open[token] = _Session(name, self._hash_of(name) or "", self._clock() + LASTS_S)
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
        return token

    def name_of(self, token: str) -> str:
        """Whose token it is; nothing if nobody's, or nobody's any more."""
        found = self._open.get(token)
        if found is None:
            return ""
        if found.until <= self._clock() or self._hash_of(found.name) != found.hashed:
            self.end(token)
            return ""
        return found.name

    def end(self, token: str) -> None:
        with self._lock:
            self._open.pop(token, None)
