"""The registry of formats. A new source is one module here and one line in `SOURCES`."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from app.core.errors import InputError
from app.core.ports import Source

# A pasted page comes last: it is what a text is when it is nothing else.
_MODULES = ("jsonl", "json_document", "bibtex", "ris", "nbib", "pubmed_xml", "arxiv_atom", "table", "page")
SOURCES: tuple[Source, ...] = tuple(cast(Source, import_module(f"ingest.sources.{module}")) for module in _MODULES)
_SURE_ENOUGH = 0.2


def source_names() -> list[str]:
    return [source.name for source in SOURCES]


def choose_source(head: str, where: str, wanted: str | None = None) -> Source:
    """The source named `wanted`, else the one that recognises `head` best. Raises InputError if none does."""
    if wanted:
        for source in SOURCES:
            if source.name == wanted:
                return source
        raise InputError(
            f'There is no source "{wanted}".',
            f"Choose one of: {', '.join(source_names())}, or leave --source out.",
        )
    if not head.strip():
        raise InputError(f'"{where}" is empty.', "Name a file with papers in it.")
    best = max(SOURCES, key=lambda source: source.recognise(head))
    if best.recognise(head) < _SURE_ENOUGH:
        raise InputError(
            f'"{where}" is in no format we know: no records, and no title line followed by an abstract paragraph.',
            f"Known formats: {', '.join(source_names())}. If it is one of them, say which with --source.",
        )
    return best
