"""Reading a reply in another thread: order, errors, silence, and an end that nobody waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from app.adapters.read_ahead import SilentError, pause, read_ahead
from app.core import leaving


def test_items_and_errors_come_in_order() -> None:
    """What the work gives and how it fails reaches the reader as if there were no thread between."""

    def work() -> Iterator[int]:
        yield from range(2000)
        raise ValueError("broken")

    got = []
    with pytest.raises(ValueError, match="broken"):
        for item in read_ahead(work, 5, bool):
            got.append(item)
    assert got == list(range(2000))


def test_closing_ends_the_work() -> None:
    """Whoever stops reading ends the work, also while it waits for room to go on."""
    ended = threading.Event()

    def work() -> Iterator[int]:
        try:
            number = 0
            while True:
                yield (number := number + 1)
        finally:
            ended.set()

    reading = read_ahead(work, 5, bool)
    assert next(reading) == 1
    reading.close()
    assert ended.wait(2)


def test_silence_counts_only_what_says_nothing() -> None:
    """Words put off the end of patience, other items do not."""

    def work() -> Iterator[str]:
        for item in ("a", "", "b", "", "", "", "", "", ""):
            time.sleep(0.1)
            yield item

    got = []
    with pytest.raises(SilentError):
        for item in read_ahead(work, 0.35, bool):
            got.append(item)
    assert got[:3] == ["a", "", "b"] and len(got) < 8


def test_who_has_left_waits_no_longer() -> None:
    """Within `listening`, waiting of both kinds ends when nobody listens any more; elsewhere nothing changes."""
    gone = threading.Event()
    stuck = threading.Event()

    def work() -> Iterator[int]:
        stuck.wait(5)
        yield 1

    threading.Timer(0.2, gone.set).start()
    began = time.monotonic()
    with leaving.listening(gone.is_set):
        with pytest.raises(leaving.Left):
            list(read_ahead(work, 5, bool))
        with pytest.raises(leaving.Left):
            pause(5)
    stuck.set()
    pause(0.01)
    assert time.monotonic() - began < 2
