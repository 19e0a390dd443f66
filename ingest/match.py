"""Which record is which paper: of the library, or of this run.

By arXiv id (any version), by DOI, else by title with first author or year (`ingest.merge.same_paper`). What cannot be
decided stays apart and is reported. A record that its file has brought before, word for word, brings nothing new,
whatever other files have said about the paper since: so a second run changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from app.core.domain import Paper, abstract_key, title_key
from app.core.ports import PaperStore
from app.core.report import NearDuplicate
from ingest.identify import arxiv_id, distinct_id, is_title_hash, stable_id
from ingest.merge import merged, same_paper

Outcome = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of records comes to: papers to write, ids they stood under before, records by paper and origin,
    and how many records were repeats of a paper this run had already met."""

    write: list[Paper]
    replaced: list[str]
    told: dict[str, dict[str, str]]
    repeated: int
    near: list[NearDuplicate]


@dataclass(slots=True)
class Matcher:
    """The papers of one run so far: `seen` says what became of each."""

    store: PaperStore
    seen: dict[str, Outcome] = field(default_factory=dict)

    def match(self, papers: Sequence[Paper]) -> Batch:
        """Take in one batch. Nothing is written; `seen` then counts these papers."""
        return _Round(self.store, self.seen, papers).run()

    def count(self, outcome: Outcome) -> int:
        return sum(1 for found in self.seen.values() if found == outcome)


