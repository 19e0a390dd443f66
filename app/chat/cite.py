"""Citations in a streamed answer: known markers only, in one spelling, also when split over two deltas.

`[1, 2]`, `[1-3]`, `[^1]`, `[[1]]`, `【1】`, `【1†source】` and `[1](address)` become `[1][2]` and so on. A marker the
evidence does not have is taken out and the sentence that loses its last marker so is marked `[uncited]`, never left
looking fine. Code, formulas and links are left alone: `a[1]` in code is no citation; nor is the interval [0, 1].
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from app.adapters.sentences import sentences

UNCITED = "[uncited]"
UNSUPPORTED = "[unsupported]"
_HOLE = "\ue000"  # private use, taken out of what comes in
# What a terminal would obey and what turns the direction of a text; no answer needs it.
_NEVER_SHOWN = re.compile(rf"[{_HOLE}\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_REMOVED = f"[{_HOLE}]"  # stands where an unknown marker was, until the sentence is complete

# Every piece has a longest length, so that a stream is held back for so long at most, and decides as the whole would.
_INNER = r"[ \t]*\^?\d{1,3}(?:[ \t]*(?:,|;|–|-|and)[ \t]*\^?\d{1,3}){0,30}[ \t]*"
_PROTECTED = (
    r"```.*?(?:```|\Z)|`[^`\n]{1,200}`|\$\$[^$]{1,400}\$\$|\$(?![\d\s])[^$\n]{1,200}(?<!\s)\$"
    r"|\\\((?:(?!\\\)).){1,200}\\\)|\\\[(?:(?!\\\]).){1,400}\\\]"
    rf"|[ \t]*\[(?!{_INNER}\])[^\[\]\n]{{1,200}}\]\([^()\s]{{1,300}}\)"
)
_TOKEN = re.compile(
    rf"(?:{_PROTECTED})|(?P<space>[ \t]*)(?:"
    rf"\[(?P<double>\[)?(?=[^\]]{{1,200}}\])(?P<square>{_INNER})\](?(double)\])(?:\([^()\s]{{0,300}}\))?"
    rf"|【(?=[^】]{{1,200}}】)(?P<lenticular>{_INNER})(?:†[^】\n]*)?】)",
    re.DOTALL,
)
# What an unfinished piece at the end of the buffer looks like while it may still become one of the above.
_UNFINISHED = re.compile(
    r"(?:```(?:(?!```).)*|``?|`[^`\n]{0,200}|\$\$[^$]{0,400}\$?|\$(?:(?![\d\s])[^$\n]{0,200})?"
    r"|\\|\\\((?:(?!\\\)).){0,201}|\\\[(?:(?!\\\]).){0,401}"
    r"|[ \t]*\[{1,2}[^\[\]\n]{0,200}(?:\]{1,2}(?:\([^()\s]{0,300})?)?|[ \t]*【[^】\n]{0,200}|[ \t]+)\Z",
    re.DOTALL,
)
_OPENERS = re.compile(r"[`$\\]|[ \t]*[\[【]|[ \t]+\Z")
_INTERVAL = re.compile(r"[ \t]*0[ \t]*[,;–-][ \t]*\d+[ \t]*")


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
        self._buffer += _NEVER_SHOWN.sub("", delta)
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
        if inner is None or _INTERVAL.fullmatch(inner):
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
_MARKS = re.compile(rf"(?:\s*(?:\[\d{{1,3}}\]|{re.escape(_REMOVED)}|{re.escape(UNCITED)}|{re.escape(UNSUPPORTED)}))+")
_LEFT_ALONE = re.compile(_PROTECTED, re.DOTALL)
_FULL_STOP = re.compile(
    r"(?<!\.\w)(?<!\bFig)(?<!\bTab)(?<!\bSec)(?<!\bEq)(?<!\bNo)(?<!\bcf)(?<!\bvs)(?<!\bal)[.!?][\"'”’)*_]*\Z"
)
_LINE_LEAD = re.compile(r"^\s*(?:[-*+•]\s+|\d+[.)]\s+|>\s?|#{1,6}\s+)*")


def statements(text: str) -> list[Statement]:
    """The sentences of an answer in Markdown; a marker after the full stop belongs to the sentence before it."""
    found: list[Statement] = []
    offset = 0
    masked = _LEFT_ALONE.sub(_masked, text)
    for line in masked.splitlines(keepends=True):
        lead = len(_LINE_LEAD.match(line).group())  # type: ignore[union-attr]
        for start, end in _whole_quotes(line[lead:], _sentence_spans(line[lead:])):
            raw = line[lead + start : lead + end]
            words = " ".join(
                _MARKS.sub(lambda m: " " if m.string[m.end() :][:1].isalnum() else "", raw).split()
            ).replace("\ue001", "[")
            if re.search(r"\w", words):
                markers = tuple(dict.fromkeys(int(n) for n in _MARKER.findall(raw)))
                found.append(Statement(words, markers, offset + lead + start, offset + lead + end))
        offset += len(line)
    return found


def _masked(match: re.Match[str]) -> str:
    """Code, formulas and links hold no markers, code blocks no sentences; lengths stay."""
    piece = match.group()
    return re.sub(r"[^\n]", " ", piece) if piece.startswith("```") else piece.replace("[", "\ue001")


def _whole_quotes(line: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, several sentences between one pair of quotation marks as one: their marker stands behind the last."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        before = line[joined[-1][0] : joined[-1][1]] if joined else ""
        if before.count("“") > before.count("”") and "”" in line[start:end]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _sentence_spans(line: str) -> list[tuple[int, int]]:
    """Where the sentences of a line are, found as if it had no markers: those between two belong to the first."""
    held = {i for match in _MARKS.finditer(line) for i in range(*match.span())}
    places = [i for i in range(len(line)) if i not in held]
    spans: list[tuple[int, int]] = []
    for sentence in sentences("".join(line[i] for i in places)):
        start, end = places[sentence.start] if spans else 0, places[sentence.end - 1] + 1
        for marks in list(_MARKS.finditer(line, start, end)):
            # "... as before. [1] aTLAS ...": whatever comes after the markers, the full stop was one.
            if _FULL_STOP.search(line[start : marks.start()]) and line[marks.end()].isspace():
                spans.append((start, marks.end()))
                start = marks.end() + 1
        after = _MARKS.match(line, end)
        spans.append((start, after.end() if after else end))
    return spans


_DANGLING = re.compile(
    rf"(?<=\])\s*(?:,|;|and|&)\s*{re.escape(_REMOVED)}|{re.escape(_REMOVED)}\s*(?:,|;|and|&)(?=\s*\[\d)"
)


def _mark_uncited(text: str) -> str:
    if _REMOVED not in text:
        return text
    text = _DANGLING.sub("", text)  # "[1] and [99]" leaves no "and"
    for statement in reversed(statements(text)):
        raw = text[statement.start : statement.end]
        if _REMOVED in raw:
            kept = raw.replace(_REMOVED, "").rstrip()
            after = text[statement.end :]
            if not statement.markers:
                kept = f"{kept[:-1].rstrip()} {UNCITED} |" if kept.endswith("|") else f"{kept} {UNCITED}"
            gap = " " if after[:1].strip() else ""
            text = text[: statement.start] + kept + gap + after
    return text.replace(_REMOVED, "")
