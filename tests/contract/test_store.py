"""What the store of vectors promises, on a real Chroma."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings as ChromaSettings
from filelock import FileLock

from app.adapters.chroma import ChromaVectorStore
from app.adapters.chroma_client import ChromaPlace
from app.core.domain import Chunk, Paper
from app.core.errors import LibraryError
from app.core.ports import Vectors
from app.core.recipe import TEXT_RECIPE, embedded_text
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
    version=3,
    updated="2021-06-01",
    flags=("its text speaks to a model",),
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


def put(store: ChromaVectorStore, *papers: Paper, size: int = 12) -> None:
    pairs = [(paper, chunks(paper, size)) for paper in papers]
    store.put(pairs, vectors(pairs))


Opens = Callable[..., ChromaVectorStore]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens the stores of a folder as new processes would; they are closed afterwards."""
    opened: list[ChromaVectorStore] = []

    def opens(library: str = "default", place: ChromaPlace | None = None) -> ChromaVectorStore:
        opened.append(ChromaVectorStore(place or ChromaPlace(tmp_path / "chroma"), library))
        return opened[-1]

    yield opens
    for store in opened:
        store.close()


@pytest.fixture
def store(opens: Opens) -> ChromaVectorStore:
    """An empty collection in use."""
    store = opens()
    store.use(store.create(EMBEDDER.name, EMBEDDER.dimension).name)
    return store


def chunk_ids(store: ChromaVectorStore) -> set[str]:
    """The ids of all stored chunks, found by asking for more than there are."""
    return {hit.chunk_id for hit in store.nearest(EMBEDDER.embed(["x"])[0], 1000)}


def test_empty_store(store: ChromaVectorStore) -> None:
    """An empty store answers everything with nothing."""
    assert store.count() == 0
    assert list(store.papers()) == list(store.ids()) == []
    assert store.get(["x"]) == store.texts(["x"]) == {}
    assert store.nearest(EMBEDDER.embed(["x"])[0], 5) == []
    store.delete(["x"])
    store.describe([BARE])
    store.put([], EMBEDDER.embed([]))
    assert store.count() == 0


@pytest.mark.parametrize("size", [5, 12, 1000])
def test_round_trip(store: ChromaVectorStore, size: int) -> None:
    """Every field of a paper comes back, empty ones too, the abstract whole out of one chunk or many."""
    put(store, FULL, BARE, size=size)
    assert store.get([BARE.id, "unknown", FULL.id, BARE.id]) == {BARE.id: BARE, FULL.id: FULL}
    assert list(store.get([BARE.id, FULL.id])) == [BARE.id, FULL.id]
    assert sorted(store.papers(), key=lambda p: p.id) == sorted([FULL, BARE], key=lambda p: p.id)
    assert sorted(store.ids()) == sorted([FULL.id, BARE.id])
    assert store.count() == 2


def test_survives_reopening(store: ChromaVectorStore, opens: Opens) -> None:
    """What was put is there for the next process that opens the folder, and after `reopen` in the same collection."""
    put(store, FULL)
    again = opens()
    again.use(again.collections()[0].name)
    assert again.get([FULL.id]) == {FULL.id: FULL}
    name = store.collection
    store.reopen()
    assert store.collection == name
    put(store, BARE)
    assert store.count() == 2


@pytest.mark.parametrize("abstract", ["Short now.", "A much longer abstract. " * 10, FULL.abstract])
def test_replacing_leaves_nothing_of_the_old(store: ChromaVectorStore, abstract: str) -> None:
    """A new version, shorter or longer, replaces the paper whole: no old chunk and no old field is left."""
    put(store, FULL, BARE)
    new = Paper(FULL.id, "On Newts Again", abstract)
    put(store, new)
    assert store.get([FULL.id]) == {FULL.id: new}
    assert store.count() == 2
    assert chunk_ids(store) == {chunk.id for paper in (new, BARE) for chunk in chunks(paper)}


def test_delete(store: ChromaVectorStore) -> None:
    """A deleted paper is gone with all its chunks; the others stay; unknown and repeated ids do not matter."""
    put(store, FULL, BARE, OLMS)
    store.delete([FULL.id, "unknown", OLMS.id, FULL.id])
    assert list(store.papers()) == [BARE]
    assert list(store.ids()) == [BARE.id]
    assert chunk_ids(store) == {chunk.id for chunk in chunks(BARE)}


