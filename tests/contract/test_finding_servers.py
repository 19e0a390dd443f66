"""Model servers are found by what they answer, nothing else is taken for one, and nobody waits longer than was said."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from app.adapters.chat_models import choose
from app.adapters.model_servers import find_servers
from app.core.models import FoundServer
from tests import kinds_of_servers as kinds
from tests.kinds_of_servers import KindServer


def found_at(*servers: KindServer, timeout_s: float = 1.0) -> list[FoundServer]:
    return find_servers([server.url for server in servers], timeout_s)


@pytest.mark.parametrize(
    ("make", "provider", "window"),
    [
        (kinds.ollama, "ollama", None),
        (kinds.llamacpp, "llamacpp", 8192),
        (kinds.lmstudio, "lmstudio", None),
        (kinds.vllm, "vllm", 16384),
        (kinds.plain, "compatible", None),
    ],
)
def test_each_kind_is_known_by_its_answers(make: Callable[..., KindServer], provider: str, window: int | None) -> None:
    """On any port each server is told apart, with its chat models and the windows its list tells; only GETs are sent."""
    with make("qwen3:8b", "org/Model-GGUF:Q4_K_M") as server:
        (found,) = found_at(server)
        assert found.provider == provider
        assert [model.name for model in found.models] == ["qwen3:8b", "org/Model-GGUF:Q4_K_M"]
        assert {model.context_tokens for model in found.models} == {window}
        assert {method for method, _, _ in server.asked} == {"GET"}
        assert found.label and found.address.startswith(server.url)


@pytest.mark.parametrize("server", list(kinds.not_models().values()), ids=list(kinds.not_models()))
def test_nothing_else_is_taken_for_one(server: KindServer) -> None:
    """A web page, an API or Chroma on such a port is no model server, and is sent nothing but GETs."""
    with server:
        assert found_at(server) == []
        assert {method for method, _, _ in server.asked} <= {"GET"}


@pytest.mark.parametrize("make", [kinds.ollama, kinds.llamacpp, kinds.lmstudio, kinds.vllm])
def test_a_server_without_a_chat_model_is_said(make: Callable[..., KindServer]) -> None:
    """A server that runs but has no chat model is listed with the reason, and `auto` passes it over and says so."""
    with make() as idle, kinds.vllm("tiny") as busy:
        both = found_at(idle, busy)
        assert [len(server.models) for server in both] == [0, 1]
        assert both[0].trouble
        assert choose("auto", base_url=None, api_key=None, find=lambda: both).name == "tiny"
        alone = choose("auto", base_url=None, api_key=None, find=lambda: both[:1])
        assert alone.provider == "extractive" and both[0].label in alone.why


def test_all_have_one_second_together() -> None:
    """Servers that accept and say nothing, drip, or are slow with every reply cost a second in all, not each and not more."""
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        slow = stack.enter_context(kinds.KindServer({}, (404, {"detail": "Not Found"}), delay_s=0.4))
        drips = stack.enter_context(kinds.KindServer({}, (200, {}), drip_s=0.1))
        good = stack.enter_context(kinds.vllm("tiny"))
        places = [f"http://127.0.0.1:{silent.getsockname()[1]}", slow.url, drips.url, good.url]
        started = time.monotonic()
        found = find_servers(places, 1.0)
        assert time.monotonic() - started < 1.5
        assert [server.provider for server in found] == ["vllm"]


def test_nobody_there_costs_nothing() -> None:
    """Where nothing listens, the answer is there at once."""
    started = time.monotonic()
    assert find_servers(["http://127.0.0.1:9", "http://127.0.0.1:10"], 1.0) == []
    assert time.monotonic() - started < 0.5


def test_a_server_that_wants_a_key_is_said() -> None:
    """llama.cpp with --api-key is listed with what it wants; with the key, its models are."""
    refused = (401, {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}})
    with kinds.KindServer({"/health": (200, {"status": "ok"})}, refused, headers={"Server": "llama.cpp"}) as server:
        (found,) = found_at(server)
        assert "key" in found.trouble and not found.models


def test_asked_by_auto_only() -> None:
    """Nobody looks for servers where the model is named, and where none is to write."""

    def find() -> list[FoundServer]:
        raise AssertionError("looked for servers")

    for llm in ("extractive", "ollama:qwen3:8b", "llamacpp", "openai:gpt-4.1"):
        choose(llm, base_url=None, api_key="k", find=find)
    choose("auto", base_url=None, api_key="k", find=find)
    choose("auto", base_url="http://127.0.0.1:9/v1", api_key=None, find=find)
