"""A real HTTP server on the loopback address that speaks OpenAI's protocol, or Ollama's own, the way a test scripts it.

Open one with `ScriptedServer(SHAPES["vllm"])`, queue replies with `enqueue(Reply(text="..."))`, let the code
under test ask `server.url`, and look at what came in `server.chats`.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal


@dataclass(frozen=True)
class Shape:
    """How one real server words its stream; measured on llama.cpp and vLLM, the others from their sources."""

    name: str = "openai"
    finish_on_last_text: bool = False
    reasoning_field: str = "reasoning_content"
    usage: Literal["asked", "always", "never"] = "asked"
    usage_in_finish_chunk: bool = False
    done: bool = True
    role_content: str | None = ""
    native: bool = False
    """Ollama's own protocol: lines of JSON from /api/chat."""
    length_fields: tuple[str, ...] = ("max_tokens", "max_completion_tokens")


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("openai", length_fields=("max_completion_tokens",)),
        Shape("llama.cpp", role_content=None),
        Shape("llama-cpp-python", usage="never", length_fields=("max_tokens",)),
        Shape("vllm", finish_on_last_text=True, reasoning_field="reasoning"),
        Shape("ollama", reasoning_field="reasoning", length_fields=("max_tokens",)),
        Shape("ollama-native", reasoning_field="thinking", usage="always", done=False, native=True, length_fields=()),
        Shape("lmstudio", length_fields=("max_tokens",)),
        Shape("transformers", usage="always", usage_in_finish_chunk=True, done=False),
    )
}


@dataclass(frozen=True)
class Reply:
    """What the server answers to one request. `body` or `raw_sse` replace the reply that `text` would make.

    `delay_s` passes before each piece, `chunk_size` counts characters of text in a piece. `write_size` cuts
    the bytes on the wire, inside characters too. `finish` is False for no finish reason at all. `drop` hangs
    up after the text instead of ending the stream, `stay_s` keeps it open in silence for so long. `empty` are pieces
    that say nothing, before all others; every second is a comment where the protocol has them."""

    text: str = ""
    chunk_size: int = 8
    delay_s: float = 0.0
    write_size: int | None = None
    status: int = 200
    body: object = None
    reasoning: str = ""
    finish: bool | str = True
    done: bool = True
    drop: bool = False
    stay_s: float = 0.0
    empty: int = 0
    raw_sse: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A request as it came; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


Scripted = Reply | Callable[[Request], Reply]


class ScriptedServer:
    """Answers chat requests with the queued replies, in order; an empty queue answers 500 and says so."""

    def __init__(self, shape: Shape | None = None, *, models: list[str] | None = None) -> None:
        self.shape = shape or SHAPES["openai"]
        self.models: list[str] | None = ["tiny"] if models is None else models
        self.models_reply: Reply | None = None
        self.requests: list[Request] = []
        self.disconnected = threading.Event()
        self.disconnected_at = 0.0
        self._queue: deque[Scripted] = deque()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def enqueue(self, *replies: Scripted) -> None:
        """Answer the next chat requests with these, one each."""
        self._queue.extend(replies)

    @property
    def url(self) -> str:
        """The base URL, /v1 included where the protocol is OpenAI's."""
        path = "" if self.shape.native else "/v1"
        return f"http://127.0.0.1:{self._httpd.server_address[1]}{path}"

    @property
    def chats(self) -> list[Any]:
        """The bodies of the chat requests so far."""
        return [request.body for request in self.requests if request.path.endswith(self._chat_path)]

    @property
    def _chat_path(self) -> str:
        return "/api/chat" if self.shape.native else "/v1/chat/completions"

    @property
    def open_connections(self) -> int:
        """How many clients are connected now."""
        with self._lock:
            return len(self._open)

    def __enter__(self) -> ScriptedServer:
        handler = type("Handler", (_Handler,), {"scripted": self})
        self._httpd = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._httpd.shutdown()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        self._httpd.server_close()
        self._thread.join()

    def _next(self, request: Request) -> Reply:
        if request.method == "GET" and request.path.endswith("/models"):
            listed = None if self.models is None else [{"id": m, "object": "model"} for m in self.models]
            return self.models_reply or Reply(body={"object": "list", "data": listed})
        if request.path == "/api/version" and self.shape.native:
            return Reply(body={"version": "0.33.0"})
        if request.path == "/api/tags" and self.shape.native:
            return Reply(body={"models": [{"name": name, "model": name} for name in self.models or []]})
        if not request.path.endswith(self._chat_path):
            return Reply(status=404, body="404 page not found")
        with self._lock:
            scripted = self._queue.popleft() if self._queue else _NOTHING_LEFT
        return scripted if isinstance(scripted, Reply) else scripted(request)

    def _noticed_disconnect(self) -> None:
        self.disconnected_at = time.monotonic()
        self.disconnected.set()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every handler

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet about clients that hang up, as they do here on purpose; loud about everything else."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Gone(Exception):
    """The client has hung up."""


