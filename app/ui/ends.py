"""How an answer ended that never became one: what is said of it, and how its question may be asked again."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal

from app.ui.notices import failure_words
from app.ui.render import AGAIN_HTML, error_html
from app.ui.retries import Retry, retries_after


@dataclass(frozen=True, slots=True)
class End:
    """`left`: its page was closed, or the server stopped, before it was there."""

    kind: Literal["stopped", "failed", "left"]
    words: str
    hint: str = ""
    retries: tuple[Retry, ...] = ()

    def html(self) -> str:
        """As safe HTML."""
        if self.kind == "failed":
            return error_html(self.words, self.hint)
        again = AGAIN_HTML if self.kind == "stopped" else ""
        return f'<p class="ap-ended">{escape(self.words)}</p>{again}'


LEFT = End("left", "The page was left before this answer was finished.", retries=("ask",))
ELSEWHERE = End("left", "This is being answered in another window. Open the chat again to see the answer.")
UNREADABLE = End("left", "What was kept of this answer cannot be read any more.", retries=("ask",))


def stopped(words: str) -> End:
    """The person stopped it."""
    return End("stopped", words)


def failed(error: Exception) -> End:
    """An error ended it."""
    what, hint = failure_words(error)
    return End("failed", what, hint, retries_after(error))