def test_texts(store: ChromaVectorStore) -> None:
    """The key of the embedded text is known for each paper that is there, and changes with title and abstract only."""
    put(store, FULL, BARE)
    assert store.texts([FULL.id, "unknown", BARE.id, FULL.id]) == {FULL.id: FULL.text_key, BARE.id: BARE.text_key}
    other_year = dataclasses.replace(FULL, year=2022)
    other_words = dataclasses.replace(BARE, abstract="Toads run.")
    put(store, other_year, other_words)
    assert store.texts([FULL.id, BARE.id]) == {FULL.id: FULL.text_key, BARE.id: other_words.text_key}
    assert BARE.text_key != other_words.text_key


def test_describe(store: ChromaVectorStore) -> None:
    """Another record of the same text replaces the old one whole, in every chunk, and leaves the vectors alone."""
    put(store, FULL, BARE)
    query = EMBEDDER.embed(["They regrow limbs"])[0]
    before = store.nearest(query, 100)
    described = [
        Paper(FULL.id, FULL.title, FULL.abstract, ("Cy Eft",), venue="Lake"),
        dataclasses.replace(BARE, year=1999, categories=("q-bio",)),
        OLMS,
    ]
    store.describe(described)
    assert store.get([paper.id for paper in described]) == {paper.id: paper for paper in described[:2]}
    assert store.nearest(query, 100) == before
    assert store.count() == 2


def test_nearest(store: ChromaVectorStore) -> None:
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


def test_nearest_counts_chunks(store: ChromaVectorStore) -> None:
    """k bounds the hits, which are chunks: a paper comes as often as its chunks are near; none is asked, none comes."""
    put(store, FULL, BARE, size=12)
    query = EMBEDDER.embed([FULL.title])[0]
    assert len(store.nearest(query, 2)) == 2
    assert {hit.paper_id for hit in store.nearest(query, 3)} == {FULL.id}
    assert len(store.nearest(query, 100)) == len(chunks(FULL)) + len(chunks(BARE))
    assert store.nearest(query, 0) == []


def test_nearest_among(store: ChromaVectorStore) -> None:
    """Only the papers named are searched, however near the others are; naming none finds none."""
    put(store, FULL, BARE, OLMS, size=1000)
    query = EMBEDDER.embed([embedded_text(OLMS.title, OLMS.abstract)])[0]
    assert [hit.paper_id for hit in store.nearest(query, 5, [BARE.id])] == [BARE.id]
    assert {hit.paper_id for hit in store.nearest(query, 5, {BARE.id, FULL.id, "unknown"})} == {BARE.id, FULL.id}
    assert store.nearest(query, 5, []) == []
    assert store.nearest(query, 5, ["unknown"]) == []


def test_nearest_among_very_many(store: ChromaVectorStore) -> None:
    """More ids than the database takes in one statement are searched all the same, and the best come first."""
    put(store, FULL, BARE, OLMS, size=1000)
    query = EMBEDDER.embed([embedded_text(OLMS.title, OLMS.abstract)])[0]
    among = [FULL.id, *map(str, range(45_000)), OLMS.id]
    assert [(hit.paper_id, hit.rank) for hit in store.nearest(query, 5, among)] == [(OLMS.id, 1), (FULL.id, 2)]


def test_more_than_one_page(store: ChromaVectorStore) -> None:
    """More papers than one read returns are all read, and all deleted."""
    papers = [Paper(f"p{i}", f"Paper {i}", "ab") for i in range(1100)]
    pairs = [(paper, chunks(paper)) for paper in papers]
    rows = np.random.default_rng(1).normal(size=(1100, EMBEDDER.dimension)).astype(np.float32)
    store.put(pairs, rows)
    assert store.count() == 1100
    assert {paper.id: paper for paper in store.papers()} == {paper.id: paper for paper in papers}
    assert set(store.ids()) == set(store.texts([paper.id for paper in papers])) == {paper.id for paper in papers}
    assert store.nearest(rows[777] / np.linalg.norm(rows[777]), 1)[0].chunk_id == "p777#0"
    store.delete([paper.id for paper in papers[1:]])
    assert chunk_ids(store) == {"p0#0"}


@pytest.mark.slow
def test_more_than_one_batch(store: ChromaVectorStore) -> None:
    """More chunks than Chroma itself takes in one call on this computer all arrive."""
    papers = [Paper(f"p{i}", f"Paper {i}", "ab") for i in range(2800)]
    pairs = [(paper, chunks(paper, 1)) for paper in papers]
    rows = np.random.default_rng(1).normal(size=(5600, EMBEDDER.dimension)).astype(np.float32)
    store.put(pairs, rows)
    assert store.count() == 2800
    assert store.nearest(rows[2 * 777 + 1] / np.linalg.norm(rows[2 * 777 + 1]), 1)[0].chunk_id == "p777#1"


