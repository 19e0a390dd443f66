"""Looking through the keyword index page by page: each paper that fits stands on exactly one page, in its order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.keyword import TantivyKeywordIndex
from app.adapters.keyword_typed import title_order
from app.core.browsing import SORTINGS, Sorting, page_of
from app.core.domain import Paper, title_key
from app.core.filters import EVERY_PAPER, Filters, days_of
from tests.invented_library import POND

ALIKE = tuple(
    Paper(f"10.5555/pond.{number}", f"Learning to hop: part {number:02}", "Toads hop. Ponds help.", ("Zoë Olm",), 2019)
    for number in range(30, 0, -1)
)
EVERY = (*POND, *ALIKE)


@pytest.fixture(scope="module")
def index() -> Iterator[TantivyKeywordIndex]:
    """In several steps, as ingests and changes leave it."""
    with tempfile.TemporaryDirectory() as folder:
        keyword = TantivyKeywordIndex(Path(folder) / "keyword")
        with closing(SqliteCatalogue(Path(folder) / "catalogue.sqlite")) as store:
            for part in (EVERY[:5], EVERY[5:20], EVERY[3:8], EVERY[20:]):
                at = store.position()
                store.write(part)
                keyword.apply(store.changes(at), store.identity)
            yield keyword


def found(index: TantivyKeywordIndex, text: str) -> set[str]:
    return set(index.browse(text, EVERY_PAPER, "best", 0, 100)[1])


def order_of(paper: Paper, sorting: Sorting) -> tuple[object, ...]:
    day = days_of(paper)[0]
    return {"title": (title_key(paper.title),), "oldest": (not day, day)}.get(sorting, (not day, -day))


@given(
    sorting=st.sampled_from(SORTINGS),
    size=st.integers(1, 12),
    text=st.sampled_from(["", "p", "pond", "hop", "lear", "wang", "prompt tuning ", "zoe olm", "no such words"]),
    filters=st.sampled_from(
        [
            EVERY_PAPER,
            Filters(since="2021"),
            Filters(until="2019"),
            Filters(categories=("cs",)),
            Filters(authors=("Wang",)),
            Filters(flagged=True),
        ]
    ),
)
@settings(max_examples=80, deadline=None)
def test_pages_part_the_papers_that_fit(
    index: TantivyKeywordIndex, sorting: Sorting, size: int, text: str, filters: Filters
) -> None:
    """The pages together are what fits, each paper once, in order, every page but the last full; there is none behind."""
    fitting, everything = index.browse(text, filters, sorting, 0, 100)
    pages = page_of(fitting, 1, size)[1]
    parts = [index.browse(text, filters, sorting, number * size, size) for number in range(pages + 1)]
    assert {count for count, _ in parts} == {fitting}
    assert [paper_id for _, ids in parts for paper_id in ids] == everything
    assert len(set(everything)) == len(everything) == fitting
    assert all(len(ids) == size for _, ids in parts[: pages - 1]) and not parts[-1][1]
    papers = {paper.id: paper for paper in EVERY}
    assert all(filters.fits(papers[paper_id]) for paper_id in everything)
    if not text:
        assert set(everything) == {paper.id for paper in EVERY if filters.fits(paper)}
    if sorting != "best" or not text:
        keys = [order_of(papers[paper_id], sorting) for paper_id in everything]
        assert keys == sorted(keys)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("typed", "paper"),
    [
        ("limbs", "2001.00001"),
        ("newts lim", "2001.00001"),
        ("the newts and the lim", "2001.00001"),
        ("colin raf", "2001.00001"),
        ("raffel newts", "2001.00001"),
        ("2206", "2206.00003"),
        ("2206.00003", "2206.00003"),
        ("toadn", "2206.00003"),
        ("ToadNet:", "2206.00003"),
        ("maaten", "title:frogs"),
        ("salamander", "title:undated"),
        ("salamanders o", "title:undated"),
    ],
)
def test_words_names_and_ids_find_as_they_are_typed(index: TantivyKeywordIndex, typed: str, paper: str) -> None:
    assert paper in found(index, typed)


def test_every_word_has_to_be_there(index: TantivyKeywordIndex) -> None:
    assert found(index, "limbs drones") == set()
    assert found(index, "vaccin") == {"2206.00003"} == found(index, "vaccinat") == found(index, "vaccinatio")
    assert found(index, "olm") >= {"2305.00005", *(paper.id for paper in ALIKE)}
    assert found(index, "pon") > found(index, "pon "), "a space behind a word says that it is whole"
    assert found(index, "10.5555/pond.1") == {f"10.5555/pond.{number}" for number in (1, *range(10, 20))}


@given(text=st.text(max_size=30) | st.text(alphabet='.*+?()[]{}^$\\|"~-: aZ9', max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_is_words(index: TantivyKeywordIndex, text: str) -> None:
    """No query language and no pattern: it finds or does not, and never fails."""
    fitting, ids = index.browse(text, EVERY_PAPER, "best", 0, 100)
    assert fitting == len(ids)


@given(one=st.text(max_size=20), other=st.text(max_size=20))
@example(one="ƀ", other="Æ0")
def test_titles_as_numbers_are_in_their_order(one: str, other: str) -> None:
    """Never the other way round; equal only where the beginnings are."""
    first, second = sorted([title_key(one), title_key(other)])
    assert title_order(first) <= title_order(second) < 1 << 63
