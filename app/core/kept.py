"""What a kept answer is called and listed by."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_RANDOM = 6


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """One line of a list of answers; `at` is when it was given (UTC, "2026-11-26T08:58:12Z")."""

    id: str
    at: str
    question: str
    status: str


def new_answer_id(now: float | None = None) -> str:
    """A name for an answer: the time in milliseconds and a random part, in base 36. Names of later answers sort behind
    those of earlier ones (until 2059, when the time gets a ninth digit)."""
    left, digits = int((time.time() if now is None else now) * 1000), ""
    while left:
        left, digit = divmod(left, 36)
        digits = _DIGITS[digit] + digits
    return f"{digits:0>8}-{''.join(secrets.choice(_DIGITS) for _ in range(_RANDOM))}"
