"""What doctor says of servers that are not there, have not the model or want a key, and how it asks for JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from app.adapters.server_probe import RawReply, is_writing, json_reply, reach
from tests.window_server import Slow, Status, WindowServer

TAGS = {"models": [{"name": "llama3:latest"}, {"name": "gemma3:4b"}]}
SCHEMA = {"type": "object", "properties": {"legs": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("provider", "hint"),
    [("ollama", "ollama serve"), ("llamacpp", "llama-server"), ("lmstudio", "lms server start"), ("vllm", "vllm serve"), ("compatible", "extractive")],
)  # fmt: skip
def test_nobody_there(provider: str, hint: str) -> None:
    """The address is named, and how this server is started."""
    trouble = reach(provider, "http://127.0.0.1:9/v1", "m", "")
    assert trouble and "http://127.0.0.1:9" in trouble.words and hint in trouble.hint


def test_ollama_without_the_model() -> None:
    """What is missing, what is there, and the command that fetches it."""
    with WindowServer({"GET /api/tags": TAGS}) as server:
        trouble = reach("ollama", server.url, "qwen3:8b", "")
        assert trouble and trouble.hint == "Type: ollama pull qwen3:8b"
        assert 'no model "qwen3:8b"; it has: llama3:latest, gemma3:4b' in trouble.words and server.url in trouble.words
        assert reach("ollama", server.url, "llama3", "") is None
        assert reach("ollama", f"{server.url}/v1", "gemma3:4b", "") is None


def test_ollama_with_no_model_at_all() -> None:
    """An empty list, also as null, is said."""
    for listed in ({"models": []}, {"models": None}):
        with WindowServer({"GET /api/tags": listed}) as server:
            trouble = reach("ollama", server.url, "qwen3:8b", "")
            assert trouble and "and no other" in trouble.words


def test_something_else_at_ollamas_address() -> None:
    """A server that is no Ollama is said to be none."""
    with WindowServer({}) as server:
        trouble = reach("ollama", server.url, "m", "")
        assert trouble and "No Ollama answers" in trouble.words and "404" in trouble.words


@pytest.mark.parametrize(("key", "said"), [("", "wants a key"), ("wrong-key", "refuses the key")])
def test_a_key_is_wanted(key: str, said: str) -> None:
    """No key and a wrong one are told apart; the key itself is never said."""
    with WindowServer({"GET /v1/models": Status(401, {"error": "no"})}) as server:
        trouble = reach("compatible", f"{server.url}/v1", "m", key)
    assert trouble and said in trouble.words and "wrong-key" not in trouble.words + trouble.hint


def test_vllm_serves_only_its_models() -> None:
    """vLLM refuses other names, so they are said beforehand; servers that take any name are not blamed."""
    with WindowServer({"GET /v1/models": {"data": [{"id": "org/small"}]}}) as server:
        trouble = reach("vllm", server.url, "m", "")
        assert trouble and "org/small" in trouble.words and "vllm:org/small" in trouble.hint
        assert reach("llamacpp", server.url, "m", "") is None


def test_a_slow_server_is_not_waited_for() -> None:
    """Silence is nobody, within the time given."""
    with WindowServer({"GET /v1/models": Slow(wait_s=5)}) as server:
        started = time.monotonic()
        trouble = reach("compatible", server.url, "m", "", timeout_s=0.3)
        assert trouble and "in time" in trouble.words and time.monotonic() - started < 4


def test_json_is_asked_for_as_each_server_wants_it() -> None:
    """Ollama takes the schema as `format`, the others as `response_format`; reasoning is told from the reply."""
    good = json.dumps({"legs": 2})
    chat = {"choices": [{"message": {"content": good, "reasoning_content": "Birds have two."}}]}
    native = {"message": {"content": f"<think>two</think>\n{good}"}}
    with WindowServer({"POST /v1/chat/completions": chat, "POST /api/chat": native}) as server:
        assert json_reply("vllm", server.url, "m", "", "A bird?", SCHEMA, 3) == RawReply(good, True)
        assert json_reply("ollama", server.url, "m", "", "A bird?", SCHEMA, 3) == RawReply(good, True)
        first, second = server.bodies
    assert first["response_format"]["json_schema"]["schema"] == SCHEMA and first["max_tokens"] == 300
    assert second["format"] == SCHEMA and second["stream"] is False


@pytest.mark.parametrize(
    "answer", [Status(500, "boom"), [], {"choices": []}, {"choices": [7]}, {"choices": [{"message": None}]}, "text"]
)
def test_no_reply_to_json(answer: Any) -> None:
    """A server that fails, or answers in another form, gives none."""
    with WindowServer({"POST /v1/chat/completions": answer}) as server:
        assert json_reply("compatible", server.url, "m", "", "A bird?", SCHEMA, 1) is None


def test_whether_it_is_writing() -> None:
    """llama.cpp's slots tell; a server without them does not."""
    states = iter([True, True, False])
    with WindowServer({"GET /slots": lambda body: [{"is_processing": next(states, False)}]}) as server:
        assert is_writing(server.url, "", 2) is False
    with WindowServer({"GET /slots": [{"is_processing": True}]}) as server:
        assert is_writing(server.url, "", 0.2) is True
    with WindowServer({}) as server:
        assert is_writing(server.url, "", 1) is None
