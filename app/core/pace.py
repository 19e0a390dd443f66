"""How often something may be done: a window of time that moves with the clock, for each of many people."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

MOST_KEYS = 10_000


class Pace:
    """At most `limit` times in any `seconds` for each key; 0 is any number of times. The clock is the caller's, so that
    tests need not wait. Remembers `limit` times for each of at most `most` keys: of more, those seen longest ago are
    forgotten, which only ever lets somebody through. Safe to use from several threads."""

    def __init__(self, limit: int, seconds: float = 60.0, most: int = MOST_KEYS) -> None:
        self.limit, self.seconds, self._most = limit, seconds, most
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, now: float) -> float:
        """Seconds until it may be done again; 0 if it may be now. Counts nothing."""
        with self._lock:
            return self._wait(key, now)

    def take(self, key: str, now: float) -> float:
        """The same, and if it may be done now, it counts as done."""
        with self._lock:
            wait = self._wait(key, now)
            if not wait and self.limit:
                self._times.setdefault(key, deque()).append(now)
                self._times.move_to_end(key)
                while len(self._times) > self._most:
                    self._times.popitem(last=False)
            return wait

    def give_back(self, key: str) -> None:
        """The last one taken does not count after all."""
        with self._lock:
            if times := self._times.get(key):
                times.pop()
                if not times:
                    del self._times[key]

    def _wait(self, key: str, now: float) -> float:
        times = self._times.get(key)
        if times is None:
            return 0.0
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if not times:
            del self._times[key]
            return 0.0
        return 0.0 if len(times) < self.limit else times[-self.limit] + self.seconds - now
