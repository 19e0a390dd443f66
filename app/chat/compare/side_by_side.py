"""Papers that a person picked, side by side: the table alone, by rule."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.compare.aspects import STANDARD, known
from app.chat.compare.labels import labels_of, plain
from app.chat.compare.table import table_of
from app.core.domain import Evidence, Plan
from app.core.errors import InputError
from app.core.findings import Comparison
from app.core.ports import KeywordIndex, MakesVectors, PaperStore

FEWEST, MOST = 2, 8
MOST_POINTS = 8
LONGEST_POINT = 80


def side_by_side(
    ids: Sequence[str], aspects: Sequence[str], store: PaperStore, embedder: MakesVectors, keyword: KeywordIndex
) -> Comparison:
    """What the abstracts of two to eight papers say on these points (task, method, data, results and limits without
    any); rows and columns in the order given. Raises InputError for fewer or more papers, or one that is not there."""
    wanted = list(dict.fromkeys(ids))
    if not FEWEST <= len(wanted) <= MOST:
        raise InputError(f"{_count(wanted)}; a comparison takes {FEWEST} to {MOST}.", "Pick others.")
    papers = store.get(wanted)
    if gone := [each for each in wanted if each not in papers]:
        raise InputError(f'The library does not hold "{gone[0]}".', "Pick another paper.")
    points = points_of(aspects)
    evidence = [Evidence(marker, paper, f"{paper.id}#0", 0.0) for marker, paper in enumerate(papers.values(), 1)]
    plan = Plan("compare", "", tuple(papers), tuple(_labels(evidence)), aspects=points)
    return table_of(plan, evidence, embedder, keyword)


def points_of(aspects: Sequence[str]) -> tuple[str, ...]:
    """The points, each once, in our words where we have one for it ("findings" are results). Raises InputError."""
    if long := next((point for point in aspects if len(point) > LONGEST_POINT), ""):
        raise InputError(
            f'"{long[:30]}…" has {len(long)} characters; a point has room for {LONGEST_POINT}.', "A few words do."
        )
    points = tuple(dict.fromkeys(filter(None, map(point_name, aspects))))
    if len(points) > MOST_POINTS:
        raise InputError(f"You named {len(points)} points; a table has room for {MOST_POINTS}.", "Take some away.")
    return points or STANDARD


def point_name(point: str) -> str:
    """What the head of a column calls it; one word we know is ours, more words stay a person's own."""
    words = plain(point)
    return (known(words) if len(words.split()) == 1 else "") or words


def _labels(evidence: Sequence[Evidence]) -> list[str]:
    """A name for each; two of the same name are told apart by their years or ids."""
    named = labels_of(Plan("compare", ""), evidence)
    all_of_them = list(named.values())
    return [
        named[paper.id] if all_of_them.count(named[paper.id]) == 1 else f"{named[paper.id]} ({paper.year or paper.id})"
        for paper in (item.paper for item in evidence)
    ]


def _count(wanted: Sequence[str]) -> str:
    return "1 paper is picked" if len(wanted) == 1 else f"{len(wanted)} papers are picked"