class _Handler(BaseHTTPRequestHandler):
    scripted: ScriptedServer
    protocol_version = "HTTP/1.1"
    # Without it the kernel joins small pieces, and a test of pieces would see one.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.scripted._lock:
            self.scripted._open.add(self.connection)

    def finish(self) -> None:
        with self.scripted._lock:
            self.scripted._open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test output is for the tests."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, json.loads(raw) if raw else None)
        self.scripted.requests.append(request)
        reply = self.scripted._next(request)
        try:
            if reply.body is not None:
                self._wait(reply.delay_s)
                self._send_whole(reply)
            elif request.body.get("stream"):
                self._send_stream(reply, request.body)
            else:
                self._wait(reply.delay_s)
                self._send_whole(reply, whole_answer(reply, self.scripted.shape, request.body))
        except (_Gone, OSError):
            self.close_connection = True
            if not self.scripted._stopping.is_set():
                self.scripted._noticed_disconnect()

    def _send_whole(self, reply: Reply, answer: object = None) -> None:
        body = answer if reply.body is None else reply.body
        text = body if isinstance(body, str) else json.dumps(body)
        if isinstance(body, str):
            kind = "text/html" if text.startswith("<") else "text/plain"
        else:
            kind = "application/json"
        data = text.encode()
        self._head(reply, {"content-type": kind, "content-length": str(len(data))})
        self.wfile.write(data)

    def _send_stream(self, reply: Reply, asked: Mapping[str, Any]) -> None:
        kind = "application/x-ndjson" if self.scripted.shape.native else "text/event-stream"
        self._head(reply, {"content-type": kind, "transfer-encoding": "chunked"})
        if reply.raw_sse is not None:
            self._wait(reply.delay_s)
            self._write(reply.raw_sse, reply.write_size)
        else:
            made = lines if self.scripted.shape.native else events
            for event in made(reply, self.scripted.shape, asked):
                self._wait(reply.delay_s)
                self._write(event, reply.write_size)
        self._wait(reply.stay_s)
        if reply.drop:
            self.close_connection = True
            _hang_up(self.connection)
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _head(self, reply: Reply, headers: Mapping[str, str]) -> None:
        self.send_response(reply.status)
        for name, value in {**headers, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _write(self, text: str, size: int | None) -> None:
        data = text.encode()
        for start in range(0, len(data), size or max(1, len(data))):
            piece = data[start : start + (size or len(data))]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()

    def _wait(self, seconds: float) -> None:
        """Pass time, and notice at once if the client hangs up meanwhile."""
        end = time.monotonic() + seconds
        while not self.scripted._stopping.is_set():
            left = max(0.0, end - time.monotonic())
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.05))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Gone
            if not left:
                return
        raise _Gone


