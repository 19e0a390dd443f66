"""arXiv's Atom feed: what its API answers to a query, saved to a file, and its daily feed of new papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id
from ingest.record import RecordError, make_paper
from ingest.sources.people import names_in
from ingest.sources.xml_records import Kind, XmlCutter, bad_record, parsed, words

name = "arxiv-atom"
extension = ".xml"

_KIND = Kind(
    records=("entry",),
    roots=("feed",),
    declared=' xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"',
)
_RECOGNISED = re.compile(r"<(?:[\w.-]{1,60}:)?(?:feed|entry)[\s/>]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# How the daily feed begins a summary.
_ANNOUNCED = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*", re.IGNORECASE)


def recognise(head: str) -> float:
    """Sure of an Atom feed that speaks of arXiv."""
    if head.lstrip("\ufeff \t\r\n")[:1] != "<" or not _RECOGNISED.search(head):
        return 0.0
    return 0.95 if "arxiv.org" in head.lower() else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    cutter = XmlCutter(pieces, _KIND)
    root, bad = "", 0
    for cut in cutter.cuts():
        root = root or cutter.root()
        try:
            yield paper_of(parsed(cut, root))
        except RecordError as error:
            bad += 1
            yield bad_record(where, cut, error, root)
    if cutter.unclosed and not bad:
        yield BadRecord(where, cutter.line, cutter.unclosed)
    elif not root and not cutter.empty:
        yield BadRecord(where, 0, "no <entry> was found in it: the query may have found nothing")


def paper_of(entry: Any) -> Paper:
    """The paper of an <entry>, whose elements are named without namespaces. Raises RecordError."""
    found: dict[str, list[Any]] = {}
    for child in entry:
        found.setdefault(child.tag.lower(), []).append(child)

    def text(*tags: str) -> str:
        return next((value for tag in tags for e in found.get(tag, ()) if (value := words(e).strip())), "")

    identifier = text("id")
    if "/api/errors" in identifier:
        raise RecordError(
            f'it is an error that arXiv reports, not a paper: "{" ".join(text("summary").split())[:200]}"'
        )
    names = [words(author.find("name")).strip() for author in found.get("author", ())]
    links = [link.get("href") for link in found.get("link", ()) if link.get("rel", "alternate") == "alternate"]
    published, updated = _DAY.match(text("published")), _DAY.match(text("updated"))
    return make_paper(
        source=name,
        identifier=identifier,
        title=text("title"),
        abstract=_ANNOUNCED.sub("", text("summary", "content"), count=1),
        authors=[person for person in names if person] or names_in(text("creator")),
        published=published.group() if published else None,
        updated=updated.group() if updated else None,
        url=None if arxiv_id(identifier) else next(iter(links), None),
        doi=text("doi"),
        categories=[category.get("term") or "" for category in found.get("category", ())],
        venue=text("journal_ref", "journal_reference"),
    )
