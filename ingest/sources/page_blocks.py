"""From the lines of a pasted page to its blocks: lone lines and paragraphs, with the line each begins on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.adapters.sentences import sentences
from app.core.domain import BadRecord
from ingest.normalize import clean_text
from ingest.sources.text_lines import whole_lines

# Words of an abstract that leaves no doubt; the least a single sentence, and the least two sentences, may have.
SURELY_ABSTRACT = 45
_SHORTEST_SENTENCE = 12
_SHORTEST_TWO = 5

_DATE_OR_COUNT = re.compile(
    r"^\W*(?:(?:published|submitted|updated|posted|on|by)\W+)*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\W+)?"
    r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\W*\d{1,2}(?:\W+\d{4})?|\d{1,2}\W+(?:jan|feb|mar|apr|may|"
    r"jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:\W+\d{4})?|\d{4}-\d\d-\d\d|[\d.,]+k?)(?:\W+(?:upvotes?|votes?|likes?|comments?|stars?|"
    r"views?|authors?|citations?))?\W*$",
    re.IGNORECASE,
)
# Buttons and notices of the page itself, as whole lines, and phrases that only such lines hold.
_BUTTON = re.compile(
    r"^\W*(?:new|hot|top|trending|subscribe|upvotes?|likes?|comments?|share|save|follow|reply|pdf|html|bibtex|code|github|"
    r"sign (?:in|up)|log ?in|menu|search|home|next|prev(?:ious)?|(?:view|read|show|load|see|hide|open|download|copy)\s"
    r"(?:more|less|all|pdf|html|abstract|paper|arxiv page|project page|code|bibtex|the (?:paper|pdf))|project page|"
    r"back to top|(?:prev(?:ious)?\W+)?(?:page\W+)?\d+(?:\W+\d+)*\W+(?:\.\.\.\W+)?next|page \d+ of \d+|"
    r"(?:submitted|posted|uploaded|shared)\s+by\s+\S+)\W*$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\b(?:we use cookies|cookies? (?:policy|settings)|privacy policy|terms of (?:use|service)|all rights reserved|"
    r"in your (?:e-?mail )?inbox|our newsletter|(?:sign|log) (?:in|up) (?:to|for|with)|subscribe (?:to|for))\b|©",
    re.IGNORECASE,
)
# So many lines or characters without a blank line are taken as if there were one, to keep memory bounded.
_MOST_HELD = 10_000
_LONGEST_HELD = 4_000_000
_DANGLING = re.compile(r"[,;:-]$|\b(?:of|the|and|for|a|an|in|on|to|with|by|from|via|or)$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]['\")\]]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A line or a paragraph; `line` is the number of its first line. Its clean text tells what it is; of `raw`, the
    lines as they came, the paper is made, so that its warnings are of what stood there."""

    line: int
    text: str
    raw: str

    @property
    def words(self) -> int:
        """How many, as far as it matters: more than of an abstract without doubt are not counted."""
        return _words(self.text)


def blocks(pieces: Iterable[str], where: str = "") -> Iterator[Block | BadRecord]:
    """The blocks of a page in order. Blank lines end a block; where they are missing, the shape of the lines tells.
    A line too long for memory is a bad record."""
    held: list[Block] = []
    size, titled = 0, False
    for line in whole_lines(pieces, where):
        block = None
        if isinstance(line, BadRecord):
            yield line
        elif text := clean_text(line[1]):
            block = Block(line[0], text, line[1].strip())
            size += len(block.raw)
            if len(held) < _MOST_HELD and (size <= _LONGEST_HELD or not held):
                held.append(block)
                continue
        for ended in _paragraphs(held, titled):
            yield ended
            titled = not (is_prose(ended.text) or is_furniture(ended))
        held = [block] if block else []
        size = len(block.raw) if block else 0
    yield from _paragraphs(held, titled)


def _words(text: str) -> int:
    return len(text.split(None, SURELY_ABSTRACT))


