"""Looking through the keyword index page by page, while a person is still typing.

Every word typed must be in a paper: in its text, in a name of its authors, or as the beginning of its id. The last word may
be the beginning of one. A page costs the same wherever it lies, since the index itself counts, sorts and skips; only the
ids of one page are read.
"""

from __future__ import annotations

import tantivy

from app.adapters.keyword_snapshot import Snapshot
from app.core.browsing import Sorting
from app.core.domain import Paper
from app.core.filters import Filters
from app.core.keys import title_key

Occur, Query = tantivy.Occur, tantivy.Query
NAMES = "names"
FIELDS = ("people",)

# More words than anybody types; a pasted abstract is cut.
_MOST_WORDS = 12
# So many letters of a word may be typed beyond its stem ("retrieva", of which the index has "retriev").
_BEYOND_STEM, _SHORTEST_STEM, _FAR_MORE = 4, 4, 10
# How much a match counts: as part of the text at least that, whole words by BM25 beside it.
_BEGINS, _BEGINS_TITLE, _PERSON, _BEGINS_PERSON, _TITLE, _ID = 0.3, 1.0, 4.0, 2.0, 1.5, 20.0
# A title as a number, so that the index can sort by it: its first letters in the order of the alphabet, in 63 bits.
_LETTERS, _BASE = 12, 38
_META = frozenset("\\.+*?()|[]{}^$")
_LONGEST_KEY = 1000


