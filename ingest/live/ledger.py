"""How far an interrupted query came, so that the same command fetches only the pages that are not done yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_FRESH_S = 24 * 3600.0
# The pipeline stores a batch at the first record that comes more than 5 seconds after the batch was begun.
_STORED_AFTER_S = 6.0


class Ledger:
    """The pages (by their first result, from 0) of one query that are safely in the library.

    Kept in `folder` under a hash of the query, never its text. What is older than a day counts as nothing: new papers
    have moved the results by then. `total` is how many results there were; if that has changed, they have moved too.
    Without a folder, or where it cannot be written, nothing is kept and everything is fetched again.
    """

    def __init__(self, folder: Path | None, query: Sequence[object], now: Callable[[], float]) -> None:
        mark = hashlib.sha256(json.dumps(list(query)).encode()).hexdigest()[:32]
        self._path = folder / f"{mark}.json" if folder else None
        self._begun = now()
        self.total: int | None = None
        self.done: set[int] = set()
        self._handed: dict[int, float] = {}
        if self._path:
            _forget_old(self._path.parent, now())
            self._load(self._path, now())

    def begin(self, total: int) -> None:
        """Start anew, with so many results."""
        self.total, self.done = total, set()

    def hand_over(self, page: int, at: float) -> None:
        """The last record of the page was given at that time, and the next was asked for."""
        self._handed[page] = at

    def asked_after(self, given_at: float) -> None:
        """The record after one given at that time was asked for: what was handed over long before it is stored."""
        stored = {page for page, at in self._handed.items() if at + _STORED_AFTER_S <= given_at}
        if stored:
            self.done |= stored
            self._handed = {page: at for page, at in self._handed.items() if page not in stored}
            self._write()

    def finish(self) -> None:
        """All is handed over: the same command begins anew next time."""
        if self._path:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        if not self._path:
            return
        text = json.dumps({"begun": self._begun, "total": self.total, "done": sorted(self.done)})
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(text, encoding="utf-8")
            new.replace(self._path)

    def _load(self, path: Path, now: float) -> None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_text(encoding="utf-8"))
            begun, total, done = float(kept["begun"]), int(kept["total"]), {int(page) for page in kept["done"]}
            if 0 <= now - begun <= _FRESH_S:
                self._begun, self.total, self.done = begun, total, done


def _forget_old(folder: Path, now: float) -> None:
    with suppress(OSError):
        for path in folder.glob("*.json"):
            if now - path.stat().st_mtime > _FRESH_S:
                path.unlink(missing_ok=True)
