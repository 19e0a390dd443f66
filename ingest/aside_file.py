"""One file of bad records: written beside its place, and put there without a record of an older one being lost."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from filecmp import cmp
from itertools import count
from pathlib import Path

# Larger files are not compared record by record.
_LARGEST_COMPARED = 64_000_000
_REPAIRED = ".repaired"
_BEFORE = re.compile(r"-before\d*$")


@dataclass(slots=True)
class AsideFile:
    """A file being written: where it will stand, where it is written, whether it is read in this run as well, what closes
    it, and where in it the opening and each record end."""

    path: Path
    unfinished: Path
    own: bool
    closing: bytes
    ends: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Write what closes it after the last whole record: a full disk may have cut one that follows."""
        with self.unfinished.open("r+b") as stream:
            if stream.seek(0, os.SEEK_END) < self.ends[-1]:
                raise OSError(f'"{self.unfinished}" has become shorter while it was written')
            stream.truncate(self.ends[-1])
            stream.seek(self.ends[-1])
            stream.write(self.closing)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def state(path: Path) -> tuple[int, int]:
    """Tells a file from the same file after somebody has written to it."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def put_in_place(file: AsideFile) -> None:
    new = file.unfinished
    if file.path.exists() and not _all_in(file.path, new, file.ends, file.closing):
        stem = _BEFORE.sub("", file.path.stem)
        free = (file.path.with_name(f"{stem}-before{n or ''}{file.path.suffix}") for n in count())
        file.path.rename(next(other for other in free if not other.exists()))
    new.replace(file.path)


def is_beginning(file: AsideFile) -> bool:
    """Whether the file that stands there begins with every record of the new one."""
    left = file.ends[-1]
    try:
        with file.path.open("rb") as old, file.unfinished.open("rb") as new:
            while left > 0 and (piece := new.read(min(left, 1 << 20))):
                if old.read(len(piece)) != piece:
                    return False
                left -= len(piece)
    except FileNotFoundError:
        return False
    return True


def _all_in(old: Path, new: Path, ends: Sequence[int], closing: bytes) -> bool:
    """Whether every record of the old file stands in the new one, whose opening and records end at `ends`."""
    if max(old.stat().st_size, new.stat().st_size) > _LARGEST_COMPARED:
        return cmp(old, new, shallow=False)
    had, has = old.read_bytes(), new.read_bytes()
    at = ends[0]
    if had[:at] != has[:at]:
        return False
    for start, end in zip(ends, ends[1:], strict=False):
        if had.startswith(has[start:end], at):
            at += end - start
    return had[at:] in (closing, b"")


def keep_repaired(path: Path) -> None:
    """A second name for what a file holds, so that it stays when the file is written anew."""
    folder = path.parent / _REPAIRED
    folder.mkdir(exist_ok=True)
    names = (folder / f"{path.stem}{f'-{n}' if n else ''}{path.suffix}" for n in count())
    other = next(name for name in names if not name.exists())
    try:
        os.link(path, other)
    except OSError:
        shutil.copy2(path, other)
