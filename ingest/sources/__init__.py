"""The registry of formats. A new source is one module here and one line in `SOURCES`."""

from __future__ import annotations

import re
from importlib import import_module
from typing import cast

from app.core.errors import InputError
from app.core.ports import Source
from ingest.sources.table_columns import headings

# A pasted page comes last: it is what a text is when it is nothing else.
_MODULES = ("jsonl", "json_document", "bibtex", "ris", "nbib", "wos", "pubmed_xml", "arxiv_atom", "table", "page")
SOURCES: tuple[Source, ...] = tuple(cast(Source, import_module(f"ingest.sources.{module}")) for module in _MODULES)
_SURE_ENOUGH = 0.2
# To tell a page its head is read, which takes long, and it is never as sure as this.
_SURE_WITHOUT_READING = 0.6
_START_TAG = re.compile(r"<([A-Za-z_][\w.:-]{0,60})[\s/>]")


def source_names() -> list[str]:
    return [source.name for source in SOURCES]


def choose_source(head: str, where: str, wanted: str | None = None, table: bool = False) -> Source:
    """The source named `wanted`, else the one that recognises `head` best. Raises InputError if none does. `table`: the
    person has named columns, so that what is surely nothing else is a table."""
    if wanted:
        for source in SOURCES:
            if source.name == wanted:
                return source
        raise InputError(
            f'There is no source "{wanted}".',
            f"Choose one of: {', '.join(source_names())}, or leave --source out.",
        )
    if not head.strip("\ufeff \t\r\n"):
        raise InputError(f'"{where}" is empty.', "Name a file with papers in it.")
    best, sure = _best(head)
    if table and (sure < _SURE_WITHOUT_READING or best is SOURCES[-1]):
        return next(source for source in SOURCES if source.name == "csv")
    if (sure < _SURE_ENOUGH or best is SOURCES[-1]) and (columns := headings(head)):
        raise InputError(
            f'"{where}" looks like a table, but no column is called title or abstract: its columns are '
            f"{', '.join(columns)[:300]}.",
            f'Say which they are: --column "title={columns[0]}" --column "abstract={columns[1]}"',
        )
    if sure < _SURE_ENOUGH:
        if known := _known_otherwise(head):
            raise InputError(f'"{where}" is {known[0]}.', f"{known[1]} Known formats: {', '.join(source_names())}.")
        raise InputError(
            f'"{where}" is in no format we know: no records, and no title line followed by an abstract paragraph.',
            f"Known formats: {', '.join(source_names())}. If it is one of them, say which with --source.",
        )
    return best


def _best(head: str) -> tuple[Source, float]:
    """The source that is surest of the head, and how sure it is."""
    *formats, page = SOURCES
    sure, at = max((source.recognise(head), -number) for number, source in enumerate(formats))
    if sure < _SURE_WITHOUT_READING and (as_page := page.recognise(head)) > sure:
        return page, as_page
    return formats[-at], sure


def _known_otherwise(head: str) -> tuple[str, str] | None:
    """What a text is that is in no format of ours, and what to do about it."""
    text = head.lstrip("\ufeff \t\r\n")[:5000]
    if text.startswith("%PDF"):
        return "a PDF", "Papers are read from records: give the reference manager's export, a list or arxiv:ID."
    tag = _START_TAG.search(text) if text.startswith("<") else None
    if text[:14].lower() == "<!doctype html" or (tag and tag[1].lower() in {"html", "head", "body"}):
        return (
            "a web page (HTML), not the records on it",
            "Select the list in the browser, copy it into a text file and give that, or look on the page for a way to "
            "save as BibTeX, RIS or CSV.",
        )
    if tag:
        return f"XML of a kind that is not known here (<{tag[1]}>)", "PubMed's XML and arXiv's Atom feed are read."
    return None
