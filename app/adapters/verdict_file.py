"""Verdicts kept in a small SQLite file. Everything in it can be made again, so no trouble with it is ever an error."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.core.verdicts import KeptVerdict

# About 150 bytes each. When there are more, the oldest tenth goes.
MOST = 100_000
_AT_ONCE = 500
_WAIT_S = 2.0
_TABLE = """CREATE TABLE IF NOT EXISTS verdicts (
  asked TEXT NOT NULL, text_key TEXT NOT NULL, stance TEXT NOT NULL, spans TEXT NOT NULL, PRIMARY KEY (asked, text_key))"""


class VerdictFile:
    """The `VerdictCache` port in the file at `path`, which is made when something is first kept. It is open only while
    something is read or kept, so nobody has to close it. Threads may share one object, processes the file."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self._path, self._most = path, most
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def get(self, asked: str, text_keys: Sequence[str]) -> dict[str, KeptVerdict]:
        key = _key(asked)
        found: dict[str, KeptVerdict] = {}
        with self._lock, suppress(sqlite3.Error, OSError, ValueError, TypeError):
            if not self._path.is_file():
                return {}
            db = self._open()
            for start in range(0, len(text_keys), _AT_ONCE):
                some = text_keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = db.execute(
                    f"SELECT text_key, stance, spans FROM verdicts WHERE asked = ? AND text_key IN ({marks})",
                    (key, *some),
                )
                for text_key, stance, spans in rows.fetchall():
                    if stance in ("yes", "no", "unclear"):
                        found[text_key] = KeptVerdict(stance, tuple((int(a), int(b)) for a, b in json.loads(spans)))
        self.close()
        return found

    def put(self, asked: str, verdicts: Mapping[str, KeptVerdict]) -> None:
        key = _key(asked)
        rows = [(key, text_key, kept.stance, json.dumps(kept.spans)) for text_key, kept in verdicts.items()]
        with self._lock, suppress(sqlite3.Error, OSError):
            db = self._open()
            with db:
                db.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)", rows)
                (count,) = db.execute("SELECT count(*) FROM verdicts").fetchone()
                if count > self._most:
                    over = count - self._most + self._most // 10
                    db.execute("DELETE FROM verdicts WHERE rowid IN (SELECT rowid FROM verdicts ORDER BY rowid LIMIT ?)", (over,))  # fmt: skip
        self.close()

    def close(self) -> None:
        with self._lock, suppress(sqlite3.Error):
            if self._db is not None:
                self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=_WAIT_S, check_same_thread=False)
            try:
                db.execute(_TABLE)
            except sqlite3.Error:
                db.close()
                raise
            self._db = db
        return self._db


def _key(asked: str) -> str:
    return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:32]
