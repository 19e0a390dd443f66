"""The keyword index: BM25 by tantivy, and exact look-ups of names, authors and words. One document a paper.

Everything in it comes from the store, so it can be thrown away and built again at any time.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import tantivy

from app.core.domain import Hit, Paper
from app.core.errors import LibraryError
from app.core.names import introduced_names, name_key

# Raise when the schema or what is written into it changes: an index of another version is rebuilt from the store.
VERSION = 1
_WRITER_HEAP_BYTES = 60_000_000

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
    builder.add_text_field("surname", tokenizer_name="raw")
    builder.add_unsigned_field("year", indexed=True, fast=True)
    return builder.build()


def surname_key(author: str) -> str:
    """The family name as it is compared: the part before a comma, else the last word."""
    family = author.split(",")[0] if "," in author else (author.split() or [""])[-1]
    return name_key(family)


class TantivyKeywordIndex:
    """A tantivy index in `folder`; `stale` is True when it must be rebuilt from the store before use."""

    name = "keyword"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest = folder.with_suffix(".json")
        self._analyze = _analyzer()
        self._schema = _schema()
        self.stale = not self._manifest_is_current()
        if self.stale:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except ValueError:
            # Unreadable files (a crash, a full disk): nothing is lost, the store has everything.
            self.stale = True
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            self._open()

    def _open(self) -> None:
        self._index = tantivy.Index(self._schema, path=str(self._folder))
        self._index.register_tokenizer("askpapers", self._analyze)
        self._index.reload()

    def _manifest_is_current(self) -> bool:
        try:
            manifest = json.loads(self._manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(manifest == {"version": VERSION, "complete": True})

    def begin(self) -> None:
        """Note on disk that the store is about to change: until `finish`, a crash leaves the index stale."""
        self._manifest.write_text(json.dumps({"version": VERSION, "complete": False}), encoding="utf-8")

    def finish(self) -> None:
        """Note on disk that index and store agree again."""
        self._manifest.write_text(json.dumps({"version": VERSION, "complete": True}), encoding="utf-8")
        self.stale = False

    def rebuild(self, papers: Iterable[Paper]) -> None:
        """Empty the index and fill it with `papers`."""
        self.begin()
        self._write(papers, replace_all=True)
        self.finish()

    def put(self, papers: Iterable[Paper]) -> None:
        self._write(papers)

    def delete(self, ids: Sequence[str]) -> None:
        self._write((), also_delete=ids)

    def _write(self, papers: Iterable[Paper], replace_all: bool = False, also_delete: Sequence[str] = ()) -> None:
        try:
            writer = self._index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
        except ValueError as error:
            raise LibraryError(
                f'The keyword index in "{self._folder}" cannot be written: {error}.',
                "Another askpapers may be writing to it, or the disk is full. Stop it or free space, then try again.",
            ) from error
        if replace_all:
            writer.delete_all_documents()
        for paper_id in also_delete:
            writer.delete_documents_by_term("id", paper_id)
        for paper in papers:
            if not replace_all:
                writer.delete_documents_by_term("id", paper.id)
            writer.add_document(self._document(paper))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def _document(self, paper: Paper) -> tantivy.Document:
        document = tantivy.Document()
        document.add_text("id", paper.id)
        document.add_text("title", paper.title)
        document.add_text("text", f"{paper.title}. {paper.abstract}")
        for key in sorted(introduced_names(paper.title, paper.abstract)):
            document.add_text("name", key)
        for author in paper.authors:
            document.add_text("surname", surname_key(author))
        if paper.year is not None:
            document.add_unsigned("year", max(paper.year, 0))
        return document

    def count(self) -> int:
        return int(self._index.searcher().num_docs)

    def terms(self, text: str) -> list[str]:
        return [t for t in self._analyze.analyze(text) if t not in _STOP_TERMS]

    def idf(self, term: str) -> float:
        searcher = self._index.searcher()
        with_term = searcher.doc_freq("text", term)
        return math.log(1 + (searcher.num_docs - with_term + 0.5) / (with_term + 0.5))

    def search(self, text: str, k: int, among: Collection[str] | None = None) -> list[Hit]:
        terms = dict.fromkeys(self.terms(text)) or dict.fromkeys(self._analyze.analyze(text))
        if not terms or k <= 0 or (among is not None and not among):
            return []
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", term)) for term in terms]
        )
        if among is not None:
            allowed = tantivy.Query.term_set_query(self._schema, "id", list(among))
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(allowed, 0.0)),
                ]
            )
        return [
            Hit(paper_id, f"{paper_id}#0", score, rank)
            for rank, (paper_id, score) in enumerate(self._ids(query, k), start=1)
        ]

    def _ids(self, query: tantivy.Query, k: int) -> list[tuple[str, float]]:
        """(paper id, score) best first; equal scores in the order of ids, so that a run can be repeated."""
        searcher = self._index.searcher()
        found = [
            (str(searcher.doc(address).get_first("id")), float(score or 0.0))
            for score, address in searcher.search(query, k).hits
        ]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def by_name(self, keys: Sequence[str]) -> dict[str, list[str]]:
        searcher, found = self._index.searcher(), {}
        for key in keys:
            if searcher.doc_freq("name", key):
                found[key] = self._exact("name", key)
        return found

    def by_author(self, surname: str, year: int | None) -> list[str]:
        query = tantivy.Query.term_query(self._schema, "surname", name_key(surname))
        if year is not None:
            in_year = tantivy.Query.term_query(self._schema, "year", year)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, in_year)])
        return sorted(paper_id for paper_id, _ in self._ids(query, 50))

    def _exact(self, field: str, value: str) -> list[str]:
        query = tantivy.Query.term_query(self._schema, field, value)
        return sorted(paper_id for paper_id, _ in self._ids(query, 50))

    def papers_with_phrase(self, text: str) -> list[str]:
        return sorted(paper_id for paper_id, _ in self._phrase("text", text, 50))

    def titles_with_phrase(self, text: str) -> list[str]:
        return sorted(paper_id for paper_id, _ in self._phrase("title", text, 50))

    def _phrase(self, field: str, text: str, k: int) -> list[tuple[str, float]]:
        words = self._analyze.analyze(text)
        if not words:
            return []
        if len(words) == 1:
            query = tantivy.Query.term_query(self._schema, field, words[0])
        else:
            query = tantivy.Query.phrase_query(self._schema, field, list(words))
        return self._ids(query, k)


_STOP_TERMS = frozenset(term for word in STOP_WORDS for term in _analyzer().analyze(word)) | STOP_WORDS