class Limited:
    """A real Chroma client that takes `most` records in one call, as a server may say, and fails on demand."""

    def __init__(self, client: Any, most: int) -> None:
        self.client, self.most = client, most
        self.writes: list[list[str]] = []
        self.fails_after = 10**9

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def get_max_batch_size(self) -> int:
        return self.most

    def get_collection(self, **arguments: Any) -> Any:
        return LimitedCollection(self.client.get_collection(**arguments), self)


class LimitedCollection:
    """A collection of it."""

    def __init__(self, collection: Any, client: Limited) -> None:
        self.collection, self.client = collection, client

    def __getattr__(self, name: str) -> Any:
        return getattr(self.collection, name)

    def _write(self, operation: str, ids: list[str], arguments: dict[str, Any]) -> None:
        if len(ids) > self.client.most:
            raise ValueError(f"Batch size of {len(ids)} is greater than max batch size of {self.client.most}")
        if len(self.client.writes) >= self.client.fails_after:
            raise OSError("no space left on device")
        self.client.writes.append(ids)
        getattr(self.collection, operation)(ids=ids, **arguments)

    def upsert(self, ids: list[str], **arguments: Any) -> None:
        self._write("upsert", ids, arguments)

    def update(self, ids: list[str], **arguments: Any) -> None:
        self._write("update", ids, arguments)

    def delete(self, ids: list[str], **arguments: Any) -> None:
        self._write("delete", ids, arguments)


@dataclasses.dataclass(frozen=True)
class LimitedPlace(ChromaPlace):
    """A folder behind such a client."""

    most: int = 4
    clients: list[Limited] = dataclasses.field(default_factory=list)

    def open(self) -> Any:
        self.clients.append(Limited(ChromaPlace.open(self), self.most))
        return self.clients[-1]


@pytest.fixture
def limited(opens: Opens, tmp_path: Path) -> tuple[ChromaVectorStore, Limited]:
    """An empty collection in use behind a client that takes four records in one call."""
    place = LimitedPlace(tmp_path / "chroma")
    store = opens(place=place)
    store.use(store.create(EMBEDDER.name, EMBEDDER.dimension).name)
    return store, place.clients[-1]


def test_the_batch_limit_is_asked_for(limited: tuple[ChromaVectorStore, Limited]) -> None:
    """Whatever number of records Chroma says it takes in one call, no call has more: to put, describe and delete."""
    store, client = limited
    put(store, FULL, BARE, OLMS, size=5)
    assert {paper.id: paper for paper in store.papers()} == {paper.id: paper for paper in (FULL, BARE, OLMS)}
    longer = dataclasses.replace(FULL, abstract=FULL.abstract * 3)
    put(store, longer, size=5)
    described = dataclasses.replace(longer, year=1999)
    store.describe([described, BARE])
    assert store.get([FULL.id]) == {FULL.id: described}
    put(store, FULL, size=5)
    store.delete([FULL.id, BARE.id])
    assert list(store.papers()) == [OLMS]
    assert max(map(len, client.writes)) == 4


@pytest.mark.parametrize("known", [False, True])
def test_a_crash_never_leaves_half_a_paper(limited: tuple[ChromaVectorStore, Limited], known: bool) -> None:
    """Wherever writing stops, each paper is there whole, old or new, or not at all; writing again makes it whole."""
    store, client = limited
    old = {p.id: p for p in (dataclasses.replace(FULL, abstract="Efts. " * 20), BARE)} if known else {}
    new = {p.id: p for p in (FULL, BARE, dataclasses.replace(OLMS, abstract="Olms hide. " * 9))}
    for calls in range(20):
        client.fails_after = 10**9
        store.delete(list(new))
        put(store, *old.values(), size=12)
        client.fails_after = len(client.writes) + calls
        try:
            put(store, *new.values(), size=12)
        except LibraryError as error:
            assert "no space left" in str(error)
        else:
            break
        there = store.get(list(new))
        assert all(there[i] in (old.get(i), new[i]) for i in there), calls
        assert {p.id: p for p in store.papers()} == there
        # What counts as embedded already is there whole.
        embedded = {i for i, key in store.texts(list(new)).items() if key == new[i].text_key}
        assert embedded <= {i for i in there if there[i].text_key == new[i].text_key}
        client.fails_after = 10**9
        put(store, *new.values(), size=12)
        assert store.get(list(new)) == new
    assert calls >= 4
    assert store.get(list(new)) == new


