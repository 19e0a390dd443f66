"""When each paper first came into the library, in a table of its own: younger than the others, so a library may lack it,
and a paper that came before there was one counts as having been there always."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from app.adapters.catalogue_facts import CatalogueFacts
from app.core.domain import Paper

ADDED_TABLE = "CREATE TABLE IF NOT EXISTS added (id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID"
_TOGETHER = 10_000


class CatalogueAdded(CatalogueFacts):
    """Noting when papers came, and finding those that came lately."""

    clock: Callable[[], float] = staticmethod(time.time)

    def _set_up(self) -> None:
        super()._set_up()
        with self.transaction():
            self._db.execute(ADDED_TABLE)

    def added_since(self, when: float) -> dict[str, float]:
        """When each paper that came at or after `when` (seconds since 1970) did so, the first to come first."""
        statement = "SELECT a.id, a.at FROM added a JOIN papers p ON p.id = a.id WHERE a.at >= ? ORDER BY a.at, p.position, a.id"
        return {str(paper_id): float(at) for paper_id, at in self.rows(statement, (when,))}

    def forget_added(self) -> None:
        """All papers count as having been here always: they were read back from elsewhere, none of them is new."""
        with self.transaction():
            self._db.execute("DELETE FROM added")

    def _note_added(self, papers: Sequence[Paper], removed: Sequence[str], moved: Mapping[str, str]) -> None:
        """Within the transaction that is about to write these papers: those that are not there yet come now. One that
        only changes its id came when it came under the old one."""
        old = {new: was for was, new in moved.items()}
        there = self._there([*(paper.id for paper in papers), *old.values()])
        now = self.clock()
        came = [(p.id, now) for p in papers if p.id not in there and old.get(p.id) not in there]
        for new, was in old.items():
            if was in there and new not in there:
                self._db.execute("UPDATE OR REPLACE added SET id = ? WHERE id = ?", (new, was))
        self._db.executemany("DELETE FROM added WHERE id = ?", [(paper_id,) for paper_id in removed])
        self._db.executemany("INSERT OR REPLACE INTO added VALUES (?, ?)", came)

    def _there(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for at in range(0, len(ids), _TOGETHER):
            part = ids[at : at + _TOGETHER]
            marks = ",".join("?" * len(part))
            found.update(str(i) for (i,) in self.rows(f"SELECT id FROM papers WHERE id IN ({marks})", part))
        return found
