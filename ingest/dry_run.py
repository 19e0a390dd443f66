"""A dry run's own notes: what a run would have written so far, over a library that stays as it is.

They lie in a file that is thrown away afterwards, so that a dry run over a million papers needs no more memory than a
real one, and counts a paper that comes again in a later batch as what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.adapters.catalogue import SqliteCatalogue
from app.core.domain import Paper
from app.core.report import Told
from ingest.match import Known

Found = dict[str, list[str]]


@contextmanager
def rehearsal(library: Known) -> Iterator[Rehearsal]:
    """Notes over this library, for as long as the run takes."""
    with TemporaryDirectory(prefix="askpapers-") as folder, closing(SqliteCatalogue(Path(folder) / "notes")) as notes:
        yield Rehearsal(library, notes)


class Rehearsal:
    """What `ingest.match` asks of a store, answered from the notes first and from the library where they are silent."""

    def __init__(self, library: Known, notes: SqliteCatalogue) -> None:
        self._library, self._notes = library, notes
        self._gone: dict[str, str] = {}  # ids that the library has and the run would have taken away, and what instead
        self._instead: set[tuple[str, str]] = set()

    def write(self, papers: Sequence[Paper], removed: Sequence[str], told: Told) -> None:
        self._notes.write(papers, removed, told)
        self._gone |= {old: told.moved.get(old, old) for old in removed}
        self._instead |= set(told.instead)

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        noted = self._notes.get(ids)
        return self._library.get([i for i in ids if i not in noted and i not in self._gone]) | noted

    def ids_by_title(self, keys: Sequence[str]) -> Found:
        return self._both(self._library.ids_by_title, self._notes.ids_by_title, keys)

    def ids_by_doi(self, dois: Sequence[str]) -> Found:
        return self._both(self._library.ids_by_doi, self._notes.ids_by_doi, dois)

    def ids_by_abstract(self, keys: Sequence[str]) -> Found:
        return self._both(self._library.ids_by_abstract, self._notes.ids_by_abstract, keys)

    def taken(self, fingerprints: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for mark, by_origin in self._library.taken(fingerprints).items():
            found[mark] = {o: self._called(i) for o, i in by_origin.items() if (i, o) not in self._instead}
        for mark, by_origin in self._notes.taken(fingerprints).items():
            found[mark] = found.get(mark, {}) | by_origin
        return found

    def _called(self, paper_id: str) -> str:
        seen: set[str] = set()
        while paper_id in self._gone and paper_id not in seen:
            seen.add(paper_id)
            paper_id = self._gone[paper_id]
        return paper_id

    def _both(
        self,
        library: Callable[[Sequence[str]], Mapping[str, Sequence[str]]],
        notes: Callable[[Sequence[str]], Mapping[str, Sequence[str]]],
        keys: Sequence[str],
    ) -> Found:
        there, noted = library(keys), notes(keys)
        changed = self._notes.fingerprints([i for ids in there.values() for i in ids]).keys() | self._gone.keys()
        both = {key: {i for i in there.get(key, ()) if i not in changed} | set(noted.get(key, ())) for key in keys}
        return {key: sorted(ids) for key, ids in both.items() if ids}