class _Round:
    """One batch under work: the papers of the library that its records may be, and what becomes of them."""

    def __init__(self, store: PaperStore, seen: dict[str, Outcome], papers: Sequence[Paper]) -> None:
        self.seen, self.papers = seen, papers
        keys = [title_key(paper.title) for paper in papers]
        by_title = store.ids_by_title(keys)
        by_doi = store.ids_by_doi([paper.doi for paper in papers if paper.doi])
        ids = {paper.id for paper in papers}.union(*by_title.values(), *by_doi.values())
        self.stored = store.get(sorted(ids))
        self.told_before = store.told(list(self.stored))
        # Most papers are new and alone; only of those with a new text are abstracts compared.
        fresh = [p for p in papers if p.id not in self.stored or self.stored[p.id].abstract != p.abstract]
        self.abstracts = {paper.abstract: abstract_key(paper.abstract) for paper in fresh}
        self.by_abstract = store.ids_by_abstract(list(self.abstracts.values()))
        self.now = dict(self.stored)  # the papers as they stand after the records so far
        self.titles: dict[str, list[str]] = defaultdict(list)
        self.dois: dict[str, list[str]] = defaultdict(list)
        for paper in self.stored.values():
            self._index(paper)
        self.told: dict[str, dict[str, str]] = defaultdict(dict)
        self.replaced: list[str] = []
        self.near: dict[tuple[str, str], NearDuplicate] = {}

    def run(self) -> Batch:
        repeated = sum(not self._take(paper) for paper in self.papers)
        write = [
            paper
            for paper_id, paper in self.now.items()
            if paper_id not in self.stored or paper.fingerprint != self.stored[paper_id].fingerprint
        ]
        gone = [paper_id for paper_id in self.replaced if paper_id in self.stored]
        near = [pair for pair in self.near.values() if not {pair.paper_id, pair.other_id} & set(self.replaced)]
        return Batch(write, gone, dict(self.told), repeated, near)

    def _index(self, paper: Paper) -> None:
        for keys, key in ((self.titles, title_key(paper.title)), (self.dois, paper.doi)):
            if key and paper.id not in keys[key]:
                keys[key].append(paper.id)

    def _take(self, paper: Paper) -> bool:
        """Whether the record is the first of its paper in this run."""
        mark = paper.fingerprint
        old, doubts = self._known(paper)
        if old is None:
            paper = self._under_own_id(paper)
            self._keep(paper, mark, "new")
            self._note_near(paper.id, [*doubts, *self._with_same_abstract(paper)])
            return True
        first = old.id not in self.seen
        if self._told(old.id, paper.source) == mark:
            self.seen.setdefault(old.id, "unchanged")
            return first
        result = merged(old, paper, new_wins=first)
        result = replace(result, source=paper.source if result.abstract == paper.abstract else old.source)
        if result.id != old.id:
            self._rename(old.id, result.id)
        changed = result.fingerprint != old.fingerprint
        before = self.seen.get(result.id, "unchanged")
        self._keep(result, mark, "changed" if changed and before == "unchanged" else before, paper.source)
        self._note_near(result.id, doubts)
        return first

    def _keep(self, paper: Paper, mark: str, outcome: Outcome, origin: str | None = None) -> None:
        self.now[paper.id] = paper
        self.seen[paper.id] = outcome
        self.told[paper.id][origin or paper.source] = mark
        self._index(paper)

    def _told(self, paper_id: str, origin: str) -> str | None:
        return self.told[paper_id].get(origin) or self.told_before.get(paper_id, {}).get(origin)

    def _rename(self, old_id: str, new_id: str) -> None:
        """A paper known by less is now known by more."""
        self.now.pop(old_id, None)
        self.replaced.append(old_id)
        self.told[new_id] = {**self.told_before.get(old_id, {}), **self.told.pop(old_id, {}), **self.told[new_id]}
        if old_id in self.seen:
            self.seen[new_id] = self.seen.pop(old_id)

    def _known(self, paper: Paper) -> tuple[Paper | None, list[tuple[str, str]]]:
        """The paper of the library, or of this run, that this record is of; and (id, why) of those it may be."""
        if not is_title_hash(paper.id) and paper.id in self.now:
            return self.now[paper.id], []
        doubts: list[tuple[str, str]] = []
        for other in self._papers(self.dois[paper.doi] if paper.doi else ()):
            if not (arxiv_id(paper.id) and arxiv_id(other.id)):
                return other, []
            doubts.append((other.id, "the same DOI under two arXiv ids"))
        same: list[Paper] = []
        for other in self._papers(self.titles[title_key(paper.title)]):
            verdict = same_paper(paper, other)
            if verdict:
                same.append(other)
            elif verdict is None:
                doubts.append((other.id, _why(paper, other)))
        if len(same) == 1:
            return same[0], doubts
        return None, doubts + [(other.id, "the same title as more than one paper") for other in same]

    def _papers(self, ids: Iterable[str]) -> list[Paper]:
        return [self.now[paper_id] for paper_id in ids if paper_id in self.now]

    def _under_own_id(self, paper: Paper) -> Paper:
        """A title hash stands for the first paper of that title; another paper of the same title gets a longer one."""
        taken = paper.id in self.now or paper.id != stable_id(paper.title, None, None)
        return replace(paper, id=distinct_id(paper)) if is_title_hash(paper.id) and taken else paper

    def _with_same_abstract(self, paper: Paper) -> list[tuple[str, str]]:
        """Papers with this abstract whose titles differ; those of its title are judged by that."""
        others = self.by_abstract.get(self.abstracts.get(paper.abstract, ""), ())
        same_title = set(self.titles[title_key(paper.title)])
        return [(i, "the same abstract under another title") for i in others if i not in same_title]

    def _note_near(self, paper_id: str, doubts: Iterable[tuple[str, str]]) -> None:
        for other_id, why in doubts:
            if other_id != paper_id:
                pair = min(paper_id, other_id), max(paper_id, other_id)
                self.near.setdefault(pair, NearDuplicate(*pair, why))


def _why(paper: Paper, other: Paper) -> str:
    if arxiv_id(paper.id) and arxiv_id(other.id):
        return "the same title under two arXiv ids"
    if paper.doi and other.doi and paper.doi != other.doi:
        return "the same title under two DOIs"
    if paper.authors and other.authors:
        return "the same title with another first author"
    return "the same title in another year"
