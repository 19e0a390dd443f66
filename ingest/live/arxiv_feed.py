"""A page of arXiv's Atom feed -> papers, entry by entry, so that one broken entry does not cost its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id, arxiv_version
from ingest.live.polite import Stumble, printable
from ingest.record import RecordError, make_paper

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
# Around records that are set aside, so that they make a file of `ingest.sources.arxiv_atom`.
_OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n<!-- arxiv.org -->\n'
_CLOSING = "</feed>\n"


@dataclass(frozen=True, slots=True)
class Page:
    """`total` counts all results of the query. `names` are the ids of the entries, with versions, also of those that
    are no papers. `error` is what arXiv says is wrong with the request."""

    total: int
    records: tuple[Paper | BadRecord, ...] = ()
    names: tuple[str, ...] = ()
    error: str | None = None

    def answers(self, asked: str) -> bool:
        """Whether an entry is what was asked for by id, with or without a version."""
        wanted = arxiv_version(asked)
        return any(
            arxiv_id(name) == arxiv_id(asked) and (wanted is None or arxiv_version(name) in (None, wanted))
            for name in self.names
        )


def read_page(content: bytes, where: str) -> Page:
    """Raises Stumble if the page is not a whole feed."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Stumble("the page declares a document type or entities, which a list of results never does") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Stumble(f"the page is broken ({error})") from error
    entries = root.findall(f"{_ATOM}entry")
    if root.tag != f"{_ATOM}feed":
        raise Stumble("the page is no list of results")
    if len(entries) == 1 and _is_error(entries[0]):
        return Page(0, error=printable(_text(entries[0], "summary")) or "it does not say why")
    total = (root.findtext(_TOTAL) or "").strip()
    if not re.fullmatch("[0-9]{1,12}", total):
        raise Stumble("the page is no list of results")
    # For an id that it does not know arXiv may give an entry with nothing in it.
    full = [entry for entry in entries if _text(entry, "title") or _text(entry, "summary")]
    return Page(int(total), tuple(_record(entry, where) for entry in full), tuple(_name(entry) for entry in full))


def _is_error(entry: Any) -> bool:
    address = _text(entry, "id")
    return "/api/errors" in address or (_text(entry, "title") == "Error" and "/abs/" not in address)


def _text(entry: Any, tag: str) -> str:
    return " ".join((entry.findtext(f"{_ATOM}{tag}") or "").split())


def _name(entry: Any) -> str:
    return printable(_text(entry, "id").rsplit("/abs/", 1)[-1], 80)


def _record(entry: Any, where: str) -> Paper | BadRecord:
    named, raw = _name(entry) or "an entry without id", None
    try:
        raw = _xml(entry)
        result = next(_results(raw), None)
        if result is None:
            raise RecordError("it has no id, or no date")
        return make_paper(
            source="arxiv",
            title=result.title,
            abstract=result.summary,
            identifier=result.get_short_id(),
            authors=[author.name for author in result.authors],
            published=result.published.date().isoformat(),
            updated=result.updated.date().isoformat(),
            categories=result.categories,
            doi=result.doi,
            venue=result.journal_ref,
        )
    except (ValueError, OverflowError) as error:  # RecordError, or a date that is none
        why = str(error)
    except RecursionError:
        why = "it is nested too deeply"
    return BadRecord(where, 0, f"{named}: {why}", printable(_text(entry, "title")), raw, _OPENING, _CLOSING, ".xml")


def _xml(entry: Any) -> str:
    from defusedxml.ElementTree import tostring

    return str(tostring(entry, encoding="unicode"))


def _results(entry: str) -> Iterator[Any]:
    """The entry as the library for arXiv reads it, from a feed of its own: a bad date there raises for the whole."""
    from arxiv import _feed

    yield from _feed.parse(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode()).results
