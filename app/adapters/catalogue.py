"""The library's list of papers: one SQLite file, the record that everything else is made from.

The keyword index and the vectors can be thrown away and made again from it. Every change gets the next number of one
sequence (`position`), so the keyword index, another process or a crash knows what it has not seen yet; and for every
collection of vectors it says which papers still wait for theirs.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.domain import Paper, abstract_key, record_of, title_key
from app.core.errors import LibraryError
from app.core.report import Changes

# Raise when the tables change; a catalogue of another version is refused, never guessed at.
VERSION = 1
_READ_BATCH = 1000
# SQLite takes 32,766 values in one statement at most.
_VALUES = 10_000

_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS papers (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, doi TEXT, title_key TEXT NOT NULL, abstract_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS papers_by_position ON papers (position);
CREATE INDEX IF NOT EXISTS papers_by_doi ON papers (doi) WHERE doi IS NOT NULL;
CREATE INDEX IF NOT EXISTS papers_by_title ON papers (title_key);
CREATE INDEX IF NOT EXISTS papers_by_abstract ON papers (abstract_key);
CREATE TABLE IF NOT EXISTS removed (id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS removed_by_position ON removed (position);
CREATE TABLE IF NOT EXISTS told (
  id TEXT NOT NULL, origin TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (id, origin)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS embedded (
  collection TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (collection, id)) WITHOUT ROWID;
"""


