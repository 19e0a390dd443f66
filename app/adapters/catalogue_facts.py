"""What filters and counts need to know of every paper, in a narrow table beside the records: days, people, categories,
venue, source, warnings.

A record holds a whole abstract, so counting a large library from its records would read all of its text. This table can
be made again from them, and is whenever another version of askpapers has written without it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

from app.adapters.catalogue_file import FACTS_TABLE, CatalogueFile
from app.core.domain import Paper, title_key
from app.core.filters import Filters, days_of, first_day, fits_person, last_day
from app.core.names import family_name
from app.core.people import person_key
from app.core.ports import Facet

_MARK = "facts"
_BATCH = 1000
# Between the values of a column that holds several, and around them, so that each can be looked for as a whole.
_SIGN = "\x1f"
_COLUMN = {"year": "first_day", "author": "authors", "category": "categories", "venue": "venue"}


class CatalogueFacts(CatalogueFile):
    """Counting papers, and finding those that fit filters: exactly those that `Filters.fits` says."""

    _whole: tuple[int, dict[Facet, dict[str, int]]] = (-1, {})

    def tally(self, by: Facet, filters: Filters | None = None) -> Mapping[str, int]:
        """How many of the papers that fit are of each year (in order), or have each author, category or venue (the most
        frequent first). A paper counts once for each value that it has, and not at all if it has none."""
        if filters:
            return self._counted(by, filters)
        # Asked with every question, to tell a year or a venue from other words.
        position = self.position()
        if self._whole[0] != position:
            self._whole = position, {}
        known = self._whole[1]
        if by not in known:
            known[by] = self._counted(by, None)
        return known[by]

    def _counted(self, by: Facet, filters: Filters | None) -> dict[str, int]:
        counts: Counter[str] = Counter()
        if by == "author":
            # Nearly every paper has authors of its own, so there is nothing for SQL to group.
            counts.update(_SIGN.join(str(authors) for (authors,) in self._fitting(_COLUMN[by], filters)).split(_SIGN))
        else:
            for value, papers in self._grouped(_COLUMN[by], filters):
                for each in [f"{value // 10_000:04}"] if by == "year" else set(str(value).split(_SIGN)):
                    counts[each] += papers
        counts.pop("0000" if by == "year" else "", None)
        if by == "year":
            return dict(sorted(counts.items()))
        return dict(sorted(sorted(counts.items()), key=itemgetter(1), reverse=True))

    def _grouped(self, column: str, filters: Filters | None) -> Iterator[tuple[Any, int]]:
        """Each value of a column among the papers that fit, and of how many it is."""
        if filters and any(person_key(who)[1] for who in (*filters.authors, *filters.all_authors)):
            yield from Counter(value for (value,) in self._fitting(column, filters)).items()
            return
        self._catch_up()
        conditions, values = _conditions(filters or Filters())
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        yield from (
            (row[0], int(row[1]))
            for row in self.rows(f"SELECT {column}, count(*) FROM facts{where} GROUP BY 1", values)
        )

    def count_fitting(self, filters: Filters) -> int:
        """How many papers fit."""
        return sum(papers for _, papers in self._grouped("1", filters))

    def fitting(self, filters: Filters | None = None, most: int | None = None, oldest: bool = False) -> list[str]:
        """The ids of papers that fit, the newest first (or the oldest), those without a date last; at most `most`."""
        order = f"first_day = 0, first_day {'ASC' if oldest else 'DESC'}, last_day, id"
        return [str(paper_id) for (paper_id,) in islice(self._fitting("id", filters, order, most), most)]

    def _fitting(
        self, column: str, filters: Filters | None, order: str = "", most: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """This column of every paper that fits, at least of the first `most`."""
        self._catch_up()
        conditions, values = _conditions(filters or Filters())
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        ordered = f" ORDER BY {order}" if order else ""
        # The table knows family names; whether a given name contradicts has to be looked at, if any is said.
        any_of, all_of = (filters.authors, filters.all_authors) if filters else ((), ())
        people = any(person_key(who)[1] for who in (*any_of, *all_of))
        limit = f" LIMIT {most}" if most is not None and not people else ""
        rows = self.rows(f"SELECT {column}{', authors' if people else ''} FROM facts{where}{ordered}{limit}", values)
        if not people:
            yield from rows
            return
        for row in rows:
            there = tuple(str(row[-1]).split(_SIGN))
            if (not any_of or any(fits_person(who, there) for who in any_of)) and all(
                fits_person(who, there) for who in all_of
            ):
                yield row[:-1]

    # --- keeping it in step -------------------------------------------------------------------------------------

    def _note_facts(self, papers: Sequence[Paper], removed: Sequence[str], before: int, now: int) -> None:
        """Within the transaction that takes the papers from position `before` to `now`: take them in, unless earlier
        changes are still to be taken in."""
        if self.about(_MARK) == str(before):
            self._take_in(papers, removed, now)

    def _take_in(self, papers: Sequence[Paper], removed: Sequence[str], position: int) -> None:
        self._db.executemany("DELETE FROM facts WHERE id = ?", [(paper_id,) for paper_id in removed])
        marks = ", ".join("?" * 11)
        self._db.executemany(f"INSERT OR REPLACE INTO facts VALUES ({marks})", [_facts_of(paper) for paper in papers])
        self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (_MARK, str(position)))

    def _catch_up(self) -> None:
        """Take in what was written without this table."""
        if self.about(_MARK) == str(self.position()):
            return
        with self.transaction():
            self._db.execute(FACTS_TABLE)
            mark, now = int(self.about(_MARK) or 0), self.position()
            gone = [str(i) for (i,) in self.rows("SELECT id FROM removed WHERE position > ?", (mark,))]
            self._take_in((), gone, mark)
            last = ""
            statement = f"SELECT id, record FROM papers WHERE position > ? AND id > ? ORDER BY id LIMIT {_BATCH}"
            while rows := self.rows(statement, (mark, last)):
                self._take_in([self._paper(record) for _, record in rows], (), mark)
                last = rows[-1][0]
            self._take_in((), (), now)

    def _paper(self, record: str) -> Paper:
        """The paper of a stored record."""
        try:
            fields = json.loads(record)
            for name in ("authors", "categories", "flags"):
                fields[name] = tuple(fields[name])
            return Paper(**fields)
        except (ValueError, LookupError, TypeError) as error:
            raise self.damaged(f"a paper's record cannot be read ({error})") from error


def _facts_of(paper: Paper) -> tuple[Any, ...]:
    earliest, latest = days_of(paper)
    venue = paper.venue or ""
    return (
        paper.id,
        earliest,
        latest,
        int(bool(paper.flags)),
        paper.source.casefold(),
        _joined([family_name(author) for author in paper.authors]),
        _joined([category.casefold() for category in paper.categories]),
        title_key(venue),
        _SIGN.join(dict.fromkeys(paper.authors)),
        _SIGN.join(paper.categories),
        venue.replace(_SIGN, " "),
    )


def _joined(values: Sequence[str]) -> str:
    return f"{_SIGN}{_SIGN.join(values)}{_SIGN}" if values else ""


def _conditions(filters: Filters) -> tuple[list[str], list[Any]]:
    """The conditions in SQL, with their values. Of people only the family names, which more papers may have."""
    conditions: list[str] = []
    values: list[Any] = []

    def add(condition: str, *given: Any) -> None:
        conditions.append(condition)
        values.extend(given)

    def add_any(column: str, patterns: Sequence[str]) -> None:
        add("(" + " OR ".join([f"instr({column}, ?) > 0"] * len(patterns) or ["0"]) + ")", *patterns)

    if filters.since or filters.until:
        add("first_day > 0")
    if filters.since:
        add("last_day >= ?", first_day(filters.since))
    if filters.until:
        add("first_day <= ?", last_day(filters.until))
    if filters.authors:
        add_any("families", [_joined([family_name(who)]) for who in filters.authors])
    for who in filters.all_authors:
        add_any("families", [_joined([family_name(who)])])
    if filters.categories:
        keys = [f"{_SIGN}{category.casefold()}" for category in filters.categories]
        add_any("category_keys", [f"{key}{end}" for key in keys for end in (_SIGN, ".")])
    if filters.venues:
        add_any("venue_key", [key for venue in filters.venues if (key := title_key(venue))])
    if filters.sources:
        add("source IN (SELECT value FROM json_each(?))", json.dumps([source.casefold() for source in filters.sources]))
    if filters.flagged is not None:
        add("flagged = ?", int(filters.flagged))
    if filters.ids:
        add("id IN (SELECT value FROM json_each(?))", json.dumps(filters.ids))
    if filters.not_ids:
        add("id NOT IN (SELECT value FROM json_each(?))", json.dumps(filters.not_ids))
    return conditions, values
