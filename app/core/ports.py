"""The interfaces the two flows are written against; `app.adapters` implements them, `tests/fakes.py` too.

A chat model is LangChain's `BaseChatModel` as it is: a ready-made port needs no second one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.core.domain import BadRecord, Chunk, Hit, Paper

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of length 1, so that a dot product is the cosine."""

    name: str
    dimension: int
    max_tokens: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, each row of length 1. Texts over `max_tokens` are cut."""

    def count_tokens(self, text: str) -> int:
        """How many tokens of the window `text` takes, special tokens included, without any cut."""


class PaperStore(Protocol):
    """Holds papers, their chunks and the vectors."""

    def reopen(self) -> None:
        """See what another process has stored since this one opened the store."""

    def put(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]], vectors: Vectors) -> None:
        """Insert or replace papers whole; `vectors` has one row per chunk in the given order."""

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers of these ids; an unknown id is simply absent."""

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these papers and all their chunks."""

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        """The stored fingerprint of each known id."""

    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """For each title key (see `domain.title_key`) the ids of papers with that title."""

    def papers(self) -> Iterator[Paper]:
        """Every paper, in no promised order, read in batches."""

    def count(self) -> int:
        """How many papers."""

    def nearest(self, vector: Vectors, k: int, among: Collection[str] | None = None) -> list[Hit]:
        """At most k chunks by cosine to `vector` (shape (dimension,)), best first; only papers `among`."""


class Retriever(Protocol):
    """Finds papers for a query. Deterministic; an empty store or query gives an empty list."""

    @property
    def name(self) -> str:
        """What `found_by` and the trace call it."""

    def search(self, text: str, k: int, among: Collection[str] | None = None) -> list[Hit]:
        """At most k hits, best first; only papers `among` if given. A paper may come more than once (its chunks)."""


class KeywordIndex(Protocol):
    """BM25 over title and abstract (a `Retriever`), and exact look-ups of names, authors and words."""

    @property
    def name(self) -> str:
        """What `found_by` and the trace call it."""

    def rebuild(self, papers: Iterable[Paper]) -> None:
        """Empty the index and fill it with `papers`."""

    def begin(self) -> None:
        """Note on disk that the store is about to change: until `finish`, a crash leaves the index stale."""

    def finish(self) -> None:
        """Note on disk that index and store agree again."""

    def reopen(self) -> None:
        """See what another process has stored, now rather than when the next look is due."""

    def stamp(self) -> int:
        """Changes whenever any process has written to the library."""

    def put(self, papers: Iterable[Paper]) -> None:
        """Insert or replace."""

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these papers."""

    def search(self, text: str, k: int, among: Collection[str] | None = None) -> list[Hit]:
        """At most k papers by BM25, best first; `text` is plain words, never a query language."""

    def count(self) -> int:
        """How many papers."""

    def terms(self, text: str) -> list[str]:
        """The index terms of a text: lower-cased, stop words out, stemmed; in order, repeats kept."""

    def idf(self, term: str) -> float:
        """BM25's inverse document frequency of an index term (see `terms`): log(1 + (N - n + 0.5) / (n + 0.5)) for n of
        N papers (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009); always positive."""

    def by_name(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """For each name key (see `app.core.names.name_key`) the ids of papers that introduce that name."""

    def by_author(self, surname: str, year: int | None) -> list[str]:
        """Ids of papers with this author surname, of that year if one is given."""

    def papers_with_phrase(self, text: str) -> list[str]:
        """Ids of papers (50 at most) where these words stand next to each other, in title or abstract."""

    def titles_with_phrase(self, text: str) -> list[str]:
        """Ids of papers whose title holds these words in this order, next to each other."""


class Source(Protocol):
    """A file format papers come in. One module in `ingest/sources/` each."""

    name: str
    extension: str
    """What a set-aside file of this format ends in, for example ".bib"."""

    def recognise(self, head: str) -> float:
        """How sure (0 to 1) the first 64 KiB of a file, decoded, are of this format."""

    def papers(self, pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
        """Papers and bad records in file order, lazily. `where` names the file in bad records. `pieces` joined are
        the text; each is a line with its line end, but a line of more than a million characters comes in several."""
