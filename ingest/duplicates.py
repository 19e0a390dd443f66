"""Papers of a library that may be one: what ingest could not decide, and titles that differ by a slip of the pen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from app.core.domain import Paper, abstract_key, title_key
from app.core.names import family_name
from app.core.ports import PaperStore
from app.core.report import NearDuplicate
from ingest.merge import same_paper

# Two titles this alike (Ratcliff and Obershelp's ratio) by one first author are worth a look: a slip, a new subtitle.
_ALIKE = 0.9
# Authors with more papers than this are compared only among titles that begin alike.
_MOST_COMPARED = 60


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
            for pair in combinations(sorted(ids), 2):
                if pair not in told and not (why == "the same title" and _plainly_two(store, *pair)):
                    told.add(pair)
                    yield NearDuplicate(*pair, why)
    for titles in by_author.values():
        for one, other in _alike(titles):
            pair = min(one, other), max(one, other)
            if pair not in told:
                told.add(pair)
                yield NearDuplicate(*pair, "nearly the same title by the same first author")


def _plainly_two(store: PaperStore, one: str, other: str) -> bool:
    """Whether papers of one title differ in first author and year: a common title, not a common paper."""
    papers: list[Paper] = list(store.get([one, other]).values())
    if len(papers) < 2:
        return True
    return same_paper(*papers) is False


def _alike(titles: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    titles.sort()
    for at, (key, paper_id) in enumerate(titles):
        others = titles[at + 1 :] if len(titles) <= _MOST_COMPARED else titles[at + 1 : at + 4]
        for other_key, other_id in others:
            if key != other_key and abs(len(key) - len(other_key)) <= 0.2 * max(len(key), len(other_key)):
                matcher = SequenceMatcher(None, key, other_key, autojunk=False)
                if (
                    matcher.real_quick_ratio() >= _ALIKE
                    and matcher.quick_ratio() >= _ALIKE
                    and matcher.ratio() >= _ALIKE
                ):
                    yield paper_id, other_id
