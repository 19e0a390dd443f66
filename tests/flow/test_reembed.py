"""Another embedder for a library: filled beside the one in use, switched in one step, and back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.background import BackgroundEmbedding
from app.bootstrap import Service
from app.core.domain import Paper
from app.core.errors import EmbedderError, InputError, LibraryBusyError, LibraryError
from app.reembed import reembed, rollback
from app.upkeep import verify
from ingest.record import make_paper
from tests.commands import Askpapers
from tests.conftest import service_in
from tests.embedding_server import EmbeddingServer, Reply

NEWT, OLM = "compatible:newt-embed", "compatible:olm-embed"
PAPERS = 12
REFUSED = Reply(400, {"error": {"message": "the pond is frozen"}})


def paper(number: int) -> Paper:
    """A paper that only it answers a question for its own animal."""
    animal = f"{'abcdefghijklmnopqrstuvwxyz'[number % 26] * 3}fish{number}"
    return make_paper(source="t", title=f"On the {animal}", abstract=f"We count the {animal} of the pond.")


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """A server with two embedding models."""
    with EmbeddingServer(models=("newt-embed", "olm-embed")) as opened:
        yield opened


@pytest.fixture
def service(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Service:
    """A library of twelve papers with vectors by the first model; no setting says which, as for most people."""
    made = open_service(server, tmp_path, model_cache, embedder=NEWT)
    made.library.ingest(map(paper, range(PAPERS)))
    made.library.embed()
    made.library.close()
    return open_service(server, tmp_path, model_cache)


def open_service(server: EmbeddingServer, folder: Path, model_cache: Path, **more: Any) -> Service:
    """The library as another process would open it."""
    return service_in(folder / "library", model_cache, embedder_base_url=server.openai_url, **more)


@pytest.fixture
def askpapers(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Askpapers:
    """The command over the same library."""
    return Askpapers(tmp_path / "library", model_cache, {"EMBEDDER_BASE_URL": server.openai_url})


def finds(service: Service, number: int) -> str:
    """Search for a paper by the words only it has, check that it is found by meaning; who made the query's vector."""
    wanted = paper(number)
    best = service.search(wanted.title, 3)[0]
    assert best.paper.title == wanted.title
    assert "dense" in best.found_by
    return service.library.embedder.name


def texts_for(server: EmbeddingServer, model: str) -> list[str]:
    """The texts of papers that this model was asked for so far."""
    return [t for asked in server.asked if asked.body["model"] == model for t in asked.texts if "We count" in t]


def collections(service: Service) -> list[str]:
    """Who made each collection, the one in use first."""
    vectors = service.library.second_vectors()
    return [info.embedder for info in vectors.collections()]


def test_the_switch(service: Service, server: EmbeddingServer) -> None:
    """Every paper is embedded once by the new embedder, which then answers; the old vectors stay for a rollback."""
    assert finds(service, 3) == NEWT
    info = reembed(service.library, OLM)
    assert info and info.embedder == OLM
    assert len(texts_for(server, "olm-embed")) == PAPERS
    assert finds(service, 3) == OLM
    assert service.dense_index().whole
    assert collections(service) == [OLM, NEWT]
    verdict = verify(service.library)
    assert verdict.agree and not verdict.waiting


@pytest.mark.parametrize("spec", [NEWT, None])
def test_to_the_same_embedder(service: Service, server: EmbeddingServer, spec: str | None) -> None:
    """The embedder in use is told to be in use, and nothing is embedded."""
    asked = len(texts_for(server, "newt-embed"))
    with pytest.raises(InputError, match=f'already made by "{NEWT}"'):
        reembed(service.library, spec)
    assert len(texts_for(server, "newt-embed")) == asked


def test_the_setting_says_where_to(
    service: Service, server: EmbeddingServer, tmp_path: Path, model_cache: Path
) -> None:
    """Without a name it goes to the embedder of the settings, and a library that was refused for it opens."""
    service.library.close()
    wanting = open_service(server, tmp_path, model_cache, embedder=OLM)
    with pytest.raises(LibraryError) as refused:
        wanting.search("fish", 3)
    assert f"askpapers library reembed --embedder {OLM}" in refused.value.hint
    assert reembed(wanting.library)
    assert finds(wanting, 5) == OLM


