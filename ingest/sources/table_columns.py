"""The columns of a table: which name stands for which field, in several languages, and what parts them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence

_DELIMITERS = ",\t;|"
# Names of columns as `_key` writes them, the better one first: English, then German, French, Spanish, Portuguese,
# Italian and Dutch.
NAMES: dict[str, tuple[str, ...]] = {
    field: tuple(names.split())
    for field, names in {
        "title": "title documenttitle articletitle papertitle itemtitle ti titel titre titulo titolo name",
        "abstract": "abstract abstractnote abstracttext summary ab zusammenfassung kurzfassung resume resumen resumo "
        "riassunto sommario samenvatting description",
        "authors": "authorfullnames authors author authornames creators af au autoren autor autorinnen verfasser auteurs "
        "auteur autores autori autore",
        "year": "year publicationyear pubyear py jahr erscheinungsjahr publikationsjahr annee ano anno jaar",
        "published": "published publicationdate date onlinedate submitted datum erscheinungsdatum fecha",
        "updated": "updated updatedate dateupdated lastrevised",
        "version": "version",
        "doi": "doi di",
        "url": "url link pdflink href lien enlace",
        "venue": "venue journal publicationtitle sourcetitle journaltitle booktitle conference so zeitschrift revue "
        "revista rivista tijdschrift",
        "categories": "categories category keywords authorkeywords manualtags tags subjects de schlagworter stichworter "
        "stichworte motscles palabrasclave palavraschave parolechiave trefwoorden",
        "identifier": "id arxivid arxiv eprint identifier paperid",
        "flags": "flags",
    }.items()
}
# Excel's way to say what parts the columns.
SEPARATOR = re.compile(r"\ufeff?\s*\"?sep=([^\w\r\n\"])\"?[;,\s]*", re.IGNORECASE)
# So many rows are looked at, and in a head of so many characters the last may be cut.
_ROWS, _CUT = 7, 1 << 15


def _key(column: str) -> str:
    plain = column if column.isascii() else unicodedata.normalize("NFKD", column)
    return re.sub(r"[\W_]+", "", plain.casefold())


def delimiter_of(header: str) -> str:
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)


def head_rows(head: str) -> list[list[str]]:
    """The rows in the head of a file, the last of which may be cut; none if it is no table."""
    lines = [line for line in head.splitlines(keepends=True) if line.strip()]
    told = SEPARATOR.fullmatch(lines[0]) if lines else None
    lines = lines[1:] if told else lines
    delimiter = told[1] if told else delimiter_of(lines[0]) if lines else ""
    try:
        return list(csv.reader(lines, delimiter=delimiter)) if lines else []
    except csv.Error:
        return []


def headings(head: str) -> list[str]:
    """The names of the columns, if this is a table without doubt: short names, and rows of as many cells; else none."""
    header, *rows = head_rows(head)[: _ROWS + 1] or [[]]
    if len(rows) < _ROWS and len(head) >= _CUT:
        rows = rows[:-1]
    few = 2 if delimiter_of(head.lstrip("\ufeff \r\n").split("\n")[0]) != "," else 3  # prose has commas
    names = [name.strip().removeprefix("\ufeff") for name in header]
    short = len(names) >= few and all(name and len(name) <= 40 and len(name.split()) <= 4 for name in names)
    return names if short and rows and all(len(row) == len(names) for row in rows) else []


def columns_of(header: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int]:
    """Which column holds which field."""
    keys = [_key(column) for column in header]
    found = {}
    for name_of_field, names in NAMES.items():
        if name_of_field in wanted:
            names = (_key(wanted[name_of_field]),)
        at = next((keys.index(candidate) for candidate in names if candidate in keys), None)
        if at is not None:
            found[name_of_field] = at
    return found
