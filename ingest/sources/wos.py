"""Web of Science's tagged files (savedrecs.txt, .ciw): `TI On newts`, three spaces before what goes on, `ER` at the end.

RIS looks alike and is not: there a tag is followed by two spaces and a dash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.core.domain import BadRecord, Paper
from ingest.identify import clean_doi
from ingest.record import make_paper
from ingest.sources.people import person
from ingest.sources.pubmed_facts import MOST_CATEGORIES, day_of, page_of
from ingest.sources.tagged_lines import read, until_end

name = "wos"
extension = ".txt"

_LINE = re.compile(r"([A-Z][A-Z0-9])(?: (.*)|\s*)$", re.DOTALL)
_RECOGNISED = re.compile(r"^\ufeff?PT [A-Z][ \t]*\r?$", re.MULTILINE)
_ANOTHER = re.compile(r"^(?:FN|VR|AU|AF|TI|SO|AB|PY|DI|UT|DT|ER)(?: \S|[ \t]*\r?$)", re.MULTILINE)
_PEOPLE = frozenset({"AU", "AF", "BA", "BF", "CA"})
_OUTSIDE = frozenset({"FN", "VR", "EF", "ER"})


def recognise(head: str) -> float:
    """Sure when a line names a type of publication and others are tagged."""
    return 0.95 if _RECOGNISED.search(head) and len(_ANOTHER.findall(head)) > 1 else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    records = until_end(pieces, _tagged, "PT", _OUTSIDE)
    return read(records, where, lambda record: _paper(record.values(_PEOPLE, wrapped=True)), "ER")


def _tagged(line: str) -> tuple[str | None, str]:
    match = _LINE.match(line)
    return (match[1], (match[2] or "").strip()) if match else (None, line.strip())


def _paper(values: dict[str, list[str]]) -> Paper:
    def first(*tags: str) -> str:
        return next((value for tag in tags for value in values.get(tag, [])), "")

    year, published = day_of(f"{first('PY')} {first('PD')}")
    people = next((values[tag] for tag in ("AF", "AU", "BF", "BA") if values.get(tag)), [])
    keywords = [part.strip() for tag in ("DE", "ID") for part in first(tag).split(";")]
    return make_paper(
        source=name,
        title=first("TI"),
        abstract=first("AB"),
        authors=[*map(person, people), *values.get("CA", [])],
        year=year,
        published=published,
        url=page_of(first("PM")),
        doi=next((doi for tag in ("DI", "D2") if (doi := clean_doi(first(tag)))), None),
        categories=list(dict.fromkeys(filter(None, keywords)))[:MOST_CATEGORIES],
        venue=first("SO", "BS"),
    )
