"""Turns of a conversation as plain values, and a conversation of them again: nothing is kept as HTML, so what is shown
later is drawn as pages are drawn then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.conversations import KeptChat, KeptTurn
from app.core.plain import plain, rebuilt
from app.ui.conversation import Conversation, Draft
from app.ui.ends import ELSEWHERE, LEFT, UNREADABLE, End
from app.ui.kept import Kept
from app.ui.narrowing import WHOLE, Narrowing
from app.ui.pins import Pins


@dataclass(frozen=True, slots=True)
class Said:
    """A question with all that its events told, and how it ended if not with an answer."""

    draft: Draft
    end: End | None = None

    @property
    def text(self) -> str:
        """The words of the answer, or of what there is of it."""
        return self.draft.answer.text if self.draft.answer else self.draft.text


def record_of(said: Said) -> dict[str, Any]:
    """As plain values. What an answer has is not kept twice."""
    draft = replace(said.draft, checking=None)
    if draft.answer:
        draft = replace(draft, evidence=(), text="")
    value: dict[str, Any] = plain(Said(draft, said.end))
    return value


def said_of(turn: KeptTurn, answering: bool = False) -> Said:
    """What `record_of` made values of; a turn without them was never finished, or is being `answering` elsewhere."""
    if turn.record is None:
        return Said(Draft(turn.question), ELSEWHERE if answering else LEFT)
    try:
        said = rebuilt(Said, turn.record)
    except ValueError:
        return Said(Draft(turn.question), UNREADABLE)
    if said.draft.answer is None:
        return replace(said, end=said.end or LEFT)
    draft = replace(said.draft, evidence=said.draft.answer.evidence, text=said.draft.answer.text)
    return replace(said, draft=draft)


def state_of(pins: Pins, only: Narrowing) -> dict[str, Any]:
    """What holds for the next question, as plain values."""
    return {"pins": plain(pins), "only": plain(only)}


def reopened(chat: KeptChat, owner: str, answering: Callable[[str], bool] = lambda turn: False) -> Conversation:
    """A kept conversation as it was when it was left, to be gone on with."""
    kept = Kept(owner, chat.entry.id, tuple(turn.id for turn in chat.turns))
    now = Conversation(kept=kept)
    for turn in chat.turns:
        said = said_of(turn, answering(turn.id))
        now = replace(now, draft=said.draft, retries=())
        now = now.ended_early(said.end.html(), said.end.retries) if said.end else now.finished()
    pins = _state(chat.state, "pins", Pins, now.pins)
    return replace(now, pins=pins, only=_state(chat.state, "only", Narrowing, WHOLE))


def _state(state: Mapping[str, Any], name: str, kind: Any, otherwise: Any) -> Any:
    try:
        return rebuilt(kind, state[name])
    except (KeyError, ValueError):
        return otherwise
