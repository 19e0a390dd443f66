"""Cuts BibTeX text into its entries without reading it whole and without understanding their fields.

BibTeX's own rule is followed: every brace counts, in quotes and after a backslash too. An entry that is never closed
ends before the next line that begins one, so that it costs no other entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST = 4_000_000

_HEAD = re.compile(r"[\s,]*@\s*([A-Za-z][\w+-]*)\s*([{(])")
# Stricter than `_HEAD`: an abstract may hold a line that begins with an e-mail name or a decorator.
_NEXT = re.compile(
    r"\s*@\s*(?:(?:string|preamble|comment)\s*[{(]|[A-Za-z][\w+-]*\s*(?:\{\s*[^{}\"=,]*(?:,|$)|\(\s*[^\s(){}\"=,]+,))",
    re.IGNORECASE,
)
_BRACES = re.compile(r"[{}]")
_MARKS = re.compile(r'[{}")]')
_GOES_ON = re.compile(r"\s*,(?!\s*@)")
# A head is shorter than this; more text than this after an entry is a comment.
_LONGEST_HEAD = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """`@kind{...}` as it stands in the file. `kind` is in lower case, `line` (from 1) is where it begins, `text` is None
    if it is longer than LONGEST. `tail` is what follows up to the next entry if the entry seems to end too early."""

    kind: str
    line: int
    text: str | None
    closed: bool
    tail: str = ""


@dataclass(slots=True)
class _Open:
    """The entry being read: how deep in braces, and whether in quotes, its text so far ends."""

    kind: str
    line: int
    round: bool
    depth: int = 0
    quoted: bool = False
    ended: bool = False
    size: int = 0
    parts: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)

    def take(self, text: str) -> None:
        self.size += len(text)
        if self.size > LONGEST:
            self.parts.clear()
            self.tail.clear()
        else:
            (self.tail if self.ended else self.parts).append(text)

    def end_in(self, text: str, start: int) -> int:
        """Where in `text` the entry ends, looking from `start`; -1 if it goes on."""
        if self.round:
            return self._end_of_round(text, start)
        closing = text.count("}", start)
        if self.depth >= closing:  # most lines cannot end the entry, and need not be looked at brace by brace
            self.depth += text.count("{", start) - closing
            return -1
        for mark in _BRACES.finditer(text, start):
            self.depth += 1 if mark.group() == "{" else -1
            if self.depth < 0:
                return mark.end()
        return -1

    def _end_of_round(self, text: str, start: int) -> int:
        for mark in _MARKS.finditer(text, start):
            sign = mark.group()
            if sign == "{":
                self.depth += 1
            elif sign == "}":
                self.depth = max(0, self.depth - 1)
            elif sign == '"' and self.depth == 0:
                self.quoted = not self.quoted
            elif sign == ")" and self.depth == 0 and not self.quoted:
                return mark.end()
        return -1

    def entry(self, closed: bool) -> Entry:
        text = "".join(self.parts) if self.size <= LONGEST else None
        return Entry(self.kind, self.line, text, closed, "".join(self.tail))


def entries(pieces: Iterable[str]) -> Iterator[Entry]:
    """The entries of the text that `pieces` are (see `Source.papers`), @string, @comment and @preamble among them. What
    stands between entries is a comment."""
    current: _Open | None = None
    line, at_start, held = 1, True, ""
    for piece in pieces:
        text = held + piece
        if line == 1 and at_start and not held:
            text = text.removeprefix("\ufeff")
        if current and at_start and _NEXT.match(text):
            yield current.entry(closed=current.ended)
            current = None
        position, may_begin = 0, at_start or bool(held)
        while True:
            if current is None:
                head = _HEAD.match(text, position) if may_begin else None
                if not head:
                    break
                current = _Open(head.group(1).lower(), line, round=head.group(2) == "(")
                current.take(text[text.index("@", position) : head.end()])
                position = head.end()
            end = -1 if current.ended else current.end_in(text, position)
            if end < 0:
                current.take(text[position:])
                break
            current.take(text[position:end])
            position, may_begin = end, True
            if _GOES_ON.match(text, end):
                current.ended = True  # `title = {Newts}},` ends the entry, but not as its writer meant
            else:
                yield current.entry(closed=True)
                current = None
        at_start = text.endswith("\n")
        # A line longer than a piece may be cut within the head of an entry.
        rest = text[position:] if current is None and may_begin and not at_start else ""
        held = rest if len(rest) < _LONGEST_HEAD else ""
        line += at_start
    if current:
        yield current.entry(closed=current.ended)
