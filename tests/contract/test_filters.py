"""Whatever finds papers by an index must find those that `Filters.fits` fits, no more and no fewer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.keyword import TantivyKeywordIndex
from app.core.domain import Paper
from app.core.filters import Filters, days_of
from app.core.report import Changes

PEOPLE = (
    "Jun Wang",
    "Jing Wang",
    "J. Wang",
    "Wang, Jun",
    "Wang J",
    "José Muñoz",
    "Munoz",
    "Jean-Pierre Dupont",
    "J.-P. Dupont",
    "Dupont JP",
    "Anna van der Berg",
    "van der Berg",
    "Martin King Jr.",
    "李明",
    "Wang",
    "The | + Group",
    "=",
    "",
    " , ",
    "\ud800",
)
CATEGORIES = ("cs.CL", "cs.LG", "cs", "CS", "stat.ML", "stat", ".x", "a..b", "a.", "", "math", "\ud800.q")
VENUES = (
    "ACL 2023",
    "NAACL",
    "acl",
    "J. of  Odd_Things",
    "Ö",
    "öd",
    "日本語の論文誌",
    "本語",
    "of Odd",
    "",
    "!",
    "a" * 300,
)
SOURCES = ("bibtex", "BibTeX", "arxiv-api", "", "ß", "SS")
DATES = (
    None,
    "2023",
    "2023-05",
    "2023-05-14",
    "2023-12-31",
    "2024-01-01",
    "1999",
    "yesterday",
    "2023-05-14T10:00",
    "0",
)
WHENS = ("", "1999", "2022", "2023", "2023-05", "2023-05-14", "2023-06", "2024", "2024-01-01")


def some(values: Sequence[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """A few of these values or of any text."""
    value = st.sampled_from(values) | st.text(max_size=6)
    return st.lists(value, max_size=most).map(tuple)


def papers() -> st.SearchStrategy[list[Paper]]:
    """Papers whose ids are their numbers."""
    sayable = st.text(max_size=8).filter(_is_sayable)

    def several(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
        value = st.sampled_from([value for value in values if _is_sayable(value)]) | sayable
        return st.lists(value, max_size=3).map(tuple)

    paper = st.builds(
        Paper,
        id=st.just(""),
        title=st.just("On newts"),
        abstract=st.just("Newts are counted."),
        authors=several(PEOPLE),
        year=st.none() | st.sampled_from([1999, 2022, 2023, 2024, 0, -5]),
        categories=several(CATEGORIES),
        venue=st.none() | st.sampled_from(VENUES) | sayable,
        published=st.sampled_from(DATES),
        source=st.sampled_from(SOURCES) | sayable,
        flags=st.sampled_from([(), ("odd",)]),
    )
    return st.lists(paper, max_size=8).map(
        lambda found: [replace(paper, id=f"p{number}") for number, paper in enumerate(found)]
    )


def _is_sayable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


FILTERS = st.builds(
    Filters,
    since=st.sampled_from(WHENS),
    until=st.sampled_from(WHENS),
    authors=some(PEOPLE),
    all_authors=some(PEOPLE, 2),
    categories=some(CATEGORIES),
    venues=some(VENUES, 2),
    sources=some(SOURCES),
    flagged=st.sampled_from([None, None, True, False]),
    ids=some(("p0", "p1", "p2", "unknown", "\ud800", ""), 3),
    not_ids=some(("p0", "p2", "unknown", "\ud800", ""), 3),
)
# Each condition by itself too: all of them together seldom fit anything.
ONE = st.sampled_from(sorted(Filters.__slots__)).flatmap(
    lambda name: FILTERS.map(lambda filters: Filters(**{name: getattr(filters, name)}))
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(papers(), st.lists(FILTERS | ONE, min_size=1, max_size=40))
def test_the_index_agrees_with_what_filters_mean(stored: list[Paper], asked: list[Filters]) -> None:
    """The papers the index finds for a filter are those that fit it, counted, listed, searched and dated alike."""
    with tempfile.TemporaryDirectory() as folder:
        index = TantivyKeywordIndex(Path(folder) / "keyword")
        older = tuple(
            replace(paper, authors=("Older Wang",), venue="ACL", source="", flags=()) for paper in stored[::2]
        )
        index.apply(Changes(older, (), 1), "store")
        index.apply(Changes(tuple(stored), ("gone",), 2), "store")
        for filters in asked:
            fitting = [paper for paper in stored if filters.fits(paper)]
            ids = {paper.id for paper in fitting}
            matching = index.fitting(filters)
            assert set(matching.ids()) == ids
            assert len(matching) == len(ids)
            assert matching.of([paper.id for paper in stored]) == ids
            assert {hit.paper_id for hit in index.search("newts", 100, filters)} == ids
            dated = index.newest(100, filters)
            assert set(dated) == ids and len(dated) == len(ids)
            days = {paper.id: days_of(paper)[0] or -(10**9) for paper in fitting}
            assert [days[i] for i in dated] == sorted(days.values(), reverse=True)
