"""A reranker without a model or a server: the more words of the query a text has, the higher."""

from __future__ import annotations

from collections.abc import Sequence

from tests.rerank_server import fit


class WordsReranker:
    """The `Reranker` port by shared words. Raises `error` while that is set; `asked` keeps what came."""

    name: str = "fake:words"

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.error: Exception | None = None

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """As the port."""
        self.asked.append((query, list(texts)))
        if self.error:
            raise self.error
        return [fit(query, text) for text in texts]
