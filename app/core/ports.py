"""The interfaces the two flows are written against; `app.adapters` implements them, `tests/fakes.py` too.

A chat model is LangChain's `BaseChatModel` as it is: a ready-made port needs no second one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from app.core.browsing import LooksThrough
from app.core.domain import BadRecord, Chunk, Evidence, Hit, Paper, Verdict
from app.core.filters import EVERY_PAPER, Filters
from app.core.kept import AnswerEntry
from app.core.report import Changes, Told

Vectors = NDArray[np.float32]

Facet = Literal["year", "author", "category", "venue"]
"""What papers can be counted by."""


class Embedder(Protocol):
    """Turns texts into vectors of length 1, so that a dot product is the cosine."""

    name: str
    dimension: int
    max_tokens: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, each row of length 1. Texts over `max_tokens` are cut."""

    def embed_bulk(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, for papers rather than questions: may be quicker and less exact, in the same space."""

    def count_tokens(self, text: str) -> int:
        """How many tokens of the window `text` takes, special tokens included, without any cut."""


class MakesVectors(Protocol):
    """What an answer needs of an `Embedder`."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed`."""


class PaperStore(Protocol):
    """The library's papers. Every change is a step that gets the next number, its position."""

    @property
    def identity(self) -> str:
        """Another store made in this one's place has another."""

    def position(self) -> int:
        """The number of the last step; 0 for a new store."""

    def write(self, papers: Sequence[Paper], removed: Sequence[str] = (), told: Told | None = None) -> int:
        """Insert or replace papers, forget others and remember what was `told`, all or nothing; the position after."""

    def told(self, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """For each paper and each origin (`Paper.source`) the fingerprint of the record that it last brought."""

    def taken(self, fingerprints: Sequence[str]) -> dict[str, dict[str, str]]:
        """For each of these records' fingerprints and each origin that brought it, the id of the paper it went into."""

    def changes(self, after: int, most: int = 1000) -> Changes:
        """What happened after a position; about `most` papers at a time, in whole steps."""

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The papers of these ids, in their order; an unknown id is simply absent."""

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        """The stored fingerprint of each known id."""

    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """For each title key (see `domain.title_key`) the ids of papers with that title."""

    def ids_by_doi(self, dois: Sequence[str]) -> dict[str, list[str]]:
        """For each DOI the ids of papers that have it."""

    def ids_by_abstract(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """For each abstract key (see `domain.abstract_key`) the ids of papers with that abstract."""

    def papers(self) -> Iterator[Paper]:
        """Every paper, in the order of ids, read in batches."""

    def count(self) -> int:
        """How many papers."""

    def tally(self, by: Facet, filters: Filters | None = None) -> Mapping[str, int]:
        """How many of the papers that fit are of each year (in order), or have each author, category or venue (the most
        frequent first)."""

    def count_fitting(self, filters: Filters) -> int:
        """How many papers fit."""

    def fitting(self, filters: Filters | None = None, most: int | None = None, oldest: bool = False) -> list[str]:
        """The ids of papers that fit, the newest first (or the oldest), those without a date last; at most `most`."""

    def waiting(self, collection: str, after: int = 0, most: int = 1000) -> list[tuple[int, Paper]]:
        """(position, paper) of papers from a position on whose vectors in `collection` are not up to date."""

    def waiting_ids(self, collection: str) -> list[str]:
        """The ids of all such papers, in no order."""

    def note_embedded(self, collection: str, fingerprints: Mapping[str, str]) -> None:
        """These papers, in the version of these fingerprints, now have their vectors in `collection`."""

    def forget_embedded(self, collection: str, ids: Sequence[str] | None = None) -> None:
        """These papers (all of them without `ids`) have no vectors in `collection` any more."""

    def without_paper(self, collection: str, most: int = 1000) -> list[str]:
        """Ids that have vectors in `collection` though the paper is gone."""

    def embedded(self, collection: str) -> int:
        """How many papers have up-to-date vectors in `collection`."""

    def not_embedded(self, collection: str, ids: Sequence[str]) -> list[str]:
        """Those of `ids`, in their order, that have no vectors at all in `collection`."""


class VectorStore(Protocol):
    """Chunks and their vectors, each with its paper's record, so that it can be read without anything else."""

    @property
    def collection(self) -> str:
        """The name of the collection in use."""

    def reopen(self) -> None:
        """See what another process has stored since this one opened the store."""

    def put(self, papers: Sequence[tuple[Paper, Sequence[Chunk]]], vectors: Vectors) -> None:
        """Insert or replace papers whole; `vectors` has one row per chunk in the given order."""

    def describe(self, papers: Sequence[Paper]) -> None:
        """Bring the records of papers up to date whose title and abstract, so whose vectors, are the same."""

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        """For each of these papers that is there whole, the key (see `Paper.text_key`) of the text embedded."""

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these papers and all their chunks."""

    def papers(self) -> Iterator[Paper]:
        """Every paper that is there whole, in no promised order."""

    def ids(self) -> Iterator[str]:
        """The id of every paper that has a chunk here."""

    def count(self) -> int:
        """How many papers are there."""

    def nearest(self, vector: Vectors, k: int, among: Collection[str] | None = None) -> list[Hit]:
        """At most k chunks by cosine to `vector` (shape (dimension,)), best first; only papers `among`."""


class Retriever(Protocol):
    """Finds papers for a query. Deterministic; an empty store or query gives an empty list."""

    @property
    def name(self) -> str:
        """What `found_by` and the trace call it."""

    def search(self, text: str, k: int, filters: Filters = EVERY_PAPER) -> list[Hit]:
        """At most k hits among the papers that fit, best first; fewer only where no more are there. A paper may come
        more than once (its chunks)."""


class Matching(Protocol):
    """The papers that fitted some filters when it was asked for, whatever is written afterwards."""

    def __len__(self) -> int:
        """How many they are, counted without reading them."""

    @property
    def all_papers(self) -> int:
        """Of how many."""

    def ids(self) -> Sequence[str]:
        """All of them, in order; a library's 100,000 take a third of a second."""

    def of(self, ids: Collection[str]) -> set[str]:
        """Those of these ids that are among them."""


class Reranker(Protocol):
    """Reads a query and a few texts together, which is slower than a retriever and tells better which fits."""

    @property
    def name(self) -> str:
        """What the trace and `doctor` call it."""

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """A finite number for each text, in the order of `texts`; higher fits better, and only the order means anything.
        A text may be cut to what the model reads. Raises RerankerError, never gives part of the scores."""


class Judge(Protocol):
    """Reads claims together with the abstracts they cite, which is slower than the rules and may tell better."""

    @property
    def name(self) -> str:
        """What the trace calls it."""

    def judge(self, pairs: Sequence[tuple[str, Sequence[Evidence]]]) -> Sequence[Verdict | None]:
        """A verdict for each claim on the papers it cites, in order, all of an answer at once; None where it cannot
        tell. It never raises: a judge that is away tells nothing."""


class KeywordIndex(LooksThrough, Protocol):
    """BM25 over title and abstract (a `Retriever`), and exact look-ups of names, authors and words."""

    @property
    def name(self) -> str:
        """What `found_by` and the trace call it."""

    def position(self, identity: str) -> int:
        """The step of the store of this identity that the index has last taken in; 0 if it must be rebuilt."""

    def apply(self, changes: Changes, identity: str) -> None:
        """Take in what happened to the store. Doing it twice changes nothing more."""

    def clear(self) -> None:
        """Empty the index."""

    def reopen(self) -> None:
        """See what another process has stored, now rather than when the next look is due."""

    def search(self, text: str, k: int, filters: Filters = EVERY_PAPER) -> list[Hit]:
        """At most k papers by BM25, best first; `text` is plain words, never a query language."""

    def fitting(self, filters: Filters) -> Matching:
        """The papers that fit, exactly as `Filters.fits` says."""

    def newest(self, k: int, filters: Filters = EVERY_PAPER) -> list[str]:
        """The ids of the k newest papers that fit, newest first; those without a date last."""

    def count(self) -> int:
        """How many papers."""

    def ids(self) -> list[str]:
        """The id of every paper, each as often as it is there."""

    def terms(self, text: str) -> list[str]:
        """The index terms of a text: lower-cased, stop words out, stemmed; in order, repeats kept."""

    def idf(self, term: str) -> float:
        """BM25's inverse document frequency of an index term (see `terms`): log(1 + (N - n + 0.5) / (n + 0.5)) for n of
        N papers (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009); always positive."""

    def covering(
        self, weights: Mapping[str, float], filters: Filters = EVERY_PAPER, at_least: float = 0.0
    ) -> dict[str, float]:
        """For each paper that fits and has any of these index terms: the share (0 to 1) of the sum of `weights` whose
        terms it has, if that is `at_least` so much; the largest first."""

    def by_name(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """For each name key (see `app.core.names.name_key`) the ids of papers that introduce that name."""

    def by_called(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """For each name key the ids of papers that go by that name (see `app.core.names.called_names`)."""

    def names_near(self, key: str, edits: int) -> list[str]:
        """Ids of papers that introduce a name at most so many letters (2 at most) from this key; those that go by
        such a name first."""

    def words_near(self, word: str, edits: int) -> list[str]:
        """Ids of papers that use a word at most so many letters from this one."""

    def titles_like(self, words: Sequence[str], k: int) -> list[str]:
        """Ids of the k papers whose titles have most of these words, small typing errors aside, best first."""

    def spells_out(self, letters: str) -> bool:
        """Whether a paper has words with these initials next to each other; False too where that costs too much."""

    def by_author(self, surname: str, year: int | None) -> list[str]:
        """Ids of papers with this author surname, of that year if one is given."""

    def papers_with_phrase(self, text: str) -> list[str]:
        """Ids of papers (50 at most) where these words stand next to each other, in title or abstract."""

    def titles_with_phrase(self, text: str) -> list[str]:
        """Ids of papers whose title holds these words in this order, next to each other."""


class AnswerLog(Protocol):
    """The answers that were given, newest last, each a record of plain values; no more than the newest are kept."""

    def add(self, entry: AnswerEntry, record: Mapping[str, Any], most: int) -> None:
        """Keep one more, and of all only the newest `most`. Raises LibraryError, soon, if it cannot be kept."""

    def newest(self, most: int) -> list[AnswerEntry]:
        """The newest, the newest first; none if none was ever kept."""

    def find(self, start: str) -> list[str]:
        """The ids (some of them, if many) that start so, the oldest first."""

    def record(self, answer_id: str) -> dict[str, Any] | None:
        """What was kept under this id; None if nothing is."""

    def clear(self) -> int:
        """Forget all; how many they were."""


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
