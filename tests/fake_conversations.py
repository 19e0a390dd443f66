"""Conversations kept in memory: what `ConversationFile` does, without a file. `broken` makes every use fail."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.conversations import ChatEntry, Feedback, KeptChat, KeptTurn, Rating, new_id, title_of
from app.core.errors import LibraryError

PUT_BACK_S = 600.0


@dataclass
class _Chat:
    owner: str
    entry: ChatEntry
    turns: list[KeptTurn] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    gone: float | None = None


class FakeConversations:
    """A `ConversationStore` in memory."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, threading.RLock()
        self._chats: dict[str, _Chat] = {}
        self._rated: dict[tuple[str, str, str], Feedback] = {}
        self.broken = False
        self.late_s = 0.0  # a search of the list takes so long

    def begin(self, owner: str, chat: str, known: Sequence[str], keep: int, turn: str, question: str) -> str:
        with self._used():
            for old in [each for each, kept in self._chats.items() if (kept.gone or self._clock()) < self._clock() - PUT_BACK_S]:  # fmt: skip
                del self._chats[old]
            mine = self._mine(owner, chat)
            if mine is None:
                mine = self._new(owner, title_of(question))
            elif [each.id for each in mine.turns] != list(known):
                copy = self._new(owner, mine.entry.title)
                copy.turns = [each for each in mine.turns if each.id in known[:keep]]
                copy.texts, mine = dict(mine.texts), copy
            else:
                mine.turns = mine.turns[:keep]
            mine.turns.append(KeptTurn(turn, self._clock(), question))
            self._touch(mine)
            return mine.entry.id

    def end(
        self, owner: str, chat: str, turn: str, record: Mapping[str, Any], text: str, state: Mapping[str, Any]
    ) -> bool:
        with self._used():
            mine, place = self._place(owner, chat, turn)
            if mine is None:
                return False
            mine.turns[place] = replace(mine.turns[place], record=record)
            mine.texts[turn], mine.state = text, state
            self._touch(mine)
            return True

    def note(self, owner: str, chat: str, state: Mapping[str, Any]) -> bool:
        with self._used():
            if mine := self._mine(owner, chat):
                mine.state = state
            return mine is not None

    def noted(self) -> list[Mapping[str, Any]]:
        """What holds for the next question of each chat, oldest chat first."""
        return [dict(kept.state) for kept in self._chats.values()]

    def chats(self, owner: str, search: str = "", most: int = 20) -> list[ChatEntry]:
        if search:
            time.sleep(self.late_s)
        with self._used():
            found = [kept for kept in self._chats.values() if kept.owner == owner and kept.gone is None]
            for word in search.casefold().split():
                found = [kept for kept in found if word in _all_text(kept) or word in kept.entry.title.casefold()]
            newest = sorted(found, key=lambda kept: (-kept.entry.at, kept.entry.id))
            return [kept.entry for kept in itertools.islice(newest, most)]

    def entry(self, owner: str, chat: str) -> ChatEntry | None:
        with self._used():
            mine = self._mine(owner, chat)
            return mine.entry if mine else None

    def ratings(self, owner: str, chat: str) -> dict[str, bool]:
        with self._used():
            mine = {turn: told for (who, where, turn), told in self._rated.items() if (who, where) == (owner, chat)}
            return {turn: told.rating.good for turn, told in mine.items()}

    def chat(self, owner: str, chat: str) -> KeptChat | None:
        with self._used():
            mine = self._mine(owner, chat)
            if mine is None:
                return None
            ratings = {turn: told.rating for (who, where, turn), told in self._rated.items() if (who, where) == (owner, chat)}  # fmt: skip
            turns = tuple(replace(turn, rating=ratings.get(turn.id)) for turn in mine.turns)
            return KeptChat(mine.entry, turns, mine.state)

    def rename(self, owner: str, chat: str, title: str) -> bool:
        with self._used():
            mine, title = self._mine(owner, chat), title_of(title)
            if mine and title:
                mine.entry = replace(mine.entry, title=title)
            return bool(mine and title)

    def remove(self, owner: str, chat: str) -> bool:
        with self._used():
            if mine := self._mine(owner, chat):
                mine.gone = self._clock()
            return mine is not None

    def put_back(self, owner: str, chat: str) -> bool:
        with self._used():
            kept = self._chats.get(chat)
            if kept is None or kept.owner != owner or kept.gone is None:
                return False
            kept.gone = None
            return True

    def rate(self, owner: str, chat: str, turn: str, rating: Rating | None, case: Mapping[str, Any]) -> bool:
        with self._used():
            if self._place(owner, chat, turn)[0] is None:
                return False
            self._rated.pop((owner, chat, turn), None)
            if rating:
                self._rated[(owner, chat, turn)] = Feedback(new_id(), self._clock(), rating, case)
            return True

    def feedback(self) -> list[Feedback]:
        with self._used():
            return sorted(self._rated.values(), key=lambda told: (told.at, told.id))

    def forget_feedback(self) -> int:
        with self._used():
            gone, self._rated = len(self._rated), {}
            return gone

    def _used(self) -> threading.RLock:
        if self.broken:
            raise LibraryError('The kept conversations in "x" cannot be used: disk full.', "Make room on the disk.")
        return self._lock

    def _new(self, owner: str, title: str) -> _Chat:
        made = _Chat(owner, ChatEntry(new_id(), title, self._clock(), 0))
        self._chats[made.entry.id] = made
        return made

    def _touch(self, kept: _Chat) -> None:
        kept.entry = replace(kept.entry, at=self._clock(), turns=len(kept.turns))

    def _mine(self, owner: str, chat: str) -> _Chat | None:
        kept = self._chats.get(chat)
        return kept if kept and kept.owner == owner and kept.gone is None else None

    def _place(self, owner: str, chat: str, turn: str) -> tuple[_Chat | None, int]:
        kept = self._chats.get(chat)
        places = [at for at, each in enumerate(kept.turns) if each.id == turn] if kept and kept.owner == owner else []
        return (kept, places[0]) if places else (None, 0)


def _all_text(kept: _Chat) -> str:
    return " ".join(f"{turn.question} {kept.texts.get(turn.id, '')}" for turn in kept.turns).casefold()
