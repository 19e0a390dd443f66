"""What the Library tab needs of a service; `app.librarian` is of this shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from app.core.browsing import ExportFormat, LibraryFacets, Look, MaybeOne, Shelf
from app.core.domain import Paper
from app.core.report import IngestReport
from app.ui.service import Progress


@runtime_checkable
class KeepsLibrary(Protocol):
    """A service whose library can be looked through, added to and tidied from the page."""

    def browse(self, look: Look) -> Shelf:
        """The page of papers that this look asks for."""

    def ids_that_fit(self, look: Look) -> list[str]:
        """The ids on all pages of this look."""

    def facets(self) -> LibraryFacets:
        """What there is to filter by."""

    def authors_like(self, typed: str) -> list[str]:
        """Names of authors that begin as typed."""

    def papers_of(self, ids: Sequence[str]) -> list[Paper]:
        """These papers in this order, without those that are gone."""

    def export(self, format_name: ExportFormat, path: Path, ids: Sequence[str] | None, progress: Progress) -> int:
        """Write these papers (all without `ids`) to a file; how many."""

    def duplicates(self) -> Iterator[MaybeOne]:
        """Papers that may be one, two at a time."""

    def ingest_text(self, text: str, progress: Progress) -> IngestReport:
        """Take in pasted records, or fetch the papers of pasted ids."""

    def ingest_query(self, query: str, most: int, progress: Progress) -> IngestReport:
        """Fetch the newest papers that match a query of arXiv's."""

    def load_starter(self) -> IngestReport:
        """The papers that ship with askpapers."""

    def may_remove(self) -> bool:
        """Whether papers can be removed and merged from the page."""

    def remove_papers(self, ids: Sequence[str]) -> list[str]:
        """Remove these papers; those that were there. Raises InputError where it is not allowed."""

    def merge_papers(self, one: str, other: str) -> Paper:
        """Make one paper of two. Raises InputError where it is not allowed, or if one is not there."""
