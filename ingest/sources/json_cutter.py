"""Cutting the records out of a JSON document as it streams by, so that one broken record costs only itself.

A streaming parser (ijson) stops for good at the first error. Here brackets and strings are followed just far enough to
know where an object ends; the object's text is then parsed on its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.opening import Unreadable
from ingest.sources.text_lines import joined

LONGEST_RECORD = 4_000_000
# How far into the document its first title may stand.
_LOOKED_AT = 1 << 18
_MOST_TRIES = 2000

_MARK = re.compile(r'[{}\[\]"]')
# Strings of JSON hold no line break: one that does has lost its closing quote, and ends there.
# (Written so that the longest string takes few steps of the matcher, since each costs memory.)
_STRING = re.compile(r'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*(?:"|(?=\\?\n))')
_IN_STRING = re.compile(r'[^"\\\n]*(?:\\[^\n][^"\\\n]*)*')
_TITLE = re.compile(r'"(?:title|display_name)"\s*:\s*["\[]')
_FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\\n]|\\[^\n])*"|[^\s"])')


def shape(head: str) -> str:
    """The brackets open at the first title, from the outside: "[{" for an array of records, "{[{" for one within an
    object. "" if there is none."""
    open_now: list[str] = []
    at = 0
    while mark := _MARK.search(head, at):
        at = mark.end()
        if mark.group() in "{[":
            open_now.append(mark.group())
        elif mark.group() in "}]":
            if not open_now:
                return ""
            open_now.pop()
        elif open_now and open_now[-1] == "{" and _TITLE.match(head, mark.start()):
            return "".join(open_now)
        elif string := _STRING.match(head, mark.start()):
            at = string.end()
        else:
            return ""
    return ""


@dataclass(frozen=True, slots=True)
class Cut:
    """The text of one record and the line it begins on. Of one that is `too_long` there is only the beginning."""

    line: int
    text: str
    too_long: bool = False


class JsonCutter:
    """Finds the records in the pieces of a document."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = joined(pieces)
        self._broken: Unreadable | None = None  # said when all before it is done with
        self._text = ""  # what has come and is not done with
        self._line = 1  # of its first character
        self._at = 0  # how far it has been followed
        self._begins: int | None = None  # where in it the record under work begins
        self.unclosed = False  # at the end: whether brackets were still open
        # Margin and first key of records, if each begins on its own line and nothing inside one looks the same.
        self._like: tuple[str, str] | None = None
        self._first: tuple[str, str] | None = None
        self._learnt = False
        self.empty = True

    def cuts(self) -> Iterator[Cut]:
        """The records in order."""
        while not (wanted := shape(self._text)) and len(self._text) < _LOOKED_AT and self._more():
            pass
        if not wanted:
            return
        open_now = ""
        while mark := self._next_mark():
            if mark == "too long":
                if self._begins is not None:
                    yield Cut(self._line_at(self._begins), self._text[self._begins : self._begins + 200], True)
                self._begins = None
                self._skip()
            elif mark == "{" and self._begins is not None and self._never_closed(self._at - 1):
                yield Cut(self._line_at(self._begins), self._text[self._begins : self._at - 1])
                self._drop(self._at - 1)
                open_now, self._begins = wanted, 0
            elif mark in "{[":
                open_now += mark
                if open_now == wanted and self._begins is None:
                    self._begins = self._at - 1
                    if not self._learnt:
                        self._first = self._likeness(self._begins)
            else:
                if open_now == wanted and self._begins is not None:
                    yield Cut(self._line_at(self._begins), self._text[self._begins : self._at])
                    self._begins = None
                    self._drop(self._at)
                    if not self._learnt and self._first:
                        self._learnt, self._like = True, self._first
                open_now = open_now[:-1]
        if self._begins is not None and (rest := self._text[self._begins :].strip()):
            yield Cut(self._line_at(self._begins), rest)
        elif open_now:
            self.unclosed = True

    @property
    def line(self) -> int:
        """The line up to which everything is done with."""
        return self._line

    def _next_mark(self) -> str:
        """The next bracket, strings passed over; "too long" for a record that goes on for ever, "" at the end."""
        while True:
            mark = _MARK.search(self._text, self._at)
            if mark and mark.group() != '"':
                self._at = mark.end()
                return mark.group()
            string = _STRING.match(self._text, mark.start()) if mark and self._may_end(mark.end()) else None
            if string:
                self._at = string.end()
                continue
            self._at = mark.start() if mark else len(self._text)
            if self._begins is None:
                self._drop(self._at)
            if len(self._text) > LONGEST_RECORD:
                return "too long"
            if not self._more():
                return ""

    def _may_end(self, start: int) -> bool:
        """Whether a string open at `start` may end in what has come: asked first, since to match a long one takes long."""
        return self._text.find('"', start) >= 0 or self._text.find("\n", start) >= 0

    def _skip(self) -> None:
        """Drop what has come, and if a string is open, the rest of it as well."""
        rest = self._text[self._at + 1 :] if self._at < len(self._text) else None
        self._drop(len(self._text))
        self._at = 0
        while rest is not None:
            inside = _IN_STRING.match(rest)
            end = inside.end() if inside else 0
            if rest.startswith(('"', "\n", "\\\n"), end):
                self._text = rest[end:].removeprefix('"')
                return
            if not self._more():
                return
            rest, self._text = rest[end:] + self._text, ""

    def _more(self) -> bool:
        """Take what comes next, and more of it the longer a record is already, so that few steps follow it again."""
        parts, size = list[str](), 0
        try:
            for piece in self._pieces:
                parts.append(piece)
                size += len(piece)
                if size >= len(self._text) // 4:
                    break
        except Unreadable as error:
            self._broken = error
        if self._broken and not parts:
            raise self._broken
        text = "".join(parts)
        self._text += text
        self.empty = self.empty and not text.strip()
        return bool(parts)

    def _drop(self, count: int) -> None:
        self._line += self._text.count("\n", 0, count)
        self._text = self._text[count:]
        self._at -= count

    def _line_at(self, position: int) -> int:
        return self._line + self._text.count("\n", 0, position)

    def _never_closed(self, position: int) -> bool:
        """Whether a bracket inside the record under work begins its line just as records do."""
        if self._learnt:
            return self._like is not None and self._likeness(position) == self._like
        if self._first and self._likeness(position) == self._first:
            self._learnt = True  # what is inside looks like a record: nothing can be told from that
        return False

    def _likeness(self, position: int) -> tuple[str, str] | None:
        start = self._text.rfind("\n", 0, position) + 1
        margin = self._text[start:position]
        if not start or margin.strip():
            return None
        while not (key := _FIRST_KEY.match(self._text, position)) and self._more():
            pass
        return (margin, key.group(1)) if key else None


def parts(text: str) -> Iterator[tuple[int, str, Any]]:
    """From a text in which records have run together: (where it begins, text, value) of each whole object with a
    title; the value is None for what stands between them."""
    decoder = json.JSONDecoder()
    done = at = tries = 0
    while (start := text.find("{", at)) >= 0 and tries < _MOST_TRIES:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            continue
        if isinstance(value, dict) and "title" in value:
            if broken := text[done:start].strip(" ,\r\n\t"):
                yield done, broken, None
            yield start, text[start:end], value
            done = end
        at = end
    if broken := text[done:].strip(" ,\r\n\t"):
        yield done, broken, None
