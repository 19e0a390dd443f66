"""The order of an ingest run: read -> match against the library -> write to the store -> write to the keyword index.

Each batch is stored whole, in one transaction, before the next is read: what was reported is there, whatever happens
next. From then on its papers are found by their words; their vectors are made afterwards (`ingest.embed`). A second
run over the same papers changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from app.core.domain import BadRecord, Paper
from app.core.ports import KeywordIndex, PaperStore
from app.core.report import IngestReport, NearDuplicate, Told
from ingest.dry_run import rehearsal
from ingest.match import Known, Matcher, pair
from ingest.set_aside import SetAside

# The first papers are to be found at once; later, larger batches cost less a paper.
FIRST_BATCH, LARGEST_BATCH = 64, 2048
# A slow source (a live one) is stored this often, in seconds.
_LONGEST_WAIT = 5.0
_MOST_NEAR = 1000

Progress = Callable[[int, "int | None", str], None]
Cost = Callable[[Sequence[Paper]], tuple[int, float]]
Lock = Callable[[], AbstractContextManager[object]]
Write = Callable[[Sequence[Paper], Sequence[str], Told], object]


@dataclass(frozen=True, slots=True)
class Ingest:
    """An ingest run over a library. `progress(done, total, words)` is called after every batch; `total` is None
    while it is not known. `lock` is held while a batch is compared and written, by one process at a time. `cost` gives
    the tokens of papers and the seconds that embedding them takes."""

    store: PaperStore
    keyword: KeywordIndex
    progress: Progress = lambda done, total, words: None
    lock: Lock = nullcontext
    set_aside: SetAside = field(default_factory=SetAside)
    cost: Cost | None = None

    def run(self, records: Iterable[Paper | BadRecord], dry_run: bool = False) -> IngestReport:
        """Take every record into the library. With `dry_run` nothing is written and the report says what would be."""
        if dry_run:
            with rehearsal(self.store) as notes:
                return self._run(records, notes, notes.write)
        return self._run(records, self.store, self._write)

    def _write(self, papers: Sequence[Paper], removed: Sequence[str], told: Told) -> None:
        self.store.write(papers, removed, told)
        catch_up(self.store, self.keyword)

    def _run(self, records: Iterable[Paper | BadRecord], known: Known, write: Write) -> IngestReport:
        started = time.monotonic()
        matcher = Matcher(known)
        repeated = flagged = read = tokens = 0
        seconds = 0.0
        near: list[NearDuplicate] = []
        whole = False
        try:
            for batch in _batches(records):
                for record in batch:
                    if isinstance(record, BadRecord):
                        self.set_aside.add(record)
                self.set_aside.saw(record.source for record in batch if isinstance(record, Paper))
                with self.lock():
                    found = matcher.match([record for record in batch if isinstance(record, Paper)])
                    write(found.write, found.removed, found.told)
                if self.cost:
                    more, longer = self.cost(found.write)
                    tokens, seconds = tokens + more, seconds + longer
                repeated += found.repeated
                flagged += sum(bool(paper.flags) for paper in found.write)
                near = _still_near([*near, *found.near][:_MOST_NEAR], found.told.moved)
                read += len(batch)
                self.progress(read, None, "papers read")
            whole = True
        finally:
            kept = self.set_aside.close(whole)
        bad = self.set_aside.bad
        return IngestReport(
            new=matcher.count("new"),
            changed=matcher.count("changed"),
            unchanged=matcher.count("unchanged"),
            repeated=repeated,
            bad=tuple(bad.first),
            bad_more=bad.count - len(bad.first),
            bad_list=str(bad.file) if bad.file else None,
            total_in_library=self.store.count(),
            seconds=time.monotonic() - started,
            flagged=flagged,
            near_duplicates=tuple(near),
            set_aside=kept,
            repaired=self.set_aside.emptied,
            tokens=tokens if self.cost else None,
            embed_seconds=seconds if self.cost else None,
        )


def catch_up(store: PaperStore, keyword: KeywordIndex) -> None:
    """Bring the keyword index to where the store is; from the start if it belongs to another store or lost its place.
    Only under the library's writing lock."""
    identity, now = store.identity, store.position()
    at = keyword.position(identity)
    if not 0 < at <= now:
        keyword.reopen()
        if keyword.count():
            keyword.clear()
        at = 0
    while at < now:
        changes = store.changes(at, LARGEST_BATCH)
        keyword.apply(changes, identity)
        at = changes.position


def _still_near(pairs: Sequence[NearDuplicate], moved: Mapping[str, str]) -> list[NearDuplicate]:
    """The pairs under the ids that their papers go by now, without those that have become one paper since."""
    now = [pair(moved.get(p.paper_id, p.paper_id), moved.get(p.other_id, p.other_id), p.why) for p in pairs]
    return list(dict.fromkeys(p for p in now if p.paper_id != p.other_id))


def _batches(records: Iterable[Paper | BadRecord]) -> Iterator[list[Paper | BadRecord]]:
    batch: list[Paper | BadRecord] = []
    size, due = FIRST_BATCH, time.monotonic() + _LONGEST_WAIT
    for record in records:
        batch.append(record)
        if len(batch) >= size or time.monotonic() > due:
            yield batch
            batch, size, due = [], min(size * 2, LARGEST_BATCH), time.monotonic() + _LONGEST_WAIT
    if batch:
        yield batch
