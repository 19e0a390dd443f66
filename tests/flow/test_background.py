"""Vectors made while the page is open: by words at once, by meaning soon, questions first, trouble said and overcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.background import BackgroundEmbedding
from app.bootstrap import Service
from app.core.domain import Paper
from app.reembed import reembed, rollback
from ingest.record import make_paper
from tests.conftest import service_in
from tests.embedding_server import EmbeddingServer

EMBEDDER = "compatible:newt-embed"


def paper(number: int) -> Paper:
    return make_paper(source="t", title=f"On newt{number}", abstract=f"We count the newt{number} of the pond.")


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """A server with two embedding models."""
    with EmbeddingServer(models=("newt-embed", "olm-embed")) as opened:
        yield opened


@pytest.fixture
def service(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Service:
    """A library of three papers with their vectors."""
    made = service_in(tmp_path / "library", model_cache, embedder=EMBEDDER, embedder_base_url=server.openai_url)
    made.library.ingest(map(paper, range(3)))
    made.library.embed()
    made.library.close()
    return service_in(tmp_path / "library", model_cache, embedder_base_url=server.openai_url)


@contextmanager
def in_background(service: Service) -> Iterator[BackgroundEmbedding]:
    """What `serve` does, but that it looks and tries again after hundredths of a second."""
    service.background = BackgroundEmbedding(service.library, look_every_s=0.02, retry_after_s=0.05)
    service.background.start()
    try:
        yield service.background
    finally:
        service.background.stop()


def until(happened: Callable[[], object]) -> None:
    """Wait for something; it must come within half a minute."""
    waited = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < waited, "it did not happen"
        time.sleep(0.01)


def test_by_words_at_once_and_by_meaning_soon(service: Service, server: EmbeddingServer) -> None:
    """A paper that comes in is found by its words before its vector is there, and then by both."""
    assert service.search("newt1", 1)  # the first question opens what the next ones use
    gate = threading.Event()
    server.enqueue(lambda rows: rows if gate.wait(20) else rows)
    with in_background(service):
        service.library.ingest([paper(9)])
        until(lambda: any("newt9" in text for text in server.asked[-1].texts))
        assert service.dense_index().words == "dense index 75 %"
        assert paper(9).id in [found.paper.id for found in service.search("newt9", 3)]
        gate.set()
        until(lambda: service.dense_index().whole)
        best = service.search("newt9", 1)[0]
        assert best.paper.id == paper(9).id and set(best.found_by) == {"dense", "keyword"}


def test_a_question_goes_first(service: Service) -> None:
    """While a question is being answered no vector is made; afterwards they are."""
    with service.library.in_use():
        service.library.ingest(map(paper, range(10, 30)))
        with in_background(service):
            time.sleep(0.5)
            assert service.dense_index().embedded == 3
    with in_background(service):
        until(lambda: service.dense_index().whole)


def test_questions_without_end(service: Service) -> None:
    """A page that is never idle does not keep the vectors waiting for ever."""
    background = BackgroundEmbedding(service.library, look_every_s=0.01, longest_pause_s=0.1)
    service.library.ingest(map(paper, range(10, 13)))
    background.start()
    with service.library.in_use():
        until(lambda: service.library.embedded_whole())
    background.stop()


def test_trouble_is_said_and_overcome(service: Service, server: EmbeddingServer) -> None:
    """When the embedder's server fails, the page says why and the papers are found by words; when it is well again the
    vectors are made and the trouble is gone."""
    server.models = ()
    service.library.ingest(map(paper, range(10, 13)))
    with in_background(service) as background:
        until(lambda: background.trouble)
        assert "newt-embed" in service.dense_index().trouble
        assert service.library.keyword.search("newt11", 1)[0].paper_id == paper(11).id
        server.models = ("newt-embed",)
        until(lambda: service.dense_index().whole)
        until(lambda: not background.trouble)
    assert service.search("newt11", 1)[0].paper.id == paper(11).id


def test_a_server_that_is_not_there_yet(tmp_path: Path, model_cache: Path) -> None:
    """A page opened before the embedder's server runs says so in words and works once it does."""
    with EmbeddingServer() as server:
        url = server.openai_url
    service = service_in(tmp_path / "library", model_cache, embedder=EMBEDDER, embedder_base_url=url)
    service.library.ingest([paper(1)])
    with in_background(service) as background:
        until(lambda: background.trouble)
        assert f'Nobody answers at "{url}"' in background.trouble and "Start the server" in background.trouble


def test_a_fault_of_our_own(service: Service) -> None:
    """An error that nobody foresaw does not end the thread: it is said, and the next try works."""

    class Broken:
        """A library that fails once as nothing of ours should."""

        busy = False
        tries = 0

        def noted_collection(self) -> str:
            return "papers"

        def embed(self, *arguments: object) -> int:
            self.tries += 1
            if self.tries == 1:
                raise KeyError("x")
            return 0

    library = Broken()
    background = BackgroundEmbedding(library, look_every_s=0.01, retry_after_s=0.2)  # type: ignore[arg-type]
    background.start()
    until(lambda: background.trouble)
    assert background.trouble == "Something went wrong in askpapers itself (KeyError)."
    until(lambda: library.tries > 1 and not background.trouble)
    background.stop()


def test_trouble_goes_with_its_collection(
    service: Service, server: EmbeddingServer, tmp_path: Path, model_cache: Path
) -> None:
    """After somebody else has gone over to another embedder, what was wrong with the old one is not said any more, and
    the new one is asked at once, however long the rest was to be."""
    other = service_in(tmp_path / "library", model_cache, embedder_base_url=server.openai_url).library
    reembed(other, "compatible:olm-embed")
    assert service.paper_count() == 3
    server.models = ("newt-embed",)
    other.ingest([paper(4)])
    service.background = BackgroundEmbedding(service.library, look_every_s=0.02, retry_after_s=600)
    service.background.start()
    try:
        until(lambda: "olm-embed" in service.dense_index().trouble)
        time.sleep(0.2)
        assert service.dense_index().trouble
        rollback(other)
        assert not service.dense_index().trouble
        until(lambda: service.dense_index().whole)
    finally:
        service.background.stop()
    assert service.search("newt4", 1)[0].found_by["dense"] == 1
    other.close()


def test_it_goes_over_to_another_embedder(
    service: Service, server: EmbeddingServer, tmp_path: Path, model_cache: Path
) -> None:
    """After somebody else has changed the embedder, papers get their vectors from the new one without a question
    being asked in between."""
    other = service_in(tmp_path / "library", model_cache, embedder_base_url=server.openai_url).library
    with in_background(service):
        service.library.ingest([paper(4)])
        until(lambda: service.library.embedded_whole())
        reembed(other, "compatible:olm-embed")
        other.ingest([paper(5)])
        until(lambda: any("newt5" in t for asked in server.asked for t in asked.texts))
        assert [a.body["model"] for a in server.asked if any("newt5" in t for t in a.texts)] == ["olm-embed"]
        until(lambda: service.dense_index().whole)
    assert service.search("newt5", 1)[0].paper.title == "On newt5"
    other.close()
