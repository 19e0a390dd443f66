"""RIS: what EndNote, Zotero, Mendeley, Web of Science, Scopus and most publishers export.

The records are cut out here, so that a broken one costs no other, and each is read by rispy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rispy import RisParser
from rispy.config import TAG_KEY_MAPPING

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id, clean_doi, is_distinct_id
from ingest.record import make_paper
from ingest.sources.people import person
from ingest.sources.tagged_lines import Record, read, until_end

name = "ris"
extension = ".ris"

_TAGS = frozenset(TAG_KEY_MAPPING) - {"UK"} | {"BT", "CT", "DI", "ED", "JN", "L3", "LK", "M2", "U1", "U2", "U3", "UK"}
_LINE = re.compile(r"[ \t\ufeff]{0,3}([A-Z][A-Z0-9])(?: {2,}-| -(?=\s|$))[ \t]*(.*)", re.DOTALL)
_LISTS = frozenset({"AU", "A1", "A2", "A3", "A4", "KW"})
_RECOGNISED = re.compile(r"^[ \t\ufeff]*TY {1,2}- ?[A-Z]{2,8}[ \t]*\r?$", re.MULTILINE)
_ANOTHER = re.compile(r"^[ \t]*(?:[A-Z][A-Z0-9]) {1,2}-(?: |\r?$)", re.MULTILINE)
_DAY = re.compile(r"(\d{4})(?:[/-](\d{1,2}))?(?:[/-](\d{1,2}))?(?:/.*)?$", re.DOTALL)
_YEAR = re.compile(r"(?<!\d)[12]\d\d\d(?!\d)")
# What RIS has no tag for stands in notes, "Updated: 2024-02-03".
_NOTE = re.compile(r"(updated|published|version|flags|link):?\s+(.+)", re.IGNORECASE)


def recognise(head: str) -> float:
    """Sure when a line names a type of reference and other tagged lines are there."""
    return 0.95 if _RECOGNISED.search(head) and len(_ANOTHER.findall(head)) > 1 else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    return read(until_end(pieces, _tagged, "TY", {"ER"}), where, lambda record: _paper(_values(record)), "ER  -")


def _tagged(line: str) -> tuple[str | None, str]:
    match = _LINE.match(line)
    return (match[1], match[2].strip()) if match and match[1] in _TAGS else (None, line.strip())


def _values(record: Record) -> dict[str, list[str]]:
    """The values by tag, as rispy reads the record once it is in the strict form."""
    lines = [f"{tag}  - {value}" for tag, values in record.values(_LISTS).items() for value in values if tag != "ER"]
    body = [line for line in lines if not line.startswith("TY")]
    tags = {tag: tag for tag in _TAGS}
    parser = RisParser(mapping=tags, list_tags=sorted(_TAGS - {"TY"}), delimiter_tags_mapping={})
    [found] = parser.parse("\n".join(["TY  - GEN", *body, "ER  - "]))
    return {tag: values for tag, values in found.items() if isinstance(values, list)}


def _paper(values: dict[str, list[str]]) -> Paper:
    def every(*tags: str) -> list[str]:
        return [value for tag in tags for value in values.get(tag, [])]

    def first(*tags: str) -> str:
        return next(iter(every(*tags)), "")

    years = [match for value in every("PY", "Y1", "DA") if (match := _YEAR.search(value))]
    notes = {match[1].lower(): match[2] for note in every("N1") if (match := _NOTE.match(note))}
    version = re.fullmatch(r"[1-9]\d{0,2}", notes.get("version", ""))
    return make_paper(
        source=name,
        identifier=next((value for value in every("AN", "ID", "M1") if arxiv_id(value) or is_distinct_id(value)), None),
        title=first("TI", "T1", "CT", "BT"),
        abstract=" ".join(values.get("AB") or values.get("N2") or []),
        authors=_authors(values),
        year=int(years[0].group()) if years else None,
        published=_published(values) or notes.get("published"),
        updated=notes.get("updated"),
        version=int(version[0]) if version else None,
        flags=notes.get("flags", "").split("; "),
        url=_link(every("UR", "L2", "LK")) or notes.get("link") or _pubmed(values),
        doi=first("DO", "DI") or next((value for value in every("M3", "L3") if clean_doi(value)), None),
        categories=every("KW"),
        venue=first("JF", "JO", "T2", "BT", "JA", "J2"),
    )


def _authors(values: dict[str, list[str]]) -> list[str]:
    """Two of one name are two people, unless the second tag repeats the first."""
    first = [person(name) for name in values.get("AU", [])]
    more = [name for name in map(person, values.get("A1", [])) if name not in first]
    return first + more or [person(name) for name in values.get("A2", [])]


def _published(values: dict[str, list[str]]) -> str | None:
    """The date that gives most, as YYYY-MM-DD as far as it goes. A year alone is no date unless it is called one (DA)."""
    days = [day for tag in ("DA", "Y1", "PY") for value in values.get(tag, []) if (day := _DAY.match(value)) and day[2]]
    if days:
        return "-".join(part.zfill(2) for part in days[0].groups() if part)
    return next((value.rstrip("/") for value in values.get("DA", []) if _YEAR.search(value)), None)


def _link(values: list[str]) -> str | None:
    found = [link for value in values for link in re.split(r"\s+|;(?=https?://)", value)]
    return next((link for link in found if re.match("https?://", link, re.IGNORECASE)), None)


def _pubmed(values: dict[str, list[str]]) -> str | None:
    """The page of a PubMed id, which is a plain number, so it must be said to be one."""
    databases = " ".join(values.get("DB", []) + values.get("DP", []))
    for value in values.get("AN", []) + values.get("ID", []):
        number = re.fullmatch(r"(PMID:?\s*)?(\d{1,8})", value, re.IGNORECASE)
        if number and (number[1] or re.search("pubmed|medline|nlm", databases, re.IGNORECASE)):
            return f"https://pubmed.ncbi.nlm.nih.gov/{number[2]}/"
    return None
