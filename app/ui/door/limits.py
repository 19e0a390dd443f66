"""How many questions, and how long ones, and the words for who meets a limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.pace import Pace
from app.ui.door.caller import Caller

QUESTION_CHARS = 4000
UPLOAD_MB = 500
# Where others can use the page and nothing is set.
EACH_A_MINUTE, ALL_A_MINUTE = 20, 120
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is not answered, in words; `wait` is after how many seconds it would be, 0 if never."""

    words: str
    wait: int = 0


@dataclass(frozen=True)
class Limits:
    """The limits of one running page. 0 questions a minute are any number. Safe to use from several threads."""

    each_a_minute: int = 0
    all_a_minute: int = 0
    upload_mb: int = UPLOAD_MB
    question_chars: int = QUESTION_CHARS
    clock: Callable[[], float] = time.monotonic
    _each: Pace = field(init=False)
    _all: Pace = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_each", Pace(self.each_a_minute))
        object.__setattr__(self, "_all", Pace(self.all_a_minute))

    def too_long(self, text: str) -> str:
        """What to say of a question that is too long; nothing if it is not."""
        if len(text) <= self.question_chars:
            return ""
        return f"Your question has {len(text):,} characters; the limit is {self.question_chars:,}. Please shorten it."

    def refusal(self, caller: Caller) -> Refusal | None:
        """None, and the question counts; or why it is not answered now."""
        now = self.clock()
        if wait := self._each.take(caller.key, now):
            return Refusal(
                f"You have asked {_questions(self.each_a_minute)} in this minute; the next can be asked in {_span(wait)}.",
                math.ceil(wait),
            )
        if wait := self._all.take(_ALL, now):
            self._each.give_back(caller.key)
            return Refusal(
                f"Many people are asking: {_questions(self.all_a_minute)} came in this minute. "
                f"Yours can be asked in {_span(wait)}.",
                math.ceil(wait),
            )
        return None


def _questions(number: int) -> str:
    return f"{number} question" if number == 1 else f"{number:,} questions"


def _span(seconds: float) -> str:
    return f"{math.ceil(seconds)} s"
