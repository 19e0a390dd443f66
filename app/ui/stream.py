"""Blocking work in a thread of its own, read as an asynchronous stream the page can leave at any moment.

A chat model may be silent for a minute before its first word. If Gradio itself waited inside `next()`, Stop
could not take effect until then, and Gradio holds a lock that all sessions share while it waits. So the work
runs here: leaving the stream returns at once, and the service's iterator is closed (GeneratorExit reaches
it) in the thread that iterates it, as soon as it comes up for air, and what waits for a model looks up by itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core import leaving

T = TypeVar("T")
Tell = Callable[[T], bool]
"""Hands an item over; False when nobody listens any more."""


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


class Stream(Generic[T]):
    """What `work` tells. Make it and read it in one event loop; reading it once is all it is for."""

    def __init__(self, work: Callable[[Tell[T]], None]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[T | _End] = asyncio.Queue()
        self._left = threading.Event()
        self._ended: _End | None = None
        threading.Thread(target=self._run, name="askpapers-work", daemon=True).start()

    @property
    def left(self) -> bool:
        """Whether `leave` was called."""
        return self._left.is_set()

    def leave(self) -> None:
        """End the stream now: `batches` returns at once, the work is told at its next item."""
        self._left.set()
        self._waiting.put_nowait(_End())

    async def soon(self, seconds: float, enough: Callable[[T], bool]) -> list[T]:
        """What comes within so many seconds, up to the first item that is `enough`; `batches` goes on from there, and
        raises what there is to raise."""
        came: list[T] = []
        until = self._loop.time() + seconds
        while not self.left and not (came and enough(came[-1])):
            try:
                item = await asyncio.wait_for(self._waiting.get(), until - self._loop.time())
            except asyncio.TimeoutError:
                break
            if isinstance(item, _End):
                self._ended = item
                break
            came.append(item)
        return came

    async def batches(self) -> AsyncGenerator[list[T], None]:
        """All items there are, as often as there are some; an error of the work is raised here."""
        while True:
            batch: list[T] = []
            item = self._ended or await self._waiting.get()
            while not isinstance(item, _End) and not self.left:
                batch.append(item)
                if self._waiting.empty():
                    break
                item = self._waiting.get_nowait()
            if self.left:
                return
            if batch:
                yield batch
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return

    def _run(self) -> None:
        try:
            with leaving.listening(
                lambda: self.left
            ):  # what waits in silence for a server tells nothing, and looks here
                self._work(self._tell)
        except BaseException as error:  # handed over: the reader raises it
            self._put(_End(error))
        else:
            self._put(_End())

    def _tell(self, item: T) -> bool:
        self._put(item)
        return not self.left

    def _put(self, item: T | _End) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server goes down and nobody listens
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, item)


def drained(start: Callable[[], Iterator[T]]) -> Stream[T]:
    """The items of `start()`, which is iterated and closed in one thread."""

    def work(tell: Tell[T]) -> None:
        items = start()
        try:
            for item in items:
                if not tell(item):
                    break
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    return Stream(work)
