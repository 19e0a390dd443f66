"""A model of another provider keeps the promises of every chat model, whatever its own class raises or sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from app.adapters.foreign_chat import ForeignChatModel
from app.core.domain import LOOPS, REASONING
from app.core.errors import (
    ChatModelError,
    ContextOverflowError,
    EmptyReplyError,
    ModelBusyError,
    ModelRefusedError,
    ModelUnreachableError,
)

SAID = "Sparse attention is cheaper [1]."
KEY = "sk-secret-31"


class StatusError(Exception):
    """As the clients of providers raise them."""

    def __init__(self, status_code: int, words: str) -> None:
        super().__init__(words)
        self.status_code = status_code


class Provider:
    """Stands for LangChain's model: each request is answered by the next of `replies`."""

    def __init__(self, *replies: Callable[[], Iterator[AIMessageChunk]]) -> None:
        self.replies = list(replies)
        self.asked = 0
        self.closed = False

    def stream(self, messages: Any, stop: Any = None, **kwargs: Any) -> Iterator[AIMessageChunk]:
        self.asked += 1
        try:
            yield from self.replies.pop(0)()
        finally:
            self.closed = True


def says(*texts: str, **more: Any) -> Callable[[], Iterator[AIMessageChunk]]:
    return lambda: iter([AIMessageChunk(content=text, **more) for text in texts])


def fails(error: Exception, *texts: str) -> Callable[[], Iterator[AIMessageChunk]]:
    def reply() -> Iterator[AIMessageChunk]:
        yield from (AIMessageChunk(content=text) for text in texts)
        raise error

    return reply


def model(provider: Provider, silence_s: float = 5.0) -> ForeignChatModel:
    return ForeignChatModel(
        model=provider,
        provider="anthropic",
        model_name="newt-1",
        secret=KEY,
        silence_s=silence_s,
        retry_waits=(0.01, 0.01),
    )


def read(asked: ForeignChatModel) -> tuple[str, ChatModelError]:
    got = ""
    with pytest.raises(ChatModelError) as caught:
        for chunk in asked.stream("q"):
            got += str(chunk.content)
    return got, caught.value


def test_text_thoughts_and_usage() -> None:
    """The answer in order; thoughts beside it, from either place; what the provider counts, once."""
    usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}

    def reply() -> Iterator[AIMessageChunk]:
        yield AIMessageChunk(content=[{"type": "thinking", "thinking": "Hm. "}])
        yield AIMessageChunk(content="", additional_kwargs={REASONING: "Well. "})
        yield AIMessageChunk(content="<think>So.</think>Sparse attention ")
        yield AIMessageChunk(content="is cheaper [1].", usage_metadata=usage)

    chunks = list(model(Provider(reply)).stream("q"))
    assert "".join(str(chunk.content) for chunk in chunks) == SAID
    assert "".join(chunk.additional_kwargs.get(REASONING, "") for chunk in chunks) == "Hm. Well. So."
    assert [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata] == [usage]
    assert chunks[-1].response_metadata["finish_reason"] == "stop"


def test_its_own_reason_to_end_counts() -> None:
    """An answer that was cut off at its length says so."""
    chunks = list(model(Provider(says(SAID, response_metadata={"finish_reason": "length"}))).stream("q"))
    assert chunks[-1].response_metadata["finish_reason"] == "length"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (StatusError(401, f"bad key {KEY}"), ModelRefusedError, "ASKPAPERS_LLM_API_KEY"),
        (StatusError(404, "no such model"), ModelRefusedError, "ASKPAPERS_LLM"),
        (StatusError(400, "prompt is too long: 9000 tokens"), ContextOverflowError, "fewer papers"),
        (ConnectionError("no route"), ModelUnreachableError, "connection"),
        (ValueError("odd"), ChatModelError, "another model"),
    ],
)
def test_its_errors_are_ours(error: Exception, kind: type[ChatModelError], words: str) -> None:
    """Whatever it raises before the first word is our error with what to do, asked once, and never shows the key."""
    provider = Provider(fails(error))
    got, ours = read(model(provider))
    assert got == "" and type(ours) is kind and words in ours.hint and provider.asked == 1
    assert KEY not in f"{ours}{ours.hint}{ours.__cause__}{model(provider)!r}"


def test_a_busy_one_is_asked_again() -> None:
    """A few times only."""
    busy = fails(StatusError(429, "slow down"))
    provider = Provider(busy, says(SAID))
    assert "".join(str(chunk.content) for chunk in model(provider).stream("q")) == SAID
    assert isinstance(read(model(Provider(*[busy] * 5)))[1], ModelBusyError)


def test_what_breaks_off_keeps_what_came() -> None:
    """The error tells what of the answer had come, and nothing is asked again."""
    provider = Provider(fails(StatusError(500, "overturned"), "Sparse "))
    got, error = read(model(provider))
    assert got == "Sparse " == error.partial and isinstance(error, EmptyReplyError) and "overturned" in str(error)
    assert provider.asked == 1


def test_silence_a_loop_a_tool_and_nothing() -> None:
    """Each ends in words, and in time."""

    def silent() -> Iterator[AIMessageChunk]:
        yield AIMessageChunk(content="")
        time.sleep(2)

    began = time.monotonic()
    assert isinstance(read(model(Provider(silent), silence_s=0.2))[1], ModelUnreachableError)
    assert time.monotonic() - began < 1.5
    looped = list(model(Provider(says(*["And so on it goes. "] * 500))).stream("q"))
    assert looped[-1].additional_kwargs[LOOPS] and len(looped) < 100
    call = {"name": "search", "args": "{}", "id": "1", "index": 0, "type": "tool_call_chunk"}
    assert "tool" in str(read(model(Provider(says("", tool_call_chunks=[call]))))[1])
    assert isinstance(read(model(Provider(says(""))))[1], EmptyReplyError)


def test_closing_ends_its_stream() -> None:
    """Who stops reading has the provider's own stream closed."""
    provider = Provider(says(*["word "] * 50_000))
    with closing(model(provider).stream("q")) as chunks:
        next(iter(chunks))
    until = time.monotonic() + 3
    while not provider.closed and time.monotonic() < until:
        time.sleep(0.01)
    assert provider.closed
