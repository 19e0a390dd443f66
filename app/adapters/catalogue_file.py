"""The file a library's list of papers lies in: opening it, whole transactions, and notes about the library."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.errors import LibraryError

# Raise when the tables change; a catalogue of another version is refused, never guessed at.
VERSION = 2
# So long one process waits for another that writes; each writes for less than a second at a time.
_WAIT_S = 60.0

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE papers (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, doi TEXT, title_key TEXT NOT NULL, abstract_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX papers_by_position ON papers (position);
CREATE INDEX papers_by_doi ON papers (doi) WHERE doi IS NOT NULL;
CREATE INDEX papers_by_title ON papers (title_key);
CREATE INDEX papers_by_abstract ON papers (abstract_key);
CREATE TABLE removed (id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX removed_by_position ON removed (position);
CREATE TABLE told (
  fingerprint TEXT NOT NULL, origin TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (fingerprint, origin));
CREATE INDEX told_by_paper ON told (id, origin);
CREATE TABLE embedded (
  collection TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (collection, id)) WITHOUT ROWID;
"""
# Younger than the others (see `app.adapters.catalogue_facts`), so a library may lack it.
FACTS_TABLE = """CREATE TABLE IF NOT EXISTS facts (
  id TEXT PRIMARY KEY, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, flagged INTEGER NOT NULL,
  source TEXT NOT NULL, families TEXT NOT NULL, category_keys TEXT NOT NULL, venue_key TEXT NOT NULL,
  authors TEXT NOT NULL, categories TEXT NOT NULL, venue TEXT NOT NULL)"""


class CatalogueFile:
    """The file at `path`, made if it is not there. Threads may share one object; processes may share the file.

    Raises LibraryError when the file cannot be opened, read or written (a full disk, a damaged file)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        with self.said():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False, isolation_level=None)
        try:
            self._set_up()
        except BaseException:
            self._db.close()
            raise

    def _set_up(self) -> None:
        with self.said():
            # WAL: readers never wait for the writer, and a killed process leaves the last whole transaction.
            self._switch_to_wal()
            # What was reported as stored outlives a power failure too; it costs a few milliseconds a batch.
            self._db.execute("PRAGMA synchronous = FULL")
        with self.transaction():
            if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'about'"):
                for statement in (*_TABLES.split(";"), FACTS_TABLE):
                    self._db.execute(statement)
                first = {"version": str(VERSION), "id": uuid.uuid4().hex, "position": "0", "facts": "0"}
                self._db.executemany("INSERT INTO about VALUES (?, ?)", first.items())
        if self.about("version") != str(VERSION):
            raise LibraryError(
                f'The library in "{self._path.parent}" was written by another version of askpapers '
                f"(catalogue version {self.about('version')}, this one reads {VERSION}).",
                "Use that version, or export there (askpapers library export) and ingest the file here.",
            )

    def _switch_to_wal(self) -> None:
        """Two processes that open a new file at once: SQLite does not wait for the other here, so we do."""
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    @contextmanager
    def said(self) -> Iterator[None]:
        """SQLite's exceptions end here."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError, UnicodeError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> LibraryError:
        # The class itself says that the file is not sound; its subclasses are about the disk, a lock or a value.
        if type(error) is sqlite3.DatabaseError:
            return self.damaged(str(error))
        return LibraryError(
            f'The library\'s list of papers in "{self._path}" cannot be used: {error}.',
            "Check that the folder is yours to write and the disk is not full, then run this again: "
            "what was reported as stored is there.",
        )

    def damaged(self, what: str) -> LibraryError:
        name = self._path.name
        return LibraryError(
            f'The library\'s list of papers in "{self._path}" is damaged: {what}.',
            f"Move {name} and what else begins with {name} out of that folder, then ingest your files again. "
            "Papers that have their vectors are read back from those.",
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, whatever happens in between."""
        with self.said():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has already rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.said():
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        with self.said():
            self._db.close()

    def about(self, name: str) -> str | None:
        """What was noted under this name."""
        rows = self.rows("SELECT value FROM about WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def note(self, name: str, value: str) -> None:
        """Keep a value of the library as a whole."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    @property
    def identity(self) -> str:
        """An id of this catalogue; another one made in its place has another."""
        return str(self.about("id"))

    def position(self) -> int:
        """The number of the last change."""
        return int(self.about("position") or 0)
