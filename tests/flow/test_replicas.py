"""Several data folders (replicas, as on several computers) that share one library on a real Chroma server."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.chroma_client import ChromaPlace
from app.adapters.chroma_collections import CollectionInfo
from app.adapters.shared_log import Entry, SharedLog
from app.core.domain import Paper
from app.core.errors import LibraryError
from app.core.ports import Embedder, Vectors
from app.library import Library
from app.library.replicas import Replicas
from app.reembed import reembed
from app.upkeep import remove, verify
from tests.chroma_server import ChromaServer
from tests.conftest import ROOT, settings_for
from tests.fake_embedder import HashEmbedder

_NAMES = (f"shared{n}" for n in itertools.count())


def paper(n: int, **more: Any) -> Paper:
    """An invented paper."""
    values = {
        "id": f"2101.{n:05}",
        "title": f"Kite {n} over Ponds",
        "abstract": f"Kite {n} counts {n} knots in the strings of its tail.",
        "authors": ("Ada Newt",),
        "year": 2021,
        **more,
    }
    return Paper(**values)


class CountingEmbedder(HashEmbedder):
    """Remembers what it was asked to embed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: list[str] = []

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return self.embed(texts)


class Replica(Library):
    """A library with a quick embedder, which counts."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.embedders: dict[str, CountingEmbedder] = {}

    def open_embedder(self, spec: str) -> Embedder:
        name = {"default": "fake/first"}.get(spec, spec)
        return self.embedders.setdefault(name, CountingEmbedder(name))

    def open_embedder_of(self, info: CollectionInfo) -> Embedder:
        return self.open_embedder(info.embedder)

    @property
    def embedded_texts(self) -> list[str]:
        return [text for embedder in self.embedders.values() for text in embedder.texts]

    def found(self, words: str) -> list[str]:
        """Papers found by words after the look that precedes every question."""
        self._look_after = 0.0  # as if the last look were long ago
        self.refresh()
        return sorted(hit.paper_id for hit in self.keyword.search(words, 10))

    def add(self, *papers: Paper) -> None:
        self.ingest(papers)

    def all(self) -> dict[str, Paper]:
        return {paper.id: paper for paper in self.store.papers()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A server for all tests; each has a library of its own there."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma-server") / "data")
    server.start()
    yield server
    server.kill()


Open = Callable[..., Replica]


@pytest.fixture
def replica(server: ChromaServer, tmp_path: Path, model_cache: Path) -> Iterator[Open]:
    """Opens replicas of one library, each in the data folder of that name."""
    name = next(_NAMES)
    with ExitStack() as stack:

        def open_one(folder: str, at: ChromaServer = server) -> Replica:
            settings = settings_for(tmp_path / folder, model_cache, chroma_url=at.url, library=name)
            return stack.enter_context(closing(Replica(settings)))

        yield open_one


def test_what_one_stores_the_others_find_at_their_next_question(replica: Open) -> None:
    """New, changed and removed papers reach another computer's list and keyword index without a restart, as soon as
    they are reported stored and before anybody has made vectors."""
    a, b = replica("a"), replica("b")
    assert b.found("knots") == []
    a.add(paper(1), paper(2))
    assert b.found("knots") == ["2101.00001", "2101.00002"]
    b.add(paper(3))
    a.add(paper(1, abstract="Kite one weighs marbles.", version=2))
    assert a.found("knots") == ["2101.00002", "2101.00003"]
    assert b.found("marbles") == ["2101.00001"]
    remove(b, ["2101.00002"])
    assert a.found("knots") == ["2101.00003"]
    assert a.all() == b.all()
    c = replica("c")
    assert c.all() == a.all()
    assert c.found("marbles") == ["2101.00001"]


def test_no_paper_is_embedded_twice(replica: Open) -> None:
    """What one computer has embedded the other counts as embedded, finds by meaning, and neither embeds nor writes."""
    a, b = replica("a"), replica("b")
    a.add(*(paper(n) for n in range(40)))
    assert a.embed() == 40
    b.found("knots")
    assert b.embedded_whole()
    assert b.embedded_count() == 40
    written: list[str] = []
    vectors = b.vectors
    ask = vectors._ask
    vectors._ask = lambda operation, **more: written.append(operation) or ask(operation, **more)  # type: ignore[method-assign]
    assert b.embed() == 0
    assert b.embedded_texts == []
    assert not {"upsert", "update", "delete"} & set(written)
    a.add(paper(7, venue="Pond Letters"), paper(8, abstract="Kite eight weighs marbles.", version=2))
    a.embed()
    b.found("marbles")
    assert b.embedded_whole()
    assert b.embedded_texts == []
    assert verify(b).agree
    query = b.embedder.embed(["Kite 8 over Ponds. Kite eight weighs marbles."])[0]
    assert b.vectors.nearest(query, 1)[0].paper_id == "2101.00008"


def test_who_opens_first_makes_the_vectors_of_all(replica: Open) -> None:
    """Papers of one computer may get their vectors from another; the first one learns of them at its next look."""
    a, b = replica("a"), replica("b")
    a.add(*(paper(n) for n in range(5)))
    b.found("knots")
    assert b.embed() == 5
    assert not a.embedded_whole()
    a.found("knots")
    assert a.embedded_whole()
    assert a.embed() == 0
    assert a.embedded_texts == []


def test_removed_there_gone_here(replica: Open) -> None:
    """Vectors of a paper that another computer removed are no surplus here, and one that comes back is whole."""
    a, b = replica("a"), replica("b")
    a.add(paper(1), paper(2))
    a.embed()
    b.found("knots")
    remove(a, ["2101.00001"])
    assert b.found("knots") == ["2101.00002"]
    b.embed()
    a.add(paper(1))
    a.embed()
    assert b.found("knots") == ["2101.00001", "2101.00002"]
    for library in (a, b):
        verdict = verify(library)
        assert verdict.agree
        assert not verdict.waiting


def test_both_change_one_paper_at_once(replica: Open) -> None:
    """Two versions that know nothing of each other become the same one on both, by the rule of merging; a paper that
    one removed while the other changed it stays."""
    a, b = replica("a"), replica("b")
    a.add(paper(1), paper(2), paper(3))
    b.found("knots")
    with unheard(a), unheard(b):
        a.store.write([paper(1, categories=("cs.CL",), venue="Pond Letters"), paper(3, year=2022)])
        b.store.write([paper(1, categories=("q-bio",), authors=("Ada Newt", "Bo Olm"))], removed=["2101.00002"])
        b.store.write([], removed=["2101.00003"])
    for library in (a, b, a, b):
        library.found("knots")
    assert a.all() == b.all()
    assert set(a.all()) == {"2101.00001", "2101.00003"}
    one = a.all()["2101.00001"]
    assert (set(one.categories), one.authors, one.venue) == ({"cs.CL", "q-bio"}, ("Ada Newt", "Bo Olm"), "Pond Letters")


def unheard(library: Replica) -> Any:
    """Inside, the library writes and tells nobody, as one that is killed right after writing."""
    assert library.store
    return library.locks.writing()


def test_killed_before_telling(replica: Open) -> None:
    """What was stored and not told when a process was killed is told at the next look of whoever opens the folder."""
    a, b = replica("a"), replica("b")
    a.add(paper(1))
    with unheard(a):
        a.store.write([paper(2)], removed=["2101.00001"])
    a.close()
    assert b.found("knots") == ["2101.00001"]
    replica("a").found("knots")
    assert b.found("knots") == ["2101.00002"]


def test_one_paper_under_two_ids(replica: Open) -> None:
    """A paper that came here by its title only and there with its arXiv id is one paper, under the arXiv id."""
    a, b = replica("a"), replica("b")
    b.found("knots")
    a.add(dataclasses.replace(paper(1), id="title:0123456789abcdef"))
    with unheard(b):
        b.store.write([paper(1, venue="Pond Letters")])
    for library in (a, b, a, b):
        library.found("knots")
    assert list(a.all()) == list(b.all()) == ["2101.00001"]
    assert a.all() == b.all()
    assert a.found("knots") == b.found("knots") == ["2101.00001"]


def test_a_copied_data_folder(replica: Open, tmp_path: Path) -> None:
    """A data folder copied to another computer is a replica of its own from then on: neither overwrites the other."""
    a = replica("a")
    a.add(paper(1), paper(2))
    a.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    a, b = replica("a"), replica("b")
    a.add(paper(3))
    b.add(paper(4))
    remove(b, ["2101.00001"])
    for library in (a, b, a, b):
        library.found("knots")
    assert set(a.all()) == set(b.all()) == {"2101.00002", "2101.00003", "2101.00004"}


def test_an_older_backup_put_back(replica: Open, tmp_path: Path) -> None:
    """A replica whose folder was put back from a backup catches up with what it had told itself since."""
    a, b = replica("a"), replica("b")
    a.add(paper(1))
    b.found("knots")
    a.close()
    shutil.copytree(tmp_path / "a", tmp_path / "backup")
    a = replica("a")
    a.add(paper(2))
    a.close()
    shutil.rmtree(tmp_path / "a")
    shutil.move(tmp_path / "backup", tmp_path / "a")
    a = replica("a")
    assert a.found("knots") == ["2101.00001", "2101.00002"]
    a.add(paper(3))
    assert b.found("knots") == ["2101.00001", "2101.00002", "2101.00003"]


def test_a_server_that_lost_everything(tmp_path: Path, model_cache: Path, replica: Open) -> None:
    """A server that comes back empty is told every paper again, and gets the vectors again."""
    server = ChromaServer(tmp_path / "chroma")
    server.start()
    try:
        a = replica("a", server)
        a.add(*(paper(n) for n in range(4)))
        a.embed()
        a.close()
        server.kill()
        shutil.rmtree(tmp_path / "chroma")
        server.start()
        a = replica("a", server)
        a.found("knots")
        assert a.embed() == 4
        verdict = verify(a)
        assert verdict.agree
        assert not verdict.waiting
        b = replica("b", server)
        assert b.all() == a.all()
        assert b.embedded_whole()
        a.close()
        b.close()
    finally:
        server.kill()


def test_from_a_folder_to_a_server(server: ChromaServer, tmp_path: Path, model_cache: Path) -> None:
    """A library whose vectors were in its folder goes to a server by setting its address: all papers are told, and
    none is taken for embedded there that is not."""
    name = next(_NAMES)
    local = Replica(settings_for(tmp_path / "a", model_cache, library=name))
    local.add(paper(1), paper(2))
    local.embed()
    local.close()
    with closing(Replica(settings_for(tmp_path / "a", model_cache, library=name, chroma_url=server.url))) as a:
        assert a.found("knots") == ["2101.00001", "2101.00002"]
        assert a.embed() == 2
        assert verify(a).agree
        with closing(Replica(settings_for(tmp_path / "b", model_cache, library=name, chroma_url=server.url))) as b:
            assert b.all() == a.all()
            assert b.embed() == 0


def test_another_embedder_reaches_the_other_computers(replica: Open) -> None:
    """After `reembed` on one computer the other uses the new vectors at its next question, and takes none of an older
    collection of the same name for its own."""
    a, b = replica("a"), replica("b")
    a.add(paper(1), paper(2))
    a.embed()
    b.found("knots")
    assert b.vectors.collection
    for embedder in ("fake/second", "fake/third", "fake/fourth"):
        info = reembed(a, embedder)
        assert info is not None
        b.found("knots")
        assert b.vectors.collection == info.name
        assert b.embedder.name == embedder
        assert b.embedded_whole()
        assert verify(b).agree
    assert b.embedded_texts == []


def test_the_same_records_again_elsewhere(replica: Open) -> None:
    """A file that one computer has ingested brings nothing new when another ingests it."""
    a, b = replica("a"), replica("b")
    records = [paper(n, source="jsonl") for n in range(5)]
    assert a.ingest(records).new == 5
    assert b.ingest(records).unchanged == 5
    assert a.all() == b.all()


def test_nothing_new_costs_one_small_request(replica: Open) -> None:
    """A look when nobody has written is one request, and looks are so far apart that they take 5 % of the time."""
    a, b = replica("a"), replica("b")
    a.add(*(paper(n) for n in range(30)))
    b.found("knots")
    asked: list[str] = []
    (client,) = b._place.kept  # type: ignore[attr-defined]
    session = client._server._session
    request = session.request
    session.request = lambda method, url, **more: asked.append(url) or request(method, url, **more)
    b.found("knots")
    assert len(asked) == 1
    for _ in range(20):
        b.refresh()
    assert len(asked) <= 3


def test_long_records(replica: Open) -> None:
    """Papers with thousands of authors, or without anything but what is needed, arrive as they are, whatever came
    before in their place."""
    a, b = replica("a"), replica("b")
    many = paper(1, authors=tuple(f"Author Nº {n} Häßlich 🪁" for n in range(12_000)), abstract="Long. " * 40_000)
    long_id = Paper(id=f"10.1234/{'kite' * 60}", title="A DOI without End", abstract="It never ends.")
    for versions in ([many, long_id], [paper(1)], [many]):
        with unheard(a):
            a.store.write(versions)
        a.found("x")
        b.found("x")
        assert a.all() == b.all()
        assert a.all()["2101.00001"] == versions[0]


def test_a_server_away_for_a_while(replica: Open, tmp_path: Path) -> None:
    """While the server is away a replica answers by words from its own list; ingesting says why it cannot."""
    server = ChromaServer(tmp_path / "chroma")
    server.start()
    try:
        a = replica("a", server)
        a.add(paper(1))
        server.kill()
        assert a.found("knots") == ["2101.00001"]
        with pytest.raises(LibraryError, match="cannot be used"):
            a.add(paper(2))
        server.start()
        a.add(paper(2))
        assert replica("b", server).found("knots") == ["2101.00001", "2101.00002"]
    finally:
        server.kill()


# --- the exchange by itself, over a log in a folder -------------------------------------------------------------------


class InterruptedLog(SharedLog):
    """A log in which somebody else writes between our reading of it and our writing to it."""

    meanwhile: Callable[[], object] | None = None

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        found = super().entries(ids)
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return found


class Member:
    """A catalogue and its part in a log."""

    def __init__(self, folder: Path, place: ChromaPlace) -> None:
        self.store = SqliteCatalogue(folder / "catalogue.sqlite")
        self.log = InterruptedLog(place, "x")
        self.replicas = Replicas(self.store, self.log)

    def close(self) -> None:
        self.store.close()
        self.log.close()

    def all(self) -> dict[str, Paper]:
        return {paper.id: paper for paper in self.store.papers()}


@pytest.fixture
def members(tmp_path: Path) -> Iterator[list[Member]]:
    """Three of one library."""
    place = ChromaPlace(tmp_path / "log")
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Member(tmp_path / name, place))) for name in "abc"]


def settle(members: Sequence[Member]) -> None:
    """Everybody looks until nobody has anything to tell."""
    for _ in range(6):
        for member in members:
            member.replicas.exchange()


def test_at_the_same_moment(members: list[Member]) -> None:
    """Somebody writes over our entry just between our look and our telling: both versions end up in one."""
    a, b, _ = members
    a.store.write([paper(1)])
    settle(members)
    a.store.write([paper(1, categories=("cs.CL",))])
    b.store.write([paper(1, categories=("q-bio",))])
    a.log.meanwhile = b.replicas.exchange
    a.replicas.exchange()
    settle(members)
    assert set(a.all()["2101.00001"].categories) == {"cs.CL", "q-bio"}
    assert a.all() == b.all() == members[2].all()


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(n, marks=pytest.mark.slow) for n in range(5, 100))])
def test_they_always_agree_in_the_end(members: list[Member], seed: int) -> None:
    """Whatever three replicas write, remove and exchange in whatever order: in the end they hold the same papers, and
    none that nobody removed is missing."""
    chance = random.Random(seed)
    added, removed = set[str](), set[str]()
    for step in range(25):
        member = chance.choice(members)
        n = chance.randrange(6)
        match chance.choice(["write", "write", "write", "remove", "exchange", "exchange", "interrupted"]):
            case "write":
                category = f"c.{step}"
                old = member.store.get([f"2101.{n:05}"]).get(f"2101.{n:05}")
                before = old.categories if old else ()
                member.store.write([paper(n, categories=(*before, category), version=chance.choice([None, 1, 2]))])
                added.add(f"2101.{n:05}")
            case "remove":
                there = sorted(member.all())
                if there:
                    gone = chance.choice(there)
                    member.store.write([], removed=[gone])
                    removed.add(gone)
            case "exchange":
                member.replicas.exchange()
            case "interrupted":
                member.log.meanwhile = chance.choice([m for m in members if m is not member]).replicas.exchange
                member.replicas.exchange()
    settle(members)
    assert members[0].all() == members[1].all() == members[2].all()
    assert set(members[0].all()) >= added - removed
    heads = members[0].log.heads()
    assert not any(member.replicas.behind(heads) for member in members)


def test_many_steps_and_pages(members: list[Member], monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer reads a log of many steps, page by page, and what was removed stays removed."""
    a, b, c = members
    for member in members:
        member.log._most = 7
    for n in range(12):
        a.store.write([paper(1000 + n * 3 + i) for i in range(3)], removed=[f"2101.{1000 + n * 3 - 1:05}"])
    a.store.write([paper(n) for n in range(20)])
    settle([a])
    settle([b])
    assert b.all() == a.all()
    b.store.write([paper(n, venue="Pond Letters") for n in range(20)])
    settle([b, c, a])
    assert a.all() == b.all() == c.all()


