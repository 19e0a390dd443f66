"""Real HTTP servers on the loopback address that answer GETs as model servers do, and as other things on their ports do.

`KindServer(replies)` answers a path with (status, body) and everything else with `rest`; every request is noted in `asked`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import LoopbackHandler, LoopbackServer

Found = tuple[int, Any]
NOT_FOUND: Found = (404, "404 page not found")
WEB_PAGE = "<!doctype html><html><body>Hello</body></html>"


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self._answer()

    def _answer(self) -> None:
        server: KindServer = self.server_under_test
        server.asked.append((self.command, self.path, self.headers.get("authorization", "")))
        server.stopping.wait(server.delay_s)
        status, body = server.replies.get(self.path, server.rest)
        text = body if isinstance(body, str) else json.dumps(body)
        kind = ("text/html" if text.startswith("<") else "text/plain") if isinstance(body, str) else "application/json"
        raw = text.encode()
        self.send_response(status)
        head = {"content-type": kind, "content-length": str(len(raw)), **server.headers}
        if not server.drip_s:
            for name, value in head.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)
            return
        for at in range(10_000):
            self.wfile.write(f"x-{at}: more\r\n".encode())
            self.wfile.flush()
            if server.stopping.wait(server.drip_s):
                return


@dataclass
class KindServer(LoopbackServer):
    """`drip_s` sends a header every so many seconds and never the end of them."""

    handler = _Handler

    replies: Mapping[str, Found]
    rest: Found = NOT_FOUND
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip_s: float = 0.0
    asked: list[tuple[str, str, str]] = field(default_factory=list)


def listing(owner: str, *names: str, **more: Any) -> Found:
    """/v1/models of a server whose models are `names`."""
    rows = [{"id": name, "object": "model", "created": 1, "owned_by": owner, **more} for name in names]
    return 200, {"object": "list", "data": rows}


def ollama(*names: str, **more: Any) -> KindServer:
    """Ollama, with an embedding model beside `names`."""
    tags = [
        {"name": name, "model": name, "size": 5_200_000_000, "details": {"family": "qwen3"}, "capabilities": able}
        for name, able in [*((n, ["completion"]) for n in names), ("nomic-embed-text:latest", ["embedding"])]
    ]
    rows = listing("library", *names, "nomic-embed-text:latest")
    return KindServer(
        {
            "/": (200, "Ollama is running"),
            "/api/version": (200, {"version": "0.33.0"}),
            "/api/tags": (200, {"models": tags}),
            "/api/ps": (200, {"models": []}),
            "/v1/models": rows,
        },
        **more,
    )


def llamacpp(*names: str, **more: Any) -> KindServer:
    """llama.cpp's server."""
    meta = {"n_ctx": 8192, "n_ctx_train": 32768, "size": 400_000_000}
    return KindServer(
        {
            "/v1/models": listing("llamacpp", *names, meta=meta),
            "/props": (200, {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1}),
            "/health": (200, {"status": "ok"}),
        },
        headers={"Server": "llama.cpp"},
        **more,
    )


def lmstudio(*names: str, **more: Any) -> KindServer:
    """LM Studio, which answers paths it does not know with status 200 and an error."""
    both = [*names, "text-embedding-nomic-embed-text-v1.5"]
    native = [
        {"id": n, "object": "model", "type": "llm", "state": "loaded", "max_context_length": 32768} for n in names
    ]
    return KindServer(
        {
            "/v1/models": listing("organization_owner", *both),
            "/api/v0/models": (200, {"object": "list", "data": native}),
        },
        rest=(200, {"error": "Unexpected endpoint or method."}),
        **more,
    )


def vllm(*names: str, **more: Any) -> KindServer:
    """vLLM."""
    return KindServer(
        {"/v1/models": listing("vllm", *names, max_model_len=16384), "/version": (200, {"version": "0.32.0"})},
        rest=(404, {"detail": "Not Found"}),
        **more,
    )


def plain(*names: str, **more: Any) -> KindServer:
    """A server that speaks OpenAI's protocol and does not say what it is."""
    return KindServer({"/v1/models": listing("me", *names)}, rest=(404, {"detail": "Not Found"}), **more)


def not_models() -> dict[str, KindServer]:
    """What else listens on the ports of model servers."""
    return {
        "a page that answers every path": KindServer({}, (200, WEB_PAGE)),
        "a page behind a login": KindServer({}, (401, WEB_PAGE)),
        "an API behind a login": KindServer({}, (401, {"detail": "Not authenticated"})),
        "a page nobody may see": KindServer({}, (403, WEB_PAGE)),
        "a page that leads elsewhere": KindServer({}, (302, ""), headers={"Location": "/login"}),
        "an API that says ok to all": KindServer({}, (200, {"ok": True})),
        "an API with a version": KindServer(
            {"/api/version": (200, {"version": "1.2"})}, (404, {"detail": "Not Found"})
        ),
        "Chroma": KindServer(
            {"/api/v2/heartbeat": (200, {"nanosecond heartbeat": 1}), "/api/v2/version": (200, "1.5.9")},
            (404, {"error": "NotFoundError"}),
        ),
        "car models": KindServer({"/v1/models": (200, {"data": [{"id": "corsa", "make": "opel"}]})}),
        "car models in a list": KindServer({"/v1/models": (200, [{"id": "corsa"}])}),
        "an empty list of something": KindServer({"/v1/models": (200, {"data": [], "total": 0})}),
        "our own page": KindServer(
            {"/": (200, WEB_PAGE), "/config": (200, {"version": "6.0.0"})}, (404, {"detail": "Not Found"})
        ),
    }
