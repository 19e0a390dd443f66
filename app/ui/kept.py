"""Where a conversation of the page is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from app.core.conversations import new_id

_BROWSER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Kept:
    """Whose conversation it is and the id it is kept under ("": not yet). `turns` are the ids of all its turns that this
    window knows, one a message; more than there are messages where the last questions are being asked in another way.
    `trouble` says why it is not kept."""

    owner: str = ""
    chat: str = ""
    turns: tuple[str, ...] = ()
    trouble: str = ""

    def asking(self, place: int) -> tuple[Kept, str]:
        """With a turn at this place, in front of nothing; and its id."""
        turn = new_id()
        before = (*self.turns[:place], *[""] * (place - len(self.turns)))  # "": asked before anything could be kept
        return replace(self, turns=(*before, turn)), turn

    def without(self, turn: str) -> Kept:
        """Where this turn could not be kept."""
        return replace(self, turns=tuple("" if each == turn else each for each in self.turns))

    def turn(self, place: int) -> str:
        """The id of the turn at this place; "" if it is not kept."""
        return self.turns[place] if 0 <= place < len(self.turns) else ""

    def fresh(self) -> Kept:
        """Nothing yet, of the same owner."""
        return Kept(self.owner)


NOT_KEPT = Kept()


def owner_of(name: str | None, browser: str) -> str:
    """Who a conversation belongs to: a person who has logged in, else a browser. What its secret is stands in no file."""
    return f"person:{name}" if name else f"browser:{hashlib.sha256(browser.encode('ascii')).hexdigest()}"


def browser_id(told: object) -> str:
    """The secret that a browser tells; a new one where it has none, or something else."""
    return told if isinstance(told, str) and _BROWSER.fullmatch(told) else new_id()


def here_html(kept: Kept) -> str:
    """For the page's script, which conversation is open; and for the person, why it is not kept."""
    chat = f'<span data-chat="{escape(kept.chat)}" hidden></span>'
    return chat + (f'<p class="ap-not-kept" role="status">{escape(kept.trouble)}</p>' if kept.trouble else "")


def known(turns: Sequence[str]) -> list[str]:
    """The turns that are kept."""
    return [turn for turn in turns if turn]
