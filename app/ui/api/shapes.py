"""The JSON of the public API. An answer is what `app.ui.answer_json` makes of it, the same as `askpapers ask --json`."""

from typing import Any, TypedDict

Answer = dict[str, Any]
"""An answer, schema 1: see docs/api.md."""


class PaperShape(TypedDict):
    """A paper as it is cited. `flags` are warnings on its text, mostly none."""

    id: str
    title: str
    authors: list[str]
    year: int | None
    url: str | None
    flags: list[str]


class FoundPaper(TypedDict):
    """A paper that a search found. `probability` is how probably it is about the query."""

    rank: int
    score: float
    probability: float | None
    paper: PaperShape
    abstract: str


class SearchResult(TypedDict):
    """`note` says in words what the reader should know, for example that some papers have no vectors yet."""

    query: str
    papers: list[FoundPaper]
    note: str


class WholePaper(PaperShape):
    """A paper with its abstract and what else is known of it."""

    abstract: str
    venue: str | None
    published: str | None
    doi: str | None
    categories: list[str]
