"""An answer that is being written, as its session knows it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.events import Event
from app.ui.conversation import Conversation
from app.ui.stream import Stream


@dataclass(eq=False)
class Run:
    """An answer that is being written.

    Only the run writes the conversation until it is over, `now` as it is: Stop, New chat and opening another one leave
    their wish here (`there`: the conversation to go to) instead of writing beside it. Used in the event loop only, so
    nothing can fall in between two of its steps.
    """

    stream: Stream[Event]
    now: Conversation
    there: Conversation | None = None
    over: bool = False