class SqliteCatalogue:
    """The `PaperStore` port in the file `path`. Threads may share one object; processes may share the file.

    Raises LibraryError when the file cannot be opened, read or written (a full disk, a damaged file)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        with self._said():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60.0, check_same_thread=False, isolation_level=None)
            # WAL: readers never wait for the writer, and a killed process leaves the last whole transaction.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._set_up()

    def _set_up(self) -> None:
        with self._transaction():
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (str(VERSION),))
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('id', ?)", (uuid.uuid4().hex,))
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('position', '0')")
        if self.about("version") != str(VERSION):
            raise LibraryError(
                f'The library in "{self._path.parent}" was written by another version of askpapers '
                f"(catalogue version {self.about('version')}, this one reads {VERSION}).",
                "Use that version, or export there (askpapers library export) and ingest the file here.",
            )

    @contextmanager
    def _said(self) -> Iterator[None]:
        """SQLite's exceptions end here."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError) as error:
            raise LibraryError(
                f'The library\'s list of papers in "{self._path}" cannot be used: {error}.',
                "Check that the folder is yours to write and the disk is not full, then run this again: "
                "what was reported as stored is there.",
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it or nothing, whatever happens in between."""
        with self._said():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has already rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._said():
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        with self._said():
            self._db.close()

    # --- what the library is -----------------------------------------------------------------------------------

    def about(self, name: str) -> str | None:
        """What was noted under this name."""
        rows = self._rows("SELECT value FROM about WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def note(self, name: str, value: str) -> None:
        """Keep a value of the library as a whole."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    @property
    def identity(self) -> str:
        """An id of this catalogue; another one made in its place has another."""
        return str(self.about("id"))

    def position(self) -> int:
        """The number of the last change."""
        return int(self.about("position") or 0)

    # --- papers ------------------------------------------------------------------------------------------------

    def write(
        self, papers: Sequence[Paper], removed: Sequence[str] = (), told: Mapping[str, Mapping[str, str]] | None = None
    ) -> int:
        with self._transaction():
            position = self.position() + bool(papers or removed)
            for part in _parts(removed):
                for table in ("papers", "told"):
                    self._db.execute(f"DELETE FROM {table} WHERE id IN ({_marks(part)})", part)
                self._db.executemany("INSERT OR REPLACE INTO removed VALUES (?, ?)", [(i, position) for i in part])
            self._db.executemany(
                "INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?, ?, ?, ?)", [_row(p, position) for p in papers]
            )
            self._db.executemany("DELETE FROM removed WHERE id = ?", [(p.id,) for p in papers])
            records = [(i, *record) for i, by_origin in (told or {}).items() for record in by_origin.items()]
            self._db.executemany("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", records)
            self._db.execute("UPDATE about SET value = ? WHERE name = 'position'", (str(position),))
            return position

    def told(self, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for part in _parts(list(dict.fromkeys(ids))):
            statement = f"SELECT id, origin, fingerprint FROM told WHERE id IN ({_marks(part)})"
            for paper_id, origin, fingerprint in self._rows(statement, part):
                found[str(paper_id)][str(origin)] = str(fingerprint)
        return dict(found)

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        found: dict[str, Paper] = {}
        for part in _parts(list(dict.fromkeys(ids))):
            rows = self._rows(f"SELECT id, record FROM papers WHERE id IN ({_marks(part)})", part)
            found.update((str(i), _paper(record)) for i, record in rows)
        return {i: found[i] for i in dict.fromkeys(ids) if i in found}

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(list(dict.fromkeys(ids))):
            found.update(self._rows(f"SELECT id, fingerprint FROM papers WHERE id IN ({_marks(part)})", part))
        return found

    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]:
        return self._ids_by("title_key", keys)

    def ids_by_doi(self, dois: Sequence[str]) -> dict[str, list[str]]:
        return self._ids_by("doi", dois)

    def ids_by_abstract(self, keys: Sequence[str]) -> dict[str, list[str]]:
        return self._ids_by("abstract_key", keys)

    def _ids_by(self, column: str, keys: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part in _parts(list(dict.fromkeys(keys))):
            statement = f"SELECT {column}, id FROM papers WHERE {column} IN ({_marks(part)}) ORDER BY id"
            for key, paper_id in self._rows(statement, part):
                found[str(key)].append(str(paper_id))
        return dict(found)

    def shared_keys(self) -> Iterator[list[str]]:
        """Groups of ids with one title, then groups with one abstract under different titles."""
        for column in ("title_key", "abstract_key"):
            groups = self._rows(
                f"SELECT group_concat(id, char(31)) FROM papers GROUP BY {column} HAVING count(*) > 1 ORDER BY min(id)"
            )
            yield from (sorted(str(ids).split("\x1f")) for (ids,) in groups)

    def papers(self) -> Iterator[Paper]:
        last = ""
        while rows := self._rows("SELECT id, record FROM papers WHERE id > ? ORDER BY id LIMIT ?", (last, _READ_BATCH)):
            yield from (_paper(record) for _, record in rows)
            last = rows[-1][0]

    def count(self) -> int:
        return int(self._rows("SELECT count(*) FROM papers")[0][0])

    def changes(self, after: int, most: int = _READ_BATCH) -> Changes:
        """What happened after a position: at least one whole step, and no more steps than hold `most` papers."""
        now = self.position()
        ahead = self._rows("SELECT position FROM papers WHERE position > ? ORDER BY position LIMIT ?", (after, most))
        upto = int(ahead[-1][0]) if len(ahead) == most else now
        papers = self._rows("SELECT record FROM papers WHERE position > ? AND position <= ?", (after, upto))
        gone = self._rows("SELECT id FROM removed WHERE position > ? AND position <= ?", (after, upto))
        return Changes(tuple(_paper(record) for (record,) in papers), tuple(str(i) for (i,) in gone), upto)

    # --- which papers have vectors -----------------------------------------------------------------------------

    def waiting(self, collection: str, after: int = 0, most: int = _READ_BATCH) -> list[tuple[int, Paper]]:
        """(position, paper) of papers after a position whose vectors in `collection` are not there or of other text."""
        rows = self._rows(
            "SELECT p.position, p.record FROM papers p LEFT JOIN embedded e ON e.collection = ? AND e.id = p.id "
            "WHERE p.position >= ? AND (e.fingerprint IS NULL OR e.fingerprint <> p.fingerprint) "
            "ORDER BY p.position, p.id LIMIT ?",
            (collection, after, most),
        )
        return [(int(position), _paper(record)) for position, record in rows]

    def note_embedded(self, collection: str, fingerprints: Mapping[str, str]) -> None:
        """These papers, in the version of these fingerprints, now have their vectors in `collection`."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO embedded VALUES (?, ?, ?)",
                [(collection, paper_id, fingerprint) for paper_id, fingerprint in fingerprints.items()],
            )

    def forget_embedded(self, collection: str, ids: Sequence[str] | None = None) -> None:
        """These papers (all without `ids`) have no vectors in `collection` any more."""
        with self._transaction():
            if ids is None:
                self._db.execute("DELETE FROM embedded WHERE collection = ?", (collection,))
            for part in _parts(ids or ()):
                self._db.execute(
                    f"DELETE FROM embedded WHERE collection = ? AND id IN ({_marks(part)})", (collection, *part)
                )

    def without_paper(self, collection: str, most: int = _READ_BATCH) -> list[str]:
        """Ids that have vectors in `collection` though the paper is gone."""
        rows = self._rows(
            "SELECT e.id FROM embedded e LEFT JOIN papers p ON p.id = e.id "
            "WHERE e.collection = ? AND p.id IS NULL LIMIT ?",
            (collection, most),
        )
        return [str(i) for (i,) in rows]

    def embedded(self, collection: str) -> int:
        """How many papers have their vectors, of their present version, in `collection`."""
        return int(
            self._rows(
                "SELECT count(*) FROM embedded e JOIN papers p ON p.id = e.id "
                "WHERE e.collection = ? AND e.fingerprint = p.fingerprint",
                (collection,),
            )[0][0]
        )

    def not_embedded(self, collection: str, ids: Sequence[str]) -> list[str]:
        """Those of `ids`, in their order, whose vectors in `collection` are not there."""
        there: set[str] = set()
        for part in _parts(list(dict.fromkeys(ids))):
            statement = f"SELECT id FROM embedded WHERE collection = ? AND id IN ({_marks(part)})"
            there.update(str(i) for (i,) in self._rows(statement, (collection, *part)))
        return [i for i in ids if i not in there]


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _parts(items: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(items), _VALUES):
        yield list(items[at : at + _VALUES])


def _row(paper: Paper, position: int) -> tuple[Any, ...]:
    record = json.dumps(record_of(paper), ensure_ascii=False)
    keys = title_key(paper.title), abstract_key(paper.abstract)
    return (paper.id, position, paper.doi, *keys, paper.fingerprint, record)


def _paper(record: str) -> Paper:
    fields = json.loads(record)
    for name in ("authors", "categories", "flags"):
        fields[name] = tuple(fields[name])
    return Paper(**fields)
