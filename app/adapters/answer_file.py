"""The file that keeps answers: SQLite in the library's folder, readable by its owner only.

Answers matter more than the file: whoever writes to it waits a second at most, and what cannot be kept is not kept.
Opened for each use, so that nothing is left open and processes may share it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.core.errors import LibraryError
from app.core.kept import AnswerEntry

# Raise when the table changes; a file of a later version is refused, never guessed at.
VERSION = 1
_WAIT_S = 1.0
_FOUND_AT_MOST = 20
_LONGEST_RECORD = 64 << 20

_TABLE = """CREATE TABLE IF NOT EXISTS answers (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, question TEXT NOT NULL, status TEXT NOT NULL, record BLOB NOT NULL)"""


class AnswerFile:
    """The answers kept at `path`; the file is made when the first one is added."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entry: AnswerEntry, record: Mapping[str, Any], most: int) -> None:
        packed = zlib.compress(json.dumps(record).encode("ascii"), 6)
        row = (entry.id, entry.at, _storable(entry.question), entry.status, packed)
        with self._open(new=True) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", row)
            oldest = "SELECT id FROM answers ORDER BY id DESC LIMIT 1 OFFSET ?"
            db.execute(f"DELETE FROM answers WHERE id <= ({oldest})", (most,))
            db.execute("COMMIT")

    def newest(self, most: int) -> list[AnswerEntry]:
        statement = "SELECT id, at, question, status FROM answers ORDER BY id DESC LIMIT ?"
        return [AnswerEntry(*row) for row in self._rows(statement, most)]

    def find(self, start: str) -> list[str]:
        # Not LIKE: its signs mean something.
        statement = f"SELECT id FROM answers WHERE substr(id, 1, ?) = ? ORDER BY id LIMIT {_FOUND_AT_MOST}"
        return [str(row[0]) for row in self._rows(statement, len(start), start)]

    def record(self, answer_id: str) -> dict[str, Any] | None:
        rows = self._rows("SELECT record FROM answers WHERE id = ?", answer_id)
        if not rows:
            return None
        try:
            value = json.loads(zlib.decompressobj().decompress(rows[0][0], _LONGEST_RECORD))
        except (zlib.error, ValueError, TypeError) as error:
            raise self._error(error) from error
        if not isinstance(value, dict):
            raise self._error(ValueError("a record is no object"))
        return value

    def clear(self) -> int:
        if not self.path.exists():
            return 0
        with self._open() as db:
            gone = db.execute("DELETE FROM answers").rowcount
            db.execute("VACUUM")  # what was deleted is to be gone from the file too
            return int(gone)

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        with self._open() as db:
            return db.execute(statement, values).fetchall()

    @contextmanager
    def _open(self, new: bool = False) -> Iterator[sqlite3.Connection]:
        """The file, set up; SQLite's exceptions end here."""
        db = None
        try:
            if new and not self.path.exists():
                self._make()
            db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            self._set_up(db)
            yield db
        except (sqlite3.Error, OSError) as error:
            raise self._error(error) from error
        finally:
            if db is not None:
                db.close()  # takes back what was not committed

    def _make(self) -> None:
        """An empty file of its owner's own; what SQLite puts beside it gets the same mode."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _set_up(self, db: sqlite3.Connection) -> None:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise LibraryError(
                f'The answers in "{self.path}" were kept by a later version of askpapers.',
                "Use that version, or move the file away to begin anew.",
            )
        if not version:
            # Two processes that open a new file at once: SQLite does not wait for the other here, so we do.
            until = time.monotonic() + _WAIT_S
            while True:
                try:
                    db.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
                    break
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > until:
                        raise
                    time.sleep(0.02)
            db.execute(_TABLE)
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("PRAGMA synchronous = NORMAL")  # a power failure may cost the last answers, never the file

    def _error(self, error: Exception) -> LibraryError:
        return LibraryError(
            f'The kept answers in "{self.path}" cannot be used: {error}.',
            "Check that the folder is yours to write and the disk is not full; a damaged file can be moved away.",
        )


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
