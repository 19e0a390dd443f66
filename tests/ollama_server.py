"""A real HTTP server on the loopback address that speaks Ollama's own protocol: what it says of itself, and scripted chats.

The shapes are those of Ollama 0.33. Open one with `OllamaServer()`, queue replies with `enqueue(Chat("text"))`.
"""

from __future__ import annotations

import json
import select
import socket
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import LoopbackHandler, LoopbackServer

MISSING = "model 'tiny' not found"


@dataclass(frozen=True)
class Chat:
    """A scripted reply of /api/chat. `status` other than 200 sends `error` as a body; within a stream `error` is a line after
    the text. `done` None ends the stream without its last line; `delay_s` passes before the first line, `pause_s` after it."""

    text: str = ""
    thinking: str = ""
    status: int = 200
    error: str = ""
    done: str | None = "stop"
    read: int | None = 42
    written: int = 7
    delay_s: float = 0.0
    pause_s: float = 0.0
    tool: str = ""
    raw: str = ""


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:
        server = self.server_under_test
        server.got.append(self.path)
        bodies: dict[str, Any] = {
            "/api/version": {"version": "0.33.0"},
            "/api/tags": {"models": [_row(name) for name in server.models]},
            "/api/ps": {"models": []},
        }
        if self.path == "/":
            return self._send(200, "Ollama is running", "text/plain")
        if self.path not in bodies:
            return self._send(404, "404 page not found", "text/plain")
        return self._send(200, json.dumps(bodies[self.path]))

    def do_POST(self) -> None:
        server = self.server_under_test
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        if self.path == "/api/show":
            return self._send(200, json.dumps({"details": {}, "model_info": {"qwen3.context_length": server.trained}}))
        if self.path != "/api/chat":
            return self._send(404, "404 page not found", "text/plain")
        server.chats.append(body)
        server.headers.append({name.lower(): value for name, value in self.headers.items()})
        chat = server.next_chat(body)
        if self._gone_within(chat.delay_s):
            return None
        if chat.status != 200:
            return self._send(chat.status, json.dumps({"error": chat.error}))
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.end_headers()
        for line in _lines(chat):
            try:
                self.wfile.write(f"{line}\n".encode())
                self.wfile.flush()
            except OSError:
                server.hung_up += 1
                return None
            if self._gone_within(chat.pause_s):
                return None
        return None

    def _gone_within(self, seconds: float) -> bool:
        """Waits so long, or until the client hangs up, which is counted."""
        waited = 0.0
        while waited < seconds and not self.server_under_test.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            waited += 0.05
            if readable:
                try:
                    gone = not self.connection.recv(1, socket.MSG_PEEK)
                except OSError:
                    gone = True
                if gone:
                    self.server_under_test.hung_up += 1
                    return True
        return False

    def _send(self, status: int, text: str, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


def _row(name: str) -> dict[str, Any]:
    family = "bert" if "embed" in name or "minilm" in name else "qwen3"
    return {"name": name, "model": name, "size": 5_000_000_000, "digest": "x", "details": {"family": family}}


def _lines(chat: Chat) -> Sequence[str]:
    if chat.raw:
        return chat.raw.split("\n")
    lines: list[Mapping[str, Any]] = []
    pieces = [("thinking", word) for word in _words(chat.thinking)] + [("content", word) for word in _words(chat.text)]
    for kind, word in pieces:
        lines.append({"model": "tiny", "message": {"role": "assistant", "content": "", kind: word}, "done": False})
    if chat.tool:
        call = {"function": {"name": chat.tool, "arguments": {}}}
        lines.append(
            {"model": "tiny", "message": {"role": "assistant", "content": "", "tool_calls": [call]}, "done": False}
        )
    if chat.error:
        lines.append({"error": chat.error})
    elif chat.done:
        counts = {} if chat.read is None else {"prompt_eval_count": chat.read, "eval_count": chat.written}
        last = {
            "model": "tiny",
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": chat.done,
        }
        lines.append({**last, **counts})
    return [json.dumps(line) for line in lines]


def _words(text: str) -> list[str]:
    return [text[at : at + 8] for at in range(0, len(text), 8)]


@dataclass
class OllamaServer(LoopbackServer):
    """Has `models`; each was trained with a window of `trained` tokens. `thinks` False refuses to think aloud."""

    handler = _Handler

    models: tuple[str, ...] = ("nomic-embed-text:latest", "tiny:latest", "qwen3:8b")
    trained: int = 40960
    thinks: bool = True
    chats: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    hung_up: int = 0
    _queue: deque[Chat] = field(default_factory=deque)

    def enqueue(self, *chats: Chat) -> None:
        """Answer the next chats with these, one each."""
        self._queue.extend(chats)

    def next_chat(self, body: Mapping[str, Any]) -> Chat:
        """The reply to one request."""
        if body.get("think") and not self.thinks:
            return Chat(status=400, error=f'"{body["model"]}" does not support thinking')
        return self._queue.popleft() if self._queue else Chat(status=400, error="the test has queued no reply")
