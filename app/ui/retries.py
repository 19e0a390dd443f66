"""Asking a question again whose answer failed: which ways there are, and the words on their buttons."""

from __future__ import annotations

from typing import Literal

from app.core.errors import ChatModelError
from app.core.models import ModelPick

Retry = Literal["quotes", "again", "ask"]
RETRIES_SHOWN = 2
RETRY_WORDS: dict[Retry, str] = {"quotes": "Answer with quotes instead", "again": "Try again", "ask": "Ask again"}
QUOTES_INSTEAD = (
    "The model failed, so this answer is quotes from the abstracts. The next question goes to the model again."
)
QUOTES = ModelPick("extractive")


def retries_after(error: Exception) -> tuple[Retry, ...]:
    """The ways to go on after this error: without the model where it was the model that failed."""
    return ("quotes", "again") if isinstance(error, ChatModelError) else ("again",)
