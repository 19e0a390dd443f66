"""What a model thinks aloud before it answers: folded, as text, and never part of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from app.core.shown import shown

# A model may think for pages. While it does, its last lines are enough; afterwards, what fits a person's patience: every
# answer of a conversation is sent to the browser again with each new one.
_WHILE, _AFTERWARDS = 600, 6000


@dataclass(frozen=True, slots=True)
class Thoughts:
    """What came so far, from `began` on the clock to `ended`; None while it goes on."""

    text: str = ""
    began: float | None = None
    ended: float | None = None

    def more(self, text: str, at: float) -> Thoughts:
        """With another piece. Thinking that begins anew, after a word of the answer, is one with that before it."""
        return Thoughts(self.text + text, at if self.began is None else self.began, None)

    def over(self, at: float) -> Thoughts:
        """Now that the answer begins; nothing where there was no thinking, or it is over already."""
        return self if self.began is None or self.ended is not None else Thoughts(self.text, self.began, at)

    @property
    def going_on(self) -> bool:
        return self.began is not None and self.ended is None

    @property
    def seconds(self) -> float | None:
        return None if self.began is None or self.ended is None else self.ended - self.began


NO_THOUGHTS = Thoughts()


def thinking_html(thoughts: Thoughts) -> str:
    """The fold: "Thinking ..." with the last lines while it goes on, "Thought for 7 s" with all of it afterwards."""
    text = shown(thoughts.text).strip()
    if not text:
        return ""
    if thoughts.going_on:
        cut = text[-_WHILE:]
        return _fold("ap-thinking is-running", "Thinking …", f"… {cut}" if len(text) > len(cut) else cut)
    cut = text[:_AFTERWARDS]
    rest = len(text) - len(cut)
    return _fold("ap-thinking", _title(thoughts.seconds), cut + (f" … and {rest:,} characters more" if rest else ""))


def _title(seconds: float | None) -> str:
    if seconds is None:
        return "What the model thought"
    return f"Thought for {seconds:.1f} s" if seconds < 10 else f"Thought for {round(seconds)} s"


def _fold(names: str, title: str, text: str) -> str:
    body = "&#10;".join(escape(line) for line in text.splitlines())
    return f'<details class="{names}"><summary>{title}</summary><div class="ap-thoughts">{body}</div></details>'