def test_a_log_of_another_version(members: list[Member], monkeypatch: pytest.MonkeyPatch) -> None:
    """A library shared with another version of the log is refused untouched, with what to do."""
    settle(members)
    monkeypatch.setattr("app.adapters.shared_log.VERSION", 2)
    members[0].log._found = None
    with pytest.raises(LibraryError, match="another version") as caught:
        members[0].replicas.exchange()
    assert "same version" in caught.value.hint


# --- real processes ---------------------------------------------------------------------------------------------------


def ingesting(folder: Path, model_cache: Path, server: ChromaServer, file: Path) -> subprocess.Popen[bytes]:
    """`askpapers ingest` in a process of its own."""
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(folder),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "ASKPAPERS_CHROMA_URL": server.url,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "app", "ingest", str(file), "--no-embed"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def file_of(path: Path, numbers: Iterable[int]) -> Path:
    """A JSONL file of invented papers."""
    records = ({"id": f"2101.{n:05}", "title": f"Kite {n}", "abstract": f"It counts {n} knots."} for n in numbers)
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n", encoding="utf-8")
    return path


def held(folder: Path, model_cache: Path, server: ChromaServer) -> dict[str, Paper]:
    """The papers of a replica after a look; its keyword index must hold the same."""
    with closing(Replica(settings_for(folder, model_cache, chroma_url=server.url))) as library:
        library.found("knots")
        assert sorted(library.keyword.ids()) == sorted(library.all())
        return library.all()


