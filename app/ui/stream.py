"""From blocking work in a thread of its own to an asynchronous stream the page can leave at any moment.

A chat model may be silent for a minute before its first word. If Gradio itself waited inside `next()`, Stop
could not take effect until then, and Gradio holds a lock that all sessions share while it waits. So the work
runs here, in its own thread: leaving the stream returns at once, and the service's iterator is closed
(GeneratorExit reaches it) as soon as it comes up for air.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Tell = Callable[[T], bool]
"""Hands an item over; False when nobody listens any more."""


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


async def in_thread(work: Callable[[Tell[T]], None]) -> AsyncGenerator[list[T], None]:
    """What `work` tells, in batches of all there is. Use with `contextlib.aclosing`."""
    waiting: asyncio.Queue[T | _End] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    left = threading.Event()

    def put(item: T | _End) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server goes down and nobody listens
            loop.call_soon_threadsafe(waiting.put_nowait, item)

    def tell(item: T) -> bool:
        put(item)
        return not left.is_set()

    def run() -> None:
        try:
            work(tell)
        except BaseException as error:  # handed over: the reader raises it
            put(_End(error))
        else:
            put(_End())

    threading.Thread(target=run, name="askpapers-work", daemon=True).start()
    try:
        end: _End | None = None
        while end is None:
            batch: list[T] = []
            item = await waiting.get()
            while not isinstance(item, _End):
                batch.append(item)
                if waiting.empty():
                    break
                item = waiting.get_nowait()
            else:
                end = item
            if batch:
                yield batch
        if end.error is not None:
            raise end.error
    finally:
        left.set()


def drained(start: Callable[[], Iterator[T]]) -> AsyncGenerator[list[T], None]:
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

    return in_thread(work)
