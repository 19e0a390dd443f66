"""A library whose vectors are on a real Chroma server (`chroma run`), which dies, comes back and is shared."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.adapters.chroma_client import ChromaPlace
from app.bootstrap import Service
from app.core.domain import Paper
from app.core.errors import LibraryError, SettingsError
from app.core.ports import Embedder
from app.library import Library
from app.reembed import reembed, rollback
from app.upkeep import remove, verify
from tests.chroma_server import ChromaServer
from tests.conftest import ROOT, settings_for
from tests.conversation import ask
from tests.embedding_server import EmbeddingServer
from tests.fake_embedder import HashEmbedder

_NAMES = (f"lib{n}" for n in itertools.count())


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A server for all tests that leave it alive; each has a library of its own there."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma-server") / "data")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ChromaServer]:
    """A server to be killed by the test."""
    server = ChromaServer(tmp_path / "chroma-server")
    server.start()
    yield server
    server.kill()


class QuickLibrary(Library):
    """A library whose embedder needs no model."""

    def open_embedder(self, spec: str) -> Embedder:
        return HashEmbedder()

    def open_embedder_of(self, info: Any) -> Embedder:
        return HashEmbedder()


Open = Callable[..., Service]


@pytest.fixture
def opened(tmp_path: Path, model_cache: Path) -> Iterator[Open]:
    """Opens services over libraries whose vectors are on a server, and closes them after the test."""
    services: list[Service] = []
    name = next(_NAMES)

    def open_one(
        server: ChromaServer, folder: str = "here", kind: type[Library] = QuickLibrary, **more: Any
    ) -> Service:
        settings = settings_for(tmp_path / folder, model_cache, **{"chroma_url": server.url, "library": name, **more})
        services.append(Service(settings, kind(settings)))
        return services[-1]

    yield open_one
    for service in services:
        service.library.close()


def ingest(service: Service, *papers: Paper) -> None:
    """Take papers in, with their vectors."""
    service.library.ingest(papers)
    service.library.embed()


def found(service: Service, query: str) -> dict[str, set[str]]:
    """Which papers a search finds, and by what."""
    return {ranked.paper.id: set(ranked.found_by) for ranked in service.search(query, 5)}


def test_everything_works_on_a_server(server: ChromaServer, opened: Open, tmp_path: Path) -> None:
    """Ingest, search, ask, change, remove and verify; no vectors lie in the data folder."""
    service = opened(server, kind=Library)
    ingest(service, *(paper(n) for n in range(5)))
    assert found(service, "Kite 3 knots")["2101.00003"] == {"dense", "keyword"}
    assert "2101.00003" in [c.paper.id for c in ask(service, "How many knots does kite 3 count?").citations]
    ingest(service, paper(3, abstract="Kite 3 now weighs marbles.", version=2), paper(4, venue="Pond Letters"))
    assert found(service, "What weighs marbles?")["2101.00003"] == {"dense", "keyword"}
    assert remove(service.library, ["2101.00001"]) == ["2101.00001"]
    assert "2101.00001" not in found(service, "Kite 1 knots")
    verdict = verify(service.library)
    assert verdict.agree
    assert (verdict.papers, verdict.waiting) == (4, 0)
    again = opened(server, kind=Library)
    assert {p.id: p for p in again.papers()} == {p.id: p for p in service.papers()}
    stored = again.library.vectors.get(["2101.00003", "2101.00004"])
    assert stored == again.library.store.get(["2101.00003", "2101.00004"])
    assert not list((tmp_path / "here").rglob("chroma.sqlite3"))


def test_named_libraries_do_not_see_each_other(server: ChromaServer, opened: Open) -> None:
    """Libraries of one server, also with names of which one begins like the other, each hold their own."""
    names = ("ponds", "ponds-2", "default")
    services = [opened(server, library=name) for name in names]
    for n, service in enumerate(services):
        ingest(service, paper(n))
    for n, name in enumerate(names):
        fresh = opened(server, folder="elsewhere", library=name)
        assert [p.id for p in fresh.papers()] == [f"2101.{n:05}"]
        assert set(found(fresh, "Kite knots")) == {f"2101.{n:05}"}
        assert fresh.library.vectors.count() == 1


def test_reembed_and_rollback_on_a_server(server: ChromaServer, opened: Open) -> None:
    """Another embedder fills a second collection on the server; the way back works, and what came since is embedded."""
    with EmbeddingServer() as embeddings:
        more = {"embedder_base_url": embeddings.openai_url}
        service = opened(server, kind=Library, **more)
        ingest(service, *(paper(n) for n in range(3)))
        first = service.library.embedder.name
        info = reembed(service.library, "compatible:newt-embed")
        assert info is not None
        assert info.embedder != first
        assert found(service, "Kite 2 knots")["2101.00002"] == {"dense", "keyword"}
        ingest(service, paper(7))
        assert rollback(service.library).embedder == first
        service.library.embed()
        assert service.library.embedder.name == first
        assert found(service, "Kite 7 knots")["2101.00007"] == {"dense", "keyword"}
        verdict = verify(service.library)
        assert verdict.agree
        assert not verdict.waiting


def test_more_than_the_server_takes_at_once(
    server: ChromaServer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server says how many records it takes in one call; papers of more chunks than that are stored all the same,
    and no call is larger."""
    service = opened(server)
    vectors = service.library.vectors
    monkeypatch.setattr(vectors._client._server, "get_max_batch_size", lambda: 7)
    long = paper(1, abstract=" ".join(f"Sentence {n} tells of kites, ponds and strings." for n in range(150)))
    ingest(service, long, *(paper(n) for n in range(2, 12)))
    assert vectors.get([long.id]) == {long.id: long}
    assert verify(service.library).agree


