"""The nearest chunks among some papers, on a real Chroma: what is found, and what another process does meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.adapters.chroma import ChromaVectorStore
from app.adapters.chroma_client import ChromaPlace
from app.core.domain import Chunk, Paper
from app.core.ports import Vectors
from tests.conftest import ROOT

PAPERS, DIMENSION = 2600, 32
LONG = "p7"  # has ten chunks


def chunks_of(paper_id: str, count: int) -> list[Chunk]:
    return [Chunk(f"{paper_id}#{i}", paper_id, i, "a", i, i + 1) for i in range(count)]


def pairs(first: int, last: int) -> list[tuple[Paper, list[Chunk]]]:
    papers = [Paper(f"p{number}", f"Paper {number}", "a" * 10) for number in range(first, last)]
    return [(paper, chunks_of(paper.id, 10 if paper.id == LONG else 1)) for paper in papers]


def rows(count: int, seed: int) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def store_in(folder: Path, first: int, last: int, seed: int) -> None:
    """What the second process does."""
    store = ChromaVectorStore(ChromaPlace(folder))
    active = store.active()
    assert active
    store.use(active.name)
    store.put(pairs(first, last), rows(sum(len(chunks) for _, chunks in pairs(first, last)), seed))
    store.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of all papers."""
    folder = tmp_path_factory.mktemp("vectors")
    store = ChromaVectorStore(ChromaPlace(folder))
    store.use(store.create("fake/random", DIMENSION).name)
    store.close()
    store_in(folder, 0, PAPERS, 1)
    return folder


@pytest.fixture
def store(folder: Path) -> Iterator[ChromaVectorStore]:
    store = ChromaVectorStore(ChromaPlace(folder))
    active = store.active()
    assert active
    store.use(active.name)
    yield store
    store.close()


CHUNKS = [chunk.id for _, chunks in pairs(0, PAPERS) for chunk in chunks]
ROWS = rows(len(CHUNKS), 1)


@pytest.mark.parametrize("among", [[LONG], ["p1", LONG, "unknown", "p2599"], [f"p{n}" for n in range(0, 900, 2)]])
def test_few_papers_are_compared_one_by_one(store: ChromaVectorStore, among: list[str]) -> None:
    """Every chunk of the papers named comes, with its cosine, in order; a paper that is not there costs nothing."""
    query = rows(1, 9)[0]
    cosine = {
        chunk: float(row @ query) for chunk, row in zip(CHUNKS, ROWS, strict=True) if chunk.split("#")[0] in among
    }
    expected = sorted(cosine, key=lambda chunk: -cosine[chunk])
    hits = store.nearest(query, 2000, among)
    assert [hit.chunk_id for hit in hits] == expected
    assert [hit.score for hit in hits] == pytest.approx([cosine[chunk] for chunk in expected], abs=1e-5)
    assert [hit.chunk_id for hit in store.nearest(query, 3, among)] == expected[:3]


def test_more_papers_are_left_to_chroma(store: ChromaVectorStore) -> None:
    """Of many papers the k nearest come, LONG's far chunks too, and nothing of the others however near."""
    among = [LONG, *(f"p{n}" for n in range(300, 2500)), "unknown"]
    for row in (ROWS[CHUNKS.index(f"{LONG}#9")], ROWS[CHUNKS.index("p1000#0")]):
        hits = store.nearest(row, 100, among)
        assert len(hits) == 100 and {hit.paper_id for hit in hits} <= set(among)
        assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    everything = store.nearest(ROWS[0], 5000, among)
    assert len(everything) == 2200 + 10, "all of them, when more are asked for than there are"


def test_what_this_process_writes_is_known_at_once(store: ChromaVectorStore) -> None:
    """Papers stored, shortened and deleted between two searches are found, or not, as they are now."""
    long, short = (
        [(Paper("new", "New", "abcdefghij"), chunks_of("new", 9))],
        [(Paper("new", "New", "ab"), chunks_of("new", 2))],
    )
    made = rows(9, 5)
    assert store.nearest(made[0], 20, ["new", "p1"])[0].paper_id == "p1"
    store.put(long, made)
    assert sum(hit.paper_id == "new" for hit in store.nearest(made[0], 20, ["new", "p1"])) == 9
    store.put(short, made[:2])
    assert sum(hit.paper_id == "new" for hit in store.nearest(made[0], 20, ["new", "p1"])) == 2
    store.delete(["new"])
    assert {hit.paper_id for hit in store.nearest(made[0], 20, ["new", "p1"])} == {"p1"}
    store.put(short, made[:2])
    store.delete_whole(["new"])
    assert {hit.paper_id for hit in store.nearest(made[0], 20, ["new", "p1"])} == {"p1"}


@pytest.mark.parametrize("filtered_before", [True, False])
def test_another_process_writes_meanwhile(folder: Path, store: ChromaVectorStore, filtered_before: bool) -> None:
    """A filter that takes in what another process has stored a moment ago does not fail, as it would if Chroma were
    left to itself, and after opening anew its papers are found."""
    first = PAPERS + 1000 * filtered_before
    store.nearest(ROWS[0], 1, ["p0"] if filtered_before else None)
    second = f"from pathlib import Path; from tests.contract.test_nearest import store_in; store_in(Path({str(folder)!r}), {first}, {first + 800}, 2)"
    subprocess.run([sys.executable, "-c", second], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    query, wanted = rows(800, 2)[5], f"p{first + 5}"
    few, many = ["p0", wanted], [f"p{n}" for n in range(500, first + 800)]
    for among in (few, many):
        assert store.nearest(query, 1, among)
    store.reopen()
    for among in (few, many):
        assert store.nearest(query, 1, among)[0].paper_id == wanted


def test_each_paper_has_one_row(store: ChromaVectorStore) -> None:
    """In the order asked for, of length 1; of a paper of several chunks the mean; none of what has no vector."""
    there, found = store.rows_of([LONG, "nobody", "p3", "p3"])
    assert there == [LONG, "p3"] and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    ids = [f"{LONG}#{index}" for index in range(10)]
    chunks = np.asarray(store._ask("get", ids=ids, include=["embeddings"])["embeddings"], np.float32)
    assert np.allclose(found[0] * np.linalg.norm(chunks.mean(axis=0)), chunks.mean(axis=0), atol=1e-5)
    assert store.rows_of([])[0] == []
