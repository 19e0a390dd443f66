"""What the page does with a library beside asking it: look through it, add to it, export, remove, merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.browsing import ExportFormat, LibraryFacets, Look, MaybeOne, Shelf
from app.core.domain import Paper
from app.core.errors import InputError, LibraryBusyError
from app.core.report import IngestReport
from app.core.settings import Settings
from app.library import Library

if TYPE_CHECKING:
    from app.background import BackgroundEmbedding

Progress = Callable[[int, "int | None", str], None]

STARTER = "starter/papers.jsonl"
# So long a removal waits for whoever makes vectors, while a person looks on.
_VECTORS_WAIT_S = 2.0


class Librarian:
    """Part of `Service`. With `open_to_others` the page is open to visitors, who look and add but take nothing away."""

    settings: Settings
    library: Library
    background: BackgroundEmbedding | None
    open_to_others: bool

    # --- looking ------------------------------------------------------------------------------------------------

    def browse(self, look: Look) -> Shelf:
        """The page of papers that this look asks for."""
        from app.browsing import browse

        self.library.refresh()
        return browse(self.library, look)

    def ids_that_fit(self, look: Look) -> list[str]:
        """The ids on all pages of this look."""
        from app.browsing import ids_that_fit

        self.library.refresh()
        return ids_that_fit(self.library, look)

    def facets(self) -> LibraryFacets:
        """What there is to filter by."""
        from app.browsing import facets

        self.library.refresh()
        return facets(self.library)

    def authors_like(self, typed: str) -> list[str]:
        """Names of authors that hold every word typed."""
        from app.browsing import authors_like

        return authors_like(self.library, typed)

    def papers_of(self, ids: Sequence[str]) -> list[Paper]:
        """These papers in this order, without those that are gone."""
        return list(self.library.store.get(ids).values())

    def export(self, format_name: ExportFormat, path: Path, ids: Sequence[str] | None, progress: Progress) -> int:
        """Write these papers (all without `ids`) to a file; how many."""
        from app.browsing import papers_of
        from app.export import in_order, write_papers

        store = self.library.store
        total = store.count() if ids is None else len(ids)
        papers = in_order(store) if ids is None else papers_of(self.library, list(ids))
        with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
            return write_papers(format_name, _counted(papers, total, progress), stream)

    def duplicates(self) -> Iterator[MaybeOne]:
        """Papers that may be one, two at a time, as they are found."""
        from app.browsing import duplicates

        return duplicates(self.library)

    # --- adding -------------------------------------------------------------------------------------------------

    def ingest_uploads(self, paths: Sequence[Path], progress: Progress) -> IngestReport:
        """Take in files a person has uploaded; report and errors call them by their own names."""
        from app.adding import from_files

        return from_files(self.library, paths, progress)

    def ingest_text(self, text: str, progress: Progress) -> IngestReport:
        """Take in pasted records, or the papers of pasted ids (see `app.adding`)."""
        from app.adding import from_text

        return from_text(self.settings, self.library, text, progress)

    def ingest_query(self, query: str, most: int, progress: Progress) -> IngestReport:
        """Fetch the newest papers that match a query of arXiv's."""
        from app.adding import from_query

        return from_query(self.settings, self.library, query, most, progress)

    def load_starter(self) -> IngestReport:
        """The 47 digests that ship with askpapers, for a person who has no papers at hand yet."""
        from ingest.sources import jsonl

        text = resources.files("ingest").joinpath(STARTER).read_text(encoding="utf-8")
        report = self.library.ingest(jsonl.papers(text.splitlines(keepends=True), "starter library"))
        if self.background is None:  # else their vectors are made there
            self.library.embed()
        return report

    # --- taking away --------------------------------------------------------------------------------------------

    def may_remove(self) -> bool:
        """Whether papers can be removed and merged from the page."""
        return not self.open_to_others

    def remove_papers(self, ids: Sequence[str]) -> list[str]:
        """Remove these papers from everywhere; those that were there. Vectors that cannot be removed now, since some are
        being made, go when that is done. Raises InputError on a page that is open to others."""
        from app.upkeep import remove

        self._refuse_removing()
        there = list(self.library.store.get(ids))
        try:
            return remove(self.library, there, _VECTORS_WAIT_S)
        except LibraryBusyError:
            if self.library.store.get(there):
                raise
            return there

    def merge_papers(self, one: str, other: str) -> Paper:
        """Make one paper of two. Raises InputError on a page that is open to others, or if one is not there."""
        from app.browsing import merge

        self._refuse_removing()
        return merge(self.library, one, other)

    def _refuse_removing(self) -> None:
        if not self.may_remove():
            raise InputError(
                "The library is that of everybody who uses this page, so nothing is removed or merged here.",
                "Whoever runs it types: askpapers library remove ID",
            )


def _counted(papers: Iterator[Paper], total: int, progress: Progress) -> Iterator[Paper]:
    for number, paper in enumerate(papers, start=1):
        if number % 1000 == 0:
            progress(number, total, "papers written")
        yield paper