def events(reply: Reply, shape: Shape, asked: Mapping[str, Any]) -> list[str]:
    """The server-sent events of a reply, in the words of one server."""
    made: list[str] = [_event({"role": "assistant", "content": shape.role_content})]
    made += [": keep-alive\n\n" if number % 2 else _event({}) for number in range(reply.empty)]
    made += [_event({shape.reasoning_field: piece}) for piece in _pieces(reply.reasoning, reply.chunk_size)]
    finish = reply.finish if isinstance(reply.finish, str) else "stop" if reply.finish else None
    pieces = _pieces(reply.text, reply.chunk_size)
    on_last = shape.finish_on_last_text and bool(pieces)
    for number, piece in enumerate(pieces, 1):
        last = on_last and number == len(pieces)
        made.append(_event({"content": piece}, finish if last else None))
    options = asked.get("stream_options") or {}
    counted = shape.usage == "always" or (shape.usage == "asked" and options.get("include_usage"))
    usage = {"usage": _usage(reply)} if counted else {}
    if finish and not on_last:
        made.append(_event({}, finish, usage if shape.usage_in_finish_chunk else {}))
    if usage and finish and not shape.usage_in_finish_chunk:
        made.append(_event(None, None, usage))
    if reply.done and shape.done and not reply.drop:
        made.append("data: [DONE]\n\n")
    return made


def lines(reply: Reply, shape: Shape, asked: Mapping[str, Any]) -> list[str]:
    """The lines of a reply, in the words of Ollama's own protocol."""
    head = {"model": asked.get("model"), "created_at": "2026-11-26T12:00:00.000000Z"}
    said_nothing = {**head, "message": {"role": "assistant", "content": ""}, "done": False}
    made: list[dict[str, Any]] = [said_nothing] * reply.empty
    made += [
        {**head, "message": {"role": "assistant", "content": "", shape.reasoning_field: piece}, "done": False}
        for piece in _pieces(reply.reasoning, reply.chunk_size)
    ]
    made += [
        {**head, "message": {"role": "assistant", "content": piece}, "done": False}
        for piece in _pieces(reply.text, reply.chunk_size)
    ]
    if reply.finish:
        counts = _usage(reply)
        told = {"prompt_eval_count": counts["prompt_tokens"], "eval_count": counts["completion_tokens"]}
        reason = reply.finish if isinstance(reply.finish, str) else "stop"
        last = {"role": "assistant", "content": ""}
        made.append({**head, "message": last, "done": True, "done_reason": reason, "total_duration": 9, **told})
    return [f"{json.dumps(line, ensure_ascii=False)}\n" for line in made]