def test_to_ollama(service: Service, server: EmbeddingServer) -> None:
    """Ollama's own protocol serves as well."""
    assert reembed(service.library, "ollama:olm-embed")
    assert finds(service, 4) == "ollama:olm-embed"
    assert {asked.path for asked in server.asked if asked.body["model"] == "olm-embed"} == {"/api/embed"}


def test_papers_that_come_meanwhile(service: Service, server: EmbeddingServer) -> None:
    """A paper ingested while the new vectors are made has them when they come into use; one changed has new ones, one
    removed none."""
    first = paper(0)
    changed = make_paper(source="u", title=first.title, abstract="We count the heron instead.")
    told: list[int] = []

    def progress(done: int, total: int, seconds_left: float | None) -> None:
        if not told:
            service.library.ingest([paper(50), changed])
            service.library.store.write((), removed=[paper(1).id])
        told.append(done)

    assert reembed(service.library, OLM, progress)
    assert told[-1] == PAPERS
    assert finds(service, 50) == OLM
    assert service.dense_index().embedded == service.dense_index().papers == PAPERS
    assert paper(1).title not in [found.paper.title for found in service.search(paper(1).title, 20)]
    assert service.search("count the heron", 1)[0].paper.title == first.title
    verdict = verify(service.library)
    assert verdict.vectors_missing == verdict.vectors_stale == verdict.vectors_surplus == ()
    assert not verdict.waiting


def test_an_embedder_that_fails_midway(service: Service, server: EmbeddingServer) -> None:
    """It is said how to go on, the old vectors answer as before, and going on embeds only what is missing."""
    service.library.ingest(map(paper, range(PAPERS, 200)))
    service.library.embed()
    server.enqueue(*[lambda rows: rows] * 3, REFUSED)
    with pytest.raises(EmbedderError, match="the pond is frozen") as failed:
        reembed(service.library, OLM)
    assert f"askpapers library reembed --embedder {OLM}" in failed.value.hint
    assert finds(service, 7) == NEWT
    made = len(texts_for(server, "olm-embed"))
    assert 0 < made < 200
    assert reembed(service.library, OLM)
    assert len(texts_for(server, "olm-embed")) <= 200 + 128
    assert finds(service, 7) == OLM


def test_stopped_and_gone_on(service: Service, server: EmbeddingServer) -> None:
    """A pause ends it without a switch; the next call makes only what is missing."""
    assert reembed(service.library, OLM, pause=lambda: True) is None
    assert finds(service, 2) == NEWT
    assert reembed(service.library, OLM)
    assert len(texts_for(server, "olm-embed")) == PAPERS


def test_rollback(service: Service) -> None:
    """It goes back at once; papers that came since are found by words, and by meaning after `embed`; and forth again
    without embedding anything twice."""
    reembed(service.library, OLM)
    service.library.ingest([paper(30)])
    service.library.embed()
    assert rollback(service.library).embedder == NEWT
    assert finds(service, 3) == NEWT
    assert service.dense_index().embedded == PAPERS
    assert service.search(paper(30).title, 1)[0].paper.title == paper(30).title
    service.library.embed()
    assert finds(service, 30) == NEWT
    assert rollback(service.library).embedder == OLM
    assert finds(service, 30) == OLM


def test_rollback_without_a_way_back(service: Service, server: EmbeddingServer) -> None:
    """With nothing to go back to, or to an embedder that is gone or changed, it is refused in words and nothing moves."""
    with pytest.raises(InputError, match="no earlier collection"):
        rollback(service.library)
    reembed(service.library, OLM)
    server.models = ("olm-embed",)
    with pytest.raises(LibraryError, match="newt-embed"):
        rollback(service.library)
    server.models = ("olm-embed", "newt-embed")
    server.dimension = 48
    with pytest.raises(LibraryError, match="gives 48 numbers a text, and they have 32"):
        rollback(service.library)
    server.dimension = 32
    assert finds(service, 3) == OLM


