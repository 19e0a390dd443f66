"""The file that keeps what came of comparisons of models: JSON lines in the library's folder, the newest last.

A line that cannot be read is passed over: what is lost then is a row of a table, never an answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.core.errors import LibraryError

MOST = 1000
_WAIT_S = 2.0


class ScoreboardFile:
    """The rows kept at `path`, of which only the newest `most` stay; the file is made with the first."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self.path, self._most = path, most

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Raises LibraryError if they cannot be kept."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=_WAIT_S):
                lines = [*self._lines(), *(json.dumps(row) for row in rows)][-self._most :]
                self._replace("".join(f"{line}\n" for line in lines))
        except (OSError, Timeout) as error:
            raise self._error(error) from error

    def rows(self) -> list[dict[str, Any]]:
        """All that are kept, the oldest first. Raises LibraryError if the file cannot be read."""
        found = []
        try:
            for line in self._lines():
                row = _row(line)
                if row is not None:
                    found.append(row)
        except OSError as error:
            raise self._error(error) from error
        return found

    def _lines(self) -> list[str]:
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.split("\n") if line.strip()]

    def _replace(self, text: str) -> None:
        """The new file in place of the old one at once, its owner's own."""
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
        new.replace(self.path)

    def _error(self, error: Exception) -> LibraryError:
        return LibraryError(
            f'The scoreboard "{self.path}" cannot be used: {error}.',
            "Check that the folder is yours to write and the disk is not full.",
        )


def _row(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
