"""An answer that is being written, as its session knows it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.events import Event
from app.ui.stream import Stream


@dataclass(eq=False)
class Run:
    """An answer that is being written.

    Only the run writes the conversation until it is over: Stop and New chat leave their wish here instead of
    writing beside it. Used in the event loop only, so nothing can fall in between two of its steps.
    """

    stream: Stream[Event]
    start_over: bool = False
    over: bool = False
