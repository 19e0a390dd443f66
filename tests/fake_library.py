"""The part of the scripted service that the Library tab talks to: a few papers in a list, and what was asked of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.browsing import ExportFormat, LibraryFacets, Look, MaybeOne, Shelf, page_of
from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, SourceError
from app.core.report import IngestReport
from app.export import write_papers
from app.ui.service import Progress


class FakeLibrary:
    """Mixed into `FakeService`. A query waits while `answer` is clear; "offline" as a query cannot be asked."""

    _papers: tuple[Paper, ...]

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.removable = True
        self.pasted: list[str] = []
        self.late_s = 0.0  # a look with filters takes so long
        self.answer = threading.Event()
        self.answer.set()

    def _fitting(self, look: Look) -> list[Paper]:
        words = look.text.casefold().split()
        found = [
            paper
            for paper in self._papers
            if look.filters.fits(paper)
            and all(word in f"{paper.id} {paper.title} {paper.abstract} {paper.authors}".casefold() for word in words)
        ]
        key = (lambda p: p.title) if look.sorting == "title" else (lambda p: str(p.year))
        return sorted(found, key=key, reverse=look.sorting in ("newest", "best"))

    def browse(self, look: Look) -> Shelf:
        self.looks.append(look)
        if look:
            time.sleep(self.late_s)
        found = self._fitting(look)
        number, pages = page_of(len(found), look.number, look.size)
        shown = found[(number - 1) * look.size : number * look.size]
        return Shelf(tuple(shown), number, pages, len(found), len(self._papers))

    def ids_that_fit(self, look: Look) -> list[str]:
        return [paper.id for paper in self._fitting(look)]

    def facets(self) -> LibraryFacets:
        years = sorted({str(paper.year) for paper in self._papers if paper.year})
        return LibraryFacets(tuple((year, 1) for year in years), (("cs.CL", 2), ("<b>cs</b>", 1)), 1)

    def authors_like(self, typed: str) -> list[str]:
        names = dict.fromkeys(name for paper in self._papers for name in paper.authors)
        return [name for name in names if typed.casefold() in name.casefold()]

    def papers_of(self, ids: Sequence[str]) -> list[Paper]:
        known = {paper.id: paper for paper in self._papers}
        return [known[each] for each in ids if each in known]

    def export(self, format_name: ExportFormat, path: Path, ids: Sequence[str] | None, progress: Progress) -> int:
        progress(0, None, "papers written")
        papers = list(self._papers) if ids is None else self.papers_of(ids)
        with path.open("w", encoding="utf-8", newline="") as stream:
            return write_papers(format_name, papers, stream)

    def duplicates(self) -> Iterator[MaybeOne]:
        if len(self._papers) > 1:
            yield MaybeOne(self._papers[0], self._papers[1], "the same title")

    def ingest_text(self, text: str, progress: Progress) -> IngestReport:
        if "roses" in text:
            raise InputError('"pasted text" is in no format we know.', "Paste records.")
        self.pasted.append(text)
        progress(1, None, "papers read")
        return IngestReport(1, 0, 0, 0, (BadRecord("pasted text", 3, "no <b>abstract</b>"),), total_in_library=5)

    def ingest_query(self, query: str, most: int, progress: Progress) -> IngestReport:
        if query == "offline":
            raise SourceError("askpapers is offline.", "Add a file.")
        for done in range(0, most + 1, 10):
            progress(done, None, "papers read")
        self.answer.wait(60)
        return IngestReport(most, total_in_library=5)

    def load_starter(self) -> IngestReport:
        return IngestReport(47, total_in_library=47)

    def may_remove(self) -> bool:
        return self.removable

    def remove_papers(self, ids: Sequence[str]) -> list[str]:
        if not self.removable:
            raise InputError("Nothing is removed here.", "Ask whoever runs it.")
        gone = [paper.id for paper in self.papers_of(ids)]
        self._papers = tuple(paper for paper in self._papers if paper.id not in gone)
        return gone

    def merge_papers(self, one: str, other: str) -> Paper:
        kept = self.papers_of([one])[0]
        self.remove_papers([other])
        return kept