# --- collections: another embedder beside the one in use (blue/green) -------------------------------------------------


def test_a_library_without_vectors(opens: Opens) -> None:
    """A new folder has no collection, and none in use."""
    store = opens()
    assert (store.collections(), store.active(), store.collection) == ([], None, "")


def test_the_first_collection_is_in_use(opens: Opens) -> None:
    """A library's first collection is the one in use; what made its vectors stands in its metadata, for every process."""
    info = opens().create("fake/hash-64", 64)
    assert (info.embedder, info.dimension, info.recipe) == ("fake/hash-64", 64, TEXT_RECIPE)
    assert info.active_since > 0
    again = opens()
    assert again.collections() == [info]
    assert again.active() == info


def test_a_second_collection_is_not_in_use_until_it_is_said(opens: Opens) -> None:
    """Another embedder's collection is filled beside the first, which keeps answering; the switch is for everybody."""
    store, onlooker = opens(), opens()
    first = store.create("fake/hash-64", 64)
    store.use(first.name)
    put(store, FULL)
    second = store.create("fake/other", 3)
    assert second.name != first.name and second.active_since == 0
    assert store.active() == onlooker.active() == first
    filling = opens()
    filling.use(second.name)
    filling.put([(FULL, chunks(FULL, 1000))], np.ones((1, 3), np.float32))
    assert store.nearest(EMBEDDER.embed(["newts"])[0], 1)[0].paper_id == FULL.id
    filling.activate(second.name)
    active = onlooker.active()
    assert active and (active.name, active.embedder, active.dimension) == (second.name, "fake/other", 3)
    assert [info.name for info in onlooker.collections()] == [second.name, first.name]
    onlooker.use(second.name)
    assert onlooker.nearest(np.ones(3, np.float32), 1)[0].score == pytest.approx(1.0)
    # Who has not looked yet goes on with the old one.
    assert store.nearest(EMBEDDER.embed(["newts"])[0], 1)[0].paper_id == FULL.id


def test_the_order_of_collections(opens: Opens) -> None:
    """The one in use comes first, then by when each last was, those never used last; switching back is one more write."""
    store = opens()
    names = [store.create(f"fake/{n}", 8).name for n in range(4)]
    assert len(set(names)) == 4
    for at, expected in ((2, [2, 0, 1, 3]), (1, [1, 2, 0, 3]), (2, [2, 1, 0, 3]), (2, [2, 1, 0, 3])):
        store.activate(names[at])
        assert store.collection == names[at]
        assert [names.index(info.name) for info in opens().collections()] == expected
    made = {info.name: info for info in store.collections()}
    assert [(made[name].embedder, made[name].recipe) for name in names] == [
        (f"fake/{n}", TEXT_RECIPE) for n in range(4)
    ]


def test_a_collection_in_use_wins_over_the_clock(opens: Opens, tmp_path: Path) -> None:
    """When the clock goes back, a collection put in use now still comes before those of the future."""
    store = opens()
    store.create("fake/0", 8)
    future = opens(place=ChromaPlace(tmp_path / "chroma"))
    client = chromadb.PersistentClient(str(tmp_path / "chroma"), ChromaSettings(anonymized_telemetry=False))
    name = store.create("fake/1", 8).name
    collection = client.get_collection(name, embedding_function=None)
    collection.modify(metadata={**(collection.metadata or {}), "active_since": 1e12})
    client.close()
    third = store.create("fake/2", 8).name
    store.activate(third)
    active = future.active()
    assert active and active.name == third


def test_drop(opens: Opens) -> None:
    """A dropped collection is gone with its vectors, the others stay, its name may be used again and is empty then."""
    store = opens()
    first = store.create("fake/hash-64", 64)
    second = store.create("fake/hash-64", 64)
    store.use(second.name)
    put(store, FULL)
    other = opens()
    other.drop(second.name)
    assert other.collections() == [first]
    with pytest.raises(LibraryError):
        store.count()
    again = other.create("fake/hash-64", 64)
    other.use(again.name)
    assert (again.name, other.count()) == (second.name, 0)
    with pytest.raises(LibraryError):
        other.drop("nothing of this name")


