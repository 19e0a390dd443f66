"""Reading a reply in a thread of its own, so that whoever waits for it can give up at any moment.

Two ask for that: a person who presses Stop while the server reads a long prompt, and the time-out, for a server can keep a
connection alive with comments and empty pieces and never say a word.
"""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from app.adapters.hang_up import Line
from app.core import leaving

T = TypeVar("T")
# So often who waits looks whether somebody still listens.
_LOOK_S = 0.1
_MOST_AHEAD = 512
_GOODBYE_S = 0.5


class SilentError(Exception):
    """Not one word for the time that was set."""


@dataclass(frozen=True, slots=True)
class _End(Generic[T]):
    error: BaseException | None = None


def read_ahead(
    start: Callable[[], Iterator[T]], silence_s: float, is_word: Callable[[T], bool]
) -> Generator[T, None, None]:
    """The items of `start()`, which is iterated in another thread; its errors are raised here. Closing hangs up.

    Raises SilentError when no item that `is_word` has come for `silence_s` seconds, Left when nobody listens any more."""
    line = Line()
    came: queue.Queue[T | _End[T]] = queue.Queue(_MOST_AHEAD)
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(_read, start, line, came), name="askpapers-reply", daemon=True)
    thread.start()
    try:
        yield from _handed_over(came, silence_s, is_word)
    finally:
        line.cut()
        with contextlib.suppress(queue.Empty):
            while True:
                came.get_nowait()  # the thread may be waiting for room
        thread.join(_GOODBYE_S)  # so that the connection is closed in order; no longer, for it may still look up a name


def pause(seconds: float) -> None:
    """Wait; raises Left when nobody listens any more."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        leaving.check()
        time.sleep(min(left, _LOOK_S))
    leaving.check()


def _handed_over(
    came: queue.Queue[T | _End[T]], silence_s: float, is_word: Callable[[T], bool]
) -> Generator[T, None, None]:
    # Only time spent waiting counts: who reads slowly makes no server silent.
    waited = 0.0
    while True:
        leaving.check()
        began = time.monotonic()
        try:
            item = came.get(timeout=max(0.001, min(_LOOK_S, silence_s - waited)))
        except queue.Empty:
            item = None
        waited += time.monotonic() - began
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        if item is not None:
            waited = 0.0 if is_word(item) else waited
            yield item
        if waited >= silence_s:
            raise SilentError


def _read(start: Callable[[], Iterator[T]], line: Line, came: queue.Queue[T | _End[T]]) -> None:
    try:
        with line.used_here(), closing(cast("Generator[T, None, None]", start())) as items:
            for item in items:
                came.put(item)
                if line.is_cut:
                    return
    except BaseException as error:  # handed over: who waits raises it
        came.put(_End(error))
    else:
        came.put(_End())
