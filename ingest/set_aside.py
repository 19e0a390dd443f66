"""Bad records kept in files of their own format, so that they can be repaired and ingested again.

One file for each file they came from, `<its name>-<8 hex digits of where it lies><.extension>`, made anew by every run
over it and put in place when it is whole: a run that was killed is run again. A file that has been repaired meanwhile,
or is of an earlier state of its source, is kept beside the new one.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass, field, replace
from filecmp import cmp
from itertools import count
from pathlib import Path, PurePath
from typing import TextIO

from app.core.domain import BadRecord
from app.core.errors import LibraryError

# More bad records than this of one file say that the file is no such file; the rest is only counted.
MOST = 100_000
# Of so many the report tells all; of the others where and why, no longer what.
_KEEP_EXCERPTS = 1000
_UNFINISHED = ".part"

Kind = tuple[str, str]


@dataclass(slots=True)
class SetAside:
    """Takes bad records and writes them to `folder`; without a folder it only passes them on."""

    folder: Path | None = None
    files: dict[Kind, tuple[Path, str]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    # Only the file under work is open: a folder of ten thousand broken files is not too many.
    open: tuple[Kind, TextIO] | None = None

    def add(self, record: BadRecord) -> BadRecord:
        """Keep the record. What comes back is for the report, without the text that is now in the file."""
        slim = replace(record, raw=None, opening="", closing="")
        kept = self.written.get(record.where, 0)
        if self.folder is None or record.raw is None or kept >= MOST:
            if isinstance(record.raw, Path):
                record.raw.unlink(missing_ok=True)
            return slim
        try:
            self._write(self._stream(self.folder, record), record.raw)
        except OSError as error:
            raise self._error(error) from error
        self.written[record.where] = kept + 1
        return slim if sum(self.written.values()) <= _KEEP_EXCERPTS else replace(slim, excerpt="")

    def _write(self, stream: TextIO, raw: str | Path) -> None:
        if isinstance(raw, Path):
            with raw.open(encoding="utf-8", errors="surrogateescape", newline="") as spilled:
                shutil.copyfileobj(spilled, stream)
            raw.unlink(missing_ok=True)
        else:
            stream.write(raw if raw.endswith("\n") else f"{raw}\n")
        stream.flush()

    def _stream(self, folder: Path, record: BadRecord) -> TextIO:
        kind = record.where, record.opening
        if self.open and self.open[0] == kind:
            return self.open[1]
        self._close_open()
        known = kind in self.files
        if not known:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / _file_name(record, len([k for k in self.files if k[0] == record.where]))
            self.files[kind] = path, record.closing
        stream = _opened(self.files[kind][0], "a" if known else "w")
        self.open = kind, stream
        if not known:
            stream.write(record.opening)
        return stream

    def _close_open(self) -> None:
        if self.open:
            stream, self.open = self.open[1], None
            stream.close()

    def close(self) -> tuple[str, ...]:
        """Finish the files and put them in place; their paths."""
        files, self.files = self.files, {}
        self.written.clear()
        try:
            self._close_open()
            for path, closing in files.values():
                with _opened(path, "a") as stream:
                    stream.write(closing)
                _put_in_place(path)
        except OSError as error:
            raise self._error(error) from error
        return tuple(str(path) for path, _ in files.values())

    def _error(self, error: OSError) -> LibraryError:
        return LibraryError(
            f'The bad records cannot be kept in "{self.folder}": {error.strerror or error}.',
            "Check that the folder is yours to write and the disk is not full, then run this again: "
            "what is already stored is skipped.",
        )


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)


def _opened(path: Path, mode: str) -> TextIO:
    return _unfinished(path).open(mode, encoding="utf-8", errors="surrogateescape", newline="")  # type: ignore[return-value]


def _put_in_place(path: Path) -> None:
    new = _unfinished(path)
    if path.exists() and not cmp(path, new, shallow=False):
        free = (path.with_name(f"{path.stem}-before{number or ''}{path.suffix}") for number in count())
        path.rename(next(other for other in free if not other.exists()))
    new.replace(path)


def _file_name(record: BadRecord, more: int) -> str:
    """A name made of harmless characters only, whatever the file was called."""
    name = PurePath(record.where.replace("\\", "/")).name
    suffix = record.extension or ".txt"
    stem = re.sub(r"[^\w.-]", "_", name.removesuffix(".gz").removesuffix(suffix))[:50].lstrip(".") or "records"
    mark = hashlib.sha256(record.where.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{stem}-{mark}{f'-{more + 1}' if more else ''}{suffix}"
