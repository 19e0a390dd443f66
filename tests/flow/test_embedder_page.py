"""Changing the embedder from the page: what is offered, how far it is, pausing, going back, and never by a visitor."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Service
from app.core.domain import Question
from app.core.events import AnswerReady
from app.ui.embedder_part import EmbedderPart
from app.ui.local_server import inside_a_loop
from tests.conftest import service_in
from tests.embedding_server import EmbeddingServer
from tests.fake_service import FakeService
from tests.ollama_server import OllamaServer

Updates = dict[Any, Any]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        yield running


@pytest.fixture
def service(tmp_path: Path, starter_folder: Path, model_cache: Path, server: EmbeddingServer) -> Service:
    """A starter library of its own, and a server of embeddings at the address that is set."""
    shutil.copytree(starter_folder, tmp_path / "library")
    return service_in(tmp_path / "library", model_cache, embedder_base_url=server.openai_url)


def part_of(service: Any) -> EmbedderPart:
    """The panel, drawn."""
    import gradio as gr

    def draw() -> EmbedderPart:
        part = EmbedderPart(service)
        with gr.Blocks():
            part.draw()
        return part

    return inside_a_loop(draw)


async def every(part: EmbedderPart, spec: object) -> list[Updates]:
    return [update async for update in part.changed(spec)]


def test_a_change_and_the_way_back(service: Service, server: EmbeddingServer) -> None:
    """The vectors are made anew, told step by step; questions are answered by the new ones, and by the old ones again."""
    part = part_of(service)
    updates = asyncio.run(every(part, "compatible:newt-embed"))
    told = [update[part.told] for update in updates if part.told in update]
    assert "47 of 47" in "".join(told) and told[-1] == "<p>Done.</p>"
    assert "compatible:newt-embed" in updates[-1][part.now]
    assert service.embedder_name() == "compatible:newt-embed" and service.dense_index().whole
    before = len(server.asked)
    answers = [e.answer for e in service.ask(Question("What does OVOR use?")) if isinstance(e, AnswerReady)]
    assert answers[0].citations and len(server.asked) > before
    back = asyncio.run(part.gone_back())
    assert "default" in back[part.now] and service.embedder_name() == "default"


def test_paused_it_goes_on(service: Service, server: EmbeddingServer) -> None:
    """What is made is kept, the vectors in use stay, and pressing again ends it."""
    part = part_of(service)
    server.enqueue(lambda rows: part.paused() or rows)  # type: ignore[func-returns-value]
    updates = asyncio.run(every(part, "compatible:newt-embed"))
    assert "Paused" in updates[-1][part.told] and service.embedder_name() == "default"
    assert asyncio.run(every(part, "compatible:newt-embed"))[-1][part.told] == "<p>Done.</p>"


def test_what_goes_wrong_is_said(service: Service, server: EmbeddingServer) -> None:
    """A mistyped name, none, the one in use, and a model the server does not have: in words, with what to do."""
    part = part_of(service)
    for spec, words in (
        ("", "Choose an embedder first"),
        ("telepathy:x", "telepathy:x"),
        ("default", "already made by"),
        ("compatible:toad", "does not exist"),
        ("compatible:<img src=x>", "&lt;img"),
    ):
        told = asyncio.run(every(part, spec))[-1][part.told]
        assert words in told and "<img" not in told, spec
    assert service.embedder_name() == "default"


def test_what_is_offered(service: Service) -> None:
    """The default first; and the panel shows what is in use."""
    part = part_of(service)
    shown = asyncio.run(part.looked())
    assert "Vectors by <strong>default</strong>" in shown[part.now]
    assert service.embedders()[0] == "default"


def test_embedding_models_of_a_server_are_found() -> None:
    """They are told apart from those that chat."""
    from app.adapters.model_servers import look_at

    with OllamaServer(models=("nomic-embed-text:latest", "qwen3:8b", "bge-reranker:latest")) as ollama:
        found = look_at(ollama.url)
    assert found and found.embedders == ("nomic-embed-text:latest",)


def test_visitors_change_nothing(service: Service) -> None:
    """On a page open to others the embedder is the operator's; a service that cannot change it shows no panel."""
    service.open_to_others = True
    part = part_of(service)
    assert "askpapers library reembed" in asyncio.run(every(part, "compatible:newt-embed"))[-1][part.told]
    assert "askpapers library reembed" in asyncio.run(part.gone_back())[part.told]
    assert part_of(FakeService()).fold.visible is False
