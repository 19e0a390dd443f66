"""Counting and filtering by the catalogue: the same as looking at every paper, and always in step with them."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.catalogue import SqliteCatalogue
from app.core.domain import Paper
from app.core.filters import Filters, days_of
from app.core.ports import Facet
from tests.invented_library import POND

PEOPLE = [
    "Ada Newt",
    "A. Newt",
    "Newt, Ada",
    "Bo Newt",
    "Jun Wang",
    "J. Wang",
    "Jing Wang",
    "Wang",
    "王伟",
    "Zoë de Olm",
]
CATEGORIES = ["cs", "cs.CL", "cs.CLX", "CS.cl", "Machine Learning", "stat.ML", "machine"]
VENUES = ["ACL", "NAACL 2021", "Nature", "Journal of Lakes", "acl 2021", "J. Nat. Ure"]
WHEN = ["2019", "2020", "2020-02", "2020-02-29", "2021-12", "2022"]
SOURCES = ["arxiv", "BibTeX", ""]

papers = st.builds(
    Paper,
    id=st.sampled_from([f"p{n}" for n in range(12)]),
    title=st.just("T"),
    abstract=st.just("A."),
    authors=st.lists(st.sampled_from(PEOPLE), max_size=4).map(tuple),
    year=st.one_of(st.none(), st.integers(2018, 2023)),
    categories=st.lists(st.sampled_from(CATEGORIES), max_size=3).map(tuple),
    venue=st.one_of(st.none(), st.sampled_from(VENUES)),
    published=st.one_of(st.none(), st.sampled_from(WHEN), st.just("no date")),
    source=st.sampled_from(SOURCES),
    flags=st.sampled_from([(), ("a warning",)]),
)


def some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.one_of(st.just(()), st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple))


filters = st.builds(
    Filters,
    since=st.sampled_from(["", *WHEN]),
    until=st.sampled_from(["", *WHEN]),
    authors=some(PEOPLE),
    all_authors=some(PEOPLE),
    categories=some(CATEGORIES),
    venues=some([*VENUES, "nat", "?!"]),
    sources=some([*SOURCES, "ARXIV"]),
    flagged=st.sampled_from([None, None, True, False]),
    ids=some(["p1", "p2", "p3", "nobody"]),
    not_ids=some(["p1", "p3", "nobody"]),
).map(lambda whole: random.Random(repr(whole)).choice([whole, *map(whole.without, whole.given())]))


def counted(by: Facet, found: list[Paper]) -> dict[str, int]:
    """What `tally` says, by looking at every paper."""
    counts: Counter[str] = Counter()
    for paper in found:
        day = days_of(paper)[0]
        values = {
            "year": [str(day // 10_000)] if day else [],
            "author": paper.authors,
            "category": paper.categories,
            "venue": [paper.venue] if paper.venue else [],
        }[by]
        counts.update(set(values))
    return dict(counts)


@settings(max_examples=40, deadline=None)
@given(st.lists(papers, max_size=10, unique_by=lambda paper: paper.id), st.lists(filters, min_size=1, max_size=4))
def test_the_same_as_looking_at_every_paper(stored: list[Paper], asked: list[Filters]) -> None:
    """Papers that fit, their number and their counts by anything are what `Filters.fits` says of each paper."""
    with tempfile.TemporaryDirectory() as folder, closing(SqliteCatalogue(Path(folder) / "c.sqlite")) as store:
        store.write(stored)
        for each in [*asked, Filters()]:
            fitting = [paper for paper in stored if each.fits(paper)]
            found = store.fitting(each)
            assert sorted(found) == sorted(paper.id for paper in fitting), each
            assert store.count_fitting(each) == len(fitting)
            by: Facet
            for by in ("year", "author", "category", "venue"):
                assert dict(store.tally(by, each)) == counted(by, fitting), (by, each)
            dates = [days_of(store.get([i])[i])[0] for i in found]
            assert dates == sorted(dates, reverse=True)
            known = [date for date in dates if date]
            oldest = [days_of(store.get([i])[i])[0] for i in store.fitting(each, len(known), oldest=True)]
            assert oldest == sorted(known)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    store = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    yield store
    store.close()


def test_in_step_with_every_change(store: SqliteCatalogue) -> None:
    """New, changed and removed papers count at once, also after the counts were asked for before."""
    store.write(POND)
    assert store.tally("year") == {"2020": 1, "2021": 1, "2022": 1, "2023": 2, "2024": 1}
    store.write([Paper("2001.00001", "On Newts", "Changed.", year=2024)], removed=["2105.00002"])
    assert store.tally("year") == {"2022": 1, "2023": 2, "2024": 2}
    assert store.count_fitting(Filters(authors=("Newt",))) == 0
    assert list(store.tally("category"))[0] == "cs.CL"


def test_the_order_of_counts(store: SqliteCatalogue) -> None:
    """Years in order, everything else the most frequent first and then by name."""
    store.write(POND)
    assert list(store.tally("year")) == ["2020", "2021", "2022", "2023", "2024"]
    assert list(store.tally("category").items())[:3] == [("cs.CL", 3), ("Machine Learning", 1), ("cs.CV", 1)]
    assert store.fitting(most=2) == ["title:frogs", "2305.00005"]
    assert store.fitting(most=1, oldest=True) == ["2001.00001"]
    assert store.fitting()[-1] == "title:undated"


def test_a_library_from_before(tmp_path: Path) -> None:
    """A library without the table, or one that an older version has written to since, is taken in when it is asked."""
    path = tmp_path / "catalogue.sqlite"
    with closing(SqliteCatalogue(path)) as store:
        store.write(POND[:2])
    with closing(sqlite3.connect(path)) as old:
        old.execute("DROP TABLE facts")
        old.execute("DELETE FROM about WHERE name = 'facts'")
        old.commit()
    with closing(SqliteCatalogue(path)) as store:
        store.write(POND[2:4])
        assert store.tally("year") == {"2020": 1, "2021": 1, "2022": 1, "2023": 1}
    with closing(sqlite3.connect(path)) as old:  # an older version changes a paper and removes one
        old.execute("UPDATE about SET value = '3' WHERE name = 'position'")
        old.execute("UPDATE papers SET position = 3, record = replace(record, '2022', '2019') WHERE id = '2206.00003'")
        old.execute("DELETE FROM papers WHERE id = '2001.00001'")
        old.execute("INSERT INTO removed VALUES ('2001.00001', 3)")
        old.commit()
    with closing(SqliteCatalogue(path)) as store:
        assert store.tally("year") == {"2019": 1, "2021": 1, "2023": 1}
        assert store.count_fitting(Filters(since="2019", until="2019")) == 1
        store.write(POND[4:])
        assert store.count_fitting(Filters()) == store.count() == 6
