"""What a file of questions calls the papers of a library. It names them by id or by title; where the library has other
ids, as papers of a page without any do, a file of papers with ids and titles tells which paper each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.domain import title_key
from app.core.ports import PaperStore
from app.evaluation.lines import bad_line, read_records

_FIELDS = '"id" and "title"'


@dataclass(frozen=True, slots=True)
class PaperNames:
    """`called` gives for an id of the library the name that the questions use, where that is another one; `absent` are
    the names of no paper of the library."""

    called: Mapping[str, str]
    absent: tuple[str, ...]


def read_titles(path: Path) -> dict[str, str]:
    """The titles by id in a file of JSON lines, packed or not. Raises InputError."""
    titles: dict[str, str] = {}
    for number, row in read_records(path, _FIELDS):
        for field in ("id", "title"):
            if not isinstance(row.get(field), str) or not row[field].strip():
                raise bad_line(
                    path, number, f'its "{field}" is no text', f"Each line is one JSON object with {_FIELDS}."
                )
        titles[row["id"].strip()] = row["title"]
    return titles


def names_of(names: Iterable[str], store: PaperStore, titles: Mapping[str, str]) -> PaperNames:
    """Which papers of the library these names are of."""
    used = dict.fromkeys(names)
    known = dict.fromkeys([*used, *titles])
    there = store.get(list(known))
    by_title = {title_key(titles.get(name, name)): name for name in known if name not in there}
    found = store.ids_by_title([key for key in by_title if key])
    called = {paper: by_title[key] for key, papers in found.items() for paper in papers}
    named = set(called.values())
    return PaperNames(called, tuple(name for name in used if name not in there and name not in named))
