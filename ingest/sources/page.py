"""A listing page pasted as text: noise on top, then a title line and an abstract paragraph, again and again.

Nothing in the text says which line is which, so blocks (between blank lines) are told apart by what they look
like: an abstract is running prose, a title is short and is not a sentence. A title belongs to the abstract right
below it. What fits neither is reported, never guessed into another paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.adapters.sentences import sentences
from app.core.domain import BadRecord, Paper
from ingest.record import RecordError, make_paper

name = "page"

# Words of an abstract that leaves no doubt, and the least one may have when it is clearly prose.
_SURELY_ABSTRACT = 45
_SHORTEST_ABSTRACT = 12
_LONGEST_TITLE = 40

_SECTION = re.compile(
    r"^(?:background|context|introduction|motivation|objectives?|purpose|aims?|methods?|design|approach|results?|findings|"
    r"conclusions?|discussion|limitations|significance)\s*[:.—–-]",
    re.IGNORECASE,
)
_DATE_OR_COUNT = re.compile(
    r"^\W*(?:(?:published|submitted|updated|posted|on|by)\W+)*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\W+)?"
    r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\W*\d{1,2}(?:\W+\d{4})?|\d{1,2}\W+(?:jan|feb|mar|apr|may|"
    r"jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:\W+\d{4})?|\d{4}-\d\d-\d\d|[\d.,]+k?)(?:\W+(?:upvotes?|votes?|likes?|comments?|stars?|"
    r"views?|authors?|citations?))?\W*$",
    re.IGNORECASE,
)
_PERSON = re.compile(r"^(?:[A-Z][\w'’.-]*\s+){1,4}(?:van |von |de |der |la |el |al-)*[A-Z][\w'’.-]*\d*\*?$")


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    text: str

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class _Entry:
    title: _Block
    authors: list[str]
    body: list[str]


def _blocks(lines: Iterable[str]) -> Iterator[_Block]:
    """Runs of lines between blank lines, except that a title stuck to the abstract below it becomes two blocks."""
    held: list[_Block] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            held.append(_Block(number, line.strip()))
        elif held:
            yield from _joined(held)
            held = []
    yield from _joined(held)


def _joined(held: list[_Block]) -> Iterator[_Block]:
    """One block of a run of lines. Where single lines of the run are whole abstracts or titles, each line stands
    alone (a page pasted without blank lines); otherwise the run is one hard-wrapped paragraph."""
    if len(held) > 1 and any(block.words >= _SURELY_ABSTRACT for block in held):
        yield from held
    elif len(held) > 2 and not _is_prose(held[0].text) and _is_prose(" ".join(b.text for b in held[1:])):
        # A title line right above its hard-wrapped abstract: the wrapped lines are all about as long as the
        # longest, the title line is not, or a line of prose does not start in the middle of a sentence.
        first, rest = held[0], held[1:]
        if rest[0].text[:1].isupper() and not re.search(r"[,;:-]$|\b(?:of|the|and|for|a|in|to|with)$", first.text):
            yield first
            yield _Block(rest[0].line, " ".join(b.text for b in rest))
        else:
            yield _Block(first.line, " ".join(b.text for b in held))
    elif held:
        yield _Block(held[0].line, " ".join(block.text for block in held))


def _is_prose(text: str) -> bool:
    words = len(text.split())
    if words >= _SURELY_ABSTRACT:
        return True
    if words < _SHORTEST_ABSTRACT:
        return False
    ends_like_a_sentence = bool(re.search(r"[.!]['\")\]]*$", text.strip()))
    return ends_like_a_sentence or len(sentences(text)) >= 3


def _could_be_title(block: _Block, first_paper: bool) -> bool:
    if block.words > _LONGEST_TITLE or _DATE_OR_COUNT.match(block.text) or _is_prose(block.text):
        return False
    # Before the first paper stands the page's own furniture ("new", "Subscribe"), so one word is no title there.
    return block.words >= (3 if first_paper else 1) and bool(re.search(r"[^\W\d_]{2}", block.text))


def _people(text: str) -> list[str]:
    """The names in a line of authors, or nothing if the line is not one."""
    parts = [p for p in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*·\s*|\s*;\s*", text.strip()) if p]
    is_list = len(parts) >= 2 and all(_PERSON.match(part) for part in parts)
    return parts if is_list else []


def recognise(head: str) -> float:
    if head.lstrip()[:1] in {"{", "[", "<", "@"}:
        return 0.0
    blocks = list(_blocks(head.splitlines()))
    pairs = sum(
        _could_be_title(above, True) and _is_prose(below.text) for above, below in zip(blocks, blocks[1:], strict=False)
    )
    return 0.5 if pairs >= 2 else 0.3 if pairs else 0.0


def papers(lines: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    entry: _Entry | None = None  # held back, because a labelled section below an abstract still belongs to it
    waiting: list[_Block] = []  # short blocks since the last paragraph
    begun = False
    for block in _blocks(lines):
        if not _is_prose(block.text):
            waiting.append(block)
            continue
        if entry and not waiting and _SECTION.match(block.text):
            entry.body.append(block.text)
            continue
        if entry:
            yield _paper(entry, where)
        entry, unused = _entry(waiting, block, first=not begun)
        if begun:
            yield from _left_over(unused, where)
            if entry is None:
                yield BadRecord(where, block.line, "a paragraph without a title line above it", block.text[:200])
        begun = begun or entry is not None
        waiting = []
    if entry:
        yield _paper(entry, where)
    if begun:
        yield from _left_over(waiting, where)


def _entry(waiting: list[_Block], body: _Block, first: bool) -> tuple[_Entry | None, list[_Block]]:
    """The entry whose abstract is `body`: its title is the last block above that can be one, a line of authors
    between the two aside. Also the blocks that were not used."""
    rest = list(waiting)
    authors: list[str] = []
    while rest:
        block = rest.pop()
        if not authors and rest and (people := _people(block.text)):
            authors = people
        elif _could_be_title(block, first):
            return _Entry(block, authors, [body.text]), rest
    return None, []


def _left_over(blocks: list[_Block], where: str) -> Iterator[BadRecord]:
    """Unused blocks that read like a title are lost papers, and said; dates, counts and buttons are not."""
    for block in blocks:
        capitals = sum(word[:1].isupper() for word in block.text.split())
        if block.words >= 4 and capitals * 2 >= block.words and not _DATE_OR_COUNT.match(block.text):
            yield BadRecord(where, block.line, "a title line without an abstract below it", block.text[:200])


def _paper(entry: _Entry, where: str) -> Paper | BadRecord:
    try:
        return make_paper(source=name, title=entry.title.text, abstract=" ".join(entry.body), authors=entry.authors)
    except RecordError as error:
        return BadRecord(where, entry.title.line, str(error), entry.title.text[:200])