@pytest.mark.slow
def test_two_computers_ingest_at_once(tmp_path: Path, model_cache: Path) -> None:
    """Files that share half of their papers, read on two computers at the same time: both end up with all of them."""
    server = ChromaServer(tmp_path / "chroma")
    server.start()
    try:
        running = [
            ingesting(tmp_path / name, model_cache, server, file_of(tmp_path / f"{name}.jsonl", numbers))
            for name, numbers in (("a", range(1500)), ("b", range(750, 2250)))
        ]
        for process in running:
            said = process.communicate(timeout=300)[0].decode()
            assert process.returncode == 0, said
        for _ in range(2):
            both = [held(tmp_path / name, model_cache, server) for name in "ab"]
        assert both[0] == both[1]
        assert len(both[0]) == 2250
    finally:
        server.kill()


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path, model_cache: Path) -> None:
    """A process killed (SIGKILL) again and again while it ingests: the other computer ends up with the same papers."""
    server = ChromaServer(tmp_path / "chroma")
    server.start()
    chance = random.Random(20261125)
    try:
        file = file_of(tmp_path / "papers.jsonl", range(4000))
        counts = []
        for _ in range(6):
            process = ingesting(tmp_path / "a", model_cache, server, file)
            with suppress(subprocess.TimeoutExpired):
                process.wait(1.0 + 4 * chance.random())
            process.kill()
            process.communicate()
            counts.append(len(held(tmp_path / "b", model_cache, server)))
        assert counts == sorted(counts)
        process = ingesting(tmp_path / "a", model_cache, server, file)
        said = process.communicate(timeout=300)[0].decode()
        assert process.returncode == 0, said
        one, other = (held(tmp_path / name, model_cache, server) for name in "ab")
        assert one == other
        assert len(one) == 4000
    finally:
        server.kill()