def names_analyzer() -> tantivy.TextAnalyzer:
    """Names of people and words as they are written, capitals and accents aside."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(64))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )


def add_fields(builder: tantivy.SchemaBuilder) -> None:
    """The fields that looking through needs."""
    builder.add_text_field("people", tokenizer_name=NAMES, index_option="basic")
    builder.add_integer_field("title_order", indexed=True, fast=True)
    builder.add_text_field("title_key", stored=True, tokenizer_name="raw", index_option="basic")


def add_facts(document: tantivy.Document, paper: Paper) -> None:
    """What it needs of this paper."""
    key = title_key(paper.title)
    for author in paper.authors:
        document.add_text("people", author)
    document.add_integer("title_order", title_order(key))
    document.add_text("title_key", key[:_LONGEST_KEY])


def title_order(key: str) -> int:
    """A number for a title key that sorts as its first letters do; equal for titles that begin alike. Letters beyond a to z
    are one and the same after all others, so what follows one of them does not count."""
    number, known = 0, True
    for at in range(_LETTERS):
        letter = _letter(key[at]) if known and at < len(key) else 0
        known = known and letter < _BASE - 1
        number = number * _BASE + letter
    return number


def _letter(letter: str) -> int:
    if "0" <= letter <= "9":
        return ord(letter) - ord("0") + 1
    return ord(letter) - ord("a") + 11 if "a" <= letter <= "z" else _BASE - 1


class TypedLookups:
    """Part of `TantivyKeywordIndex`."""

    _now: Snapshot
    _schema: tantivy.Schema
    _analyze: tantivy.TextAnalyzer
    _names: tantivy.TextAnalyzer
    _stop: frozenset[str]

    def browse(
        self, text: str, filters: Filters, sorting: Sorting = "newest", start: int = 0, most: int = 25
    ) -> tuple[int, list[str]]:
        """See `KeywordIndex.browse`."""
        now = self._now
        typed = self._typed(text, now.searcher)
        query = _both(typed, now.fitting(filters).query)
        if sorting == "best" and typed is None:
            sorting = "newest"
        if sorting == "title":
            return _by_title(self._schema, now.searcher, query, start, most)
        order: dict[str, object] = {}
        if sorting != "best":
            order = {
                "order_by_field": "first",
                "order": tantivy.Order.Asc if sorting == "oldest" else tantivy.Order.Desc,
            }
        found = now.searcher.search(query, max(1, most), count=True, offset=start, **order)  # type: ignore[arg-type]
        return int(found.count or 0), _ids(now.searcher, found.hits[: max(0, most)])  # type: ignore[attr-defined]

    def _typed(self, text: str, searcher: tantivy.Searcher) -> tantivy.Query | None:
        """What was typed as a query; None if nothing was."""
        words = text.split()[:_MOST_WORDS]
        if not words:
            return None
        telling = [word for word in words[:-1] if word.lower() not in self._stop]
        parts = [(Occur.Must, self._word(word, searcher, begun=False)) for word in telling]
        # A space behind the last word says that it is whole.
        parts.append((Occur.Must, self._word(words[-1], searcher, begun=not text[-1].isspace())))
        return Query.boolean_query(parts)

    def _word(self, word: str, searcher: tantivy.Searcher, begun: bool) -> tantivy.Query:
        tokens = self._names.analyze(word)
        ways = []
        if tokens:
            last = len(tokens) - 1
            each = [self._token(token, searcher, begun and at == last) for at, token in enumerate(tokens)]
            ways.append((Occur.Should, Query.boolean_query([(Occur.Must, query) for query in each])))
        if any(letter.isdigit() for letter in word):
            ways.append((Occur.Should, self._begins("id", word.lower(), _ID)))
        return Query.boolean_query(ways) if ways else Query.empty_query()

    def _token(self, token: str, searcher: tantivy.Searcher, begun: bool) -> tantivy.Query:
        """Papers with this word; if it is only begun, with a word that begins so."""
        term = (self._analyze.analyze(token) or [token])[0]
        ways = [
            Query.term_query(self._schema, "text", term),
            Query.boost_query(Query.term_query(self._schema, "title", term), _TITLE),
            Query.const_score_query(Query.term_query(self._schema, "people", token), _PERSON),
        ]
        if begun:
            ways.append(self._begins("text", token, _BEGINS))
            ways.append(self._begins("title", token, _BEGINS_TITLE))
            ways.append(self._begins("people", token, _BEGINS_PERSON))
            if stem := self._stem_before(token, searcher):
                ways.append(Query.const_score_query(Query.term_query(self._schema, "text", stem), _BEGINS))
        return Query.boolean_query([(Occur.Should, way) for way in ways])

    def _begins(self, field: str, letters: str, score: float) -> tantivy.Query:
        pattern = "".join(f"\\{letter}" if letter in _META else letter for letter in letters)
        return Query.const_score_query(Query.regex_query(self._schema, field, f"{pattern}.*"), score)

    def _stem_before(self, token: str, searcher: tantivy.Searcher) -> str:
        """The longest stem that a word typed nearly to its end goes on from, where that is far more frequent than what
        begins with the letters typed."""
        begun = searcher.terms_with_prefix("text", token, limit=1) if len(token) > _SHORTEST_STEM else []
        shorter = (token[:end] for end in range(len(token) - 1, max(_SHORTEST_STEM, len(token) - _BEYOND_STEM) - 1, -1))
        likely = int(begun[0][1]) * _FAR_MORE if begun else 0
        return next((stem for stem in shorter if int(searcher.doc_freq("text", stem)) > likely), "")


def _both(one: tantivy.Query | None, other: tantivy.Query | None) -> tantivy.Query:
    wanted = [query for query in (one, other) if query is not None]
    if not wanted:
        return Query.all_query()
    return wanted[0] if len(wanted) == 1 else Query.boolean_query([(Occur.Must, query) for query in wanted])


def _ids(searcher: tantivy.Searcher, hits: list[tuple[object, tantivy.DocAddress]]) -> list[str]:
    return [str(searcher.doc(address).get_first("id")) for _, address in hits]


def _by_title(
    schema: tantivy.Schema, searcher: tantivy.Searcher, query: tantivy.Query, start: int, most: int
) -> tuple[int, list[str]]:
    """By the whole title. The index sorts by how titles begin; those that begin as the first or the last of the page do
    are all read, and put in order by their other letters."""
    order = {"order_by_field": "title_order", "order": tantivy.Order.Asc}
    found = searcher.search(query, max(1, most), count=True, offset=start, **order)  # type: ignore[arg-type]
    count, hits = int(found.count or 0), found.hits[: max(0, most)]  # type: ignore[attr-defined]
    if not hits:
        return count, []
    first, last = int(hits[0][0] or 0), int(hits[-1][0] or 0)
    before = _counted(searcher, _both(query, _from_to(schema, None, first - 1))) if first else 0
    alike = _both(query, _from_to(schema, first, last))
    rows = []
    for _, address in searcher.search(alike, max(1, count), count=False, **order).hits:  # type: ignore[arg-type]
        document = searcher.doc(address)
        rows.append((str(document.get_first("title_key") or ""), str(document.get_first("id"))))
    return count, [paper_id for _, paper_id in sorted(rows)[start - before :][: len(hits)]]


def _counted(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    return int(searcher.search(query, 1).count or 0)  # type: ignore[attr-defined]


def _from_to(schema: tantivy.Schema, first: int | None, last: int) -> tantivy.Query:
    whole = Query.range_query(schema, "title_order", tantivy.FieldType.Integer, first, last)
    return Query.const_score_query(whole, 0.0)
