"""BibTeX and BibLaTeX: the files of reference managers, arXiv's export, Google Scholar's.

Each entry's text is read by pybtex, which knows the language's own rules (strings joined with #, abbreviations, braces
in quotes); one that it refuses costs no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.scanner import Pattern, PybtexSyntaxError, Token

from app.core.domain import BadRecord, Paper
from ingest.identify import arxiv_id
from ingest.record import RecordError, make_paper
from ingest.sources.bibtex_entries import LONGEST, Entry, entries
from ingest.sources.bibtex_parents import Families
from ingest.sources.bibtex_text import address, names, plain, terms

name = "bibtex"
extension = ".bib"

_RECOGNISED = re.compile(
    r"^[ \t\ufeff]*@[ \t]*(?:(?!comment|preamble|string)[A-Za-z]\w*[ \t]*[{(][^{}\"=,]{0,200},\s*[\w-]{1,40}\s*=|"
    r"string[ \t]*[{(]\s*[\w:-]{1,40}\s*=\s*[\"{])",
    re.IGNORECASE | re.MULTILINE,
)
_KEY = re.compile(r"@[^{(]*([{(])\s*(?:[^{}\"=,]*,)?")
_ESCAPED_BRACE = re.compile(r"\\([{}])")
_YEAR = re.compile(r"(?<!\d)[12]\d\d\d(?!\d)")
_RANGE = re.compile(r"(\d{4}(?:-\d\d){0,2})/(?:\d{4}(?:-\d\d){0,2}|\.\.)?$")
_ARXIV_IN_VENUE = re.compile(r"\barxiv:\s*(\S+?)[\s,;)\]]*$", re.IGNORECASE)

# What abbreviations may hold together, and what one entry may grow to by them: a few lines could stand for terabytes.
_MOST_ABBREVIATIONS = 1_000_000


class _Abbreviations(dict[str, str]):
    """What `@string` has defined, whatever the case. One that is not defined stands for itself."""

    def __init__(self) -> None:
        super().__init__(month_names)
        self.size = 0
        self.given = 0

    def __getitem__(self, key: str) -> str:
        value = super().get(key.lower(), key)
        self.given += len(value)
        if self.given > LONGEST:
            raise RecordError(f"its abbreviations stand for more than {LONGEST:,} characters")
        return value

    def __setitem__(self, key: str, value: str) -> None:
        self.size += len(key) + len(value)
        if self.size > _MOST_ABBREVIATIONS:
            raise RecordError(f"the file's abbreviations hold more than {_MOST_ABBREVIATIONS:,} characters")
        super().__setitem__(key.lower(), value)


class _Parser(LowLevelParser):  # type: ignore[misc]
    """Looks for the next of several characters in one pass; the original's one pass each is quadratic in bad cases."""

    text: str
    pos: int

    def skip_to(self, patterns: list[Pattern]) -> Token | None:
        wanted = {pattern.description[1]: pattern for pattern in patterns}
        found = re.compile(f"[{re.escape(''.join(wanted))}]").search(self.text, self.pos)
        if not found:
            return None
        value = self.text[self.pos : found.end()]
        self.pos = found.end()
        self.update_lineno(value)
        return Token(value, wanted[found.group()])


def recognise(head: str) -> float:
    """Sure when a line begins an entry with a field, whatever comments stand before it."""
    if head.lstrip("\ufeff \t\r\n")[:1] in {"<", "{"}:
        return 0.0  # BibTeX quoted in another format
    return 0.95 if _RECOGNISED.search(head) else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    file, abbreviations, families = _File(where), _Abbreviations(), Families()
    for entry in entries(pieces):
        if entry.kind in {"comment", "preamble"}:
            continue
        try:
            fields = _fields(entry, abbreviations)
        except RecordError as error:
            yield file.bad(entry, error)
            continue
        if entry.kind == "string":
            file.define(entry)
            continue
        for ready in families.take(entry, fields):
            yield file.paper(*ready)
    for ready in families.rest():
        yield file.paper(*ready)


