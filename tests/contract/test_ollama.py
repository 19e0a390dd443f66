"""A chat model over Ollama's own protocol keeps the promises of every chat model, whatever the server does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage

from app.adapters.chat_models import build, choose
from app.adapters.ollama_chat import OllamaChatModel
from app.core.domain import LOOPS, REASONING
from app.core.errors import (
    ChatModelError,
    ContextOverflowError,
    EmptyReplyError,
    ModelBusyError,
    ModelRefusedError,
    ModelUnreachableError,
)
from tests.ollama_server import MISSING, Chat, OllamaServer

PROMPT = [SystemMessage("Answer from the papers."), HumanMessage("What is cheaper?")]
ANSWER = "Sparse attention is cheaper [1]. A second paper finds the opposite [2]."


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


def model_for(server: OllamaServer, name: str = ":tiny", key: str | None = None, **more: Any) -> OllamaChatModel:
    choice = choose(f"ollama{name}", base_url=f"{server.url}/v1", api_key=key)
    model = build(choice, **{"timeout_s": 3.0, "temperature": None, "max_output_tokens": 99, **more})
    assert isinstance(model, OllamaChatModel)
    return model


def read(model: OllamaChatModel) -> tuple[str, ChatModelError]:
    """What was streamed before the error, and the error."""
    got = ""
    with pytest.raises(ChatModelError) as caught:
        for chunk in model.stream(PROMPT):
            got += str(chunk.content)
    return got, caught.value


def text_of(chunks: list[AIMessageChunk]) -> str:
    return "".join(str(chunk.content) for chunk in chunks)


def test_streams_in_order_and_counts(server: OllamaServer) -> None:
    """The text comes in pieces; the last has the reason to end and the server's own counts, told once."""
    server.enqueue(Chat(ANSWER))
    chunks = list(model_for(server).stream(PROMPT))
    assert text_of(chunks) == ANSWER and len([c for c in chunks if c.content]) > 3
    assert chunks[-1].response_metadata["finish_reason"] == "stop"
    assert [c.usage_metadata for c in chunks if c.usage_metadata] == [
        {"input_tokens": 42, "output_tokens": 7, "total_tokens": 49}
    ]


