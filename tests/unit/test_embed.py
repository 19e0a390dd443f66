"""Filling in vectors: each text once, what is stored is never made again, and stopping costs one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.chroma import ChromaVectorStore
from app.adapters.chroma_client import ChromaPlace
from app.core.domain import Paper
from app.core.errors import EmbedderError
from app.core.ports import Vectors
from ingest.embed import Embed
from ingest.match import Matcher
from ingest.record import make_paper
from tests.fake_embedder import HashEmbedder


class Counting(HashEmbedder):
    """Remembers every text it embeds, and fails when there have been too many."""

    def __init__(self, fails_after: int = 10**9) -> None:
        self.texts: list[str] = []
        self.fails_after = fails_after

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        if len(self.texts) > self.fails_after:
            raise EmbedderError("the server has gone", "Start it again.")
        return super().embed_bulk(texts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    store = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    yield store
    store.close()


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[ChromaVectorStore]:
    vectors = ChromaVectorStore(ChromaPlace(tmp_path / "chroma"))
    vectors.use(vectors.create("fake/hash-64", 64).name)
    yield vectors
    vectors.close()


def record(number: int, **more: object) -> Paper:
    values: dict[str, object] = {
        "source": "file",
        "identifier": f"2101.{number:05}",
        "title": f"Newt {number}",
        "abstract": f"Newt {number} swims. " * (1 + number % 7),
        **more,
    }
    return make_paper(**values)  # type: ignore[arg-type]


def ingest(store: SqliteCatalogue, *papers: Paper) -> None:
    found = Matcher(store).match(papers)
    store.write(found.write, found.removed, found.told)


def embed(store: SqliteCatalogue, vectors: ChromaVectorStore) -> list[str]:
    """The texts that a run had to embed; afterwards everything agrees."""
    embedder = Counting()
    Embed(store, vectors, embedder).run()
    assert store.waiting(vectors.collection) == []
    assert {p.id: p for p in vectors.papers()} == {p.id: p for p in store.papers()}
    return embedder.texts


def test_every_paper_once(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """Every paper's title and abstract are embedded once; a second run, and one after ingesting the same, embed none."""
    papers = [record(n) for n in range(5)]
    ingest(store, *papers)
    assert sorted(embed(store, vectors)) == sorted(f"{p.title}. {p.abstract}" for p in papers)
    assert embed(store, vectors) == []
    ingest(store, *papers)
    assert embed(store, vectors) == []


def test_a_later_version_alone(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """A later version of one paper embeds that paper again and no other; an earlier one that comes late, none."""
    ingest(store, *(record(n, version=2) for n in range(5)))
    embed(store, vectors)
    ingest(store, *(record(n, version=2) for n in range(5)), record(3, version=3, abstract="Newts fly.", source="new"))
    assert embed(store, vectors) == ["Newt 3. Newts fly."]
    ingest(store, record(3, version=1, abstract="Newts crawl.", source="old"))
    assert embed(store, vectors) == []


def test_other_fields_cost_nothing(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """When only authors, year or categories change, the vectors' records follow and nothing is embedded."""
    ingest(store, *(record(n) for n in range(3)))
    embed(store, vectors)
    ingest(store, record(1, authors=["Ada Newt"], categories=["cs.CL"], source="more"))
    assert embed(store, vectors) == []
    assert vectors.get(["2101.00001"])["2101.00001"].authors == ("Ada Newt",)


def test_another_id(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """A paper that becomes known by a better id has its vectors under that one only."""
    ingest(store, record(1, identifier=None))
    embed(store, vectors)
    ingest(store, record(1, source="arxiv"))
    embed(store, vectors)
    assert list(vectors.ids()) == ["2101.00001"]


def test_removed_papers(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """Vectors of papers that are gone go with the next run; a paper that comes back is embedded again."""
    ingest(store, *(record(n) for n in range(4)))
    embed(store, vectors)
    store.write([], removed=["2101.00001", "2101.00002"])
    assert embed(store, vectors) == []
    ingest(store, record(1))
    assert embed(store, vectors) == [f"Newt 1. {record(1).abstract}"]


def test_long_abstracts_in_pieces(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """An abstract over the embedder's window is embedded in pieces that fit, and found by each of them."""
    ingest(store, record(1, abstract=" ".join(f"Newt {n} swims in pond {n}." for n in range(200))))
    texts = embed(store, vectors)
    assert len(texts) > 2
    assert all(HashEmbedder().count_tokens(text) <= HashEmbedder.max_tokens for text in texts)


def test_a_failure_loses_one_batch(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """When the embedder fails in the middle, what was made before is stored and never made again."""
    papers = [record(n) for n in range(400)]
    ingest(store, *papers)
    failing = Counting(fails_after=300)
    with pytest.raises(EmbedderError):
        Embed(store, vectors, failing).run()
    done = store.embedded(vectors.collection)
    assert 100 < done <= 300 and len(list(vectors.ids())) == done
    assert len(embed(store, vectors)) == 400 - done


def test_vectors_that_nobody_noted(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """A crash between storing vectors and noting them costs nothing: what Chroma holds is not embedded again."""
    ingest(store, *(record(n) for n in range(6)))
    embed(store, vectors)
    store.forget_embedded(vectors.collection)
    ingest(store, record(2, abstract="Newts fly.", source="new"))
    assert embed(store, vectors) == ["Newt 2. Newts fly."]


def test_pause_and_progress(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """Between batches the run asks whether to stop, and says how far it is; the next goes on there."""
    ingest(store, *(record(n) for n in range(300)))
    told: list[tuple[int, int]] = []
    seconds: list[float | None] = []

    def progress(done: int, total: int, seconds_left: float | None) -> None:
        told.append((done, total))
        seconds.append(seconds_left)

    made = Embed(store, vectors, Counting(), progress, pause=lambda: len(told) == 2).run()
    assert made == told[-1][0] == store.embedded(vectors.collection) and 0 < made < 300
    assert len(embed(store, vectors)) == 300 - made
    assert Embed(store, vectors, Counting(), progress).run() == 0
    assert len(told) == 2 and all(left is not None and left > 0 for left in seconds)


def test_a_second_collection(store: SqliteCatalogue, vectors: ChromaVectorStore, tmp_path: Path) -> None:
    """Another collection is filled by itself, without touching the first, and both follow a change."""
    ingest(store, *(record(n) for n in range(3)))
    embed(store, vectors)
    second = ChromaVectorStore(ChromaPlace(tmp_path / "chroma"))
    second.use(second.create("fake/hash-64", 64).name)
    assert len(embed(store, second)) == 3
    ingest(store, record(1, abstract="Newts fly.", source="new"))
    assert embed(store, vectors) == embed(store, second) == ["Newt 1. Newts fly."]
    second.close()


def test_a_paper_that_changes_meanwhile(store: SqliteCatalogue, vectors: ChromaVectorStore) -> None:
    """What is ingested while vectors are being made gets its own in the same run."""
    ingest(store, *(record(n) for n in range(3)))

    class Meanwhile(Counting):
        def embed_bulk(self, texts: Sequence[str]) -> Vectors:
            if not self.texts:
                store.write([replace(record(1), abstract="Newts fly."), record(7)], removed=["2101.00002"])
            return super().embed_bulk(texts)

    embedder = Meanwhile()
    Embed(store, vectors, embedder).run()
    assert embed(store, vectors) == []
    assert sorted(vectors.ids()) == ["2101.00000", "2101.00001", "2101.00007"]
    assert vectors.get(["2101.00001"])["2101.00001"].abstract == "Newts fly."
