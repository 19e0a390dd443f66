"""Which record is which paper: of the library, or of this run. Every paper is taken once a run, the first time.

A record without an arXiv id or DOI (a listing page has none) is known by its title only, so its id is a title hash.
It is the same paper as the one with the same title, no other first author and a real id; the two become one paper
under the real id, whichever came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.adapters.keyword import surname_key
from app.core.domain import Paper, title_key
from app.core.ports import PaperStore
from ingest.identify import is_title_hash, stable_id


@dataclass(frozen=True, slots=True)
class Match:
    """A paper as it shall stand in the library. `replaces` is the id it stood under before, if that was another;
    `counts` is False if a record before it in this run was already counted for it."""

    paper: Paper
    replaces: str | None = None
    counts: bool = True


@dataclass(slots=True)
class Matcher:
    """The papers of one run so far."""

    store: PaperStore
    seen: set[str] = field(default_factory=set)

    def match(self, papers: Sequence[Paper]) -> tuple[list[Match], int]:
        """The papers of this batch that stand for themselves, and how many records were repeats."""
        titled = self._same_titles(papers)
        matches: dict[str, Match] = {}
        for paper in papers:
            if paper.id in self.seen:
                continue
            others = titled[title_key(paper.title)]
            found = self._joined(paper, _same_paper(paper, others.values()), matches)
            others.pop(found.replaces or "", None)
            others[found.paper.id] = found.paper
            matches[found.paper.id] = found
            self.seen.add(found.paper.id)
        taken = list(matches.values())
        return taken, len(papers) - sum(match.counts for match in taken)

    def _same_titles(self, papers: Sequence[Paper]) -> dict[str, dict[str, Paper]]:
        """By title key and id, the papers of the library that one of `papers` may be."""
        keys = {title_key(p.title) for p in papers if is_title_hash(p.id)}
        ids = {pid for found in self.store.ids_by_title(sorted(keys)).values() for pid in found}
        ids.update(stable_id(p.title, None, None) for p in papers)
        titled: dict[str, dict[str, Paper]] = defaultdict(dict)
        for old in self.store.get(sorted(ids)).values():
            titled[title_key(old.title)][old.id] = old
        return titled

    def _joined(self, paper: Paper, old: Paper | None, matches: dict[str, Match]) -> Match:
        """`paper` and the same paper under another id as one; of the two texts the one read first in this run."""
        if old is None:
            return Match(paper)
        before = matches.pop(old.id, None)
        if before or old.id in self.seen:
            merged, counts = _completed(old, paper), before is not None and before.counts
        else:
            merged, counts = _completed(paper, old), True
        replaces = old.id if old.id != merged.id else before.replaces if before else None
        return Match(merged, replaces, counts)


def _same_paper(paper: Paper, others: Iterable[Paper]) -> Paper | None:
    """The one of `others` that is `paper` under another id; None if there is none or nobody can tell which."""
    same = [
        other
        for other in others
        if other.id != paper.id
        and (is_title_hash(paper.id) or is_title_hash(other.id))
        and _same_first_author(paper, other)
    ]
    return same[0] if len(same) == 1 else None


def _same_first_author(one: Paper, other: Paper) -> bool:
    if not one.authors or not other.authors:
        return True
    return surname_key(one.authors[0]) == surname_key(other.authors[0])


def _completed(paper: Paper, other: Paper) -> Paper:
    """`paper` under the real id of the two, with the fields of `other` where it has none."""
    return replace(
        paper,
        id=other.id if is_title_hash(paper.id) else paper.id,
        authors=paper.authors or other.authors,
        year=paper.year or other.year,
        url=paper.url or other.url,
        doi=paper.doi or other.doi,
        categories=paper.categories or other.categories,
        venue=paper.venue or other.venue,
        published=paper.published or other.published,
    )
