"""Keeping what is asked on the page, while it is asked. Nothing here may cost an answer: what cannot be kept is said."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import replace

from app.core.conversations import ConversationStore
from app.ui.conversation import Conversation
from app.ui.ends import LEFT, End
from app.ui.kept import known
from app.ui.notices import failure_words
from app.ui.said import Said, record_of, reopened, state_of

_log = logging.getLogger(__name__)

_LOOK_EVERY_S, _LOOK_FOR_S = 0.1, 2.0


_NOBODY = "This chat is not kept, because the page is not wholly there yet. Load it again to have the next one kept."


class Keeping:
    """Writes turns into a store as they begin and end; without a store it does nothing. Of all sessions together it knows
    only the ids of the turns that are being answered now."""

    def __init__(self, store: ConversationStore | None) -> None:
        self.store = store
        self._running: set[str] = set()

    async def begun(self, now: Conversation) -> Conversation:
        """The conversation whose draft is asked now, with its question kept."""
        if self.store is None:
            return now
        if not now.kept.owner:
            return replace(now, kept=replace(now.kept, trouble=_NOBODY))
        place = len(now.messages)
        kept, turn = now.kept.asking(place)
        self._running.add(turn)
        before, question = now.kept.turns, now.draft.question if now.draft else ""
        try:
            chat = await asyncio.to_thread(
                self.store.begin, kept.owner, kept.chat, known(before), len(known(before[:place])), turn, question
            )
        except BaseException as error:
            self._running.discard(turn)
            if not isinstance(error, Exception):
                raise
            return replace(now, kept=replace(kept.without(turn), trouble=_trouble(error)))
        return replace(now, kept=replace(kept, chat=chat, trouble=""))

    async def ended(self, asked: Conversation, after: Conversation, end: End | None = None) -> Conversation:
        """`after`, the conversation once the draft of `asked` ended, with what came of it kept."""
        try:
            await asyncio.to_thread(self._end, asked, after, end)
        except Exception as error:
            return replace(after, kept=replace(after.kept, trouble=_trouble(error)))
        return after

    def left(self, now: Conversation) -> None:
        """The page was left: what there is of the draft is kept, by a thread that nobody waits for."""
        if now.draft is not None and self._turn(now):
            threading.Thread(target=self._end_quietly, args=(now,), name="askpapers-left").start()

    async def opened(self, owner: str, chat: str) -> Conversation | None:
        """One of the owner's conversations; None if there is none of this id. Where its last answer is still being
        written, waits a moment for its end: whoever loads a page anew has just left it. Raises LibraryError."""
        if self.store is None or not chat:
            return None
        kept = await asyncio.to_thread(self.store.chat, owner, chat)
        until = time.monotonic() + _LOOK_FOR_S
        while kept and any(turn.id in self._running for turn in kept.turns) and time.monotonic() < until:
            await asyncio.sleep(_LOOK_EVERY_S)
            kept = await asyncio.to_thread(self.store.chat, owner, chat)
        return await asyncio.to_thread(reopened, kept, owner, self._running.__contains__) if kept else None

    def _turn(self, asked: Conversation) -> str:
        turn = asked.kept.turn(len(asked.messages))
        return turn if turn in self._running else ""

    def _end(self, asked: Conversation, after: Conversation, end: End | None) -> None:
        turn = self._turn(asked)
        if self.store is None or asked.draft is None or not turn:
            return
        said = Said(asked.draft, end)
        state = state_of(after.pins, after.only)
        try:
            self.store.end(asked.kept.owner, asked.kept.chat, turn, record_of(said), said.text, state)
        finally:
            self._running.discard(turn)

    def _end_quietly(self, now: Conversation) -> None:
        try:
            self._end(now, now, None if now.answer else LEFT)
        except Exception:
            _log.exception("what was left of an answer is not kept")  # nobody is there to be told


def _trouble(error: Exception) -> str:
    return "This chat is not kept. " + " ".join(failure_words(error))
