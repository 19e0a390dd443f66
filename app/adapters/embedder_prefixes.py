"""The words that some embedding models were trained to see before a question or before a paper.

Without them such a model finds noticeably less, and no server adds them by itself. `embed` puts the question's words
before every text, sentences that are compared with each other included, so all of those stay comparable; `embed_bulk`
puts the paper's. An entry that changes makes other vectors: collections made before must be embedded anew.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Prefixes(NamedTuple):
    """What goes before a question and before a paper."""

    question: str
    paper: str


_PASSAGES = "Represent this sentence for searching relevant passages: "
_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "

# Each from the model's own card; the first that fits counts. A name is what follows the last slash, in lower case.
_TABLE: tuple[tuple[str, Prefixes], ...] = (
    (r"nomic-embed-text", Prefixes("search_query: ", "search_document: ")),
    (r"multilingual-e5-large-instruct|e5-mistral-7b-instruct", Prefixes(_INSTRUCT, "")),
    (r"(multilingual-)?e5-(small|base|large)", Prefixes("query: ", "passage: ")),
    (r"mxbai-embed-large", Prefixes(_PASSAGES, "")),
    (r"bge-(small|base|large)-en", Prefixes(_PASSAGES, "")),
    (r"snowflake-arctic-embed(-[a-z]+)?-v2|snowflake-arctic-embed2", Prefixes("query: ", "")),
    (r"snowflake-arctic-embed", Prefixes(_PASSAGES, "")),
    (r"embeddinggemma", Prefixes("task: search result | query: ", "title: none | text: ")),
    (r"qwen3-embedding", Prefixes(_INSTRUCT, "")),
)


def prefixes_for(model: str) -> Prefixes:
    """The prefixes of a model by its name on a server, on the hub or as a folder; empty ones for all others."""
    name = re.split(r"[/\\]", model.rstrip("/\\"))[-1].lower()
    for pattern, prefixes in _TABLE:
        if re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z])", name):
            return prefixes
    return Prefixes("", "")
