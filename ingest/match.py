"""Which record is which paper: of the library, or of this run.

By arXiv id (any version), by DOI, else by title with first author or year (`ingest.merge.same_paper`). A record that
ties two papers of the library together, by the id of one and the DOI or title of the other, makes them one. What cannot
be decided stays apart and is reported. A record that its file has brought before, word for word, brings nothing new,
whatever other files have said about the paper since: so a second run changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from app.core.domain import Paper, abstract_key, title_key
from app.core.report import NearDuplicate, Told
from ingest.identify import arxiv_id, distinct_id, is_distinct_id, is_title_hash
from ingest.merge import as_known, best_first, differ_in_sign, likeliest, merged, same_paper

Outcome = Literal["new", "changed", "unchanged"]
Doubts = list[tuple[str, str]]
# Thousands of papers are called "Editorial"; that each may be any of the others need not be said.
_MOST_DOUBTS = 10


class Known(Protocol):
    """What matching asks of a `PaperStore`."""

    def get(self, ids: Sequence[str]) -> dict[str, Paper]: ...
    def taken(self, fingerprints: Sequence[str]) -> dict[str, dict[str, str]]: ...
    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]: ...
    def ids_by_doi(self, dois: Sequence[str]) -> dict[str, list[str]]: ...
    def ids_by_abstract(self, keys: Sequence[str]) -> dict[str, list[str]]: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of records comes to: papers to write, ids they stood under before, what to remember of the
    records, and how many records were repeats of a paper this run had already met."""

    write: list[Paper]
    removed: list[str]
    told: Told
    repeated: int
    near: list[NearDuplicate]


@dataclass(slots=True)
class Matcher:
    """The papers of one run so far: `seen` says what became of each."""

    store: Known
    seen: dict[str, Outcome] = field(default_factory=dict)

    def match(self, papers: Sequence[Paper]) -> Batch:
        """Take in one batch. Nothing is written; `seen` then counts these papers."""
        return _Round(self.store, self.seen, papers).run()

    def count(self, outcome: Outcome) -> int:
        return sum(1 for found in self.seen.values() if found == outcome)