def test_two_collections_at_most(service: Service, server: EmbeddingServer) -> None:
    """A third embedder replaces the first, and one that was begun and given up goes too."""
    server.models = ("newt-embed", "olm-embed", "eft-embed", "axolotl")
    reembed(service.library, "compatible:axolotl", pause=lambda: True)
    reembed(service.library, OLM)
    reembed(service.library, "compatible:eft-embed")
    assert collections(service) == ["compatible:eft-embed", OLM]
    assert finds(service, 3) == "compatible:eft-embed"
    reembed(service.library, NEWT)
    assert finds(service, 3) == NEWT


def test_one_change_at_a_time(service: Service) -> None:
    """A second change at the same time is refused in words."""
    with service.library.locks.changing_embedder(), pytest.raises(LibraryBusyError, match="changing the embedder"):
        reembed(service.library, OLM)


def test_it_waits_for_others_who_make_vectors(service: Service) -> None:
    """While another makes vectors nothing is written; then it goes on by itself."""
    with service.library.locks.embedding(1.0) as mine:
        assert mine
        thread = threading.Thread(target=reembed, args=(service.library, OLM))
        thread.start()
        time.sleep(0.3)
        assert thread.is_alive()
    thread.join(30)
    assert finds(service, 3) == OLM


@pytest.mark.slow
def test_others_get_their_turn(service: Service, server: EmbeddingServer) -> None:
    """While many vectors are made, another who has some to make does not wait for the last of them."""
    service.library.ingest(map(paper, range(PAPERS, 600)))
    service.library.embed()
    server.enqueue(*[lambda rows: time.sleep(0.1) or rows] * 60)  # type: ignore[func-returns-value]
    options = {"turn_s": 0.3}
    thread = threading.Thread(target=reembed, args=(service.library, OLM), kwargs=options)
    thread.start()
    while not texts_for(server, "olm-embed"):
        time.sleep(0.01)
    with service.library.locks.embedding(10.0) as mine:
        assert mine and thread.is_alive()
        made = len(texts_for(server, "olm-embed"))
        time.sleep(0.3)
        assert len(texts_for(server, "olm-embed")) == made < 600
    thread.join(60)
    assert finds(service, 3) == OLM


def test_killed_between_switch_and_note(
    service: Service, server: EmbeddingServer, tmp_path: Path, model_cache: Path
) -> None:
    """A process killed when Chroma knows of the switch and the catalogue does not leaves a library that works."""
    begun = service.library.second_vectors()
    info = begun.create(OLM, 32)
    begun.activate(info.name)
    begun.close()
    service.library.close()
    again = open_service(server, tmp_path, model_cache)
    again.library.embed()
    again.search("fish", 3)
    assert service.library.store.about("collection") == info.name
    again.library.embed()
    assert finds(again, 3) == OLM
    generation = again.library.generation
    again.search("fish", 3)
    assert again.library.generation == generation


def test_kill_and_a_service_that_is_open(service: Service, server: EmbeddingServer, askpapers: Askpapers) -> None:
    """A process killed in the middle leaves the old vectors answering in another; the next run goes on there, and the
    open service then answers with the new ones."""
    service.library.ingest(map(paper, range(PAPERS, 300)))
    service.library.embed()
    assert finds(service, 3) == NEWT
    service.library.forget_vectors()
    slow = [lambda rows: time.sleep(0.3) or rows] * 50  # type: ignore[func-returns-value]
    command = "library", "reembed", "--embedder", OLM
    process = askpapers.start(*command)
    waited = time.monotonic() + 60
    while len(texts_for(server, "olm-embed")) < 150 and time.monotonic() < waited:
        if not server._queue:
            server.enqueue(*slow)
        time.sleep(0.02)
    process.kill()
    process.communicate()
    server._queue.clear()
    made = len(texts_for(server, "olm-embed"))
    assert 128 <= made < 300
    assert finds(service, 17) == NEWT
    assert service.dense_index().whole
    process = askpapers.start(*command)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"Now in use: the vectors of {OLM}, dense index 100 %" in out
    assert len(texts_for(server, "olm-embed")) <= 300 + 128 + 64
    assert finds(service, 17) == OLM
    assert collections(service) == [OLM, NEWT]