def test_what_is_asked(server: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window that the prompt needs, room for the answer, no key where none is set, whatever other programs' settings
    say, and Ollama's address is never taken from them."""
    monkeypatch.setenv("OLLAMA_API_KEY", "sk-of-another-program")
    monkeypatch.setenv("OLLAMA_HOST", "http://192.0.2.1:1")
    server.enqueue(Chat("Yes."), Chat("Yes."))
    model = model_for(server)
    asked: list[str] = []

    def context(prompt: str) -> int:
        asked.append(prompt)
        return 8192

    model.context = context
    list(model.stream(PROMPT))
    body = server.chats[0]
    assert body["options"]["num_ctx"] >= 8192 and body["options"]["num_predict"] >= 99
    assert body["options"]["temperature"] == 0.0 and body["stream"] is True and body["model"] == "tiny"
    assert [m["role"] for m in body["messages"]] == ["system", "user"]
    assert "Answer from the papers." in asked[0] and "What is cheaper?" in asked[0]
    assert "authorization" not in server.headers[0]
    list(model_for(server, key="sk-mine").stream(PROMPT))
    assert server.headers[1]["authorization"] == "Bearer sk-mine"


def test_reasoning_stays_beside_the_answer(server: OllamaServer) -> None:
    """What it thinks aloud is no text of the answer; it is told as reasoning."""
    server.enqueue(Chat(ANSWER, thinking="Let me see. [9] says so."))
    chunks = list(model_for(server).stream(PROMPT))
    assert text_of(chunks) == ANSWER
    assert "".join(c.additional_kwargs.get(REASONING, "") for c in chunks) == "Let me see. [9] says so."
    assert server.chats[0]["think"] is True


def test_a_model_that_cannot_think_is_asked_without(server: OllamaServer) -> None:
    """Its refusal costs one request, once."""
    server.thinks = False
    server.enqueue(Chat(ANSWER), Chat(ANSWER))
    model = model_for(server)
    for _ in range(2):
        assert text_of(list(model.stream(PROMPT))) == ANSWER
    assert [chat.get("think") for chat in server.chats] == [True, None, None]


def test_the_first_chat_model_without_a_name(server: OllamaServer) -> None:
    """Embedding models are passed over; where there is no other, it is said what to type."""
    assert model_for(server, name="").model_name == "tiny:latest"
    server.models = ("nomic-embed-text:latest",)
    with pytest.raises(ModelRefusedError) as refused:
        model_for(server, name="")
    assert "ollama pull" in refused.value.hint


@pytest.mark.parametrize(
    ("reply", "kind", "hint"),
    [
        (Chat(status=404, error=MISSING), ModelRefusedError, "ollama pull tiny"),
        (Chat(status=400, error='"tiny" does not support chat'), ModelRefusedError, "chat model"),
        (Chat(status=401, error="unauthorized"), ModelRefusedError, "ASKPAPERS_LLM_API_KEY"),
        (
            Chat(
                status=400,
                error='{"error":{"code":400,"message":"request (7901 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error"}}',
            ),
            ContextOverflowError,
            "OLLAMA_CONTEXT_LENGTH",
        ),
        (
            Chat(
                status=400,
                error="the prompt is longer than the context length currently available to the model; shorten the prompt",
            ),
            ContextOverflowError,
            "OLLAMA_CONTEXT_LENGTH",
        ),
        (Chat(status=400, error="[] is too short - 'messages'"), ModelRefusedError, "ASKPAPERS_LLM"),
        (Chat(thinking="Hm. " * 5), EmptyReplyError, "ASKPAPERS_LLM_ANSWER_TOKENS"),
        (Chat(tool="search_web"), EmptyReplyError, "another model"),
    ],
)
def test_what_cannot_be_answered(server: OllamaServer, reply: Chat, kind: type[ChatModelError], hint: str) -> None:
    """Each refusal and each empty reply is our error, names what was asked where, says what to do, and is not repeated."""
    server.enqueue(reply)
    got, error = read(model_for(server))
    assert got == "" and type(error) is kind and hint in error.hint
    assert len(server.chats) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Chat(status=503, error="server busy, please try again.  maximum pending requests exceeded"), ModelBusyError),
        (Chat(status=500, error="model runner has unexpectedly stopped"), ChatModelError),
    ],
)
def test_what_may_pass_is_tried_again(server: OllamaServer, reply: Chat, kind: type[ChatModelError]) -> None:
    """Overload and failures are asked again, a few times only."""
    model = model_for(server)
    model.retry_waits = (0.01, 0.01)
    server.enqueue(reply, Chat(ANSWER))
    assert text_of(list(model.stream(PROMPT))) == ANSWER
    server.enqueue(*[reply] * 5)
    assert isinstance(read(model)[1], kind)
    assert len(server.chats) == 2 + 3


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Chat("Sparse attention ", error="an error was encountered while running the model"), "while running"),
        (Chat("Sparse attention ", done=None), "cut off"),
        (
            Chat(raw='{"message": {"role": "assistant", "content": "Sparse attention "}, "done": false}\n{"broken'),
            "broken piece",
        ),
        (Chat("Sparse attention is cheap", pause_s=9), "went silent"),
    ],
)
def test_what_breaks_off(server: OllamaServer, reply: Chat, words: str) -> None:
    """What had come is given, then said that it is not all; nothing is asked again."""
    server.enqueue(reply)
    got, error = read(model_for(server, timeout_s=0.4))
    assert got.startswith("Sparse a") and isinstance(error, EmptyReplyError) and words in str(error)
    assert len(server.chats) == 1


def test_one_that_repeats_itself_is_stopped(server: OllamaServer) -> None:
    """It is read no further, which ends its work, and that is told."""
    server.enqueue(Chat("Sparse attention is cheaper. " + "And so on it goes. " * 4000, pause_s=0.001))
    chunks = list(model_for(server).stream(PROMPT))
    assert len(text_of(chunks)) < 2000 and chunks[-1].additional_kwargs[LOOPS] is True
    until = time.monotonic() + 5
    while not server.hung_up and time.monotonic() < until:
        time.sleep(0.02)
    assert server.hung_up == 1


def test_stop_ends_the_servers_work(server: OllamaServer) -> None:
    """Closing the stream hangs up."""
    server.enqueue(Chat(ANSWER * 50, pause_s=0.05))
    with closing(model_for(server).stream(PROMPT)) as chunks:
        next(iter(chunks))
    until = time.monotonic() + 5
    while not server.hung_up and time.monotonic() < until:
        time.sleep(0.02)
    assert server.hung_up == 1


def test_nobody_there() -> None:
    """Where nobody listens the address is named, and how to start Ollama."""
    model = build(
        choose("ollama:tiny", base_url="http://127.0.0.1:9", api_key=None),
        timeout_s=2,
        temperature=None,
        max_output_tokens=9,
    )
    assert isinstance(model, OllamaChatModel)
    model.retry_waits = ()
    _, error = read(model)
    assert isinstance(error, ModelUnreachableError) and "http://127.0.0.1:9" in str(error)
    assert "ollama serve" in error.hint


def test_never_shows_the_key(server: OllamaServer) -> None:
    """Even if the server repeats it."""
    server.enqueue(Chat(status=401, error="bad key sk-secret-77"))
    model = model_for(server, key="sk-secret-77")
    _, error = read(model)
    assert "sk-secret-77" not in f"{error} {error.hint} {model!r}" and error.__cause__ is None
