"""The bad records of a run as its report lists them: so many at most, and where there are more, all in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from app.core.domain import BadRecord
from ingest.unfinished import Unfinished

# A file of millions of bad records must not fill the memory of whoever reads about them.
MOST_LISTED = 10_000
_PART = "list.tsv"


class BadList:
    """Takes the bad records of one run, without their text. `unfinished`: where the file is written, if it may be."""

    def __init__(self, unfinished: Unfinished | None = None) -> None:
        self.first: list[BadRecord] = []
        self.count = 0
        self.file: Path | None = None
        self._unfinished = unfinished
        self._stream: TextIO | None = None

    def add(self, record: BadRecord) -> None:
        self.count += 1
        if self.count <= MOST_LISTED:
            self.first.append(record)
        elif self._unfinished:
            if self._stream is None:
                part = self._unfinished.path(_PART)
                self._stream = part.open("w", encoding="utf-8", errors="surrogateescape")
                self._stream.writelines(map(_line, self.first))
            self._stream.write(_line(record))

    @property
    def longer(self) -> bool:
        """Whether there are more than the report lists."""
        return self.count > MOST_LISTED

    def close(self) -> None:
        if self._stream:
            stream, self._stream = self._stream, None
            stream.close()

    def finish(self, file: Path) -> None:
        """Put the whole list in place. Under the lock of the folder."""
        if self._unfinished:
            file.parent.mkdir(exist_ok=True)
            self._unfinished.path(_PART).replace(file)
            self.file = file


def _line(record: BadRecord) -> str:
    """File, line (0: the whole file) and reason, with tabs between."""
    return "\t".join(" ".join(str(word).split()) for word in (record.where, record.line, record.reason)) + "\n"
