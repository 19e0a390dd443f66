"""Uploaded files: they lie in a folder of the page's own, which means nothing to a person, so they go by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.domain import BadRecord, Paper
from app.core.errors import AskPapersError
from app.core.report import IngestReport
from ingest.reading import read_inputs


class Uploads:
    """The files of one upload. Where a file lies tells its content from another of the same name, so bad records are
    set aside by that; what is stored with papers and what a person reads holds the name alone."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)

    def records(self) -> Iterator[Paper | BadRecord]:
        """As `read_inputs`. The same file uploaded again counts as the same source."""
        for record in read_inputs(self._paths):
            yield replace(record, source=self._named(record.source)) if isinstance(record, Paper) else record

    def report(self, report: IngestReport) -> IngestReport:
        """The report for a person."""
        bad = [replace(one, where=self._named(one.where), reason=self._named(one.reason)) for one in report.bad]
        return replace(report, bad=tuple(bad))

    def error(self, error: AskPapersError) -> AskPapersError:
        """The error for a person."""
        return type(error)(self._named(str(error)), self._named(error.hint))

    def _named(self, words: str) -> str:
        for path in self._paths:
            words = words.replace(str(path), path.name)
        return words
