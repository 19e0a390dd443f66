"""Leaving the page's stream of a question while the model has not said a word yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.domain import Question
from app.ui.stream import drained
from tests.conftest import service_in
from tests.conversation import ask
from tests.scripted_server import SHAPES, Reply, ScriptedServer


@pytest.fixture(params=["llama.cpp", "ollama-native"])
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """A server of each protocol."""
    with ScriptedServer(SHAPES[request.param]) as running:
        yield running


@pytest.mark.parametrize("step", ["the answer", "a hidden step"])
def test_stop_reaches_a_silent_server(
    server: ScriptedServer, starter_folder: Path, model_cache: Path, step: str
) -> None:
    """Stop hangs up within a second, whether the answer is waited for or a step before it, and nothing else is asked."""
    provider = "ollama" if server.shape.native else "compatible"
    service = service_in(
        starter_folder, model_cache, llm=f"{provider}:tiny", llm_base_url=server.url, llm_context_tokens=4096
    )
    question = Question("What is OVOR?")
    if step == "a hidden step":
        server.enqueue(Reply(text="It keeps one prompt [1]."))
        question = Question("and its code?", (ask(service, "What is OVOR?").as_turn(),))
    asked = len(server.chats)
    server.enqueue(Reply(delay_s=30, body="x"), Reply(text="Its code is public [1]."))

    async def leave() -> float:
        stream = drained(lambda: service.ask(question))
        while len(server.chats) == asked:
            await asyncio.sleep(0.02)
        left_at = time.monotonic()
        stream.leave()
        async for _ in stream.batches():
            pass
        return left_at

    left_at = asyncio.run(leave())
    assert server.disconnected.wait(5)
    assert server.disconnected_at - left_at < 1
    time.sleep(0.3)
    assert len(server.chats) == asked + 1