@dataclass(slots=True)
class _File:
    """What the records of one file have in common: where it is, and the `@string` lines that bad ones may need."""

    where: str
    definitions: list[str] = field(default_factory=list)
    opening: str | None = None

    def define(self, entry: Entry) -> None:
        if self.opening is None and entry.text:
            self.definitions.append(entry.text + "\n")

    def paper(self, entry: Entry, fields: dict[str, str]) -> Paper | BadRecord:
        try:
            return _paper(fields)
        except RecordError as error:
            return self.bad(entry, error)

    def bad(self, entry: Entry, error: RecordError) -> BadRecord:
        # One for all bad records of the file, so that they come into one file again.
        self.opening = "".join(self.definitions) if self.opening is None else self.opening
        raw = entry.text and entry.text + entry.tail
        return BadRecord(self.where, entry.line, str(error), (raw or "").strip()[:200], raw, self.opening)


def _fields(entry: Entry, abbreviations: _Abbreviations) -> dict[str, str]:
    """The entry's fields by lower-cased name, the first that holds something. Raises RecordError if it cannot be read."""
    text = entry.text
    if text is None:
        raise RecordError(f"the entry is longer than {LONGEST:,} characters")
    if not entry.closed:
        # Programs that take `\{` for a letter write entries that are closed only then.
        text = _ESCAPED_BRACE.sub(lambda m: rf"\textbrace{'left' if m[1] == '{' else 'right'}{{}}", text)
        again = next(entries([text]), None)
        if text == entry.text or again is None or not again.closed or again.text is None:
            raise RecordError("the entry's braces are not closed")
        text = again.text
    # A key is not read, so whatever it holds, or that there is none, does no harm.
    key = _KEY.match(text)
    if key and entry.kind != "string":
        text = f"@{entry.kind}{key[1]}k,{key[0].count(chr(10)) * chr(10)}{text[key.end() :]}"
    abbreviations.given = 0
    try:
        read = list(_Parser(text, macros=abbreviations))
    except PybtexSyntaxError as error:
        raise RecordError(
            f"the entry cannot be read near line {entry.line + error.lineno - 1} ({error.args[0]}); a comma, a brace or a "
            "quotation mark may be missing before that"
        ) from error
    found: dict[str, str] = {}
    if read and entry.kind != "string":
        for key_of_field, parts in read[0][1][1]:
            if value := "".join(parts).strip():
                found.setdefault(key_of_field.lower(), value)
    return found


def _paper(fields: dict[str, str]) -> Paper:
    def first(*among: str) -> str:
        return next((fields[key] for key in among if key in fields), "")

    date = plain(fields.get("date", ""))
    span = _RANGE.match(date)
    year = _YEAR.search(plain(fields.get("year", ""))) or _YEAR.search(date)
    return make_paper(
        source=name,
        identifier=_identifier(fields),
        title=plain(fields.get("title", "")),
        abstract=plain(first("abstract", "abstractnote")),
        authors=names(fields.get("author", "")),
        year=int(year.group()) if year else None,
        published=plain(fields["published"]) if "published" in fields else span[1] if span else date,
        updated=fields.get("updated"),
        version=_version(fields.get("version", "")),
        flags=plain(fields.get("flags", "")).split("; "),
        url=address(fields.get("url", "")),
        doi=address(fields.get("doi", "")),
        categories=[plain(fields.get("primaryclass", "")), *terms(fields.get("keywords", ""))],
        venue=plain(first("journal", "journaltitle", "booktitle")),
    )


def _identifier(fields: dict[str, str]) -> str | None:
    """The arXiv id with its version: an eprint, or where Google Scholar and DBLP put it; the id of our own export."""
    if own := fields.get("paperid"):
        return address(own)
    archive = plain(fields.get("archiveprefix") or fields.get("eprinttype") or "").strip()
    eprint = address(fields.get("eprint", ""))
    in_venue = _ARXIV_IN_VENUE.search(plain(fields.get("journal", "")))
    candidates = [
        eprint if archive.lower() in {"", "arxiv"} else f"{archive}/{eprint}",
        in_venue[1] if in_venue else "",
        fields.get("volume", "").removeprefix("abs/"),
    ]
    return next((candidate for candidate in candidates if arxiv_id(candidate)), None)


def _version(text: str) -> int | None:
    """A whole number; what software has for a version is none."""
    return int(text) if re.fullmatch(r"[1-9]\d{0,2}", text) else None
