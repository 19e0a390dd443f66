"""Kept conversations: their records, and the port of what keeps them.

A conversation belongs to an owner and is told to nobody else: every look-up names both. Its turns are added and replaced
one by one, never written as a whole, so that two windows of one person cannot overwrite each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

TITLE_LIMIT = 120


def new_id() -> str:
    """A name for a conversation or a turn that cannot be guessed: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def title_of(text: str) -> str:
    """The words a conversation is listed by: on one line, and cut at a word where they are many."""
    line = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    if len(line) <= TITLE_LIMIT:
        return line
    cut = line[: TITLE_LIMIT - 1]
    return (cut.rsplit(" ", 1)[0] or cut) + "…"


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """One line of the list of conversations; `at` is when it was last changed (seconds since 1970)."""

    id: str
    title: str
    at: float
    turns: int


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of an answer: `reasons` are of those offered, `words` their own."""

    good: bool
    reasons: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question and what came of it, as plain values; `record` is None while it is being answered, and stays so if whoever
    answered it was killed, and empty if it cannot be read any more."""

    id: str
    at: float
    question: str
    record: Mapping[str, Any] | None = None
    rating: Rating | None = None


@dataclass(frozen=True, slots=True)
class KeptChat:
    """A whole conversation, its turns in order. `state` is what holds for its next question (plain values)."""

    entry: ChatEntry
    turns: tuple[KeptTurn, ...]
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rating with what it is about (`case`, plain values), which outlives the conversation."""

    id: str
    at: float
    rating: Rating
    case: Mapping[str, Any]


class ConversationStore(Protocol):
    """Conversations and feedback. Used by several threads and processes. Everything raises LibraryError, soon, where the
    place they are kept in cannot be used."""

    def begin(self, owner: str, chat: str, known: Sequence[str], keep: int, turn: str, question: str) -> str:
        """A question is asked. `known` are the turns of the conversation `chat` ("": a new one) as its window knows them;
        the first `keep` of them stay, the others are replaced by the new `turn`. Where another window has gone on since,
        the turns that stay are copied into a new conversation. Gives the id of the one that has the turn."""

    def end(
        self, owner: str, chat: str, turn: str, record: Mapping[str, Any], text: str, state: Mapping[str, Any]
    ) -> bool:
        """What came of a turn, with the text that it is found by; whether that turn is still there."""

    def note(self, owner: str, chat: str, state: Mapping[str, Any]) -> bool:
        """What holds for the next question; whether the conversation is there."""

    def chats(self, owner: str, search: str = "", most: int = 20) -> list[ChatEntry]:
        """The conversations last changed, the newest first; only those in which all words of `search` stand somewhere."""

    def entry(self, owner: str, chat: str) -> ChatEntry | None:
        """The line of one of the owner's conversations, without reading all of it."""

    def ratings(self, owner: str, chat: str) -> dict[str, bool]:
        """Which of its turns the owner has rated, and whether they found the answer good."""

    def chat(self, owner: str, chat: str) -> KeptChat | None:
        """One of the owner's conversations; None if there is none of this id."""

    def rename(self, owner: str, chat: str, title: str) -> bool:
        """Another title; whether the conversation is there."""

    def remove(self, owner: str, chat: str) -> bool:
        """Delete a conversation, which can be put back for some minutes and is then gone from the disk."""

    def put_back(self, owner: str, chat: str) -> bool:
        """Take a deletion back; whether that could be done."""

    def rate(self, owner: str, chat: str, turn: str, rating: Rating | None, case: Mapping[str, Any]) -> bool:
        """What the owner thinks of a turn (None: nothing any more); whether it is there."""

    def feedback(self) -> list[Feedback]:
        """The ratings of all owners, the oldest first."""

    def forget_feedback(self) -> int:
        """Forget all ratings; how many they were."""