def test_libraries_that_share_a_chroma(opens: Opens) -> None:
    """Libraries of different names see their own collections only, also those named like the beginning of another."""
    default, birds, more = opens(), opens("birds"), opens("birds-2")
    made = [library.create(f"fake/{n}", 8) for n, library in enumerate((default, birds, more))]
    made_twice = birds.create("fake/again", 8)
    assert len({info.name for info in (*made, made_twice)}) == 4
    assert default.collections() == [made[0]]
    assert [info.name for info in birds.collections()] == [made[1].name, made_twice.name]
    assert more.collections() == [made[2]]
    birds.activate(made_twice.name)
    assert (default.active(), more.active()) == (made[0], made[2])


def test_strange_collections_are_left_alone(opens: Opens, tmp_path: Path) -> None:
    """Collections of other programs in the same Chroma are none of ours."""
    client = chromadb.PersistentClient(str(tmp_path / "chroma"), ChromaSettings(anonymized_telemetry=False))
    for name, about in (("theirs", None), ("theirs-2", {"library": "default"}), ("papers-9", {"embedder": "x"})):
        client.create_collection(name, metadata=about, embedding_function=None)
    client.close()
    store = opens()
    assert store.collections() == []
    info = store.create("fake/hash-64", 64)
    assert store.collections() == [info]


def test_a_collection_of_an_earlier_version(opens: Opens, tmp_path: Path) -> None:
    """What was made before there could be several collections is the default library's, and in use."""
    client = chromadb.PersistentClient(str(tmp_path / "chroma"), ChromaSettings(anonymized_telemetry=False))
    about = {"embedder": EMBEDDER.name, "dimension": EMBEDDER.dimension, "recipe": TEXT_RECIPE}
    client.create_collection("papers", metadata=about, embedding_function=None)
    client.close()
    store = opens()
    active = store.active()
    assert active and (active.name, active.embedder, active.active_since > 0) == ("papers", EMBEDDER.name, True)
    assert opens("birds").active() is None
    store.activate(store.create("fake/other", 3).name)
    assert [info.embedder for info in store.collections()] == ["fake/other", EMBEDDER.name]
    store.activate("papers")
    assert [info.embedder for info in store.collections()] == [EMBEDDER.name, "fake/other"]


# --- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_collection_that_is_not_there(opens: Opens) -> None:
    """Asking for a collection that nobody made is our error, not the vendor's."""
    with pytest.raises(LibraryError) as refused:
        opens().use("papers")
    assert refused.value.hint


def test_vectors_of_another_dimension(store: ChromaVectorStore) -> None:
    """Should vectors of another size ever get here, the error is ours, and what is there stays."""
    put(store, BARE)
    with pytest.raises(LibraryError, match="dimension"):
        store.put([(OLMS, chunks(OLMS, 1000))], np.ones((1, 3), np.float32))
    with pytest.raises(LibraryError, match="dimension"):
        store.nearest(np.ones(3, np.float32), 1)
    assert list(store.papers()) == [BARE]


def test_a_folder_that_cannot_be_one(opens: Opens, tmp_path: Path) -> None:
    """Where a file stands no library can be; the error names the path and says what to do."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "chroma"):
        with pytest.raises(LibraryError) as refused:
            opens(place=ChromaPlace(folder))
        assert f'"{folder}"' in str(refused.value)
        assert refused.value.hint
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_database(opens: Opens, tmp_path: Path) -> None:
    """A file that is no database is our error, not the vendor's."""
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(LibraryError, match="cannot be used"):
        opens()


def test_a_library_that_vanishes(store: ChromaVectorStore, tmp_path: Path) -> None:
    """When the folder is deleted under an open store, writing raises our error, not the vendor's."""
    put(store, BARE)
    shutil.rmtree(tmp_path / "chroma")
    with pytest.raises(LibraryError) as refused:
        put(store, FULL)
    assert str(tmp_path / "chroma") in str(refused.value)


def test_two_processes_do_not_make_the_tables_of_one_folder_at_once(tmp_path: Path) -> None:
    """Chroma's first opening of a folder is not safe beside another: who comes second waits."""
    place, opened = ChromaPlace(tmp_path / "chroma"), threading.Event()
    place.folder.mkdir()

    def open_and_close() -> None:
        place.close(place.open())
        opened.set()

    with FileLock(place.folder / "opening.lock"):
        other = threading.Thread(target=open_and_close)
        other.start()
        assert not opened.wait(0.5)
    other.join(30)
    assert opened.is_set()
