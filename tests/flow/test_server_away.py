"""A model server that is down when askpapers starts costs only what needs a model, and is used once it is there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question
from app.core.errors import ChatModelError, ModelUnreachableError
from app.core.events import AnswerReady, Event, EvidenceReady
from app.core.models import ModelPick
from app.wirings import Wirings
from tests.conftest import settings_for
from tests.scripted_server import Reply, ScriptedServer

KEY = "sk-visitor-0123456789"


@pytest.fixture
def dead() -> Iterator[str]:
    """An address where nobody listens, nor will."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


def service_at(address: str, starter: Service, folder: Path, models: Path, llm: str) -> Service:
    more: dict[str, object] = {"llm": llm, "llm_base_url": address, "llm_timeout_s": 5.0}
    return Service(settings_for(folder, models, **more), starter.library, _wirings=Wirings(ask_again_s=0.0))


def answer(service: Service, question: Question, pick: ModelPick | None = None) -> Answer:
    (ready,) = [event for event in service.ask(question, pick) if isinstance(event, AnswerReady)]
    return ready.answer


@pytest.mark.parametrize("llm", ["compatible", "llamacpp", "lmstudio", "vllm", "ollama", "compatible:tiny"])
def test_what_needs_no_model_works(
    dead: str, starter: Service, starter_folder: Path, model_cache: Path, llm: str
) -> None:
    """Search, counts and another pick work; a question that needs the model shows its papers, then says what is wrong."""
    service = service_at(dead, starter, starter_folder, model_cache, llm)
    assert service.search("prompt tuning", 3)
    assert answer(service, Question("How many papers are in the library?")).status == "answered"
    assert answer(service, Question("What is OVOR?"), ModelPick("extractive")).citations
    assert service.model().provider == llm.partition(":")[0]
    found: list[Event] = []
    with pytest.raises(ModelUnreachableError) as failed:
        found.extend(service.ask(Question("What is OVOR?")))
    assert failed.value.hint and dead.removesuffix("/v1") in str(failed.value)
    assert ":" in llm or dead.removesuffix("/v1") in service.model_note()


def test_the_papers_are_shown_before_the_error(
    dead: str, starter: Service, starter_folder: Path, model_cache: Path
) -> None:
    """The evidence has come when the model turns out to be away."""
    service = service_at(dead, starter, starter_folder, model_cache, "llamacpp")
    found: list[Event] = []
    with pytest.raises(ChatModelError):
        for event in service.ask(Question("What is OVOR?")):
            found.append(event)
    assert any(isinstance(event, EvidenceReady) and event.evidence for event in found)


def test_once_it_is_there_it_answers(starter: Service, starter_folder: Path, model_cache: Path) -> None:
    """No restart is needed, and the answer names the model that the server listed."""
    with ScriptedServer() as server:
        server.models = []
        service = service_at(server.url, starter, starter_folder, model_cache, "llamacpp")
        with pytest.raises(ChatModelError, match="no models"):
            answer(service, Question("What is OVOR?"))
        server.models = ["tiny"]
        server.enqueue(Reply(text="OVOR uses virtual outliers [1]."))
        said = answer(service, Question("What is OVOR?"))
        assert said.model.name == service.model().name == "tiny" and said.citations


def test_switching_in_a_conversation(starter: Service, starter_folder: Path, model_cache: Path) -> None:
    """Two servers in turn: markers mean the same papers, the history goes along, and the first model stays in use for
    whoever has not switched; no key of a pick is kept with the answer or told to the other server."""
    with ScriptedServer() as first, ScriptedServer() as second:
        service = service_at(first.url, starter, starter_folder, model_cache, "compatible:one")
        pick = ModelPick("compatible:two", second.url, KEY)
        first.enqueue(Reply(text="OVOR uses virtual outliers [1]."))
        opened = answer(service, Question("What is OVOR?"))
        second.enqueue(*[Reply(text="It is said in the abstract [1].")] * 3)
        follow = answer(service, Question("What does [1] say of prompts?", history=(opened.as_turn(),)), pick)
        assert follow.evidence[0].paper.id == opened.evidence[0].paper.id and follow.evidence[0].marker == 1
        assert follow.model.name == "two" and service.model().name == "one" and service.model(pick).name == "two"
        assert second.chats and len(first.chats) == 1
        assert all(
            request.headers.get("authorization") == f"Bearer {KEY}" for request in second.requests if request.body
        )
        assert not any(KEY in str(request.headers) for request in first.requests)
        assert KEY not in f"{follow!r} {service.receipts.find(follow.id)!r} {pick!r} {service!r}"
        kept = b"".join(file.read_bytes() for file in starter_folder.rglob("answers.sqlite*"))
        assert kept and KEY.encode() not in kept