def test_the_commands(service: Service, askpapers: Askpapers) -> None:
    """What a person reads: the switch, the way back, and that there is nothing to do."""
    service.library.close()
    done = askpapers("library", "reembed", "--embedder", OLM)
    assert done.out.splitlines()[0] == f"Now in use: the vectors of {OLM}, dense index 100 %."
    assert "--rollback" in done.out
    address = f"ASKPAPERS_EMBEDDER_BASE_URL={askpapers.settings['EMBEDDER_BASE_URL']}"
    assert f"{address} must be set wherever askpapers runs from now on" in done.err
    assert f'already made by "{OLM}"' in askpapers("library", "reembed", "--embedder", OLM).refused()
    assert askpapers("library", "stats", "--json").json["embedder"] == OLM
    assert f"Back to the vectors of {NEWT}" in askpapers("library", "reembed", "--rollback").out
    assert "one of them out" in askpapers("library", "reembed", "--rollback", "--embedder", OLM).refused()
    assert "is none of" in askpapers("library", "reembed", "--embedder", "nobody").refused()


def test_the_setting_against_the_library(service: Service, askpapers: Askpapers) -> None:
    """With another embedder in the settings every command that needs vectors says exactly what to type."""
    service.library.close()
    askpapers.settings["EMBEDDER"] = OLM
    for command in (["ask", "How many fish?"], ["search", "fish"], ["library", "embed"]):
        if command[0] == "library":
            service.library.ingest([paper(40)])
        said = askpapers(*command).refused()
        assert f'made with the embedder "{NEWT}"' in said
        assert f"type: askpapers library reembed --embedder {OLM}" in said
    assert askpapers("library", "verify").code == 0
    assert askpapers("library", "list").code == 0
    assert askpapers("library", "reembed").code == 0
    assert askpapers("search", "fish").code == 0
    done = askpapers("library", "reembed", "--rollback")
    assert f"ASKPAPERS_EMBEDDER still says {OLM}: set it to {NEWT}" in done.err


def test_another_dimension_under_the_same_name(
    service: Service, server: EmbeddingServer, askpapers: Askpapers, tmp_path: Path
) -> None:
    """When the model behind a name gives vectors of another length, each command says so in words with what to type,
    nothing is lost, and typing it mends it."""
    assert finds(service, 3) == NEWT
    server.dimension = 48
    with pytest.raises(EmbedderError, match="now gives 48 numbers a text, and gave 32 before"):
        service.search("fish", 3)
    service.library.ingest([paper(60)])
    with pytest.raises(EmbedderError, match="48"):
        service.library.embed()
    service.library.close()
    (tmp_path / "more.jsonl").write_text('{"title": "On the heron", "abstract": "We count herons."}\n')
    for command in (["ask", "fish?"], ["search", "fish"], ["library", "embed"], ["ingest", "more.jsonl"]):
        done = askpapers(*command)
        assert done.code == 2
        assert "now gives 48 numbers a text" in done.err and "holds 32" in done.err
        assert f"Type: askpapers library reembed --embedder {NEWT}" in done.err
        assert "Traceback" not in done.err
    done = askpapers("library", "verify")
    assert done.code == 0 and "2 of them waiting" in done.out
    background = BackgroundEmbedding(service.library, look_every_s=0.01, retry_after_s=0.01)
    background.start()
    waited = time.monotonic() + 20
    while not background.trouble and time.monotonic() < waited:
        time.sleep(0.02)
    background.stop()
    assert f"askpapers library reembed --embedder {NEWT}" in background.trouble
    assert askpapers("library", "reembed", "--embedder", NEWT).code == 0
    assert "1. On the heron" in askpapers("search", "count herons").out
    assert askpapers("library", "reembed", "--rollback").refused().count("48") == 1