def test_nobody_answers(opened: Open, tmp_path: Path) -> None:
    """A server that does not run: the words say where we looked and what to type; nothing hangs."""
    nobody = ChromaServer(tmp_path / "never-started")
    with pytest.raises(LibraryError) as caught:
        opened(nobody).library.store.count()
    assert nobody.url in str(caught.value)
    assert "chroma run" in caught.value.hint


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:8000", "http://", "http://a:99999", "http://[x", "http://a:b@c"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    """It is said with an example of one."""
    with pytest.raises(SettingsError) as caught:
        ChromaPlace(tmp_path, url).open()
    assert "http://127.0.0.1:8000" in caught.value.hint


def test_something_else_answers(tmp_path: Path) -> None:
    """A server that is no Chroma is said to be none."""
    with EmbeddingServer() as other, pytest.raises(LibraryError, match="no Chroma server"):
        ChromaPlace(tmp_path, other.ollama_url).open()


def test_an_unknown_database(server: ChromaServer, tmp_path: Path) -> None:
    """A tenant or database that the server does not have is an error in our words."""
    with pytest.raises(LibraryError, match="no database .nowhere."):
        ChromaPlace(tmp_path, server.url, database="nowhere").open()


def test_the_server_dies_and_comes_back(own_server: ChromaServer, opened: Open) -> None:
    """While it is away, questions and writes end in a clear error and nothing is lost; when it is back the same
    process goes on, and what was ingested meanwhile gets its vectors."""
    service = opened(own_server)
    ingest(service, paper(1), paper(2))
    service.library.ingest([paper(5)])
    own_server.kill()
    for attempt in (
        lambda: service.search("Kite 1 knots", 3),
        lambda: service.library.ingest([paper(3)]),
        lambda: service.library.embed(),
        lambda: remove(service.library, ["2101.00002"]),
    ):
        with pytest.raises(LibraryError) as caught:
            attempt()
        assert own_server.url in str(caught.value)
        assert "chroma run" in caught.value.hint
    own_server.start()
    ingest(service, paper(3))
    verdict = verify(service.library)
    assert verdict.agree
    assert not verdict.waiting
    assert found(service, "Kite 3 knots")["2101.00003"] == {"dense", "keyword"}
    fresh = opened(own_server, folder="elsewhere")
    assert {p.id for p in fresh.papers()} == {p.id for p in service.papers()} >= {"2101.00001", "2101.00003"}


