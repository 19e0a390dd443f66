"""Papers of a library that may be one: what ingest could not decide, and titles that differ by a slip of the pen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import TypeVar

from app.core.domain import Paper, abstract_key, title_key
from app.core.names import family_name
from app.core.ports import PaperStore
from app.core.report import NearDuplicate
from ingest.merge import same_paper

# Two titles this alike (Ratcliff and Obershelp's ratio) by one first author are worth a look: a slip, a new subtitle.
_ALIKE = 0.9
# In larger groups (an author's papers, the papers of one title) each is compared only with the few that follow it, in
# the order of titles or of first authors.
_MOST_COMPARED, _FEW = 60, 3

T = TypeVar("T")


def near_duplicates(store: PaperStore) -> Iterator[NearDuplicate]:
    """Every pair once, with the strongest reason: the same title, the same abstract, nearly the same title by the
    same first author. One pass over the library; memory is a title a paper."""
    told: set[tuple[str, str]] = set()
    by_title: dict[str, list[str]] = defaultdict(list)
    by_abstract: dict[str, list[str]] = defaultdict(list)
    by_author: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for paper in store.papers():
        key = title_key(paper.title)
        by_title[key].append(paper.id)
        by_abstract[abstract_key(paper.abstract)].append(paper.id)
        if paper.authors:
            by_author[family_name(paper.authors[0])].append((key, paper.id))
    for why, groups in (("the same title", by_title), ("the same abstract", by_abstract)):
        for ids in groups.values():
            if len(ids) == 1:
                continue
            papers = store.get(ids)
            for one, other in _pairs(sorted(papers.values(), key=_person)):
                pair = min(one.id, other.id), max(one.id, other.id)
                # Of one title, but by another first author in another year: a common title, not a common paper.
                plainly_two = why == "the same title" and same_paper(one, other) is False
                if pair not in told and not plainly_two:
                    told.add(pair)
                    yield NearDuplicate(*pair, why)
    for titles in by_author.values():
        for left, right in _alike(titles):
            pair = min(left, right), max(left, right)
            if pair not in told:
                told.add(pair)
                yield NearDuplicate(*pair, "nearly the same title by the same first author")


def _person(paper: Paper) -> tuple[str, int, str]:
    return family_name((paper.authors or ("",))[0]), paper.year or 0, paper.id


def _pairs(items: Sequence[T]) -> Iterator[tuple[T, T]]:
    """Every pair; where there are very many ("Editorial"), each with the few that follow it."""
    if len(items) <= _MOST_COMPARED:
        yield from combinations(items, 2)
        return
    for at, one in enumerate(items):
        yield from ((one, other) for other in items[at + 1 : at + 1 + _FEW])


def _alike(titles: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for (key, paper_id), (other_key, other_id) in _pairs(sorted(titles)):
        if key != other_key and abs(len(key) - len(other_key)) <= 0.2 * max(len(key), len(other_key)):
            matcher = SequenceMatcher(None, key, other_key, autojunk=False)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
                yield paper_id, other_id