def whole_answer(reply: Reply, shape: Shape, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request that does not stream."""
    message = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message[shape.reasoning_field] = reply.reasoning
    finish = reply.finish if isinstance(reply.finish, str) else "stop" if reply.finish else None
    choice = {"index": 0, "message": message, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked.get("model")}
    return {**head, "choices": [choice], "usage": _usage(reply)}


def _event(delta: Mapping[str, Any] | None, finish: str | None = None, more: Mapping[str, Any] | None = None) -> str:
    choices = [] if delta is None else [{"index": 0, "delta": dict(delta), "finish_reason": finish}]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
    chunk = {**head, "choices": choices, **(more or {})}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _usage(reply: Reply) -> dict[str, int]:
    written = len(reply.text.split()) + len(reply.reasoning.split())
    return {"prompt_tokens": 100, "completion_tokens": written, "total_tokens": 100 + written}


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed already
        connection.shutdown(socket.SHUT_RDWR)


def error_body(message: str, **more: object) -> dict[str, object]:
    """An error as OpenAI nests it."""
    return {"error": {"message": message, **more}}


_NOTHING_LEFT = Reply(status=500, body=error_body("the test has queued no reply for this request"))
_LM_STUDIO_SAYS = (
    "Input does not fit in context length. The input has 31430 tokens, but the context length only supports "
    "30000 tokens."
)


def overflow_llama_cpp() -> Reply:
    """llama.cpp: the prompt is longer than the window."""
    message = "request (602 tokens) exceeds the available context size (512 tokens), try increasing it"
    kind = "exceed_context_size_error"
    return Reply(status=400, body=error_body(message, code=400, type=kind, n_prompt_tokens=602, n_ctx=512))


def overflow_vllm() -> Reply:
    """vLLM: the same, in its words."""
    message = (
        "This model's maximum context length is 512 tokens. However, your prompt contains at least 513 input "
        "tokens, which exceeds this limit even without any output tokens."
    )
    return Reply(status=400, body=error_body(message, type="BadRequestError", param="input_tokens", code=400))


def overflow_vllm_flat() -> Reply:
    """Older vLLM: the error is not nested."""
    message = "This model's maximum context length is 6048 tokens. However, you requested 6616 tokens."
    return Reply(status=400, body={"object": "error", "message": message, "type": "BadRequestError", "code": 400})


def overflow_openai() -> Reply:
    """OpenAI and llama-cpp-python: known by its code."""
    body = error_body("Please reduce the length of the messages.", code="context_length_exceeded")
    return Reply(status=400, body=body)


def overflow_ollama_nested() -> Reply:
    """Ollama with a llama.cpp runner: the message is the JSON text of the runner's error."""
    inner = json.dumps(overflow_llama_cpp().body)
    return Reply(status=400, body=error_body(inner, type="invalid_request_error", param=None, code=None))


def overflow_ollama() -> Reply:
    """Ollama without context shift."""
    message = "the prompt is longer than the context length currently available to the model; shorten the prompt"
    return Reply(status=400, body=error_body(message, type="invalid_request_error"))


def overflow_lm_studio_flat() -> Reply:
    """LM Studio 0.3: the error is a bare text."""
    message = (
        "Trying to keep the first 14538 tokens when context the overflows. However, the model is loaded with "
        "context length of only 2048 tokens, which is not enough."
    )
    return Reply(status=400, body={"error": message})


def overflow_lm_studio_keep() -> Reply:
    """LM Studio in 2026: the same with other words."""
    message = (
        "The number of tokens to keep from the initial prompt is greater than the context length "
        "(n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length."
    )
    return Reply(status=400, body={"error": message})


def overflow_lm_studio_event() -> Reply:
    """LM Studio 0.4: status 200 and then an error event."""
    data = json.dumps({"error": {"message": _LM_STUDIO_SAYS}, "message": _LM_STUDIO_SAYS})
    return Reply(raw_sse=f"event: error\ndata: {data}\n\n")


def overflow_localai_stream() -> Reply:
    """LocalAI: an error object inside a stream that had begun."""
    message = "rpc error: code = Internal desc = request (20652 tokens) exceeds the available context size"
    data = json.dumps(error_body(message, type="server_error", code="server_error"))
    return Reply(raw_sse=_event({"role": "assistant", "content": ""}) + f"data: {data}\n\ndata: [DONE]\n\n")


def overflow_localai() -> Reply:
    """LocalAI before a stream: it calls it its own failure."""
    message = "rpc error: code = Internal desc = request (20652 tokens) exceeds the available context size"
    return Reply(status=500, body=error_body(message, code=500, type=""))


def overflow_empty() -> Reply:
    """LM Studio with GGUF models: a stream in good order that holds nothing."""
    return Reply(text="")


def nothing_at_all() -> Reply:
    """llama-cpp-python: status 200 and not one event."""
    return Reply(raw_sse="")


def rate_limit(retry_after: str = "0") -> Reply:
    """OpenAI: too many requests; the header says how long to wait."""
    body = error_body("Rate limit reached for requests", type="requests", code="rate_limit_exceeded")
    return Reply(status=429, body=body, headers={"retry-after": retry_after})


def still_loading() -> Reply:
    """llama.cpp while it loads the model."""
    return Reply(status=503, body=error_body("Loading model", type="unavailable_error", code=503))


def missing_model_ollama(name: str) -> Reply:
    """Ollama: the model was never pulled."""
    return Reply(status=404, body=error_body(f"model '{name}' not found", type="not_found_error", code=None))


def bad_key(key: str = "sk-x") -> Reply:
    """A server that repeats the key it refuses."""
    return Reply(status=401, body=error_body(f"Incorrect API key provided: {key}.", code="invalid_api_key"))


def refuses_stream_options() -> Reply:
    """A strict server that does not know the field."""
    problem = {"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}
    return Reply(status=422, body={"detail": [problem]})


def web_page(status: int = 200) -> Reply:
    """Some other web server at this address."""
    return Reply(status=status, body="<!doctype html><html><body>Hello</body></html>")
