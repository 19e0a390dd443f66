"""Bad records kept in files of their own format, so that they can be repaired and ingested again.

One file for each file they came from, `<its name>-<8 hex digits of where it lies><.extension>`, written anew by every
run over it: a run that was killed is run again, and then the file is whole.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TextIO

from app.core.domain import BadRecord
from app.core.errors import LibraryError

# More bad records than this of one file say that the file is no such file; the rest is only counted.
MOST = 100_000
# Of so many the report tells all; of the others where and why, no longer what.
_KEEP_EXCERPTS = 1000


@dataclass(slots=True)
class SetAside:
    """Takes bad records and writes them to `folder`; without a folder it only passes them on."""

    folder: Path | None = None
    files: dict[tuple[str, str], tuple[TextIO, str]] = field(default_factory=dict)
    written: int = 0

    def add(self, record: BadRecord) -> BadRecord:
        """Keep the record. What comes back is for the report, without the text that is now in the file."""
        slim = replace(record, raw=None, opening="", closing="")
        if self.folder is None or record.raw is None or self.written >= MOST:
            return slim
        try:
            stream = self._stream(self.folder, record)
            if isinstance(record.raw, Path):
                with record.raw.open(encoding="utf-8", errors="surrogateescape") as spilled:
                    shutil.copyfileobj(spilled, stream)
                record.raw.unlink(missing_ok=True)
            else:
                stream.write(record.raw)
                if not record.raw.endswith("\n"):
                    stream.write("\n")
            stream.flush()
        except OSError as error:
            raise LibraryError(
                f'The bad records cannot be kept in "{self.folder}": {error.strerror or error}.',
                "Check that the folder is yours to write and the disk is not full, then run this again: "
                "what is already stored is skipped.",
            ) from error
        self.written += 1
        return slim if self.written <= _KEEP_EXCERPTS else replace(slim, excerpt="")

    def _stream(self, folder: Path, record: BadRecord) -> TextIO:
        key = record.where, record.opening
        if key not in self.files:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / _file_name(record, len([k for k in self.files if k[0] == record.where]))
            stream = path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            stream.write(record.opening)
            self.files[key] = stream, record.closing
        return self.files[key][0]

    def close(self) -> tuple[str, ...]:
        """Finish the files; their paths."""
        for stream, closing in self.files.values():
            stream.write(closing)
            stream.close()
        paths = tuple(stream.name for stream, _ in self.files.values())
        self.files.clear()
        return paths


def _file_name(record: BadRecord, more: int) -> str:
    """A name made of harmless characters only, whatever the file was called."""
    name = PurePath(record.where.replace("\\", "/")).name
    suffix = record.extension or ".txt"
    stem = re.sub(r"[^\w.-]", "_", name.removesuffix(".gz").removesuffix(suffix))[:80].lstrip(".") or "records"
    mark = hashlib.sha256(record.where.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{stem}-{mark}{f'-{more + 1}' if more else ''}{suffix}"
