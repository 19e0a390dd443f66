"""Doubts about single sentences, marked where they stand in the answer.

The text is Markdown that nobody trusts, and becomes safe HTML as a whole (see `markup`). So a sentence is fenced with
two characters no text has, which stay what they are on the way; then every stretch of text between them gets its
underline, inside whatever tags it stands in. No tag of the text is ever opened or closed here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from app.ui.markup import chat_html

_FIRST, _MOST = 0xF0000, 4096  # private use: the k-th begins at chr(_FIRST + k)
_END = "\U000ffffd"
_OURS = re.compile(f"([{chr(_FIRST)}-{chr(_FIRST + _MOST)}{_END}])")
# What must stay first in its line to mean what it means, and lines that hold no sentence at all.
_LEAD = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,4}[.)]|#{1,6})[ \t]+|>[ \t]?|\|[ \t]*)*")
_NO_SENTENCE = re.compile(r"[\s|:*_=-]*$|[ \t]*(?:`{3,}|~{3,})")
_PIECE = re.compile(r"(<[^>]*>)")
# A line ends here, and with it a mark whose end was lost (in a cell that its table has no column for).
_LINE_ENDS = re.compile(r"<(?:br|/?li|ul|ol|/p|/tr|/h\d|/blockquote|/pre)\b")


@dataclass(frozen=True, slots=True)
class Mark:
    """A sentence of the text at `start` to `end`: doubted as a whole or in part, `words` say why in a few words,
    `why` in all of them."""

    start: int
    end: int
    kind: Literal["unsupported", "partly"]
    words: str
    why: str


def marked_html(text: str, marks: Sequence[Mark], known: Collection[int] = ()) -> str:
    """The text as safe HTML, as `chat_html` makes it, with these sentences marked; one that is not of the text, or lies
    over an earlier one, is left out."""
    text = _OURS.sub("\ufffd", text)
    fitting: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        if (fitting[-1].end if fitting else 0) <= mark.start < mark.end <= len(text):
            fitting.append(mark)
    if not fitting:
        return chat_html(text, known)
    fenced, at = [], 0
    for number, mark in enumerate(fitting[:_MOST]):
        fenced += [text[at : mark.start], _fenced(text, mark, chr(_FIRST + number))]
        at = mark.end
    return _underlined(chat_html("".join([*fenced, text[at:]]), known), fitting)


def _fenced(text: str, mark: Mark, begin: str) -> str:
    """The sentence fenced line by line, since a line is what Markdown reads."""
    lines = text[mark.start : mark.end].split("\n")
    first = text[text.rfind("\n", 0, mark.start) + 1 : mark.start]
    out = []
    for place, line in enumerate(lines):
        before = first if place == 0 else ""
        lead = max(0, _LEAD.match(before + line).end() - len(before))  # type: ignore[union-attr]
        words = line[lead:].rstrip(" \t\r|")
        fits = words and not _NO_SENTENCE.match(before + line)
        out.append(f"{line[:lead]}{begin}{words}{_END}{line[lead + len(words) :]}" if fits else line)
    return "\n".join(out)


def _underlined(html: str, marks: Sequence[Mark]) -> str:
    out: list[str] = []
    said: set[int] = set()
    begun: set[int] = set()  # the first stretch of a sentence takes the keyboard's focus, the others belong to it
    now: int | None = None
    in_marker = False
    for piece in _PIECE.split(html):
        if piece.startswith("<"):
            if _LINE_ENDS.match(piece):
                _say(out, now, marks, said)
                now = None
            in_marker = piece.startswith('<a class="ap-marker"') or (in_marker and piece != "</a>")
            out.append(_OURS.sub("", piece))
            continue
        for part in _OURS.split(piece):
            if part == _END:
                _say(out, now, marks, said)
                now = None
            elif _OURS.fullmatch(part):
                now = ord(part) - _FIRST
            elif now is None or in_marker or not part:
                out.append(part)
            else:
                mark = marks[now]
                focus = "" if now in begun else ' tabindex="0"'
                begun.add(now)
                out.append(f'<span class="ap-claim is-{mark.kind}"{focus} title="{escape(mark.why)}">{part}</span>')
    return "".join(out)


def _say(out: list[str], now: int | None, marks: Sequence[Mark], said: set[int]) -> None:
    """Say it once for those who cannot see the line: at the end of the sentence."""
    if now is not None and now not in said:
        said.add(now)
        out.append(f'<span class="ap-sr"> ({escape(marks[now].words)})</span>')