class _Round:
    """One batch under work: the papers of the library that its records may be, and what becomes of them. What comes
    out must not depend on where one batch ends and the next begins."""

    def __init__(self, store: Known, seen: dict[str, Outcome], papers: Sequence[Paper]) -> None:
        self.seen = seen
        self.records = [(paper, (paper.fingerprint, paper.source)) for paper in papers]
        taken = store.taken([mark for _, (mark, _) in self.records])
        self.taken = {(mark, origin): i for mark, by_origin in taken.items() for origin, i in by_origin.items()}
        # Of records that came before nothing more needs to be known.
        fresh = [paper for paper, record in self.records if record not in self.taken]
        by_title = store.ids_by_title([title_key(paper.title) for paper in fresh])
        by_doi = store.ids_by_doi([paper.doi for paper in fresh if paper.doi])
        ids = {paper.id for paper in fresh}.union(*by_title.values(), *by_doi.values())
        ids |= {distinct_id(paper) for paper in fresh if is_title_hash(paper.id)}
        self.stored = store.get(sorted(ids))
        # Most papers are new and alone; only of those with a new text are abstracts compared.
        texts = [p for p in fresh if p.id not in self.stored or self.stored[p.id].abstract != p.abstract]
        self.abstracts = {paper.abstract: abstract_key(paper.abstract) for paper in texts}
        self.by_abstract = defaultdict(list, store.ids_by_abstract(list(self.abstracts.values())))
        self.now: dict[str, Paper] = {}  # the papers as they stand after the records so far
        self.titles: dict[str, set[str]] = defaultdict(set)
        self.key_of: dict[str, str] = {}
        self.dois: dict[str, set[str]] = defaultdict(set)
        for paper in self.stored.values():
            self._keep(paper)
        self.told: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.instead: list[tuple[str, str]] = []
        self.renamed: dict[str, str] = {}
        self.joined = 0
        self.near: dict[tuple[str, str], str] = {}

    def run(self) -> Batch:
        repeated = sum(not self._take(paper, record) for paper, record in self.records)
        # An id that a paper has given up may by now be another's.
        moved = {i: self._called(new) for i, new in self.renamed.items() if i in self.stored}
        kept = {i: paper.fingerprint for i, paper in self.stored.items() if i not in moved}
        write = [paper for i, paper in self.now.items() if kept.get(i) != paper.fingerprint]
        records = [(i, origin, mark) for i, told in self.told.items() for mark, origin in told]
        told = Told(records, self.instead, moved)
        near = [pair(self._called(one), self._called(other), why) for (one, other), why in self.near.items()]
        return Batch(write, list(moved), told, repeated + self.joined, [p for p in near if p.paper_id != p.other_id])

    def _take(self, paper: Paper, record: tuple[str, str]) -> bool:
        """Whether the record is the first of its paper in this run."""
        if record in self.taken:
            known = self._called(self.taken[record])
            first = known not in self.seen
            self.seen.setdefault(known, "unchanged")
            return first
        same, doubts = self._same(paper)
        if not same:
            paper = self._under_own_id(paper)
            same = [self.now[paper.id]] if paper.id in self.now else []
        if same:
            first = self._join(same, paper, record)
        else:
            first = True
            doubts += self._with_same_abstract(paper)
            self._keep(paper)
            self.seen[paper.id] = "new"
            self._remember(paper.id, record)
        self._note_near(self._called(self.taken[record]), doubts)
        return first

    def _join(self, same: Sequence[Paper], paper: Paper, record: tuple[str, str]) -> bool:
        """Make one paper of these and the record."""
        met = [other for other in same if other.id in self.seen]
        self.joined += max(0, len(met) - 1)
        whole = same[0]
        for other in same[1:]:
            whole = merged(whole, other, new_wins=False)
        result = merged(whole, paper, new_wins=not met)
        result = replace(result, source=paper.source if result.abstract == paper.abstract else whole.source)
        states = {self.seen.get(other.id, "unchanged") for other in same}
        changed = len(same) > 1 or result.fingerprint != same[0].fingerprint
        if not met:
            # What the file said of the paper when it was read before, it says no more.
            self.instead += [(other.id, paper.source) for other in same if other.id in self.stored]
        for other in same:
            self.seen.pop(other.id, None)
            if other.id != result.id:
                self._rename(other.id, result.id)
        # `source` alone is no change: it stays that of the record that brought the rest.
        if result.id not in self.now or result.fingerprint != self.now[result.id].fingerprint:
            self._keep(result)
        self.seen[result.id] = "new" if states == {"new"} else "changed" if changed or len(states) > 1 else states.pop()
        self._remember(result.id, record)
        return not met

    def _keep(self, paper: Paper) -> None:
        self.now[paper.id] = paper
        self.key_of[paper.id] = title_key(paper.title)
        self.titles[self.key_of[paper.id]].add(paper.id)
        if paper.doi:
            self.dois[paper.doi].add(paper.id)
        if paper.abstract in self.abstracts:
            self.by_abstract[self.abstracts[paper.abstract]].append(paper.id)

    def _remember(self, paper_id: str, record: tuple[str, str]) -> None:
        self.taken[record] = paper_id
        self.told[paper_id].append(record)

    def _rename(self, old_id: str, new_id: str) -> None:
        """A paper known by less is now known by more."""
        del self.now[old_id]
        self.renamed[old_id] = new_id
        self.told[new_id] += self.told.pop(old_id, [])

    def _called(self, paper_id: str) -> str:
        """What the paper of this id is called by now."""
        while paper_id not in self.now and paper_id in self.renamed:
            paper_id = self.renamed[paper_id]
        return paper_id

    def _same(self, paper: Paper) -> tuple[list[Paper], Doubts]:
        """The papers of the library, or of this run, that this record is of, the one known by most first; and
        (id, why) of those it may be."""
        same: list[Paper] = []
        doubts: Doubts = []
        if paper.id in self.now and (is_distinct_id(paper.id) or not is_title_hash(paper.id)):
            same.append(self.now[paper.id])
        for other in self._papers(self.dois[paper.doi] if paper.doi else ()):
            if other.doi == paper.doi and other not in same:
                if len({arxiv_id(one.id) for one in (paper, other, *same)} - {None}) < 2:
                    same.append(other)
                else:
                    doubts.append((other.id, "the same DOI under two arXiv ids"))
        asked = as_known(paper, same)
        key = title_key(paper.title)
        titled = [p for p in self._papers(i for i in self.titles[key] if self.key_of[i] == key) if p not in same]
        verdicts = [(other, same_paper(asked, other)) for other in likeliest(asked, titled)]
        undecided = [other for other, verdict in verdicts if verdict is None]
        doubts += [(other.id, _why(asked, other)) for other in undecided[:_MOST_DOUBTS]]
        alike = [other for other, verdict in verdicts if verdict]
        if len(alike) > 1:
            # Two papers share the title, and the record may be of either, or was already put beside them.
            own = [p for p in alike if is_title_hash(p.id) and distinct_id(p) == distinct_id(asked)]
            doubts += [(other.id, "the same title as more than one paper") for other in alike if other not in own]
            alike = own[:1]
        return best_first([*same, *alike]), doubts

    def _papers(self, ids: Iterable[str]) -> list[Paper]:
        return [self.now[paper_id] for paper_id in sorted(ids) if paper_id in self.now]

    def _under_own_id(self, paper: Paper) -> Paper:
        """A title hash stands for the first paper of that title; another paper of the same title gets a longer one."""
        if not is_title_hash(paper.id) or is_distinct_id(paper.id) or paper.id not in self.now:
            return paper
        return replace(paper, id=distinct_id(paper))

    def _with_same_abstract(self, paper: Paper) -> Doubts:
        """Papers with this abstract whose titles differ; those of its title are judged by that."""
        key, title = self.abstracts.get(paper.abstract, ""), title_key(paper.title)
        found: Doubts = []
        for other_id in sorted({self._called(i) for i in self.by_abstract.get(key, ())}):
            other = self.now.get(other_id)
            if other is None or (title_key(other.title) != title and abstract_key(other.abstract) == key):
                found.append((other_id, "the same abstract under another title"))
        return found

    def _note_near(self, paper_id: str, doubts: Iterable[tuple[str, str]]) -> None:
        for other_id, why in list(doubts)[:_MOST_DOUBTS]:
            self.near.setdefault((paper_id, other_id), why)


def pair(one: str, other: str, why: str) -> NearDuplicate:
    """The pair in the order of ids, so that it is the same from whichever side it is met."""
    return NearDuplicate(min(one, other), max(one, other), why)


def _why(paper: Paper, other: Paper) -> str:
    if arxiv_id(paper.id) and arxiv_id(other.id):
        return "the same title under two arXiv ids"
    if paper.doi and other.doi and paper.doi != other.doi:
        return "the same title under two DOIs"
    if differ_in_sign(paper, other):
        return "titles that differ in a sign"
    if paper.authors and other.authors:
        return "the same title with another first author"
    if paper.year and other.year and paper.year != other.year:
        return "the same title in another year"
    return "a title that many papers have"
