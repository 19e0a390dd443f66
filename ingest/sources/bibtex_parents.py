"""Entries that give fields to others: BibTeX's `crossref` (a talk and its proceedings) and BibLaTeX's `xdata`.

BibTeX wants parents after their children, BibLaTeX lets them stand anywhere. Of a parent a few short fields are kept;
a child whose parent has not come yet is held back. Both only up to a bound: beyond it the oldest go on as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.sources.bibtex_entries import Entry

Fields = dict[str, str]
Read = tuple[Entry, Fields]

# Without an abstract these are no papers, and nobody misses one.
_NO_PAPERS = frozenset(
    "proceedings mvproceedings collection mvcollection mvbook reference mvreference periodical xdata set".split()
)
_PARENTS = _NO_PAPERS | {"book", "manual"}
_DATES = ("year", "date", "month")
_VENUES = ("journal", "journaltitle", "booktitle")
_GIVEN = frozenset((*_DATES, *_VENUES))
_KEY = re.compile(r"@[^{(]*[{(]\s*([^{}\"=,\s]+)\s*,")
_BETWEEN = re.compile(r"[\s,]+")
# What is kept: so many keys; of a parent so many fields, this short; so many characters of parents, and of children.
_MOST_NAMED, _MOST_FIELDS, _LONGEST, _MOST_HELD = 50_000, 20, 1000, 8_000_000


@dataclass(slots=True)
class Families:
    """Takes the entries of a file one by one and gives them back with what they inherit."""

    parents: dict[str, Fields] = field(default_factory=dict)
    # Keys that children have named; whatever has such a key need not be a paper.
    named: set[str] = field(default_factory=set)
    # By their numbers: children that wait for parents, and books that may be parents of later ones.
    held: dict[int, Read] = field(default_factory=dict)
    waiting: dict[str, dict[int, None]] = field(default_factory=dict)
    count: int = 0
    size: int = 0
    parents_size: int = 0

    def take(self, entry: Entry, fields: Fields) -> Iterator[Read]:
        """Those that are ready once this entry is known."""
        key = _key(entry)
        wanted = _named_by(fields)
        if wanted and len(self.named) < _MOST_NAMED:
            self.named.update(wanted)
        ready = self._inherited(fields, wanted)
        if key and (entry.kind in _PARENTS or key in self.named) and self.parents_size < _MOST_HELD:
            self.parents[key] = _kept(entry.kind, ready)
            self.parents_size += sum(map(len, self.parents[key].values()), 100)
            yield from self._children_of(key)
        if self._is_no_paper(entry, fields):
            return
        unknown = [name for name in wanted if name not in self.parents]
        if _has_abstract(fields) and unknown and _lacks(ready, fields):
            self._hold(entry, fields, unknown)
        elif entry.kind in _PARENTS and not _has_abstract(fields):
            self._hold(entry, fields, [])
        else:
            yield entry, ready
        yield from self._too_many()

    def rest(self) -> Iterator[Read]:
        """Those that are still held back when the file ends."""
        for at in sorted(self.held):
            entry, fields = self.held[at]
            if not self._is_no_paper(entry, fields):
                yield entry, self._inherited(fields, _named_by(fields))
        self.held.clear()

    def _is_no_paper(self, entry: Entry, fields: Fields) -> bool:
        return not _has_abstract(fields) and (entry.kind in _NO_PAPERS or _key(entry) in self.named)

    def _hold(self, entry: Entry, fields: Fields, unknown: Sequence[str]) -> None:
        self.count += 1
        self.held[self.count] = entry, fields
        self.size += len(entry.text or "")
        for name in unknown:
            self.waiting.setdefault(name, {})[self.count] = None

    def _release(self, at: int) -> Read:
        entry, fields = self.held.pop(at)
        self.size -= len(entry.text or "")
        names = _named_by(fields)
        for name in names:
            others = self.waiting.get(name, {})
            others.pop(at, None)
            if not others:
                self.waiting.pop(name, None)
        return entry, self._inherited(fields, names)

    def _children_of(self, key: str) -> Iterator[Read]:
        for at in list(self.waiting.get(key, ())):
            if all(name in self.parents for name in _named_by(self.held[at][1])):
                yield self._release(at)

    def _too_many(self) -> Iterator[Read]:
        while self.size > _MOST_HELD:
            yield self._release(next(iter(self.held)))

    def _inherited(self, fields: Fields, names: Sequence[str]) -> Fields:
        """The fields with those that they lack and the parents have. What says when goes together, and what says where:
        the parent's year is not taken beside a child's own date."""
        result = fields
        for parent in (self.parents[name] for name in names if name in self.parents):
            whole = parent.get("") == "xdata"
            lacking = dict(parent) if whole else {name: value for name, value in parent.items() if name in _GIVEN}
            for group in (_DATES, _VENUES):
                if any(name in result for name in group):
                    lacking = {name: value for name, value in lacking.items() if name not in group}
            lacking.pop("", None)
            result = {**lacking, **result}
        return result


def _kept(kind: str, fields: Fields) -> Fields:
    """What a parent gives: short fields, and its title as the title of the book, or of the journal. "" is its kind."""
    short = {name: value for name, value in fields.items() if len(value) <= _LONGEST}
    if kind == "xdata":
        return {"": kind} | dict(list(short.items())[:_MOST_FIELDS])
    given = {name: value for name, value in short.items() if name in _GIVEN}
    if "title" in short and not any(name in given for name in _VENUES):
        given["journaltitle" if kind == "periodical" else "booktitle"] = short["title"]
    return given


def _key(entry: Entry) -> str:
    found = _KEY.match(entry.text or "")
    return found[1].lower() if found else ""


def _named_by(fields: Fields) -> list[str]:
    """The keys of an entry's parents, the nearest first."""
    if "crossref" not in fields and "xdata" not in fields:
        return []
    names = _BETWEEN.split(f"{fields.get('xdata', '')},{fields.get('crossref', '')}".lower())
    return [name for name in names if name]


def _has_abstract(fields: Fields) -> bool:
    return "abstract" in fields or "abstractnote" in fields


def _lacks(ready: Fields, fields: Fields) -> bool:
    """Whether a parent could still give something that a paper has."""
    return "xdata" in fields or any(all(name not in ready for name in group) for group in (_DATES, _VENUES))
