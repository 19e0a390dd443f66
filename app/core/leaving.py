"""Whether whoever asked still listens, for work that waits in silence and so never hands anything over.

Who iterates a question in a thread of its own says with `listening` how to tell; what waits for a server looks now and
then. `Left` is no Exception: no step may take it for its own failure and go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_gone: ContextVar[Callable[[], bool] | None] = ContextVar("askpapers_gone", default=None)


class Left(BaseException):
    """Nobody listens any more: end the work, tell nobody."""


@contextmanager
def listening(gone: Callable[[], bool]) -> Iterator[None]:
    """Within this, in this thread, `gone` says whether nobody listens any more."""
    token = _gone.set(gone)
    try:
        yield
    finally:
        _gone.reset(token)


def check() -> None:
    """Raises Left if nobody listens any more."""
    gone = _gone.get()
    if gone is not None and gone():
        raise Left
