"""A page of arXiv's Atom feed -> papers, entry by entry, so that one broken entry does not cost its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id, arxiv_version
from ingest.live.polite import Stumble
from ingest.record import RecordError, make_paper

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


@dataclass(frozen=True, slots=True)
class Page:
    """`total` counts all results of the query. `error` is what arXiv says is wrong with the request."""

    total: int
    records: tuple[Paper | BadRecord, ...]
    error: str | None = None


def read_page(content: bytes, where: str) -> Page:
    """Raises Stumble if the page is not a whole feed."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Stumble(f"the page is broken ({error})") from error
    total = (root.findtext(_TOTAL) or "").strip()
    entries = root.findall(f"{_ATOM}entry")
    if root.tag != f"{_ATOM}feed" or not total.isdecimal():
        raise Stumble("the page is no list of results")
    if len(entries) == 1 and "/api/errors" in (entries[0].findtext(f"{_ATOM}id") or ""):
        return Page(0, (), " ".join((entries[0].findtext(f"{_ATOM}summary") or "it does not say why").split()))
    return Page(int(total), tuple(_record(entry, where) for entry in entries))


def answers(paper: Paper, asked: str) -> bool:
    """Whether the paper is what was asked for by id, with or without a version."""
    return paper.id == arxiv_id(asked) and arxiv_version(asked) in (None, paper.version)


def _record(entry: Any, where: str) -> Paper | BadRecord:
    named = (entry.findtext(f"{_ATOM}id") or "an entry without id").rsplit("/abs/", 1)[-1].strip()
    title = " ".join((entry.findtext(f"{_ATOM}title") or "").split())
    try:
        result = next(_results(entry), None)
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
    except ValueError as error:  # RecordError, or a date that is none
        return BadRecord(where, 0, f"{named[:80]}: {error}", title[:200])


def _results(entry: Any) -> Iterator[Any]:
    """The entry as the library for arXiv reads it, from a feed of its own: a bad date there raises for the whole."""
    from arxiv import _feed  # type: ignore[import-untyped]
    from defusedxml.ElementTree import tostring

    yield from _feed.parse(b'<feed xmlns="http://www.w3.org/2005/Atom">' + tostring(entry) + b"</feed>").results
