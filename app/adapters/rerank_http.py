"""A reranker behind HTTP: `/v1/rerank` of llama.cpp, vLLM, Jina and Cohere, and text-embeddings-inference's `/rerank`.

A person waits for it, so all requests for one query together have the one timeout. Loads openai: import it late.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent import futures

from app.adapters import embedder_faults, rerank_faults
from app.adapters.embedder_vectors import clean
from app.adapters.openai_bodies import retry_after
from app.adapters.plain_client import open_client, timeouts
from app.adapters.rerank_faults import Place
from app.adapters.rerank_reply import read_scores
from app.core.errors import RerankerError

# What text-embeddings-inference takes at most unless told otherwise; others take more.
BATCH = 32
# Seconds before the one further try.
_PAUSE_S = 0.3
# A query or text this short (in bytes) is refused for another reason than its length.
_SHORTEST_CUT = 32


class _TooManyError(RerankerError):
    """Refused, and fewer texts may go through; `plain` if the server said that their number is at fault."""

    plain = True


class _TooLongError(RerankerError):
    """Refused, and shorter texts may go through."""


class HttpReranker:
    """The `Reranker` port over a server. Threads may share one object; nothing is asked before the first use."""

    def __init__(
        self,
        place: Place,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wait` passes the seconds between tries, `clock` counts them."""
        self.name = f"{place.way}:{place.model}" if place.model else place.way
        self._place, self._wait, self._clock = place, wait, clock
        self._client = open_client(place.address, place.key, place.timeout_s, lambda: rerank_faults.web_page(place))
        weakref.finalize(self, self._client.close)
        # Some servers have it beside /v1 and not under it.
        beside = place.address.removesuffix("/v1")
        self._urls = tuple(dict.fromkeys(f"{base}/rerank" for base in (place.address, beside)))
        self._most = BATCH
        self._longest: int | None = None

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """As the `Reranker` port: a score for each text, in order. Raises RerankerError, whatever the server does."""
        until = self._clock() + self._place.timeout_s
        query, cleaned = clean(query), [clean(text) for text in texts]
        scores: list[float] = []
        while len(scores) < len(cleaned):
            # Models score each text for itself, so the scores of several requests can be compared.
            scores += self._scores(query, cleaned[len(scores) : len(scores) + self._most], until)
        return scores

    def _scores(self, query: str, texts: list[str], until: float) -> list[float]:
        """The scores of one batch; where the server refuses it, of its halves or of its texts cut shorter."""
        longest = self._longest
        while True:
            asked, shown = _cut(query, longest), [_cut(text, longest) for text in texts]
            try:
                scores = self._try(asked, shown, until)
            except _TooManyError as refused:
                if len(texts) > 1:
                    half = -(-len(texts) // 2)
                    if refused.plain:
                        self._most = min(self._most, half)
                    return self._scores(query, texts[:half], until) + self._scores(query, texts[half:], until)
                if refused.plain:
                    raise
                longest = self._shorter(refused, asked, shown)
            except _TooLongError as refused:
                longest = self._shorter(refused, asked, shown)
            else:
                if asked == query:  # a long query is at fault itself, and the next one may be short
                    self._longest = longest
                return scores

    @staticmethod
    def _shorter(refused: RerankerError, query: str, texts: Sequence[str]) -> int:
        """Half of what is longest, in bytes: in scripts with more bytes a letter a letter is more of a token too."""
        longest = max(len(text.encode()) for text in (query, *texts))
        if longest <= _SHORTEST_CUT:
            raise RerankerError(str(refused), refused.hint) from refused
        return longest // 2

    def _try(self, query: str, texts: list[str], until: float) -> list[float]:
        """One request, tried once more where that may help. Errors: RerankerError."""
        again = True
        while True:
            try:
                return read_scores(self._ask(query, texts, until), len(texts), self._place)
            except Exception as error:  # the border: whatever the vendor raises ends here
                ours = self._translated(error)
                pause = max(_PAUSE_S, retry_after(error) or 0.0)
                passes = again and embedder_faults.is_passing(error) and type(ours) is RerankerError
                if not passes or self._clock() + pause >= until:
                    raise ours from embedder_faults.shown_cause(error, self._place.key)
                again = False
                self._wait(pause)

    def _ask(self, query: str, texts: list[str], until: float) -> object:
        """The reply to one request, from the first path that the server has."""
        body: dict[str, object]
        if self._place.way == "tei":
            # Raw: between 0 and 1 the best of them all become 1.
            body = {"query": query, "texts": texts, "truncate": True, "raw_scores": True, "return_text": False}
        else:
            body = {"query": query, "documents": texts, "top_n": len(texts)}
            if self._place.model:
                body["model"] = self._place.model
        for url in self._urls[:-1]:
            try:
                reply = self._post(url, body, until)
            except Exception as error:
                if not rerank_faults.is_no_such_path(error):
                    raise
                continue
            return reply
        reply = self._post(self._urls[-1], body, until)
        self._urls = self._urls[-1:]
        return reply

    def _post(self, url: str, body: object, until: float) -> object:
        left = until - self._clock()
        if left <= 0:
            raise rerank_faults.late(self._place)
        asked: futures.Future[object] = futures.Future()

        def ask() -> None:
            try:
                asked.set_result(self._client.post(url, body=body, cast_to=object, options={"timeout": timeouts(left)}))
            except Exception as error:
                asked.set_exception(error)

        # The client's own limits hold for each silence, and not for finding the address of a name.
        threading.Thread(target=ask, name="rerank", daemon=True).start()
        try:
            return asked.result(left)
        except futures.TimeoutError:
            raise rerank_faults.late(self._place) from None

    def _translated(self, error: Exception) -> RerankerError:
        told = rerank_faults.translate(error, self._place)
        if rerank_faults.is_too_many(error):
            return _TooManyError(str(told), told.hint)
        if rerank_faults.is_unclear_size(error):
            unclear = _TooManyError(str(told), told.hint)
            unclear.plain = False
            return unclear
        return _TooLongError(str(told), told.hint) if embedder_faults.is_too_large(error) else told


def _cut(text: str, longest: int | None) -> str:
    """The beginning of `text`, at most `longest` bytes, without half a character at the end."""
    encoded = text.encode()
    if longest is None or len(encoded) <= longest:
        return text
    return clean(encoded[:longest].decode("utf-8", "ignore"))
