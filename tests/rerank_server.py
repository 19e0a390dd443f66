"""A rerank server on the loopback address, which speaks and refuses the way a real one of its shape does.

Open one with `RerankServer("vllm")`, queue faults with `enqueue`, ask `server.base_url`, look at what came in `asked`.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.embedding_server import Asked, Reply, ReplyServer, error

Results = list[dict[str, Any]]
Spoil = Callable[[Results], object]

# The paths at which each has its endpoint.
PATHS = {
    "llama.cpp": ("/v1/rerank", "/rerank", "/v1/reranking", "/reranking"),
    "vllm": ("/v1/rerank", "/rerank", "/v2/rerank"),
    "jina": ("/v1/rerank",),
    "cohere": ("/v1/rerank", "/v2/rerank"),
    "infinity": ("/rerank",),
    "tei": ("/rerank",),
}
MODEL = "newt-ranker"


def fit(query: str, text: str) -> float:
    """How many words of the query the text has, less what a stranger gets; a long text gets a little less."""
    words = set(re.findall(r"\w+", text.lower()))
    shared = sum(word in words for word in set(re.findall(r"\w+", query.lower())))
    return shared - 3.0 - len(words) / 1000


@dataclass
class RerankServer(ReplyServer):
    """Serves one model. Pairs over `window` words are refused, or cut where the protocol has a word for that; so are
    requests of more than `most_texts`."""

    shape: str = "llama.cpp"
    key: str | None = None
    window: int = 2000
    most_texts: int = 1000
    reranks: bool = True
    asked: list[Asked] = field(default_factory=list)
    _queue: deque[Reply | Spoil] = field(default_factory=deque)

    def enqueue(self, *faults: Reply | Spoil) -> None:
        """Answer the next requests with these, one each; after them the server is well again."""
        self._queue.extend(faults)

    @property
    def base_url(self) -> str:
        """The address as its users write it."""
        return self.url if self.shape in ("tei", "infinity") else f"{self.url}/v1"

    @property
    def sizes(self) -> list[int]:
        """How many texts each request so far brought."""
        return [len(asked.body.get("texts") or asked.body["documents"]) for asked in self.asked]

    def answer(self, asked: Asked) -> Reply:
        if asked.path not in PATHS[self.shape]:
            return Reply(404, {"detail": "Not Found"})
        self.asked.append(asked)
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return error(f"Incorrect API key: {asked.headers.get('authorization', 'none')}", 401)
        fault = self._queue.popleft() if self._queue else None
        if isinstance(fault, Reply):
            return fault
        bare = self.shape == "tei" or (self.shape == "llama.cpp" and "texts" in asked.body)
        texts = asked.body.get("texts" if bare else "documents")
        return self._refusal(asked.body, texts) or self._scores(asked.body, texts, bare, fault)

    def _refusal(self, body: Any, texts: Any) -> Reply | None:
        if not self.reranks:
            return _no_reranking(self.shape)
        if texts is None:
            name = "texts" if self.shape == "tei" else "documents"
            said = f"Failed to deserialize the JSON body into the target type: missing field `{name}`"
            return Reply(422, said) if self.shape == "tei" else Reply(422, {"detail": [_required(name)]})
        if self.shape in ("jina", "cohere") and "model" not in body:
            return Reply(422, {"detail": [_required("model")]})
        if self.shape != "llama.cpp" and body.get("model", MODEL) != MODEL:
            return error(f"The model `{body['model']}` does not exist.", 404, type="NotFoundError")
        if len(texts) > self.most_texts:
            return _too_many(self.shape, len(texts), self.most_texts)
        longest = max(len(f"{body['query']} {text}".split()) for text in texts)
        if longest > self.window and not body.get("truncate"):
            return _too_long(self.shape, longest, self.window)
        return None

    def _scores(self, body: Any, texts: list[str], bare: bool, spoil: Spoil | None) -> Reply:
        shown = [" ".join(text.split()[: self.window]) for text in texts]
        scores = [fit(body["query"], text) for text in shown]
        if self.shape != "llama.cpp" and not body.get("raw_scores"):
            scores = [1 / (1 + math.exp(-score)) for score in scores]
        name = "score" if bare else "relevance_score"
        order = sorted(range(len(texts)), key=lambda index: -scores[index])
        found: Results = [{"index": index, name: scores[index]} for index in order]
        if self.shape in ("vllm", "jina"):
            found = [{**item, "document": {"text": texts[item["index"]]}} for item in found]
        sent = spoil(found) if spoil else found[: body.get("top_n", len(found))]
        return Reply(body=sent if bare else {"model": body.get("model"), "object": "list", "results": sent})


def _required(name: str) -> dict[str, object]:
    return {"type": "missing", "loc": ["body", name], "msg": "Field required"}


def _too_many(shape: str, count: int, most: int) -> Reply:
    if shape == "tei":
        said = f"batch size {count} > maximum allowed batch size {most}"
        return Reply(413, {"error": said, "error_type": "Validation"})
    if shape == "cohere":
        return Reply(400, {"message": f"too many documents: {count}, the maximum is {most}"})
    return Reply(422, {"detail": [{"loc": ["body", "documents"], "msg": f"List should have at most {most} items"}]})


def _too_long(shape: str, count: int, most: int) -> Reply:
    if shape == "llama.cpp":
        said = f"input ({count} tokens) is too large to process. increase the physical batch size (current batch size: {most})"
        return error(said, 500, type="server_error", code=500)
    if shape == "tei":
        said = f"Input validation error: `inputs` must have less than {most} tokens. Given: {count}"
        return Reply(413, {"error": said, "error_type": "Validation"})
    said = f"This model's maximum context length is {most} tokens. However, you requested {count} tokens"
    return error(said, 400, type="BadRequestError", code=400)


def _no_reranking(shape: str) -> Reply:
    if shape == "tei":
        return Reply(424, {"error": "model is not a re-ranker model", "error_type": "Backend"})
    if shape == "llama.cpp":
        said = "This server does not support reranking. Start it with `--reranking`"
        return error(said, 501, type="not_supported_error", code=501)
    return error("The model does not support Rerank (Score) API", 400, type="BadRequestError", code=400)
