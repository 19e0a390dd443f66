"""The keyword index: BM25 by tantivy, and exact look-ups of names, authors and words. One document a paper.

Everything in it comes from the store, so it can be thrown away and built again at any time. A small file beside it
says up to which of the store's steps it has come; what a crash kept from it is taken in afterwards, and taking in a
step twice does no harm.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import tantivy

from app.adapters import keyword_filters, keyword_typed
from app.adapters.keyword_names import NameLookups
from app.adapters.keyword_snapshot import Snapshot, TantivyMatching, ids_of
from app.adapters.keyword_typed import TypedLookups
from app.core.domain import Hit, Paper
from app.core.errors import LibraryBusyError, LibraryError
from app.core.filters import EVERY_PAPER, Filters
from app.core.names import called_names, family_name, introduced_names
from app.core.report import Changes

# Raise when the schema or what is written into it changes: an index of another version is rebuilt from the store.
VERSION = 7
_WRITER_HEAP_BYTES = 60_000_000
_MOST_FOUND = 50
# A rare term of a question says more than BM25's idf gives it: each term's part is multiplied by idf to this power.
# Measured on SciFact's train claims and on sentences taken out of arXiv abstracts (docs/retrieval.md).
RARITY = 0.25
# Common surnames have thousands of papers in a large library; a list of them is cut by who asks.
_MOST_BY_AUTHOR = 5000
_FIELDS = ("id", "text", "title", "name", "called", "surname", *keyword_filters.FIELDS, *keyword_typed.FIELDS)

# Words so common in questions that they only blur BM25's ranking and the coverage of a question by a paper.
STOP_WORDS = frozenset(
    """a about above across after again all also am an and any are as at be because been before being between both but
    by can could did do does doing done for from further had has have having he her here his how i if in into is it its
    itself just kind like may me more most my no nor not of on one or other our out over own please same say says she
    should show so some such tell than that the their them then there these they this those through to too under up
    upon us use used uses using very was we were what when where which while who whom whose why will with would you
    your paper papers abstract abstracts study authors author give gives given find""".split()
)


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(64))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("text", tokenizer_name="askpapers")
    builder.add_text_field("title", tokenizer_name="askpapers")
    builder.add_text_field("name", tokenizer_name="raw")
    builder.add_text_field("called", tokenizer_name="raw")
    builder.add_text_field("surname", tokenizer_name="raw")
    builder.add_unsigned_field("year", indexed=True, fast=True)
    keyword_filters.add_fields(builder)
    keyword_typed.add_fields(builder)
    return builder.build()


class TantivyKeywordIndex(NameLookups, TypedLookups):
    """A tantivy index in `folder`. Raises LibraryError when the folder cannot be used, LibraryBusyError when another
    process is writing to the index at this moment."""

    name = "keyword"
    _stop = STOP_WORDS

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest = folder.with_suffix(".json")
        self._analyze, self._names = _analyzer(), keyword_typed.names_analyzer()
        self._schema = _schema()
        try:
            # Of another version, unreadable (a crash, a full disk) or not there: the store has everything.
            if self._read_manifest()[0] != VERSION or not self._opens():
                self._manifest.unlink(missing_ok=True)
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True, exist_ok=True)
                self._open()
        except (OSError, ValueError) as error:
            raise self._error(error) from error

    def _opens(self) -> bool:
        """Whether the index on disk can be opened and read in every field."""
        if not (self._folder / "meta.json").is_file():
            return False
        try:
            self._open()
            for field in _FIELDS:
                self._ids(tantivy.Query.term_query(self._schema, field, "a"), 1)
        except ValueError:
            return False
        return True

    def _open(self) -> None:
        self._index = tantivy.Index(self._schema, path=str(self._folder))
        self._index.register_tokenizer("askpapers", self._analyze)
        self._index.register_tokenizer(keyword_typed.NAMES, self._names)
        self._renew()

    def _renew(self) -> None:
        """See the index as it is now. Until then everybody sees it as it was, so that a question is of one piece."""
        self._index.reload()
        self._now = Snapshot(self._schema, self._index.searcher())

    def _error(self, error: Exception) -> LibraryError:
        if "LockBusy" in str(error):
            return LibraryBusyError(
                f'Another askpapers is writing to the keyword index in "{self._folder}".',
                "Wait until it has finished, then run this again.",
            )
        return LibraryError(
            f'The keyword index in "{self._folder}" cannot be used: {error}.',
            "Check that the folder is yours to write and the disk is not full, then try again.",
        )

    def _read_manifest(self) -> tuple[int, str, int]:
        """(version, identity of the store, position in it); zeros if nobody knows."""
        try:
            manifest = json.loads(self._manifest.read_text(encoding="utf-8"))
            return int(manifest["version"]), str(manifest["store"]), int(manifest["position"])
        except (OSError, ValueError, LookupError, TypeError):
            return 0, "", 0

    def _write_manifest(self, identity: str, position: int) -> None:
        """In one step, so that a crash leaves the old one or the new one."""
        new = self._manifest.with_suffix(".new")
        new.write_text(json.dumps({"version": VERSION, "store": identity, "position": position}), encoding="utf-8")
        new.replace(self._manifest)

    def position(self, identity: str) -> int:
        version, known, position = self._read_manifest()
        return position if version == VERSION and known == identity else 0

    def reopen(self) -> None:
        """See what another process has stored, now rather than when tantivy next looks."""
        self._renew()

    def clear(self) -> None:
        with self._writing() as writer:
            self._manifest.unlink(missing_ok=True)
            writer.delete_all_documents()

    def apply(self, changes: Changes, identity: str) -> None:
        with self._writing() as writer:
            if self.count():
                for paper_id in (*changes.removed, *(paper.id for paper in changes.papers)):
                    writer.delete_documents_by_term("id", paper_id)
            for paper in changes.papers:
                writer.add_document(self._document(paper))
        try:
            self._write_manifest(identity, changes.position)
        except OSError as error:
            raise self._error(error) from error

    @contextmanager
    def _writing(self) -> Iterator[tantivy.IndexWriter]:
        """A writer whose work is all there afterwards, or after an error nothing of it. As long as one has a writer
        no other process gets one, so from here on `count` is the truth."""
        try:
            writer = self._index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
            try:
                self._renew()
                yield writer
                writer.commit()
            finally:
                # Lets the next one write at once, not only when this object is forgotten.
                writer.wait_merging_threads()
            self._renew()
        except (OSError, ValueError) as error:
            raise self._error(error) from error

    def _document(self, paper: Paper) -> tantivy.Document:
        document = tantivy.Document()
        document.add_text("id", paper.id)
        document.add_text("title", paper.title)
        document.add_text("text", f"{paper.title}. {paper.abstract}")
        for key in sorted(introduced_names(paper.title, paper.abstract)):
            document.add_text("name", key)
        for key in sorted(called_names(paper.title, paper.abstract)):
            document.add_text("called", key)
        for author in paper.authors:
            document.add_text("surname", family_name(author))
        if paper.year is not None:
            document.add_unsigned("year", max(paper.year, 0))
        keyword_filters.add_facts(document, paper)
        keyword_typed.add_facts(document, paper)
        return document

    def count(self) -> int:
        return int(self._now.searcher.num_docs)

    def ids(self) -> list[str]:
        searcher = self._now.searcher
        return ids_of(searcher, tantivy.Query.all_query(), searcher.num_docs)

    def terms(self, text: str) -> list[str]:
        return [t for t in self._analyze.analyze(text) if t not in _STOP_TERMS]

    def idf(self, term: str) -> float:
        searcher = self._now.searcher
        # Counted by a search: `doc_freq` still counts papers that were replaced or deleted.
        found = searcher.search(tantivy.Query.term_query(self._schema, "text", term), 1)
        with_term = int(found.count or 0)  # type: ignore[attr-defined]
        return idf_of(with_term, int(searcher.num_docs))

    def search(self, text: str, k: int, filters: Filters = EVERY_PAPER) -> list[Hit]:
        terms = dict.fromkeys(self.terms(text)) or dict.fromkeys(self._analyze.analyze(text))
        if not terms or k <= 0:
            return []
        now = self._now
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, self._weighted(term, now.searcher)) for term in terms]
        )
        if (wanted := now.fitting(filters).query) is not None:
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, wanted)])
        return [
            Hit(paper_id, f"{paper_id}#0", score, rank)
            for rank, (paper_id, score) in enumerate(now.best(query, k), start=1)
        ]

    def _weighted(self, term: str, searcher: tantivy.Searcher) -> tantivy.Query:
        """What a paper gets for a term: BM25, times the term's idf to the power RARITY."""
        query = tantivy.Query.term_query(self._schema, "text", term)
        idf = idf_of(int(searcher.doc_freq("text", term)), int(searcher.num_docs))
        return tantivy.Query.boost_query(query, idf**RARITY)

    def covering(
        self, weights: Mapping[str, float], filters: Filters = EVERY_PAPER, at_least: float = 0.0
    ) -> dict[str, float]:
        return self._now.covering(weights, filters, at_least)

    def fitting(self, filters: Filters) -> TantivyMatching:
        return self._now.fitting(filters)

    def newest(self, k: int, filters: Filters = EVERY_PAPER) -> list[str]:
        now = self._now
        query = now.fitting(filters).query or tantivy.Query.all_query()
        return [paper_id for paper_id, _ in now.best(query, k, by="first")]

    def _ids(self, query: tantivy.Query, k: int) -> list[tuple[str, float]]:
        """(paper id, score) of the k best."""
        return self._now.best(query, k)

    def by_name(self, keys: Sequence[str]) -> dict[str, list[str]]:
        found = {key: self._exact("name", key) for key in dict.fromkeys(keys) if self._has_term("name", key)}
        return {key: ids for key, ids in found.items() if ids}

    def by_author(self, surname: str, year: int | None) -> list[str]:
        query = tantivy.Query.term_query(self._schema, "surname", family_name(surname))
        if year is not None:
            if not 0 <= year <= 9999:
                return []
            in_year = tantivy.Query.term_query(self._schema, "year", year)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, in_year)])
        return sorted(paper_id for paper_id, _ in self._ids(query, _MOST_BY_AUTHOR))

    def _exact(self, field: str, value: str) -> list[str]:
        query = tantivy.Query.term_query(self._schema, field, value)
        return sorted(paper_id for paper_id, _ in self._ids(query, _MOST_FOUND))

    def papers_with_phrase(self, text: str) -> list[str]:
        return sorted(paper_id for paper_id, _ in self._phrase("text", text, _MOST_FOUND))

    def titles_with_phrase(self, text: str) -> list[str]:
        return sorted(paper_id for paper_id, _ in self._phrase("title", text, _MOST_FOUND))

    def _phrase(self, field: str, text: str, k: int) -> list[tuple[str, float]]:
        words = self._analyze.analyze(text)
        if not words:
            return []
        if len(words) == 1:
            query = tantivy.Query.term_query(self._schema, field, words[0])
        else:
            query = tantivy.Query.phrase_query(self._schema, field, list(words))
        return self._ids(query, k)


def idf_of(with_term: int, papers: int) -> float:
    """BM25's inverse document frequency of a term that so many of so many papers have (see `KeywordIndex.idf`). Papers
    deleted a moment ago may still count among the first, so never more than there are."""
    with_term = min(with_term, papers)
    return math.log(1 + (papers - with_term + 0.5) / (with_term + 0.5))


_STOP_TERMS = frozenset(term for word in STOP_WORDS for term in _analyzer().analyze(word)) | STOP_WORDS
