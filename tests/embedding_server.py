"""A real HTTP server on the loopback address that gives vectors by OpenAI's protocol and by Ollama's own.

Open one with `EmbeddingServer()`, queue faults with `enqueue(Reply(status=500))` or with a function that spoils the
vectors, let the code under test ask `server.openai_url` or `server.ollama_url`, and look at what came in `asked`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import LoopbackHandler, LoopbackServer

Rows = list[list[Any]]
Spoil = Callable[[Rows], Rows]
WEB_PAGE = "<!doctype html><html><body>It works!</body></html>"


@dataclass(frozen=True)
class Reply:
    """What is answered instead of vectors; a `body` of text is sent as it is. `delay_s` passes before it."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request for vectors as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def texts(self) -> list[str]:
        return list(self.body["input"])


def vector_of(text: str, dimension: int = 32) -> list[float]:
    """The vector of a bag of words, of length 1: texts that share words are near each other."""
    found = [0.0] * dimension
    for word in re.findall(r"\w+", text.lower()) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        found[digest[0] % dimension] += 1.0
        found[digest[1] % dimension] += 0.5
    length = math.sqrt(sum(value * value for value in found))
    return [value / length for value in found]


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:
        body = self.server_under_test.told_at(self.path)
        text = json.dumps(body if body is not None else {"error": "not found"})
        self.send_response(404 if body is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server_under_test.answer(Asked(self.path, headers, json.loads(raw)))
        self.server_under_test.stopping.wait(reply.delay_s)
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        kind = "text/html" if text.startswith("<") else "application/json"
        self.send_response(reply.status)
        for name, value in {"content-type": kind, "content-length": str(len(text.encode())), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


class ReplyServer(LoopbackServer):
    """A server that answers each request by `answer`, from entering to leaving it."""

    handler = _Handler

    def answer(self, asked: Asked) -> Reply:
        """The reply to one request."""
        raise NotImplementedError

    def told_at(self, path: str) -> object:
        """What a GET of this path gives; None: 404."""
        return None


@dataclass
class EmbeddingServer(ReplyServer):
    """Serves `models`. A text over `window` words is cut (Ollama) or refused in the words `too_long`, more than
    `most_texts` at a time are refused. Vectors have length `scale`, as some servers do not normalise. Under the paths of
    `told` it says things of itself."""

    models: tuple[str, ...] = ("newt-embed",)
    key: str | None = None
    dimension: int = 32
    window: int = 400
    most_texts: int = 2048
    scale: float = 1.83
    too_long: Reply = field(default_factory=lambda: too_long_vllm())
    shown: Mapping[str, Any] = field(default_factory=lambda: {"model_info": {"bert.context_length": 512}})
    told: Mapping[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    told_of: list[str] = field(default_factory=list)
    _queue: deque[Reply | Spoil] = field(default_factory=deque)

    def enqueue(self, *faults: Reply | Spoil) -> None:
        """Answer the next requests for vectors with these, one each; after them the server is well again."""
        self._queue.extend(faults)

    @property
    def ollama_url(self) -> str:
        return self.url

    @property
    def openai_url(self) -> str:
        return f"{self.ollama_url}/v1"

    @property
    def sizes(self) -> list[int]:
        """How many texts each request so far brought."""
        return [len(asked.texts) for asked in self.asked]

    def answer(self, asked: Asked) -> Reply:
        """The reply to one request."""
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            given = asked.headers.get("authorization", "no key")
            return Reply(401, {"error": {"message": f"Incorrect API key: {given}", "type": "authentication_error"}})
        if asked.path == "/api/show":
            return self._missing(asked) or Reply(body=dict(self.shown))
        if asked.path not in ("/v1/embeddings", "/api/embed"):
            return Reply(404, "404 page not found")
        self.asked.append(asked)
        fault = self._queue.popleft() if self._queue else None
        if isinstance(fault, Reply):
            return fault
        return self._missing(asked) or self._refusal(asked) or self._vectors(asked, fault)

    def told_at(self, path: str) -> object:
        """What it says of itself under this path."""
        self.told_of.append(path)
        return self.told.get(path)

    def _missing(self, asked: Asked) -> Reply | None:
        model = asked.body["model"]
        if model in self.models:
            return None
        if asked.path == "/v1/embeddings":
            message = f"The model `{model}` does not exist."
            return Reply(404, {"error": {"message": message, "type": "NotFoundError", "param": "model", "code": 404}})
        return Reply(404, {"error": f'model "{model}" not found, try pulling it first'})

    def _refusal(self, asked: Asked) -> Reply | None:
        if len(asked.texts) > self.most_texts:
            message = f"batch size {len(asked.texts)} > maximum allowed batch size {self.most_texts}"
            return Reply(413, {"error": message, "error_type": "Validation"})
        if not all(text.strip() for text in asked.texts):
            return Reply(400, {"error": {"message": "input cannot be an empty string", "code": 400}})
        cuts = asked.path == "/api/embed" and asked.body.get("truncate")
        if not cuts and any(len(text.split()) > self.window for text in asked.texts):
            return self.too_long
        return None

    def _vectors(self, asked: Asked, spoil: Spoil | None) -> Reply:
        cut = [" ".join(text.split()[: self.window]) for text in asked.texts]
        rows: Rows = [[value * self.scale for value in vector_of(text, self.dimension)] for text in cut]
        rows = spoil(rows) if spoil else rows
        if asked.path == "/api/embed":
            return Reply(body={"model": asked.body["model"], "embeddings": rows, "prompt_eval_count": 1})
        data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]
        # The protocol promises a number for each, not their order.
        return Reply(body={"object": "list", "data": data[::-1], "model": asked.body["model"]})


# --- faults as real servers word them ---------------------------------------------------------------------------------


def error(message: str, status: int, **more: object) -> Reply:
    """An error in OpenAI's form."""
    return Reply(status, {"error": {"message": message, **more}})


def too_long_vllm() -> Reply:
    """vLLM, and OpenAI: a text is over the model's window."""
    said = "This model's maximum context length is 512 tokens. However, your prompt contains at least 702 input tokens"
    return error(said, 400, type="BadRequestError", param="input_tokens", code=400)


def too_long_llama() -> Reply:
    """llama.cpp calls it a failure of its own."""
    said = "input (702 tokens) is too large to process. increase the physical batch size (current batch size: 512)"
    return error(said, 500, type="server_error", code=500)


def too_long_tei() -> Reply:
    """text-embeddings-inference."""
    said = "Input validation error: `inputs` must have less than 512 tokens. Given: 702"
    return Reply(413, {"error": said, "error_type": "Validation"})


def too_long_old_ollama() -> Reply:
    """Ollama where the model behind it refuses though asked to cut."""
    return Reply(400, {"error": "the input length exceeds the context length"})


def rate_limit(retry_after: str = "0") -> Reply:
    """OpenAI: too many requests; the header says how long to wait."""
    reply = error("Rate limit reached for requests", 429, type="requests", code="rate_limit_exceeded")
    return Reply(429, reply.body, {"retry-after": retry_after})


def no_quota() -> Reply:
    """OpenAI: the account has no money left, which no waiting mends."""
    return error("You exceeded your current quota", 429, type="insufficient_quota", code="insufficient_quota")
