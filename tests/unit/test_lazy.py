"""Parts made at their first use, by threads that need each other's."""

from __future__ import annotations

import threading
import time

from app.library.lazy import part


class Pond:
    """Newts need olms and olms need the lock, which is what stopped a page once."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.made: list[str] = []

    @part
    def newts(self) -> str:
        """Newts."""
        with self._lock:
            time.sleep(0.05)
            self.made.append("newts")
            return f"newts beside {self.olms}"

    @part
    def olms(self) -> str:
        """Olms."""
        time.sleep(0.02)
        with self._lock:
            self.made.append("olms")
            return "olms"


def test_threads_open_parts_that_need_each_other() -> None:
    """Each is made once, and nobody waits for ever."""
    pond = Pond()
    seen: list[str] = []
    looks = [lambda: seen.append(pond.newts), lambda: seen.append(pond.olms)] * 4
    threads = [threading.Thread(target=look, daemon=True) for look in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(seen) == ["newts beside olms"] * 4 + ["olms"] * 4
    assert sorted(pond.made) == ["newts", "olms"]


def test_forgotten_and_made_again() -> None:
    """Taken out of the object's own attributes, a part is made again at its next use."""
    pond = Pond()
    assert pond.olms == "olms" and pond.made == ["olms"]
    del pond.olms
    assert pond.olms == "olms" and pond.made == ["olms", "olms"]


def test_the_class_shows_the_part() -> None:
    """For documentation: on the class it is itself, with the words of its maker."""
    assert isinstance(Pond.olms, part) and Pond.olms.__doc__ == "Olms."
