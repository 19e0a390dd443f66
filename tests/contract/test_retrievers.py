"""What every retriever promises: the dense one, the one by words, and both on a stand-in for Chroma Cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.adapters.chroma_client import OneClient
from app.core.domain import Paper
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import Embedder, Retriever
from app.library import Library
from app.wire import build_chain
from tests.chroma_cloud import DATABASE, KEY, TENANT, CloudStandIn
from tests.conftest import settings_for
from tests.fake_embedder import HashEmbedder

PAPERS = [
    Paper(
        f"2101.{n:05}",
        f"Kite {n} over ponds",
        f"Kite {n} counts {n} knots in its tail. " + ("Herons watch it. " * 12 if n % 4 == 0 else "Nobody watches."),
        ("Ada Newt",) if n % 2 else ("Bo Olm",),
        2000 + n,
    )
    for n in range(1, 25)
]
QUERY = "Which kites do herons watch over ponds?"
WORDS_AND_MEANING = [("disk", "dense"), ("disk", "keyword"), ("cloud", "dense"), ("cloud", "keyword")]


class QuickLibrary(Library):
    """A library whose embedder needs no model."""

    def open_embedder(self, spec: str) -> Embedder:
        return HashEmbedder()

    def open_embedder_of(self, info: Any) -> Embedder:
        return HashEmbedder()


Find = Callable[[str, str, bool], Retriever]


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Find]:
    """Gives a retriever of a library by its place and its own name; the library is empty or holds PAPERS."""
    with ExitStack() as stack:
        made: dict[tuple[str, bool], Library] = {}

        def library(place: str, filled: bool) -> Library:
            if (place, filled) not in made:
                folder = tmp_path_factory.mktemp(place)
                settings = settings_for(folder, model_cache, **({"chroma_url": "cloud"} if place == "cloud" else {}))
                where = None
                if place == "cloud":
                    url = stack.enter_context(CloudStandIn()).url
                    cloud = {"api_key": KEY, "tenant": TENANT, "database": DATABASE, "stand_in": url}
                    where = OneClient(folder / "chroma", "cloud", **cloud)
                opened = QuickLibrary(settings, place=where)
                stack.callback(opened.close)
                if filled:
                    opened.ingest(PAPERS)
                    opened.embed()
                made[place, filled] = opened
            return made[place, filled]

        def named(place: str, name: str, filled: bool = True) -> Retriever:
            opened = library(place, filled)
            return next(r for r in build_chain(opened.settings, opened).retrievers if r.name == name)

        yield named


@pytest.fixture(params=WORDS_AND_MEANING, ids=lambda pair: "-".join(pair))
def which(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("k", [1, 5, 24, 1000])
def test_at_most_k_best_first(find: Find, which: tuple[str, str], k: int) -> None:
    """At most k hits, ranks from 1, scores never rising, equal ones in the order of chunk ids; fewer is a beginning."""
    hits = find(*which, True).search(QUERY, k)
    assert 0 < len(hits) <= k
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [(-hit.score, hit.chunk_id) for hit in hits] == sorted((-hit.score, hit.chunk_id) for hit in hits)
    everything = find(*which, True).search(QUERY, 1000)
    assert [(h.chunk_id, pytest.approx(h.score, abs=1e-5)) for h in everything[: len(hits)]] == [
        (h.chunk_id, h.score) for h in hits
    ]
    assert {hit.paper_id for hit in hits} <= {paper.id for paper in PAPERS}


def test_the_same_again(find: Find, which: tuple[str, str]) -> None:
    """The same query gives the same hits."""
    retriever = find(*which, True)
    assert retriever.search(QUERY, 12) == retriever.search(QUERY, 12)


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_nothing_asked(find: Find, which: tuple[str, str], query: str) -> None:
    """No words, no hits; nor with nothing wanted."""
    retriever = find(*which, True)
    assert retriever.search(query, 5) == [] and retriever.search(QUERY, 0) == []


@pytest.mark.parametrize(
    "query", ['kite" OR (id:*', "title:kite AND -", "{!} \\ ^2 ~", "风筝 и цапля 🪁", "kite " * 500]
)
def test_no_query_language(find: Find, which: tuple[str, str], query: str) -> None:
    """Signs of query languages, other scripts and long texts are words like any other."""
    hits = find(*which, True).search(query, 5)
    assert len(hits) <= 5 and {hit.paper_id for hit in hits} <= {paper.id for paper in PAPERS}


def test_an_empty_library(find: Find, which: tuple[str, str]) -> None:
    """Nothing there, nothing found."""
    assert find(*which, False).search(QUERY, 5) == []


@pytest.mark.parametrize(
    "filters",
    [
        Filters(since="2010"),
        Filters(until="2005", authors=("Olm",)),
        Filters(ids=("2101.00004", "2101.00008", "unknown")),
        Filters(authors=("Nobody",)),
        EVERY_PAPER,
    ],
)
def test_only_what_fits(find: Find, which: tuple[str, str], filters: Filters) -> None:
    """Filters leave out what does not fit, and nothing else."""
    retriever = find(*which, True)
    fitting = {paper.id for paper in PAPERS if filters.fits(paper)}
    everything = [hit.chunk_id for hit in retriever.search(QUERY, 1000) if hit.paper_id in fitting]
    found = [hit.chunk_id for hit in retriever.search(QUERY, 1000, filters)]
    assert found == everything and bool(found) == bool(fitting)
