"""What the keyword index keeps of a paper for `app.core.filters`, and a filter as a query over it.

Each condition is decided by the index alone and exactly as `Filters.fits` decides it. A person is one term with the
family name first, so that the index can list everybody of a family name, and those who fit are then looked for. A
venue is a term for each letter with the two after it, so that letters in a row are found as words in a row are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import tantivy

from app.core.domain import Paper
from app.core.filters import Filters, days_of, first_day, last_day
from app.core.keys import title_key
from app.core.people import may_be, person_key

# So that no term is empty, which the index does not keep.
_MARK = "="
# In letters. Longer terms than 65,530 bytes are not kept at all.
_LONGEST = 16_000
# So many letters in a row make a term of a venue.
_IN_A_ROW = 3
_EXACT = ("person", "category", "source")
FIELDS = (*_EXACT, "venue")

Occur, Query = tantivy.Occur, tantivy.Query


def add_fields(builder: tantivy.SchemaBuilder) -> None:
    """The fields that filters need."""
    builder.add_integer_field("first", indexed=True, fast=True)
    builder.add_integer_field("last", indexed=True, fast=True)
    builder.add_boolean_field("flagged", indexed=True)
    builder.add_text_field("venue", tokenizer_name="whitespace")
    for name in _EXACT:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")


def add_facts(document: tantivy.Document, paper: Paper) -> None:
    """What filters need of this paper."""
    first, last = days_of(paper)
    if first:
        document.add_integer("first", first)
        document.add_integer("last", last)
    document.add_boolean("flagged", bool(paper.flags))
    for name, values in (
        ("person", map(_person, paper.authors)),
        ("category", (part for category in paper.categories for part in _with_parents(category.casefold()))),
        ("source", [paper.source.casefold()]),
    ):
        for value in dict.fromkeys(values):
            document.add_text(name, _term(value))
    document.add_text("venue", " ".join(_rows(title_key(paper.venue or "")[:_LONGEST])))


def _term(value: str) -> str:
    return f"{_MARK}{value}"[:_LONGEST]


def _person(author: str) -> str:
    family, given = person_key(author)
    return "|".join([family, *("+".join(name) for name in given)])


def _with_parents(category: str) -> Iterator[str]:
    """ "cs.cl" and "cs"."""
    yield category
    yield from (category[:at] for at, letter in enumerate(category) if letter == ".")


def _rows(letters: str) -> list[str]:
    """At each letter this one and the two after it."""
    return [letters[at : at + _IN_A_ROW] for at in range(len(letters))]


def condition(schema: tantivy.Schema, searcher: tantivy.Searcher, filters: Filters) -> tantivy.Query | None:
    """The filters as a query that gives no scores; None if they fit every paper."""
    wanted = [*_conditions(schema, searcher, filters)]
    if not wanted:
        return None
    return Query.const_score_query(Query.boolean_query([(Occur.Must, query) for query in wanted]), 0.0)


def _conditions(schema: tantivy.Schema, searcher: tantivy.Searcher, filters: Filters) -> Iterator[tantivy.Query]:
    integer = tantivy.FieldType.Integer
    if filters.since:
        yield Query.range_query(schema, "last", integer, first_day(filters.since), None)
    if filters.until:
        yield Query.range_query(schema, "first", integer, None, last_day(filters.until))
    if filters.authors:
        yield any_of(schema, "person", [term for who in filters.authors for term in _people(searcher, who)])
    for who in filters.all_authors:
        yield any_of(schema, "person", _people(searcher, who))
    if filters.categories:
        yield any_of(schema, "category", [_term(category.casefold()) for category in filters.categories])
    if filters.venues:
        keys = [key for key in map(title_key, filters.venues) if key]
        yield Query.boolean_query([(Occur.Should, _venue(schema, searcher, key)) for key in keys] or [_NONE])
    if filters.sources:
        yield any_of(schema, "source", [_term(source.casefold()) for source in filters.sources])
    if filters.flagged is not None:
        yield Query.term_query(schema, "flagged", filters.flagged)
    if filters.ids:
        yield any_of(schema, "id", filters.ids)
    if filters.not_ids:
        left_out = any_of(schema, "id", filters.not_ids)
        yield Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, left_out)])


_NONE = (Occur.Should, Query.empty_query())


def any_of(schema: tantivy.Schema, field: str, terms: Iterable[str]) -> tantivy.Query:
    """Papers with any of these terms. No paper has one with half a character (see the store)."""
    whole = [term for term in dict.fromkeys(terms) if term.isascii() or _is_whole(term)]
    return Query.term_set_query(schema, field, whole) if whole else Query.empty_query()


def _is_whole(term: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in term)


def _people(searcher: tantivy.Searcher, who: str) -> list[str]:
    """The terms of everybody in the index who may be this person."""
    family, given = person_key(who)
    everybody = [_term(family), *(str(term) for term, _ in searcher.terms_with_prefix("person", _term(f"{family}|")))]
    if not given:
        return everybody
    # Of a frequent family name there are thousands; most go by the initial, without a closer look.
    initials = [mark + key[0] for mark in "|+" for key in dict.fromkeys(key for name in given for key in name)]
    likely = [term for term in everybody if "|" not in term or any(initial in term for initial in initials)]
    return [term for term in likely if may_be(who, family, [tuple(name.split("+")) for name in term.split("|")[1:]])]


def _venue(schema: tantivy.Schema, searcher: tantivy.Searcher, letters: str) -> tantivy.Query:
    """Papers whose venue has these letters in a row."""
    rows = [row for row in _rows(letters) if len(row) == _IN_A_ROW]
    if not rows:
        return any_of(schema, "venue", [str(term) for term, _ in searcher.terms_with_prefix("venue", letters)])
    if len(rows) == 1:
        return Query.term_query(schema, "venue", rows[0])
    return Query.phrase_query(schema, "venue", [*rows])
