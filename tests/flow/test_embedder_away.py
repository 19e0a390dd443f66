"""Questions while the embedder's server is away: answered from the words alone, with why and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Service
from app.chat.resting import RestingEmbedder
from app.core.domain import Answer, Question
from app.core.errors import (
    EmbedderAwayError,
    EmbedderChangedError,
    EmbedderError,
    EmbedderSettingsError,
    LibraryError,
)
from app.core.events import AnswerReady, StepDone
from app.ui.library_html import head_html
from app.ui.render import answer_html, dense_note
from ingest.record import make_paper
from tests.commands import Askpapers
from tests.conftest import service_in
from tests.embedding_server import EmbeddingServer

EMBEDDER = "compatible:newt-embed"
NEWTS = [
    make_paper(source="t", title="100-NewtBench: Counting in Ponds", abstract="100-NewtBench counts newts in 9 ponds."),
    make_paper(source="t", title="Herons at Dawn", abstract="Grey herons hunt at dawn along frozen canals."),
    make_paper(source="t", title="Sorting Marbles", abstract="A machine sorts coloured marbles by weight."),
]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """A server that holds the library's model."""
    with EmbeddingServer() as opened:
        yield opened


@pytest.fixture
def folder(server: EmbeddingServer, tmp_path: Path, model_cache: Path) -> Path:
    """A library of three papers with vectors from it."""
    made = service_in(tmp_path / "library", model_cache, embedder=EMBEDDER, embedder_base_url=server.openai_url)
    made.library.ingest(NEWTS)
    made.library.embed()
    made.library.close()
    return tmp_path / "library"


def asked(service: Service, text: str) -> tuple[Answer, list[StepDone]]:
    events = list(service.ask(Question(text)))
    last = events[-1]
    assert isinstance(last, AnswerReady)
    return last.answer, [event for event in events if isinstance(event, StepDone)]


def test_a_server_that_stops(server: EmbeddingServer, folder: Path, model_cache: Path) -> None:
    """The paper that a question names is quoted, with the notice; the next question does not ask the server, and one
    after the rest does."""
    service = service_in(folder, model_cache, embedder_base_url=server.openai_url)
    answer, steps = asked(service, "What is 100-NewtBench?")
    assert answer.status == "answered" and not dense_note(steps)
    models, server.models = server.models, ()
    answer, steps = asked(service, "What is 100-NewtBench?")
    assert answer.status == "answered" and "9 ponds" in answer.text and answer.citations
    note = dense_note(steps)
    assert note.startswith('Found by words only: The embedding model "newt-embed" at "') and note.endswith(".")
    assert ".." not in note
    assert "newt-embed" in answer_html(answer, {1}, steps).split("ap-dense")[1]
    server.models = models
    before = len(server.asked)
    answer, steps = asked(service, "when do grey herons hunt?")
    assert "dawn" in answer.text and dense_note(steps) == note
    assert len(server.asked) == before, "the server was asked while it should have been left alone"
    service.chain.embedder._until = 0.0
    answer, steps = asked(service, "when do grey herons hunt?")
    assert "dawn" in answer.text and not dense_note(steps)


def test_a_server_that_is_not_there(folder: Path, model_cache: Path) -> None:
    """A page opened without it has its head with count and model; strangers to the library are still declined."""
    with EmbeddingServer() as gone:
        url = gone.openai_url
    service = service_in(folder, model_cache, embedder_base_url=url)
    head = head_html(service)
    assert "3 papers" in head and "quotes, no model" in head and "ap-error" not in head
    answer, steps = asked(service, "What is 100-NewtBench?")
    assert "9 ponds" in answer.text
    assert f'Nobody answers at "{url}"' in dense_note(steps) and "Start the server" in dense_note(steps)
    started = time.monotonic()
    assert asked(service, "how does a machine sort coloured marbles?")[0].status == "answered"
    assert asked(service, "who won the football championship last summer?")[0].status == "abstained"
    assert time.monotonic() - started < 2.5


def test_without_its_address(server: EmbeddingServer, folder: Path, model_cache: Path) -> None:
    """ASKPAPERS_EMBEDDER_BASE_URL is missing where the commands run: both say so beside what the words find."""
    askpapers = Askpapers(folder, model_cache, {})
    done = askpapers("ask", "What is 100-NewtBench?")
    assert done.code == 0 and "9 ponds" in done.out
    assert "Found by words only: The embedder" in done.err and "Set ASKPAPERS_EMBEDDER_BASE_URL" in done.err
    done = askpapers("search", "grey herons", "-k", "1")
    assert done.code == 0 and "Herons at Dawn" in done.out and "Set ASKPAPERS_EMBEDDER_BASE_URL" in done.err
    askpapers.settings["EMBEDDER_BASE_URL"] = server.openai_url
    assert "by words only" not in askpapers("search", "grey herons").err


def test_one_that_does_not_fit_is_not_passed_over(server: EmbeddingServer, folder: Path, model_cache: Path) -> None:
    """Another embedder in the settings, or another model behind the name: what to type, and no answer by words."""
    service = service_in(folder, model_cache, embedder="default", embedder_base_url=server.openai_url)
    with pytest.raises(LibraryError, match="was made with the embedder"):
        asked(service, "What is 100-NewtBench?")
    server.dimension = 48
    service = service_in(folder, model_cache, embedder_base_url=server.openai_url)
    for _ in range(2):
        with pytest.raises(LibraryError, match="now gives 48 numbers a text"):
            asked(service, "What is 100-NewtBench?")


class Faulty:
    """An embedder that raises what it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.tries = 0

    def embed(self, texts: Any) -> Any:
        self.tries += 1
        if self.error:
            raise self.error
        return list(texts)


@pytest.mark.parametrize(
    "error", [EmbedderError("It sleeps", "Wake it"), EmbedderSettingsError("No address", "Set it")]
)
def test_the_rest(error: Exception) -> None:
    """After a failure it is left alone for a while, as long as the failure took at least; then asked again."""
    now, faulty = [100.0], Faulty()
    resting = RestingEmbedder(lambda: faulty, 30.0, lambda: now[0])  # type: ignore[arg-type, return-value]
    assert resting.embed(["a"]) == ["a"] and not resting.trouble
    faulty.error = error
    for seconds, tries in ((0.0, 2), (29.0, 2), (2.0, 3), (29.0, 3)):
        now[0] += seconds
        with pytest.raises(EmbedderAwayError, match=str(error)):
            resting.embed(["a"])
        assert faulty.tries == tries
    assert resting.trouble == f"{error}. {error.hint}."  # type: ignore[attr-defined]
    faulty.error = None
    now[0] += 2.0
    assert resting.embed(["a"]) and not resting.trouble
    faulty.error = EmbedderChangedError("Another model", "Type this")
    for _ in range(2):
        with pytest.raises(EmbedderChangedError):
            resting.embed(["a"])

    def slow() -> None:
        now[0] += 120.0
        raise EmbedderError("It hung", "Restart it")

    with pytest.raises(EmbedderAwayError):
        resting.asked(slow)
    now[0] += 119.0
    with pytest.raises(EmbedderAwayError, match="hung"):
        resting.asked(lambda: "not asked")
