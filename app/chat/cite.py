"""Citations in a streamed answer: known markers only, in one spelling, also when split over two deltas.

`[1, 2]`, `[1-3]`, `[^1]`, `【1】`, `【1†source】` and `[1](address)` become `[1][2]` and so on. A marker the evidence
does not have is taken out and the sentence that loses its last marker so is marked `[uncited]`, never left looking
fine. Code, formulas and links are left alone: `a[1]` in code is no citation.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from app.adapters.sentences import sentences

UNCITED = "[uncited]"
_REMOVED = "\ue000"  # private use: stands where an unknown marker was, until the sentence is complete

_INNER = r"\s*\^?\d{1,3}(?:\s*(?:,|;|–|-|and)\s*\^?\d{1,3})*\s*"
_TOKEN = re.compile(
    rf"(?P<fence>```.*?(?:```|\Z))|(?P<code>`[^`\n]+`)|(?P<math>\$(?![\d\s])[^$\n]{{1,200}}\$|\$\$.*?\$\$|\\\(.*?\\\))|"
    rf"(?P<space>[ \t]*)(?:\[(?P<square>{_INNER})\](?:\((?P<address>[^()\s]*)\))?|【(?P<lenticular>{_INNER})(?:†[^】\n]{{0,60}})?】)",
    re.DOTALL,
)
# What an unfinished piece at the end of the buffer looks like while it may still become one of the above.
_UNFINISHED = re.compile(
    r"(?:```(?:(?!```).)*|`{1,2}|`[^`\n]{0,200}|\$(?![\d\s])[^$\n]{0,200}|\$|\\\((?:(?!\\\)).){0,200}|\\|"
    r"[ \t]*(?:\[[\d\s,;–^and-]{0,40}|\[[\d\s,;–^and-]{1,40}\](?:\([^()\s]{0,300})?|【[^】\n]{0,100})|[ \t]+)\Z",
    re.DOTALL,
)
_OPENERS = re.compile(r"[`$\\]|[ \t]*[\[【]|[ \t]+\Z")


def _numbers(inner: str) -> list[int]:
    """The numbers a marker's inside means; a range is every number in it."""
    found: list[int] = []
    for part in re.split(r"\s*(?:,|;|and)\s*", inner.strip()):
        bounds = [int(n) for n in re.findall(r"\d+", part)]
        if len(bounds) == 2 and bounds[0] < bounds[1] <= bounds[0] + 50:
            found.extend(range(bounds[0], bounds[1] + 1))
        else:
            found.extend(bounds)
    return list(dict.fromkeys(found))


@dataclass
class CitationStream:
    """Feed it the model's deltas; it gives back text to show. `finish()` ends it and gives the final text."""

    known: Collection[int]
    unknown: list[int] = field(default_factory=list)
    _buffer: str = ""
    _done: list[str] = field(default_factory=list)

    def feed(self, delta: str) -> str:
        """The text that is now certain; a piece that may be the start of a marker is held back."""
        self._buffer += delta.replace(_REMOVED, "")
        return self._take(final=False)

    def finish(self) -> str:
        """What was still held back."""
        return self._take(final=True)

    @property
    def text(self) -> str:
        """The whole answer so far, sentences that lost all their markers ending in `[uncited]`."""
        return _mark_uncited("".join(self._done))

    def _take(self, final: bool) -> str:
        out: list[str] = []
        text, at = self._buffer, 0
        while at < len(text):
            opener = _OPENERS.search(text, at)
            if not opener:
                out.append(text[at:])
                at = len(text)
                break
            out.append(text[at : opener.start()])
            at = opener.start()
            if not final and _UNFINISHED.match(text, at):
                break
            match = _TOKEN.match(text, at)
            if match:
                out.append(self._replacement(match))
                at = match.end()
            else:
                step = max(opener.end(), at + 1)
                out.append(text[at:step])
                at = step
        self._buffer = text[at:]
        piece = "".join(out)
        self._done.append(piece)
        return piece.replace(_REMOVED, "")

    def _replacement(self, match: re.Match[str]) -> str:
        inner = match["square"] or match["lenticular"]
        if inner is None:
            return match.group()
        numbers = _numbers(inner)
        known = [n for n in numbers if n in self.known]
        self.unknown.extend(n for n in numbers if n not in self.known)
        if not known:
            return _REMOVED
        return (match["space"] or "") + "".join(f"[{n}]" for n in known)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer: its words without markers, and its markers in order of appearance."""

    text: str
    markers: tuple[int, ...]
    start: int
    end: int


_MARKER = re.compile(r"\[(\d{1,3})\]")
_ONLY_MARKERS = re.compile(rf"^(?:\s*(?:\[\d{{1,3}}\]|{_REMOVED}|{re.escape(UNCITED)}))+[\s.,;:!?)”\"]*")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|\$(?![\d\s])[^$\n]{1,200}\$|\\\(.*?\\\)", re.DOTALL)
_LINE_LEAD = re.compile(r"^\s*(?:[-*+•]\s+|\d+[.)]\s+|>\s?|#{1,6}\s+)*")


def statements(text: str) -> list[Statement]:
    """The sentences of an answer in Markdown; a marker after the full stop belongs to the sentence before it."""
    found: list[Statement] = []
    offset = 0
    masked = _CODE.sub(lambda match: match.group().replace("[", "\ue001"), text)
    for line in masked.splitlines(keepends=True):
        lead = len(_LINE_LEAD.match(line).group())  # type: ignore[union-attr]
        pieces: list[tuple[int, int]] = []
        for sentence in sentences(line[lead:]):
            start, end = offset + lead + sentence.start, offset + lead + sentence.end
            leading = _ONLY_MARKERS.match(sentence.text)
            if leading and pieces:
                pieces[-1] = (pieces[-1][0], start + leading.end())
                start += leading.end()
            if text[start:end].strip():
                pieces.append((start, end))
        for start, end in pieces:
            raw = masked[start:end]
            words = " ".join(_MARKER.sub("", raw).replace(_REMOVED, "").replace(UNCITED, "").split())
            words = re.sub(r" ([.,;:!?])", r"\1", words).replace("\ue001", "[")
            if re.search(r"\w", words):
                markers = tuple(dict.fromkeys(int(n) for n in _MARKER.findall(raw)))
                found.append(Statement(words, markers, start, end))
        offset += len(line)
    return found


def _mark_uncited(text: str) -> str:
    if _REMOVED not in text:
        return text
    for statement in reversed(statements(text)):
        raw = text[statement.start : statement.end]
        if _REMOVED in raw:
            kept = raw.replace(_REMOVED, "").rstrip()
            mark = "" if statement.markers else f" {UNCITED}"
            after = text[statement.end :]
            gap = " " if mark and after[:1].strip() else ""
            text = text[: statement.start] + kept + mark + gap + after
    return text.replace(_REMOVED, "")