def test_a_server_that_hangs(own_server: ChromaServer, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes the call and never answers is given up, whether the library is open already or not."""
    monkeypatch.setattr("app.adapters.chroma_client._KNOCK_S", 0.5)
    monkeypatch.setattr("app.adapters.chroma_client._ANSWER_S", 0.5)
    service = opened(own_server)
    ingest(service, paper(1))
    own_server.freeze()
    started = time.monotonic()
    with pytest.raises(LibraryError):
        service.search("Kite 1 knots", 3)
    with pytest.raises(LibraryError):
        opened(own_server, folder="elsewhere").library.store.count()
    assert time.monotonic() - started < 10


def command(folder: Path, model_cache: Path, server: ChromaServer, *arguments: str) -> subprocess.Popen[bytes]:
    """The askpapers command in a process of its own."""
    environment = os.environ | {
        "ASKPAPERS_DATA_DIR": str(folder),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "ASKPAPERS_CHROMA_URL": server.url,
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finished(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """How a process ended and what it said."""
    said = process.communicate(timeout=120)[0].decode()
    return process.returncode, said


def file_of(folder: Path, count: int) -> Path:
    """A JSONL file of invented papers."""
    path = folder / "papers.jsonl"
    records = ({"id": f"2101.{n:05}", "title": f"Kite {n}", "abstract": f"It counts {n} knots."} for n in range(count))
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n", encoding="utf-8")
    return path


def wait_until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Look ten times a second."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def chunks_on(server: ChromaServer) -> int:
    """How many chunks the default library has on the server, asked without our code."""
    base = f"{server.url}/api/v2/tenants/default_tenant/databases/default_database/collections"
    found = [c["id"] for c in httpx.get(base).json() if c["name"] == "papers"]
    return int(httpx.get(f"{base}/{found[0]}/count").json()) if found else 0


@pytest.mark.slow  # most of a minute; other kills run by default in test_kill.py
def test_a_process_killed_in_the_middle(own_server: ChromaServer, tmp_path: Path, model_cache: Path) -> None:
    """An ingest killed (SIGKILL) while its vectors go to the server; the next run completes and all parts agree."""
    file = file_of(tmp_path, 800)
    folder = tmp_path / "library"
    process = command(folder, model_cache, own_server, "ingest", str(file))
    wait_until(lambda: chunks_on(own_server) > 0)
    process.kill()
    finished(process)
    assert 0 < chunks_on(own_server) < 800
    code, said = finished(command(folder, model_cache, own_server, "ingest", str(file)))
    assert code == 0, said
    library = Library(settings_for(folder, model_cache, chroma_url=own_server.url))
    verdict = verify(library)
    library.close()
    assert verdict.agree
    assert (verdict.papers, verdict.waiting, chunks_on(own_server)) == (800, 0, 800)


@pytest.mark.slow
def test_the_server_killed_in_the_middle(own_server: ChromaServer, tmp_path: Path, model_cache: Path) -> None:
    """The server dies under a running ingest: two lines say so and what to do; once it runs again, so does the rest."""
    file = file_of(tmp_path, 200)
    folder = tmp_path / "library"
    process = command(folder, model_cache, own_server, "ingest", str(file))
    wait_until(lambda: chunks_on(own_server) > 0)
    own_server.kill()
    code, said = finished(process)
    assert code == 2
    assert own_server.url in said
    assert "chroma run" in said
    assert "Traceback" not in said
    own_server.start()
    code, said = finished(command(folder, model_cache, own_server, "ingest", str(file)))
    assert code == 0, said
    library = Library(settings_for(folder, model_cache, chroma_url=own_server.url))
    verdict = verify(library)
    library.close()
    assert verdict.agree
    assert (verdict.papers, verdict.waiting) == (200, 0)
