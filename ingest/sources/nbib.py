"""MEDLINE, as PubMed saves it (.nbib): `PMID- 123`, a tag of four characters a field, six spaces before what goes on.

It is read here: the kept libraries for it (rispy has none, Biopython brings a science library) do not stream it record
by record with line numbers, and the format is no more than its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id
from ingest.record import make_paper
from ingest.sources.people import person
from ingest.sources.pubmed_facts import MOST_CATEGORIES, day_of, page_of, title_of
from ingest.sources.tagged_lines import Record, read, whole_lines

name = "nbib"
extension = ".nbib"

_LINE = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}- ?(.*)", re.DOTALL)
_RECOGNISED = re.compile(r"^\ufeff?PMID ?- ?\d{1,8}[ \t]*\r?$", re.MULTILINE)
_ANOTHER = re.compile(r"^(?:[A-Z]{4}|[A-Z]{3} |[A-Z]{2}  )- \S", re.MULTILINE)


def recognise(head: str) -> float:
    """Sure when a line is a PubMed id and others are tagged."""
    return 0.95 if _RECOGNISED.search(head) and len(_ANOTHER.findall(head)) > 1 else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    records = ((record, True) for record in _records(pieces))  # nothing marks an end
    return read(records, where, lambda record: _paper(record.values(frozenset(), wrapped=True)))


def _records(pieces: Iterable[str]) -> Iterator[Record]:
    """A record begins with its PMID; one that lost it begins after a blank line with what a record has once."""
    current: Record | None = None
    blank, seen = True, set[str]()
    for number, line in enumerate(whole_lines(pieces), start=1):
        match = _LINE.match(line)
        tag = match[1] if match else None
        begins = tag == "PMID" or (
            blank and tag in {"OWN", "STAT", "TI"} and bool(seen & {"TI", "PMID"}) and tag in seen
        )
        if current and begins:
            yield current
            current = None
        if current is None and tag:
            current, seen = Record(number), set()
        if current:
            current.take(line, tag, (match[2] if match else line).strip())
            seen.add(tag or "")
        blank = not line.strip()
    if current:
        yield current


def _paper(values: dict[str, list[str]]) -> Paper:
    def first(*tags: str) -> str:
        return next((value for tag in tags for value in values.get(tag, [])), "")

    ids = values.get("LID", []) + values.get("AID", [])
    revised = re.match(r"([12]\d{3})(\d\d)(\d\d)$", first("LR"))
    year, published = day_of(first("DP"))
    return make_paper(
        source=name,
        identifier=next((value for value in ids if arxiv_id(value)), None),
        title=title_of(first("TI", "BTI")),
        abstract=first("AB", "OAB"),
        authors=_authors(values),
        year=year,
        published=published,
        updated="-".join(revised.groups()) if revised else None,
        url=page_of(first("PMID")),
        doi=next((value.split()[0] for value in ids if value.endswith("[doi]")), None),
        categories=_categories(values),
        venue=first("JT", "TA"),
    )


def _authors(values: dict[str, list[str]]) -> list[str]:
    if "FAU" in values:
        people = [person(text) for text in values["FAU"]]
    else:
        people = [re.sub(r"^(.+) ([A-Z]{1,4})$", r"\2 \1", text) for text in values.get("AU", [])]
    return people + values.get("CN", [])


def _categories(values: dict[str, list[str]]) -> list[str]:
    """Subject headings without their qualifiers and the star of a main one, then the authors' own keywords."""
    found = [text.split("/")[0].strip("* ") for text in values.get("MH", [])]
    found += [text.strip("* ") for text in values.get("OT", [])]
    return [text for text in dict.fromkeys(found) if text][:MOST_CATEGORIES]
