"""What the store promises, on a real Chroma collection."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings as ChromaSettings

from app.adapters.chroma import COLLECTION, TEXT_RECIPE, ChromaPaperStore, embedded_text
from app.core.domain import Chunk, Paper, title_key
from app.core.errors import LibraryError
from app.core.ports import Vectors
from tests.fake_embedder import HashEmbedder

EMBEDDER = HashEmbedder()

FULL = Paper(
    id="10.1234/newt#1",
    title="On Newts: naïve “plans” 大",
    abstract="Newts swim.  They regrow limbs. 🙂 Nobody knows how.",
    authors=("Ada Newt", "Bo Olm"),
    year=2021,
    url="https://example.org/newts",
    doi="10.1234/newt#1",
    categories=("cs.CL", "q-bio"),
    venue="Pond",
    published="2021-05-01",
    source="jsonl",
)
BARE = Paper(id="title:0123456789abcdef", title="On Toads", abstract="Toads walk.")
OLMS = Paper(id="2101.00001", title="On Olms", abstract="Olms hide in caves.", year=2021)


def chunks(paper: Paper, size: int = 12) -> list[Chunk]:
    """The abstract in pieces of `size` characters."""
    starts = range(0, len(paper.abstract), size)
    return [
        Chunk(f"{paper.id}#{i}", paper.id, i, paper.abstract[at : at + size], at, min(at + size, len(paper.abstract)))
        for i, at in enumerate(starts)
    ]


def vectors(pairs: Sequence[tuple[Paper, Sequence[Chunk]]]) -> Vectors:
    return EMBEDDER.embed([embedded_text(paper.title, chunk.text) for paper, part in pairs for chunk in part])


def put(store: ChromaPaperStore, *papers: Paper, size: int = 12) -> None:
    pairs = [(paper, chunks(paper, size)) for paper in papers]
    store.put(pairs, vectors(pairs))


@pytest.fixture
def store(tmp_path: Path) -> ChromaPaperStore:
    """An empty store."""
    return ChromaPaperStore(tmp_path / "chroma", EMBEDDER)


def chunk_ids(store: ChromaPaperStore) -> set[str]:
    """The ids of all stored chunks, found by asking for more than there are."""
    return {hit.chunk_id for hit in store.nearest(EMBEDDER.embed(["x"])[0], 1000)}


def test_empty_store(store: ChromaPaperStore) -> None:
    """An empty store answers everything with nothing."""
    assert store.count() == 0
    assert list(store.papers()) == []
    assert store.get(["x"]) == store.fingerprints(["x"]) == store.ids_by_title(["x"]) == {}
    assert store.nearest(EMBEDDER.embed(["x"])[0], 5) == []
    store.delete(["x"])
    store.put([], EMBEDDER.embed([]))
    assert store.count() == 0


@pytest.mark.parametrize("size", [5, 12, 1000])
def test_round_trip(store: ChromaPaperStore, size: int) -> None:
    """Every field of a paper comes back, empty ones too, the abstract whole out of one chunk or many."""
    put(store, FULL, BARE, size=size)
    assert store.get([BARE.id, "unknown", FULL.id, BARE.id]) == {BARE.id: BARE, FULL.id: FULL}
    assert list(store.get([BARE.id, FULL.id])) == [BARE.id, FULL.id]
    assert sorted(store.papers(), key=lambda p: p.id) == sorted([FULL, BARE], key=lambda p: p.id)
    assert store.count() == 2


def test_survives_reopening(store: ChromaPaperStore, tmp_path: Path) -> None:
    """What was put is there for the next process that opens the folder."""
    put(store, FULL)
    assert ChromaPaperStore(tmp_path / "chroma", HashEmbedder()).get([FULL.id]) == {FULL.id: FULL}


@pytest.mark.parametrize("abstract", ["Short now.", "A much longer abstract. " * 10, FULL.abstract])
def test_replacing_leaves_nothing_of_the_old(store: ChromaPaperStore, abstract: str) -> None:
    """A new version, shorter or longer, replaces the paper whole: no old chunk and no old field is left."""
    put(store, FULL, BARE)
    new = Paper(FULL.id, "On Newts Again", abstract)
    put(store, new)
    assert store.get([FULL.id]) == {FULL.id: new}
    assert store.count() == 2
    assert chunk_ids(store) == {chunk.id for paper in (new, BARE) for chunk in chunks(paper)}
    assert store.ids_by_title([title_key(FULL.title)]) == {}


def test_delete(store: ChromaPaperStore) -> None:
    """A deleted paper is gone with all its chunks; the others stay; unknown and repeated ids do not matter."""
    put(store, FULL, BARE, OLMS)
    store.delete([FULL.id, "unknown", OLMS.id, FULL.id])
    assert list(store.papers()) == [BARE]
    assert chunk_ids(store) == {chunk.id for chunk in chunks(BARE)}


def test_fingerprints(store: ChromaPaperStore) -> None:
    """Stored fingerprints are those of the papers, for known ids only, and follow a change."""
    put(store, FULL, BARE)
    assert store.fingerprints([FULL.id, "unknown", BARE.id, FULL.id]) == {
        FULL.id: FULL.fingerprint,
        BARE.id: BARE.fingerprint,
    }
    changed = dataclasses.replace(FULL, year=2022)
    put(store, changed)
    assert store.fingerprints([FULL.id]) == {FULL.id: changed.fingerprint}


def test_ids_by_title(store: ChromaPaperStore) -> None:
    """A title key gives all papers of that title, a paper of many chunks once; unknown keys are absent."""
    twin = dataclasses.replace(OLMS, id="2101.00002", title="ON NEWTS — Naive plans (大)")
    put(store, FULL, twin, BARE, size=5)
    key = title_key(FULL.title)
    found = store.ids_by_title([key, key, "unknown"])
    assert {k: sorted(ids) for k, ids in found.items()} == {key: sorted([FULL.id, twin.id])}


def test_nearest(store: ChromaPaperStore) -> None:
    """Hits come best first with their cosine, ranks from 1 and the id of their paper."""
    put(store, FULL, BARE, OLMS, size=1000)
    papers = [FULL, BARE, OLMS]
    query = EMBEDDER.embed([embedded_text(OLMS.title, OLMS.abstract)])[0]
    expected = {p.id: float(query @ EMBEDDER.embed([embedded_text(p.title, p.abstract)])[0]) for p in papers}
    hits = store.nearest(query, 3)
    assert [hit.paper_id for hit in hits] == sorted(expected, key=lambda pid: -expected[pid])
    assert [hit.score for hit in hits] == pytest.approx([expected[hit.paper_id] for hit in hits], abs=1e-5)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].chunk_id == "2101.00001#0"
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)


def test_nearest_counts_chunks(store: ChromaPaperStore) -> None:
    """k bounds the hits, which are chunks: a paper comes as often as its chunks are near; none is asked, none comes."""
    put(store, FULL, BARE, size=12)
    query = EMBEDDER.embed([FULL.title])[0]
    assert len(store.nearest(query, 2)) == 2
    assert {hit.paper_id for hit in store.nearest(query, 3)} == {FULL.id}
    assert len(store.nearest(query, 100)) == len(chunks(FULL)) + len(chunks(BARE))
    assert store.nearest(query, 0) == []


def test_nearest_among(store: ChromaPaperStore) -> None:
    """Only the papers named are searched, however near the others are; naming none finds none."""
    put(store, FULL, BARE, OLMS, size=1000)
    query = EMBEDDER.embed([embedded_text(OLMS.title, OLMS.abstract)])[0]
    assert [hit.paper_id for hit in store.nearest(query, 5, [BARE.id])] == [BARE.id]
    assert {hit.paper_id for hit in store.nearest(query, 5, {BARE.id, FULL.id, "unknown"})} == {BARE.id, FULL.id}
    assert store.nearest(query, 5, []) == []
    assert store.nearest(query, 5, ["unknown"]) == []


def test_nearest_among_very_many(store: ChromaPaperStore) -> None:
    """More ids than the database takes in one statement are searched all the same, and the best come first."""
    put(store, FULL, BARE, OLMS, size=1000)
    query = EMBEDDER.embed([embedded_text(OLMS.title, OLMS.abstract)])[0]
    among = [FULL.id, *map(str, range(45_000)), OLMS.id]
    assert [(hit.paper_id, hit.rank) for hit in store.nearest(query, 5, among)] == [(OLMS.id, 1), (FULL.id, 2)]


def test_more_than_one_batch(store: ChromaPaperStore) -> None:
    """More chunks than Chroma takes in one call, and more papers than one read returns, all arrive."""
    papers = [Paper(f"p{i}", f"Paper {i}", "ab") for i in range(2800)]
    pairs = [(paper, chunks(paper, 1)) for paper in papers]
    rows = np.random.default_rng(1).normal(size=(5600, EMBEDDER.dimension)).astype(np.float32)
    store.put(pairs, rows)
    assert store.count() == 2800
    assert {paper.id: paper for paper in store.papers()} == {paper.id: paper for paper in papers}
    assert len(store.fingerprints([paper.id for paper in papers])) == 2800
    best = store.nearest(rows[2 * 777 + 1] / np.linalg.norm(rows[2 * 777 + 1]), 1)
    assert best[0].chunk_id == "p777#1"
    store.delete([paper.id for paper in papers[1:]])
    assert chunk_ids(store) == {"p0#0", "p0#1"}


def test_another_embedder_is_refused(store: ChromaPaperStore, tmp_path: Path) -> None:
    """A library made with another embedder or dimension is refused, both values named, and stays as it was."""
    put(store, BARE)
    other = HashEmbedder()
    other.name, other.dimension = "fake/other", 32
    with pytest.raises(LibraryError) as refused:
        ChromaPaperStore(tmp_path / "chroma", other)
    for value in ('"fake/hash-64"', '"fake/other"', '"64"', '"32"', str(tmp_path / "chroma")):
        assert value in str(refused.value)
    assert "ASKPAPERS_DATA_DIR" in refused.value.hint
    assert ChromaPaperStore(tmp_path / "chroma", EMBEDDER).get([BARE.id]) == {BARE.id: BARE}


def test_another_recipe_is_refused(tmp_path: Path) -> None:
    """Vectors of texts put together in another way are not mixed with ours; those of nobody knows what neither."""
    for folder, recipe in (("one", {"recipe": "chunk only / 9"}), ("two", {"other": 1})):
        made_with = {"embedder": EMBEDDER.name, "dimension": EMBEDDER.dimension, **recipe}
        client = chromadb.PersistentClient(str(tmp_path / folder), ChromaSettings(anonymized_telemetry=False))
        client.create_collection(COLLECTION, metadata=made_with, embedding_function=None)
        with pytest.raises(LibraryError) as refused:
            ChromaPaperStore(tmp_path / folder, EMBEDDER)
        assert f'recipe: "{recipe.get("recipe")}" there, "{TEXT_RECIPE}" now' in str(refused.value)
        assert "embedder" not in str(refused.value)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """Where a file stands no library can be; the error names the path and says what to do."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "chroma"):
        with pytest.raises(LibraryError) as refused:
            ChromaPaperStore(folder, EMBEDDER)
        assert f'"{folder}"' in str(refused.value)
        assert refused.value.hint
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_database(tmp_path: Path) -> None:
    """A file that is no database is our error, not the vendor's."""
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(LibraryError, match="cannot be opened"):
        ChromaPaperStore(tmp_path / "chroma", EMBEDDER)


def test_a_library_that_vanishes(store: ChromaPaperStore, tmp_path: Path) -> None:
    """When the folder is deleted under an open store, writing raises our error, not the vendor's."""
    put(store, BARE)
    shutil.rmtree(tmp_path / "chroma")
    with pytest.raises(LibraryError) as refused:
        put(store, FULL)
    assert str(tmp_path / "chroma") in str(refused.value)
