"""Reading what a person names: each file opened, decoded, recognised and handed to its source, as one stream.

What is wrong with one file of several is a bad record that names it, and the others are read; if it is the only one,
there is nothing to go on with, and it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from app.core.ports import Source
from app.core.shown import shown
from ingest.ahead import is_worth_it, read_ahead
from ingest.decoding import HEAD_BYTES, Pieces, check_encoding, decode, guess_encoding
from ingest.opening import STDIN, Bytes, Unreadable, expand, streams
from ingest.sources import choose_source

_HEAD_CHARACTERS = 1 << 16


def read_inputs(
    paths: Sequence[Path | str],
    source: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Paper | BadRecord]:
    """The papers and bad records of files (plain, gzip, zip), of the files in folders, and of standard input (`-`).

    `source` and `encoding` are recognised from each file's content if not given; `columns` says which column of a
    table holds which field. Memory does not grow with the files. Raises InputError at once if a path is not there or
    an option is wrong, and while reading if a lone file cannot be read at all."""
    if encoding:
        check_encoding(encoding)
    if source:
        choose_source("", "", source)
    files = expand(paths)
    read = read_ahead if is_worth_it(files) else read_files
    return read(files, source, encoding, dict(columns or {}))


def read_files(
    files: Sequence[str], source: str | None, encoding: str | None, columns: Mapping[str, str]
) -> Iterator[Paper | BadRecord]:
    """As `read_inputs`, in this process, for files and options that are known to be right."""
    for path in files:
        where = "standard input" if path == STDIN else path
        seen = 0
        try:
            for where, stream in streams(path):
                seen += 1
                if isinstance(stream, Unreadable):
                    yield BadRecord(where, 0, shown(str(stream)))
                    continue
                try:
                    yield from _papers(stream, where, source, encoding, columns)
                except InputError as error:
                    if len(files) == 1 and where in (path, "standard input"):
                        raise
                    yield BadRecord(where, 0, shown(_without_name(str(error), where)))
            if not seen:
                raise Unreadable("the archive holds no file")
        except Unreadable as error:
            if len(files) == 1 and seen < 2:
                raise InputError(
                    f'"{path}" cannot be read: {error}.', "Check that it is whole and yours to read."
                ) from error
            yield BadRecord(where, 0, shown(str(error)))


def _papers(
    stream: Bytes, where: str, wanted: str | None, encoding: str | None, columns: Mapping[str, str]
) -> Iterator[Paper | BadRecord]:
    head = stream.peek(HEAD_BYTES)
    encoding = encoding or guess_encoding(head)
    text = decode(head, encoding)[:_HEAD_CHARACTERS].removeprefix("\ufeff")
    source = choose_source(text, where, wanted, table=bool(columns))
    if columns:
        source = _with_columns(source, columns)
    place = where if where == "standard input" else str(Path(where).absolute())
    # A file's name may hold bytes that are no text.
    origin = f"{source.name} {place}".encode("utf-8", "replace").decode()
    pieces = Pieces(stream, encoding)
    try:
        for record in source.papers(pieces, where):
            if isinstance(record, Paper):
                yield replace(record, source=origin)
            else:
                yield replace(
                    record,
                    reason=shown(record.reason),
                    excerpt=shown(record.excerpt),
                    extension=record.extension or source.extension,
                )
    except Unreadable as error:
        yield BadRecord(where, pieces.lines + 1, f"{error}; what stands before was read")


def _with_columns(source: Source, columns: Mapping[str, str]) -> Source:
    from ingest.sources import table

    if source.name != table.name:
        raise InputError(
            f"--column is for tables (CSV, TSV), and this is read as {source.name}.",
            "Leave it out, or add --source csv",
        )
    return cast(Source, table.with_columns(columns))


def _without_name(words: str, where: str) -> str:
    return words.removeprefix(f'"{where}" ').rstrip(".")