def is_prose(text: str) -> bool:
    """Whether the text is running prose, as abstracts are: long, or a sentence or more that is not written as a title."""
    words = _words(text)
    if words >= SURELY_ABSTRACT:
        return True
    if words >= _SHORTEST_SENTENCE and re.search(r"[.!]['\")\]]*$", text):
        return True
    if words < _SHORTEST_TWO or capitals(text) >= 0.5:
        return False
    count = len(sentences(text))
    return count >= 3 or (count == 2 and bool(re.search(r"[^\W_][)\]%]?\.\s", text)))


def is_furniture(block: Block) -> bool:
    """Whether the block belongs to the page, not to a paper: a date, a count, a button, a notice."""
    text = block.text
    if block.words >= SURELY_ABSTRACT:
        return False
    return bool(_DATE_OR_COUNT.match(text) or _BUTTON.match(text) or _NOTICE.search(text))


def capitals(text: str) -> float:
    """The share of words that begin with a capital or a digit; titles in title case have more than half."""
    words = text.split()
    return sum(word.lstrip("\"'“‘([")[:1].isupper() or word[:1].isdigit() for word in words) / max(len(words), 1)


def _paragraphs(held: list[Block], titled: bool) -> Iterator[Block]:
    """The blocks of a run of lines without blank lines; `titled`: a line that may be a title stands above the run.

    Hard-wrapped lines become one block. In any other run each line stands alone."""
    if titled and held and all(is_prose(block.text) for block in held):
        yield _joined(held)  # nothing but prose below a title: its abstract, wherever the lines end
        return
    if len(held) < 2 or any(block.words >= SURELY_ABSTRACT for block in held) or not _is_wrapped(held):
        yield from held
        return
    width = _width(held)
    pieces = [held[:1]]
    for above, below in pairwise(held):
        if len(pieces) > 1:
            titled = not is_prose(_joined(pieces[-2]).text)
        lone_title = len(pieces[-1]) == 1 and not titled and len(held) > 2 and _starts_below(above, below)
        after_paragraph = _SENTENCE_END.search(above.text) and _title_case(below.text, len(below.text) > 0.85 * width)
        if _is_full(above, below, width) and not lone_title and not after_paragraph and not is_furniture(below):
            pieces[-1].append(below)
        else:
            pieces.append([below])
    yield from map(_joined, pieces)


def _width(held: list[Block]) -> int:
    """How long the lines of a hard-wrapped run are; the first may be a title and the last of a paragraph is short."""
    lengths = sorted(len(block.text) for block in (held[1:] if len(held) > 2 else held))
    return lengths[len(lengths) * 3 // 4]


def _is_full(above: Block, below: Block, width: int) -> bool:
    """Whether `above` ends because the first word of `below` had no room in it (with some play for ragged lines)."""
    needed = len(above.text) + 1 + len(below.text.split()[0])
    return needed > 0.85 * width and len(above.text) <= 1.25 * width


def _is_wrapped(held: list[Block]) -> bool:
    """Whether full lines mostly stop in the middle of a sentence, as they do only when hard-wrapped."""
    width = _width(held)
    full = [above for above, below in pairwise(held) if _is_full(above, below, width)]
    return sum(not _SENTENCE_END.search(block.text) for block in full) * 2 > len(full)


def _title_case(text: str, full: bool) -> bool:
    """Full lines of prose now and then hold many capitals; a title that fills a line mostly has more."""
    return capitals(text) >= (0.7 if full else 0.5) and not _SENTENCE_END.search(text)


def _starts_below(above: Block, below: Block) -> bool:
    """Whether `above` looks like a title as long as the lines of the abstract that starts with `below`."""
    whole = not _DANGLING.search(above.text) and not re.search(r"[.!]$", above.text)
    return whole and capitals(above.text) >= 0.5 and below.text[:1].isupper() and capitals(below.text) < 0.5


def _joined(lines: list[Block]) -> Block:
    raw = "\n".join(line.raw for line in lines)
    return Block(lines[0].line, clean_text(raw), raw)
