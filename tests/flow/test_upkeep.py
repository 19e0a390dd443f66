"""Care for a library: papers removed everywhere, parts that do not agree found and mended."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import chromadb
import pytest

from app.bootstrap import Service
from app.core.domain import Paper
from app.core.errors import LibraryBusyError
from app.core.report import Changes
from app.reembed import reembed, rollback
from app.upkeep import Verdict, rebuild_keyword, remove, repair, verify
from ingest.record import make_paper
from tests.commands import Askpapers
from tests.conftest import service_in
from tests.embedding_server import EmbeddingServer

PAPERS = 6


def paper(number: int) -> Paper:
    """A short paper; the last one is longer than the embedder's window, so that it has several chunks."""
    text = f"We count the newt{number} of the pond." * (120 if number == PAPERS - 1 else 1)
    return make_paper(source="t", title=f"On newt{number}", abstract=text)


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """A server with two embedding models."""
    with EmbeddingServer(models=("newt-embed", "olm-embed")) as opened:
        yield opened


@pytest.fixture
def opened(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Callable[[], Service]:
    """Opens the same library as a new process would."""
    url = server.openai_url

    def open_library() -> Service:
        there = (tmp_path / "library").exists()
        embedder = None if there else "compatible:newt-embed"
        return service_in(tmp_path / "library", model_cache, embedder=embedder, embedder_base_url=url)

    return open_library


@pytest.fixture
def service(opened: Callable[[], Service]) -> Service:
    """A library of six papers with their vectors."""
    service = opened()
    service.library.ingest(map(paper, range(PAPERS)))
    service.library.embed()
    assert verify(service.library) == Verdict(PAPERS, 0, (), (), (), (), ())
    service.library.close()
    return opened()


@pytest.fixture
def askpapers(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Askpapers:
    """The command over the same library."""
    settings = {"EMBEDDER": "compatible:newt-embed", "EMBEDDER_BASE_URL": server.openai_url}
    return Askpapers(tmp_path / "library", model_cache, settings)


def chunks_in(service: Service, collection: str) -> list[str]:
    """The ids of a collection's chunks, read from Chroma itself."""
    client = chromadb.PersistentClient(
        str(service.library.folder / "chroma"), chromadb.Settings(anonymized_telemetry=False)
    )
    try:
        return sorted(client.get_collection(collection).get(include=[])["ids"])
    finally:
        client.close()


def in_chroma(service: Service, operation: str, **arguments: object) -> None:
    """Meddle with the collection in use behind our back."""
    getattr(service.library.vectors._collection, operation)(**arguments)


def mended(service: Service) -> None:
    """Repair, make the missing vectors, and check that all agree."""
    repair(service.library, verify(service.library))
    service.library.embed()
    assert verify(service.library) == Verdict(PAPERS, 0, (), (), (), (), ())
    for number in range(PAPERS):
        best = service.search(f"newt{number}", 1)[0]
        assert best.paper.title == f"On newt{number}" and set(best.found_by) == {"dense", "keyword"}


# --- remove -----------------------------------------------------------------------------------------------------------


def test_remove_everywhere(service: Service, opened: Callable[[], Service]) -> None:
    """A removed paper is gone from the list, from both ways of searching and from every collection; it comes back, as
    new, when it is ingested again, and only then."""
    reembed(service.library, "compatible:olm-embed")
    gone, long = paper(2).id, paper(PAPERS - 1).id
    assert remove(service.library, [gone, long, "nowhere"]) == [gone, long]
    for collection in ("papers", "papers-2"):
        assert {chunk.split("#")[0] for chunk in chunks_in(service, collection)} == {paper(n).id for n in (0, 1, 3, 4)}
    assert gone not in service.library.keyword.ids()
    assert [p.id for p in service.papers()] == sorted(paper(n).id for n in (0, 1, 3, 4))
    assert gone not in [found.paper.id for found in service.search("newt2", 10)]
    verdict = verify(service.library)
    assert verdict.agree and verdict.papers == 4
    service.library.embed()
    rollback(service.library)
    service.library.close()
    again = opened()
    again.library.embed()
    assert again.paper_count() == 4
    report = again.library.ingest([paper(2)])
    assert (report.new, report.changed, report.unchanged) == (1, 0, 0)
    again.library.embed()
    assert again.search("newt2", 1)[0].paper.id == gone
    assert verify(again.library).agree


def test_remove_before_there_are_vectors(opened: Callable[[], Service], server: EmbeddingServer) -> None:
    """Without vectors nothing but the list and the keyword index is touched, and no embedder is asked."""
    service = opened()
    service.library.ingest([paper(0), paper(1)])
    assert remove(service.library, [paper(0).id]) == [paper(0).id]
    assert service.library.keyword.ids() == [paper(1).id]
    assert not server.asked


def test_remove_while_vectors_are_made(service: Service) -> None:
    """While another keeps the vectors, the paper is out of every answer at once, it is said so, and its vectors go
    with the next run."""
    gone = paper(2).id
    with service.library.locks.embedding(1.0) as mine, pytest.raises(LibraryBusyError, match="The papers are removed"):
        assert mine
        remove(service.library, [gone], wait_s=0.1)
    assert gone not in [found.paper.id for found in service.search("newt2", 10)]
    assert verify(service.library).vectors_surplus == (gone,)
    service.library.embed()
    assert verify(service.library).agree


def test_the_remove_command(service: Service, askpapers: Askpapers) -> None:
    """Each removed paper is named; an id nobody knows is an error that says where ids stand, and the others are gone."""
    service.library.close()
    done = askpapers("library", "remove", paper(1).id, "nowhere")
    assert done.code == 2 and done.out == f"Removed {paper(1).id}.\n"
    assert 'no paper with the id "nowhere"' in done.err and "askpapers library list" in done.err
    assert askpapers("library", "show", paper(1).id).refused()


def test_the_remove_command_beside_another_that_makes_vectors(
    service: Service, askpapers: Askpapers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has done its work: what is left goes by itself, which is said and is no failure."""
    monkeypatch.setattr("app.cli.library._VECTORS_WAIT_S", 0.1)
    with service.library.locks.embedding(1.0) as mine:
        assert mine
        done = askpapers("library", "remove", paper(1).id)
    assert (done.code, done.out) == (0, f"Removed {paper(1).id}.\n")
    assert "their vectors are still there" in done.err


# --- verify and repair ------------------------------------------------------------------------------------------------


def test_a_vector_that_is_missing(service: Service) -> None:
    """Missing whole, it is missing; missing in part, the paper's vectors are stale."""
    first, long = paper(0).id, paper(PAPERS - 1).id
    assert f"{long}#1" in chunks_in(service, "papers")
    in_chroma(service, "delete", ids=[f"{first}#0", f"{long}#1"])
    verdict = verify(service.library)
    assert (verdict.vectors_missing, verdict.vectors_stale, verdict.vectors_surplus) == ((first,), (long,), ())
    mended(service)


def test_a_first_chunk_that_is_missing(service: Service) -> None:
    """What stands there of a paper without its beginning goes, and the whole is made anew."""
    long = paper(PAPERS - 1).id
    in_chroma(service, "delete", ids=[f"{long}#0"])
    assert verify(service.library).vectors_stale == (long,)
    mended(service)


def test_a_vector_too_many(service: Service) -> None:
    """Vectors of a paper that is not in the list, whole or in pieces, and a piece too many, are found and go."""
    stored = service.library.vectors._collection.get(ids=[f"{paper(0).id}#0"], include=["metadatas", "embeddings"])
    meta, vector = stored["metadatas"][0], stored["embeddings"][0]
    for chunk_id, more in (
        ("stranger#0", {"paper_id": "stranger"}),
        ("piece#3", {"paper_id": "piece", "index": 3}),
        (f"{paper(1).id}#1", {"paper_id": paper(1).id, "index": 1}),
    ):
        in_chroma(service, "add", ids=[chunk_id], embeddings=[vector], metadatas=[meta | more], documents=["x"])
    verdict = verify(service.library)
    assert verdict.vectors_surplus == ("piece", "stranger") and verdict.vectors_stale == (paper(1).id,)
    mended(service)
    assert not [chunk for chunk in chunks_in(service, "papers") if chunk.startswith(("piece", "stranger"))]


def test_a_vector_of_another_text(service: Service) -> None:
    """A vector whose text is not the paper's is stale; that of a paper that waits for its new one is not."""
    changed = make_paper(source="u", title=paper(3).title, abstract="We count herons instead.")
    service.library.ingest([changed])
    verdict = verify(service.library)
    assert verdict.agree and verdict.waiting == 1
    service.library.store.note_embedded("papers", {changed.id: changed.fingerprint})
    assert verify(service.library).vectors_stale == (changed.id,)
    repair(service.library, verify(service.library))
    service.library.embed()
    assert verify(service.library) == Verdict(PAPERS, 0, (), (), (), (), ())
    assert service.search("count herons", 1)[0].paper.abstract == "We count herons instead."


def test_a_keyword_index_that_does_not_agree(service: Service) -> None:
    """A paper it lacks, one too many and one twice are found, and it is built anew."""
    keyword, identity = service.library.keyword, service.library.store.identity
    position = service.library.store.position()
    keyword.apply(Changes((paper(50),), (paper(0).id,), position), identity)
    verdict = verify(service.library)
    assert (verdict.keyword_missing, verdict.keyword_surplus) == ((paper(0).id,), (paper(50).id,))
    mended(service)


def test_a_keyword_index_that_is_damaged(service: Service, opened: Callable[[], Service], tmp_path: Path) -> None:
    """Whatever becomes of its files (gone, cut short, overwritten), it is whole again at the latest after a repair."""
    service.library.close()
    whole = tmp_path / "whole"
    shutil.copytree(tmp_path / "library", whole)
    files = [None, *sorted(path.name for path in (whole / "keyword").iterdir() if path.stat().st_size)]
    damages: list[Callable[[Path], object]] = [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(b"\x00" * path.stat().st_size),
    ]
    for name in files:
        for damage in damages if name else damages[:1]:
            shutil.rmtree(tmp_path / "library")
            shutil.copytree(whole, tmp_path / "library")
            if name:
                damage(tmp_path / "library" / "keyword" / name)
            else:
                shutil.rmtree(tmp_path / "library" / "keyword")
            library = opened().library
            verdict = verify(library)
            if not verdict.agree:
                repair(library, verdict)
            assert sorted(library.keyword.ids()) == sorted(paper.id for paper in library.store.papers()), name
            assert verify(library).agree, name
            library.close()


def test_chroma_is_gone(service: Service, opened: Callable[[], Service], tmp_path: Path) -> None:
    """Without its folder of vectors a library finds by words, says that the dense index is empty, and makes it anew."""
    service.library.close()
    shutil.rmtree(tmp_path / "library" / "chroma")
    again = opened()
    assert again.dense_index().embedded == 0
    assert verify(again.library).waiting == PAPERS
    assert again.library.embed() == PAPERS
    mended(again)


def test_the_collection_is_gone(service: Service, opened: Callable[[], Service], tmp_path: Path) -> None:
    """A collection deleted by another program is found missing, and comes back."""
    service.library.vectors._client.delete_collection("papers")
    service.library.close()
    again = opened()
    assert len(verify(again.library).vectors_missing) == PAPERS
    mended(again)


def test_verify_needs_no_embedder(service: Service, askpapers: Askpapers, server: EmbeddingServer) -> None:
    """With the embedder's server gone, a check works, and a repair says what it could not do."""
    in_chroma(service, "delete", ids=[f"{paper(0).id}#0"])
    service.library.close()
    server.models = ()
    done = askpapers("library", "verify")
    assert done.code == 2 and "vectors missing: " in done.out and paper(0).id in done.out
    assert "askpapers library verify --repair" in done.err
    done = askpapers("library", "verify", "--repair")
    assert done.code == 2 and "newt-embed" in done.err and "Traceback" not in done.err
    server.models = ("newt-embed",)
    done = askpapers("library", "verify", "--repair")
    assert done.code == 0 and done.out.endswith("List, keyword index and vectors agree.\n")
    assert "1 of them waiting" in done.out and "askpapers library embed" in done.err
    askpapers("library", "embed")
    assert askpapers("library", "verify", "--json").json == {
        "agree": True, "keyword_missing": [], "keyword_surplus": [], "vectors_missing": [], "vectors_stale": [],
        "vectors_surplus": [], "papers": PAPERS, "waiting": 0,
    }  # fmt: skip


def test_rebuild_index(service: Service, askpapers: Askpapers) -> None:
    """It holds every paper once, in the same process and as a command."""
    assert rebuild_keyword(service.library) == PAPERS
    assert sorted(service.library.keyword.ids()) == sorted(paper.id for paper in service.papers())
    service.library.close()
    assert askpapers("library", "rebuild-index").out == f"The keyword index holds {PAPERS} papers.\n"


def test_an_old_list_is_never_guessed_at(service: Service, askpapers: Askpapers) -> None:
    """A list of papers of another version is refused in words."""
    service.library.close()
    database = sqlite3.connect(service.library.folder / "catalogue.sqlite")
    database.execute("UPDATE about SET value = '999' WHERE name = 'version'")
    database.commit()
    database.close()
    assert "another version of askpapers" in askpapers("library", "list").refused()


def test_duplicates(opened: Callable[[], Service], askpapers: Askpapers) -> None:
    """Papers that could not be told apart or together are listed with the reason, each pair once."""
    service = opened()
    for identifier in ("2101.00001", "2101.00002"):
        same = make_paper(source="t", title="On Ponds", abstract=f"By {identifier}.", identifier=identifier)
        service.library.ingest([same])
    service.library.close()
    shown = [json.loads(line) for line in askpapers("library", "duplicates", "--json").out.splitlines()]
    assert len(shown) == 1 and len(set(shown[0]["papers"])) == 2 and "title" in shown[0]["why"]
    assert askpapers("library", "duplicates").out.count("On Ponds") == 2
