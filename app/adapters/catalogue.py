"""The library's list of papers: one SQLite file, the record that everything else is made from.

The keyword index and the vectors can be thrown away and made again from it. Every change gets the next number of one
sequence (`position`), so the keyword index, another process or a crash knows what it has not seen yet; and for every
collection of vectors it says which papers still wait for theirs.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.adapters.catalogue_added import CatalogueAdded
from app.core.domain import Paper, abstract_key, record_of, title_key
from app.core.report import Changes, Told

_READ_BATCH = 1000
# SQLite takes 32,766 values in one statement at most.
_VALUES = 10_000
# The papers whose vectors in a collection are not there or of another version.
_WAITING = (
    "FROM papers p LEFT JOIN embedded e ON e.collection = ? AND e.id = p.id "
    "WHERE (e.fingerprint IS NULL OR e.fingerprint <> p.fingerprint)"
)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class SqliteCatalogue(CatalogueAdded):
    """The `PaperStore` port in one file (see `CatalogueFile`)."""

    # --- papers ------------------------------------------------------------------------------------------------

    def write(self, papers: Sequence[Paper], removed: Sequence[str] = (), told: Told | None = None) -> int:
        told = told or Told()
        with self.transaction():
            before = self.position()
            position = before + bool(papers or removed)
            self._note_added(papers, removed, told.moved)
            self._db.executemany("DELETE FROM told WHERE id = ? AND origin = ?", told.instead)
            self._db.executemany("UPDATE told SET id = ? WHERE id = ?", [(new, old) for old, new in told.moved.items()])
            for part in _parts(removed):
                for table in ("papers", "told"):
                    self._db.execute(f"DELETE FROM {table} WHERE id IN ({_marks(part)})", part)
                self._db.executemany("INSERT OR REPLACE INTO removed VALUES (?, ?)", [(i, position) for i in part])
            self._db.executemany(
                "INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?, ?, ?, ?)", [_row(p, position) for p in papers]
            )
            self._db.executemany("DELETE FROM removed WHERE id = ?", [(p.id,) for p in papers])
            self._db.executemany("INSERT OR REPLACE INTO told (id, origin, fingerprint) VALUES (?, ?, ?)", told.records)
            self._db.execute("UPDATE about SET value = ? WHERE name = 'position'", (str(position),))
            self._note_facts(papers, removed, before, position)
            return position

    def told(self, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for part in _parts(_asked(ids)):
            statement = f"SELECT id, origin, fingerprint FROM told WHERE id IN ({_marks(part)}) ORDER BY rowid"
            for paper_id, origin, fingerprint in self.rows(statement, part):
                found[str(paper_id)][str(origin)] = str(fingerprint)
        return dict(found)

    def taken(self, fingerprints: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for part in _parts(_asked(fingerprints)):
            statement = f"SELECT fingerprint, origin, id FROM told WHERE fingerprint IN ({_marks(part)})"
            for fingerprint, origin, paper_id in self.rows(statement, part):
                found[str(fingerprint)][str(origin)] = str(paper_id)
        return dict(found)

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        found: dict[str, Paper] = {}
        for part in _parts(_asked(ids)):
            rows = self.rows(f"SELECT id, record FROM papers WHERE id IN ({_marks(part)})", part)
            found.update((str(i), self._paper(record)) for i, record in rows)
        return {i: found[i] for i in dict.fromkeys(ids) if i in found}

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(_asked(ids)):
            found.update(self.rows(f"SELECT id, fingerprint FROM papers WHERE id IN ({_marks(part)})", part))
        return found

    def ids_by_title(self, keys: Sequence[str]) -> dict[str, list[str]]:
        return self._ids_by("title_key", keys)

    def ids_by_doi(self, dois: Sequence[str]) -> dict[str, list[str]]:
        return self._ids_by("doi", dois)

    def ids_by_abstract(self, keys: Sequence[str]) -> dict[str, list[str]]:
        return self._ids_by("abstract_key", keys)

    def _ids_by(self, column: str, keys: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part in _parts(_asked(keys)):
            statement = f"SELECT {column}, id FROM papers WHERE {column} IN ({_marks(part)}) ORDER BY id"
            for key, paper_id in self.rows(statement, part):
                found[str(key)].append(str(paper_id))
        return dict(found)

    def papers(self) -> Iterator[Paper]:
        last = ""
        while rows := self.rows("SELECT id, record FROM papers WHERE id > ? ORDER BY id LIMIT ?", (last, _READ_BATCH)):
            yield from (self._paper(record) for _, record in rows)
            last = rows[-1][0]

    def count(self) -> int:
        return int(self.rows("SELECT count(*) FROM papers")[0][0])

    def changes(self, after: int, most: int = _READ_BATCH) -> Changes:
        """What happened after a position: at least one whole step, and no more steps than hold `most` papers."""
        now = self.position()
        ahead = self.rows("SELECT position FROM papers WHERE position > ? ORDER BY position LIMIT ?", (after, most))
        upto = int(ahead[-1][0]) if len(ahead) == most else now
        papers = self.rows("SELECT record FROM papers WHERE position > ? AND position <= ?", (after, upto))
        gone = self.rows("SELECT id FROM removed WHERE position > ? AND position <= ?", (after, upto))
        return Changes(tuple(self._paper(record) for (record,) in papers), tuple(str(i) for (i,) in gone), upto)

    # --- which papers have vectors -----------------------------------------------------------------------------

    def waiting(self, collection: str, after: int = 0, most: int = _READ_BATCH) -> list[tuple[int, Paper]]:
        """(position, paper) of papers after a position whose vectors in `collection` are not there or of other text."""
        rows = self.rows(
            f"SELECT p.position, p.record {_WAITING} AND p.position >= ? ORDER BY p.position, p.id LIMIT ?",
            (collection, after, most),
        )
        return [(int(position), self._paper(record)) for position, record in rows]

    def waiting_ids(self, collection: str) -> list[str]:
        """The ids of all of them, in no order."""
        return [str(paper_id) for (paper_id,) in self.rows(f"SELECT p.id {_WAITING}", (collection,))]

    def note_embedded(self, collection: str, fingerprints: Mapping[str, str]) -> None:
        """These papers, in the version of these fingerprints, now have their vectors in `collection`."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO embedded VALUES (?, ?, ?)",
                [(collection, paper_id, fingerprint) for paper_id, fingerprint in fingerprints.items()],
            )

    def forget_embedded(self, collection: str, ids: Sequence[str] | None = None) -> None:
        """These papers (all without `ids`) have no vectors in `collection` any more."""
        with self.transaction():
            if ids is None:
                self._db.execute("DELETE FROM embedded WHERE collection = ?", (collection,))
            for part in _parts(ids or ()):
                self._db.execute(
                    f"DELETE FROM embedded WHERE collection = ? AND id IN ({_marks(part)})", (collection, *part)
                )

    def without_paper(self, collection: str, most: int = _READ_BATCH) -> list[str]:
        """Ids that have vectors in `collection` though the paper is gone."""
        rows = self.rows(
            "SELECT e.id FROM embedded e LEFT JOIN papers p ON p.id = e.id "
            "WHERE e.collection = ? AND p.id IS NULL LIMIT ?",
            (collection, most),
        )
        return [str(i) for (i,) in rows]

    def embedded(self, collection: str) -> int:
        """How many papers have their vectors, of their present version, in `collection`."""
        return int(
            self.rows(
                "SELECT count(*) FROM embedded e JOIN papers p ON p.id = e.id "
                "WHERE e.collection = ? AND e.fingerprint = p.fingerprint",
                (collection,),
            )[0][0]
        )

    def not_embedded(self, collection: str, ids: Sequence[str]) -> list[str]:
        """Those of `ids`, in their order, whose vectors in `collection` are not there."""
        there: set[str] = set()
        for part in _parts(_asked(ids)):
            statement = f"SELECT id FROM embedded WHERE collection = ? AND id IN ({_marks(part)})"
            there.update(str(i) for (i,) in self.rows(statement, (collection, *part)))
        return [i for i in ids if i not in there]


def _asked(values: Sequence[str]) -> list[str]:
    """Each once, without those that no paper can have: half characters, which a file's name or a terminal may hold."""
    return [value for value in dict.fromkeys(values) if not _HALF_CHARACTER.search(value)]


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _parts(items: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(items), _VALUES):
        yield list(items[at : at + _VALUES])


def _row(paper: Paper, position: int) -> tuple[Any, ...]:
    record = json.dumps(record_of(paper), ensure_ascii=False)
    keys = title_key(paper.title), abstract_key(paper.abstract)
    return (paper.id, position, paper.doi, *keys, paper.fingerprint, record)
