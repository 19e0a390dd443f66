"""Finding model servers on this machine: told by what they answer, never by port alone, and within a second."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.adapters.model_servers import find_servers, look_at
from tests.loopback import LoopbackHandler, LoopbackServer
from tests.ollama_server import OllamaServer


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:
        server = self.server_under_test
        server.asked.append(("GET", self.path))
        if server.key and self.headers.get("authorization") != f"Bearer {server.key}":
            return self._send(401, {"error": "no key"})
        server.stopping.wait(server.delay_s)
        body = server.bodies.get(self.path, server.otherwise)
        return self._send(404 if body is None else 200, body)

    def do_POST(self) -> None:
        self.server_under_test.asked.append(("POST", self.path))
        self._send(404, None)

    def _send(self, status: int, body: object) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.send_header("content-type", "text/html" if text.startswith("<") else "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        with suppress(OSError):  # the client may have gone meanwhile
            self.wfile.write(text.encode())


@dataclass
class Something(LoopbackServer):
    """Answers a GET of each path with its body, of all others with `otherwise` (None: 404)."""

    handler = _Handler

    bodies: Mapping[str, Any] = field(default_factory=dict)
    otherwise: object = None
    key: str = ""
    delay_s: float = 0.0
    asked: list[tuple[str, str]] = field(default_factory=list)


def models(owner: str, *names: str, **more: object) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": owner, **more} for name in names]}


LLAMA = {"/v1/models": {"models": [], **models("llamacpp", "/models/bge-m3/qwen3-8b.gguf", meta={"n_ctx": 8192})}}
LM_STUDIO = {"/v1/models": models("organization_owner", "qwen/qwen3-8b", "text-embedding-nomic-embed-text-v1.5")}
VLLM = {"/v1/models": models("vllm", "Qwen/Qwen3-8B", max_model_len=32768), "/version": {"version": "0.32"}}
PLAIN = {"/v1/models": {"object": "list", "data": [{"id": "tiny"}]}}


@pytest.mark.parametrize(
    ("bodies", "kind", "names", "window"),
    [
        (LLAMA, "llamacpp", ["/models/bge-m3/qwen3-8b.gguf"], 8192),
        (LM_STUDIO, "lmstudio", ["qwen/qwen3-8b"], None),
        (VLLM, "vllm", ["Qwen/Qwen3-8B"], 32768),
        (PLAIN, "compatible", ["tiny"], None),
        ({**PLAIN, "/props": {"default_generation_settings": {"n_ctx": 4096}}}, "llamacpp", ["tiny"], None),
    ],
)
def test_each_kind(bodies: Mapping[str, Any], kind: str, names: list[str], window: int | None) -> None:
    """A server is known by its replies, with its chat models and the window where its list tells."""
    with Something(bodies) as server:
        found = look_at(f"{server.url}/v1")
    assert found and found.provider == kind and found.trouble == ""
    assert [model.name for model in found.models] == names
    assert found.models[0].context_tokens == window and found.address == f"{server.url}/v1"


def test_ollama() -> None:
    """By its own protocol, at its own address, without embedding models."""
    with OllamaServer() as server:
        for address in (server.url, f"{server.url}/v1"):
            found = look_at(address)
            assert found and (found.provider, found.address) == ("ollama", server.url)
            assert [model.name for model in found.models] == ["tiny:latest", "qwen3:8b"]


@pytest.mark.parametrize(
    ("bodies", "otherwise"),
    [
        ({}, None),
        ({}, "<!doctype html><html><body>Hello</body></html>"),
        ({}, {"error": "Unexpected endpoint"}),
        ({"/api/version": "1.0.0"}, None),
        ({"/api/version": {"version": "1.5.9"}, "/v1/models": []}, None),
        ({"/v1/models": {"data": [{"name": "user 1"}]}}, None),
        ({"/v1/models": {"data": []}}, None),
        ({"/v1/models": {"data": {"id": "x"}}}, None),
    ],
)
def test_something_else(bodies: Mapping[str, Any], otherwise: object) -> None:
    """A web page, another API and Chroma are no model servers, and get plain GETs only."""
    with Something(bodies, otherwise) as server:
        assert look_at(f"{server.url}/v1") is None
        assert {method for method, _ in server.asked} == {"GET"}


def test_a_server_that_has_nothing_to_offer() -> None:
    """One without a chat model and one that wants a key are shown, with what is the matter."""
    with Something({"/v1/models": models("organization_owner", "text-embedding-x")}) as idle:
        found = look_at(f"{idle.url}/v1")
        assert found and found.models == () and found.trouble == "it has no chat model loaded"
    with Something(PLAIN, key="sk-1") as locked:
        found = look_at(f"{locked.url}/v1")
        assert found and found.models == () and "key" in found.trouble
        with_key = look_at(f"{locked.url}/v1", "sk-1")
        assert with_key and with_key.models[0].name == "tiny"


def test_all_together_within_the_time() -> None:
    """A server that never answers, one that nobody runs and one that works: the last is found, and soon."""
    with Something(PLAIN, delay_s=30) as slow, OllamaServer() as good, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        started = time.monotonic()
        found = find_servers([f"{slow.url}/v1", dead, good.url, "no address"], timeout_s=0.5)
        assert time.monotonic() - started < 10
    assert [server.provider for server in found] == ["ollama"]
    assert find_servers([]) == []
