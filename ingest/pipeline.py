"""The order of an ingest run: read -> identify against the library -> compare -> split -> embed -> store.

Every batch is stored whole before the next is read, so what was reported is there, whatever happens next, and a
second run over the same papers changes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.adapters.chroma import embedded_text
from app.core.domain import BadRecord, IngestReport, Paper
from app.core.errors import InputError
from app.core.ports import Embedder, KeywordIndex, PaperStore
from ingest.match import Match, Matcher
from ingest.sources import choose_source
from ingest.split import split

BATCH = 64
_HEAD_CHARACTERS = 64 * 1024

Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class Ingest:
    """An ingest run over a library. `progress(done, total, words)` is called after every batch; `total` is None
    while it is not known."""

    store: PaperStore
    keyword: KeywordIndex
    embedder: Embedder
    progress: Progress = lambda done, total, words: None

    def run(self, records: Iterable[Paper | BadRecord], dry_run: bool = False) -> IngestReport:
        """Take every record into the library. With `dry_run` nothing is written and the report says what would be."""
        started = time.monotonic()
        tally: Counter[str] = Counter()
        bad: list[BadRecord] = []
        matcher = Matcher(self.store)
        for batch in _batches(records, BATCH):
            bad.extend(record for record in batch if isinstance(record, BadRecord))
            matches, repeated = matcher.match([record for record in batch if isinstance(record, Paper)])
            tally["repeated"] += repeated
            self._take(matches, tally, dry_run)
            self.progress(tally.total() + len(bad), None, "papers read")
        return IngestReport(
            **tally, bad=tuple(bad), total_in_library=self.store.count(), seconds=time.monotonic() - started
        )

    def _take(self, matches: Sequence[Match], tally: Counter[str], dry_run: bool) -> None:
        """Compare with the library, count, and write what is new or changed."""
        stored = self.store.fingerprints([i for m in matches for i in (m.paper.id, m.replaces) if i])
        write: list[Match] = []
        for match in matches:
            known = stored.get(match.paper.id)
            moved = match.replaces in stored
            same = known == match.paper.fingerprint and not moved
            if match.counts:
                tally["unchanged" if same else "changed" if known or moved else "new"] += 1
            if not same:
                write.append(match)
        if write and not dry_run:
            self._write([m.paper for m in write], [m.replaces for m in write if m.replaces in stored and m.replaces])

    def _write(self, papers: Sequence[Paper], replaced: Sequence[str]) -> None:
        """Store the papers, then forget the ids that they stood under before."""
        pairs = [(p, split(p, self.embedder.count_tokens, self.embedder.max_tokens)) for p in papers]
        vectors = self.embedder.embed(
            [embedded_text(paper.title, chunk.text) for paper, chunks in pairs for chunk in chunks]
        )
        self.keyword.begin()
        self.store.put(pairs, vectors)
        self.store.delete(replaced)
        self.keyword.put(papers)
        if replaced:
            self.keyword.delete(replaced)
        self.keyword.finish()


def _batches(records: Iterable[Paper | BadRecord], size: int) -> Iterator[list[Paper | BadRecord]]:
    iterator = iter(records)
    while batch := list(islice(iterator, size)):
        yield batch


def read_files(paths: Sequence[Path], source: str | None = None) -> Iterator[Paper | BadRecord]:
    """The records of all files, lazily. Raises InputError for a file that cannot be read or recognised."""
    for path in paths:
        yield from _read_file(path, source)


def _read_file(path: Path, source: str | None) -> Iterator[Paper | BadRecord]:
    try:
        if path.is_dir():
            raise InputError(
                f'"{path}" is a folder.', "Name the files in it, for example: askpapers ingest FOLDER/*.jsonl"
            )
        with path.open(encoding="utf-8-sig") as stream:
            chosen = choose_source(stream.read(_HEAD_CHARACTERS), str(path), source)
            stream.seek(0)
            yield from chosen.papers(stream, str(path))
    except UnicodeDecodeError as error:
        raise InputError(
            f'"{path}" is not UTF-8 text (byte {error.object[error.start]:#04x} cannot be read).',
            "Save it as UTF-8 and try again: what is already in the library is skipped.",
        ) from error
    except OSError as error:
        raise InputError(
            f'"{path}" cannot be read: {error.strerror or error}.',
            "Check the path and that you may read the file.",
        ) from error
