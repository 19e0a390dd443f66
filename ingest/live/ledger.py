"""Which pages of an interrupted query the library has, so that the same command fetches only the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.core.domain import Paper

_FRESH_S = 24 * 3600.0

ToldOf = Callable[[Sequence[str]], Mapping[str, Mapping[str, str]]]


class Ledger:
    """What the pages of one query hold, by their first result (from 0).

    A page is noted when it is fetched, before anything of it is stored, and that claims nothing: `done` are the pages
    of an earlier run whose every record the library says it has taken in (`told`, see `PaperStore.told`). `total` is
    how many results there were then. Kept in `folder` under a hash of the query, never its text; what is older than a
    day counts as nothing, because new papers have moved the results. Without a folder, or where it cannot be written,
    nothing is kept and everything is fetched again.
    """

    def __init__(
        self, folder: Path | None, query: Sequence[object], now: Callable[[], float], told: ToldOf = lambda ids: {}
    ) -> None:
        mark = hashlib.sha256(json.dumps(list(query)).encode()).hexdigest()[:32]
        self._path = folder / f"{mark}.jsonl" if folder else None
        self._now = now
        self.total: int | None = None
        self.done: frozenset[int] = frozenset()
        if self._path:
            _forget_old(self._path.parent, now())
            self._load(self._path, told)

    def begin(self, total: int) -> None:
        """There are so many results. If there were others, what is known of pages counts no more."""
        if total != self.total:
            self.total, self.done = total, frozenset()
            self._write({"begun": self._now(), "total": total}, "w")

    def note(self, page: int, papers: Iterable[Paper]) -> None:
        """These papers are all that the page holds."""
        self._write({"page": page, "papers": {paper.id: paper.fingerprint for paper in papers}}, "a")

    def finish(self) -> None:
        """All pages came: the same command begins anew next time."""
        if self._path:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any], mode: str) -> None:
        if not self._path:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open(mode, encoding="utf-8") as stream:
                # The break comes first, so that a line that a kill cut short does not spoil the next.
                stream.write("\n" * (mode == "a") + json.dumps(line))

    def _load(self, path: Path, told: ToldOf) -> None:
        try:
            first, *lines = path.read_text(encoding="utf-8").splitlines()
            head = json.loads(first)
            begun, total = float(head["begun"]), int(head["total"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        if not 0 <= self._now() - begun <= _FRESH_S:
            return
        done = set()
        for line in lines:
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                noted = json.loads(line)
                page, papers = int(noted["page"]), dict(noted["papers"])
                known = told(list(papers))
                if papers and all(mark in known.get(paper, {}).values() for paper, mark in papers.items()):
                    done.add(page)
        self.total, self.done = total, frozenset(done)


def _forget_old(folder: Path, now: float) -> None:
    with suppress(OSError):
        for path in folder.glob("*.jsonl"):
            if now - path.stat().st_mtime > _FRESH_S:
                path.unlink(missing_ok=True)
