"""The order of an ingest run: read -> identify against the library -> compare -> split -> embed -> store.

Every batch is stored whole before the next is read, so what was reported is there, whatever happens next, and a
second run over the same papers changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from app.adapters.chroma import embedded_text
from app.core.domain import BadRecord, IngestReport, Paper, title_key
from app.core.errors import InputError
from app.core.ports import Embedder, KeywordIndex, PaperStore
from ingest.identify import is_title_hash
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
        new = changed = unchanged = repeated = 0
        bad: list[BadRecord] = []
        seen: dict[str, str] = {}
        for batch in _batches(records, BATCH):
            bad.extend(record for record in batch if isinstance(record, BadRecord))
            papers = self._known([record for record in batch if isinstance(record, Paper)])
            fresh: dict[str, Paper] = {}
            for paper in papers:
                if seen.get(paper.id) == paper.fingerprint:
                    repeated += 1
                    continue
                repeated += paper.id in seen
                seen[paper.id] = paper.fingerprint
                fresh[paper.id] = paper
            stored = self.store.fingerprints(list(fresh))
            write = [p for p in fresh.values() if stored.get(p.id) != p.fingerprint]
            new += sum(p.id not in stored for p in write)
            changed += sum(p.id in stored for p in write)
            unchanged += len(fresh) - len(write)
            if write and not dry_run:
                self._write(write)
            self.progress(new + changed + unchanged + repeated + len(bad), None, "papers read")
        return IngestReport(
            new, changed, unchanged, repeated, tuple(bad), self.store.count(), time.monotonic() - started
        )

    def _known(self, papers: Sequence[Paper]) -> list[Paper]:
        """Papers known only by title take the id and the missing fields of the one paper in the library with the
        same title and no other first author; the text is always the newly read one."""
        keys = {p.id: title_key(p.title) for p in papers if is_title_hash(p.id)}
        if not keys:
            return list(papers)
        by_title = self.store.ids_by_title(list(set(keys.values())))
        library = self.store.get([pid for ids in by_title.values() for pid in ids])
        result = []
        for paper in papers:
            same = [library[i] for i in by_title.get(keys.get(paper.id, ""), ()) if i in library]
            same = [old for old in same if _same_first_author(old, paper)]
            result.append(_completed(paper, same[0]) if len(same) == 1 else paper)
        return result

    def _write(self, papers: Sequence[Paper]) -> None:
        pairs = [(p, split(p, self.embedder.count_tokens, self.embedder.max_tokens)) for p in papers]
        vectors = self.embedder.embed(
            [embedded_text(paper.title, chunk.text) for paper, chunks in pairs for chunk in chunks]
        )
        self.keyword.begin()
        self.store.put(pairs, vectors)
        self.keyword.put(papers)
        self.keyword.finish()


def _same_first_author(one: Paper, other: Paper) -> bool:
    if not one.authors or not other.authors:
        return True
    return one.authors[0].split()[-1].casefold() == other.authors[0].split()[-1].casefold()


def _completed(paper: Paper, old: Paper) -> Paper:
    """`paper` under the id of `old`, with the fields of `old` where `paper` has none."""
    return replace(
        paper,
        id=old.id,
        authors=paper.authors or old.authors,
        year=paper.year or old.year,
        url=paper.url or old.url,
        doi=paper.doi or old.doi,
        categories=paper.categories or old.categories,
        venue=paper.venue or old.venue,
        published=paper.published or old.published,
    )


def _batches(records: Iterable[Paper | BadRecord], size: int) -> Iterator[list[Paper | BadRecord]]:
    iterator = iter(records)
    while batch := list(islice(iterator, size)):
        yield batch


def read_files(paths: Sequence[Path], source: str | None = None) -> Iterator[Paper | BadRecord]:
    """The records of all files, lazily. Raises InputError for a file that cannot be read or recognised."""
    for path in paths:
        yield from _read_file(path, source)


def _read_file(path: Path, source: str | None) -> Iterator[Paper | BadRecord]:
    if path.is_dir():
        raise InputError(f'"{path}" is a folder.', "Name the files in it, for example: askpapers ingest FOLDER/*.jsonl")
    try:
        with path.open(encoding="utf-8-sig") as stream:
            chosen = choose_source(stream.read(_HEAD_CHARACTERS), str(path), source)
            stream.seek(0)
            yield from chosen.papers(stream, str(path))
    except UnicodeDecodeError as error:
        raise InputError(
            f'"{path}" is not UTF-8 text (byte {error.start} of a block cannot be read).',
            "Save it as UTF-8 and try again. Papers read before that place are in the library.",
        ) from error
    except OSError as error:
        raise InputError(
            f'"{path}" cannot be read: {error.strerror or error}.',
            "Check the path and that you may read the file.",
        ) from error
