"""A listing page pasted as text: noise on top, then a title line and an abstract paragraph, again and again.

Nothing in the text says which line is which, so blocks (see `page_blocks`) are told apart by what they look like: an
abstract is running prose, a title is short and is not a sentence. A title belongs to the abstract right below it.
What fits neither is reported, never guessed into another paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from app.core.domain import BadRecord, Paper
from ingest.record import RecordError, make_paper
from ingest.sources.page_blocks import SURELY_ABSTRACT, Block, blocks, is_furniture, is_prose

name = "page"
extension = ".txt"

_LONGEST_TITLE = 40

_LABELS = (
    r"(?:background|context|introduction|motivation|objectives?|purpose|aims?|methods?|methodology|design|approach|results?|"
    r"findings|conclusions?|discussion|limitations|significance)"
)
_SECTION = re.compile(rf"^{_LABELS}(?:\s*[:.—–]|\s+-\s)", re.IGNORECASE)
_SECTION_LABEL = re.compile(rf"^{_LABELS}\W*$", re.IGNORECASE)
_ABSTRACT_LABEL = re.compile(r"^(?:abstract|summary|tl;?dr|authors?)\W*$", re.IGNORECASE)
_LINK = re.compile(r"^(?:(?:arxiv|doi):\s*|https?://)\S+", re.IGNORECASE)
_BYLINE = re.compile(r"^(?:authors?\s*:|by)\s+", re.IGNORECASE)
_MORE_AUTHORS = re.compile(r"(?:,?\s+et al\.?|,?\s*\+?\d+ (?:more )?authors?|,?\s*(?:\.\.\.|…))$", re.IGNORECASE)
_NOTE_MARKS = re.compile(r"[\s\d*†‡§¶]+$")
_NAME = re.compile(r"[^\W\d_]+(?:['’.-]+[^\W\d_]*)*")
_PARTICLES = frozenset("van von der den de del della la le el al bin ibn ben dos da di du ter ten zu y e".split())
_AFFILIATION = re.compile(
    r"\b(?:universit\w+|institute?s?|department|laborator\w+|college|academy|research|inc|corp|labs?|ai|mit|google|"
    r"microsoft|openai|deepmind)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Entry:
    title: Block
    body: list[Block]
    authors: list[str] = field(default_factory=list)
    link: str | None = None


def recognise(head: str) -> float:
    """As many papers as can be read from the head say how sure it is; other formats are not read as prose."""
    if re.match(r"\s*(?:\{|\[\s*[\[{\"]|<[?!a-zA-Z]|@\w+\s*\{)", head):
        return 0.0
    records = papers(head.splitlines(keepends=True), "")
    found = len(list(islice((record for record in records if isinstance(record, Paper)), 2)))
    return (0.0, 0.3, 0.5)[found]


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    entry: _Entry | None = None  # held back, because a labelled section below an abstract still belongs to it
    waiting: list[Block] = []  # short blocks since the last paragraph
    begun = goes_on = bylines = False
    for block in blocks(pieces, where):
        if isinstance(block, BadRecord):
            yield block
        elif is_furniture(block) or _ABSTRACT_LABEL.match(block.text):
            continue
        elif _SECTION_LABEL.match(block.text):
            goes_on = entry is not None and not waiting
        elif entry and not waiting and (goes_on or _is_section(block)):
            entry.body.append(block)
            goes_on = False
        elif not is_prose(block.text):
            waiting.append(block)
            goes_on = False
        else:
            if entry:
                yield _paper(entry, where)
            entry, unused = _entry(waiting, block, first=not begun, bylines=bylines)
            if begun:
                yield from _left_over(unused, where)
            if entry is None and (begun or block.words >= SURELY_ABSTRACT):
                yield _bad(where, block, "a paragraph without a title line above it")
            begun = begun or entry is not None
            bylines = bylines or bool(entry and entry.authors)
            waiting = []
    if entry:
        yield _paper(entry, where)
    if begun:
        yield from _left_over(waiting, where)


def _is_section(block: Block) -> bool:
    return bool(_SECTION.match(block.text)) and (is_prose(block.text) or block.text.endswith("."))


def _entry(waiting: list[Block], body: Block, first: bool, bylines: bool) -> tuple[_Entry | None, list[Block]]:
    """The entry whose abstract is `body`: its title is the last block above that can be one, a line of authors
    between the two aside. Also the blocks above the title, which were not used."""
    candidates = [i for i, block in enumerate(waiting) if _could_be_title(block, body, first)]
    if not candidates:
        return None, waiting
    at, authors = candidates[-1], []
    if len(candidates) > 2 and _AFFILIATION.search(waiting[at].text) and _people(waiting[at - 1].text, bylines):
        at = candidates[-2]
    if at > candidates[0] and (people := _people(waiting[at].text, bylines)):
        at, authors = max(i for i in candidates if i < at), people
    links = [link.group() for block in waiting[at + 1 :] if (link := _LINK.match(block.text))]
    return _Entry(waiting[at], [body], authors, next(iter(links), None)), waiting[:at]


def _could_be_title(block: Block, body: Block, first: bool) -> bool:
    if block.words > _LONGEST_TITLE or _LINK.match(block.text) or not re.search(r"[^\W\d_]{2}", block.text):
        return False
    # Before the first paper stands the page's own furniture, so a word or two are a title there only if they are
    # written as one and what follows is an abstract without doubt.
    return not first or block.words >= 3 or (block.text[:1].isupper() and body.words >= SURELY_ABSTRACT)


def _people(text: str, lone: bool) -> list[str]:
    """The names in a line of authors, or nothing if the line is not one. A lone name looks like a short title: it is
    taken for one only after "by", before "et al.", or if the page has shown lines of authors before (`lone`)."""
    bare = _MORE_AUTHORS.sub("", _BYLINE.sub("", text.strip()))
    parts = [_NOTE_MARKS.sub("", p) for p in re.split(r"\s*[,;·|]\s*(?:and\s+)?|\s+(?:and|&)\s+", bare)]
    names = [p for p in parts if p]
    if len(names) < (1 if lone or bare != text.strip() else 2):
        return []
    return names if all(map(_is_person, names)) else []


def _is_person(name: str) -> bool:
    words = name.split()
    written = all(_NAME.fullmatch(w) and (w[0].isupper() or w.casefold() in _PARTICLES) for w in words)
    return 2 <= len(words) <= 6 and written and words[-1][0].isupper()


def _left_over(unused: list[Block], where: str) -> Iterator[BadRecord]:
    """Unused blocks that may be titles are lost papers, and said; very short lines and links are not."""
    for block in unused:
        starts_as_one = block.text.lstrip("\"'“‘(")[:1]
        if block.words >= 4 and (starts_as_one.isupper() or starts_as_one.isdigit()) and not _LINK.match(block.text):
            yield _bad(where, block, "a title line without an abstract below it")


def _bad(where: str, block: Block, reason: str, *more: Block) -> BadRecord:
    raw = "".join(f"{one.raw}\n\n" for one in (block, *more))
    return BadRecord(where, block.line, reason, block.text[:200], raw=raw)


def _paper(entry: _Entry, where: str) -> Paper | BadRecord:
    try:
        return make_paper(
            source=name,
            title=entry.title.raw,
            abstract="\n\n".join(block.raw for block in entry.body),
            authors=entry.authors,
            identifier=re.sub(r"^(?:arxiv|doi):\s*", "", entry.link, flags=re.IGNORECASE) if entry.link else None,
        )
    except RecordError as error:
        return _bad(where, entry.title, str(error), *entry.body)
