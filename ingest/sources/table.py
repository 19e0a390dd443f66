"""A table with a header line: CSV, TSV, or with semicolons, as Zotero, Scopus, Web of Science, IEEE and spreadsheets
export them. Columns are found by their names; `with_columns` says otherwise.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.record import RecordError, make_paper
from ingest.sources.people import names_in
from ingest.sources.table_columns import NAMES, SEPARATOR, columns_of, delimiter_of, head_rows
from ingest.sources.text_lines import LONGEST_LINE, whole_lines

name = "csv"
extension = ".csv"

# A quote that is not closed within so many lines was never meant to open anything.
_MOST_LINES = 500

# A spreadsheet takes a cell that begins so for a formula; an apostrophe before it says that it is text.
_GUARDED = re.compile(r"\s*'(?='*[=+\-@＝＋－＠])")


def recognise(head: str) -> float:
    """Sure when the first line has columns for title and abstract."""
    lines = [line for line in head.split("\n", 50)[:50] if line.strip()][:2]
    row = next(iter(head_rows("\n".join(lines))), [])
    found = columns_of(row, {})
    if len(row) < 2 or max(map(len, row)) > 80:
        return 0.0
    return 0.9 if {"title", "abstract"} <= found.keys() else 0.25 if len(found) >= 2 else 0.0


def papers(pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    return _Table({}).papers(pieces, where)


def with_columns(columns: Mapping[str, str]) -> _Table:
    """This source with columns for fields given by name. Raises InputError for a field that papers do not have."""
    for name_of_field in columns:
        if name_of_field not in NAMES and name_of_field != "id":
            raise InputError(
                f'Papers have no field "{name_of_field}".', f"Fields are: {', '.join(NAMES)}. For example title=Titel"
            )
    return _Table({"identifier" if key == "id" else key: column for key, column in columns.items()})


@dataclass(frozen=True, slots=True)
class _Table:
    """The source itself, for a choice of columns."""

    columns: Mapping[str, str]
    name: str = name
    extension: str = extension

    def recognise(self, head: str) -> float:
        return recognise(head)

    def papers(self, pieces: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
        rows = _rows(whole_lines(pieces, where), where)
        first = next(rows, None)
        while isinstance(first, BadRecord):
            yield first
            first = next(rows, None)
        if first is None:
            return
        header = [column.strip().removeprefix("\ufeff") for column in first.fields]
        at = columns_of(header, self.columns)
        missing = [need for need in (*self.columns, "title", "abstract") if need not in at]
        if missing:
            told = self.columns.get(missing[0])
            lacking = f'no column is called "{told}"' if told else f"no column looks like the {missing[0]}"
            yield BadRecord(
                where,
                first.line,
                f"{lacking}; the columns are {', '.join(header)[:300]}. Say which it is with --column {missing[0]}=NAME",
            )
            return
        for row in rows:
            if isinstance(row, BadRecord):
                yield _in_table(row, first.raw)
            elif any(value.strip() for value in row.fields):
                yield self._paper(row, header, at, where, first.raw)

    def _paper(self, row: _Row, header: list[str], at: dict[str, int], where: str, opening: str) -> Paper | BadRecord:
        try:
            if len(row.fields) > len(header) and any(value.strip() for value in row.fields[len(header) :]):
                raise RecordError(f"it has {len(row.fields)} fields, and the header has {len(header)}")
            value = {key: _text(row.fields[i]) for key, i in at.items() if i < len(row.fields)}
            year = re.search(r"(?<!\d)\d{4}(?!\d)", value.get("year", ""))
            version = re.fullmatch(r"v?(\d{1,3})(?:\.0)?", value.get("version", ""))
            return make_paper(
                source=name,
                title=value.get("title"),
                abstract=value.get("abstract"),
                identifier=value.get("identifier"),
                authors=_listed(value.get("authors", ""), names_in),
                year=int(year.group()) if year else None,
                published=value.get("published"),
                updated=value.get("updated"),
                version=int(version.group(1)) if version else None,
                url=value.get("url"),
                doi=value.get("doi"),
                categories=_listed(value.get("categories", ""), _several),
                venue=value.get("venue"),
                flags=value.get("flags", "").split("; "),
            )
        except RecordError as error:
            return BadRecord(where, row.line, str(error), row.raw[:200].strip(), row.raw, opening)


def _text(cell: str) -> str:
    guard = _GUARDED.match(cell)
    return cell[guard.end() if guard else 0 :].strip()


def _listed(cell: str, parts: Callable[[str], list[str]]) -> list[str]:
    """The items of a cell: of a JSON list as they are, else what `parts` makes of it."""
    if cell.startswith('["') and cell.endswith('"]'):
        try:
            items = json.loads(cell)
        except ValueError:
            items = None
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return items
    return parts(_as_text(cell))


def _as_text(value: str) -> str:
    """Lists as pandas writes them, "['Ada Newt', 'Bo Olm']", as names between semicolons."""
    if value.startswith("[") and value.endswith("]"):
        return "; ".join(part for _, part in re.findall(r"(['\"])(.*?)\1", value)) or value.strip("[]")
    return value


def _several(text: str) -> list[str]:
    separator = ";" if ";" in text else "," if "," in text else "|" if "|" in text else None
    if separator:
        return [part for part in text.split(separator) if part.strip()]
    codes = text.split()
    # "cs.CL cs.LG" are two categories, "machine learning" is one keyword.
    return codes if all(re.fullmatch(r"[a-z-]+(?:\.[A-Za-z-]+)?", c) and "." in c for c in codes) else [text]


def _in_table(record: BadRecord, opening: str) -> BadRecord:
    return BadRecord(record.where, record.line, record.reason, record.excerpt, record.raw, opening)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    fields: list[str]
    raw: str


@dataclass(slots=True)
class _Unread:
    """Lines with a way to put some back."""

    lines: Iterator[tuple[int, str] | BadRecord]
    back: list[tuple[int, str] | BadRecord] = field(default_factory=list)

    def next(self) -> tuple[int, str] | BadRecord | None:
        return self.back.pop() if self.back else next(self.lines, None)

    def put_back(self, lines: Iterable[tuple[int, str] | BadRecord]) -> None:
        self.back.extend(reversed(list(lines)))


def _rows(lines: Iterator[tuple[int, str] | BadRecord], where: str) -> Iterator[_Row | BadRecord]:
    """The rows of a table, each parsed on its own, so that a stray quote costs its own row and no other."""
    unread, delimiter, above = _Unread(lines), "", ""
    while (line := unread.next()) is not None:
        if isinstance(line, BadRecord):
            yield line
            continue
        number, text = line
        if not text.strip():
            continue
        if not delimiter and (told := SEPARATOR.fullmatch(text)):
            delimiter, above = told[1], text
            continue
        delimiter = delimiter or delimiter_of(text)
        taken: list[tuple[int, str] | BadRecord] = []
        while True:
            fields, trouble = _parse(text, delimiter)
            more = unread.next() if trouble == _OPEN and len(taken) < _MOST_LINES and len(text) < LONGEST_LINE else None
            if more is None:
                break
            taken.append(more)
            if isinstance(more, BadRecord):
                break
            text += more[1]
            while '"' not in more[1] and len(taken) < _MOST_LINES and (more := unread.next()) is not None:
                taken.append(more)  # a line without a quote closes nothing
                if isinstance(more, BadRecord):
                    break
                text += more[1]
            if more is None or isinstance(more, BadRecord):
                fields, trouble = _parse(text, delimiter)
                break
        if fields is not None:
            yield _Row(number, fields, above + text)
            above = ""
        else:
            unread.put_back(taken)
            own = line[1]
            yield BadRecord(where, number, f"its quotes are not right ({trouble})", own[:200].strip(), own)


_OPEN = "a quote is opened and not closed"


def _parse(text: str, delimiter: str) -> tuple[list[str] | None, str]:
    """The fields of one row, or None and why there are none."""
    if '"' not in text:
        return text.rstrip("\r\n").split(delimiter), ""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return None, _OPEN if "unexpected end" in str(error) else str(error)
    return (rows[0], "") if len(rows) == 1 else (None, "more than one row")


csv.field_size_limit(LONGEST_LINE)
