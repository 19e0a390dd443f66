"""Bad records kept in files of their own format, so that they can be repaired and ingested again.

One file for each file they came from, `<its name>-<8 hex digits of where it lies><.extension>`, made anew by every run
over it and put in place when it is whole: a run that was killed is run again. Until then it lies in a folder of that run
(`ingest.unfinished`), and one run at a time puts its files in place. A file that holds what the new one does not, because
it has been repaired meanwhile or is of an earlier state of its source, is kept beside it.

Bad records of such a file itself stay in it: when a run over it is through, those are left that are still bad, and the
file as it was is kept in `.repaired/`, which no run reads. A file with nothing left to repair goes there whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from filecmp import cmp
from pathlib import Path, PurePath
from typing import BinaryIO

from app.core.domain import BadRecord
from app.core.errors import LibraryError
from ingest.aside_file import AsideFile, encoded, is_beginning, keep_repaired, put_in_place, state
from ingest.bad_list import BadList
from ingest.unfinished import Unfinished

# More bad records than this of one file say that the file is no such file; the rest is only counted.
MOST = 100_000
# Of so many the report tells all; of the others where and why, no longer what.
_KEEP_EXCERPTS = 1000
_LISTS = ".lists"
_OURS = re.compile(r".+-[0-9a-f]{8}(?:-\d+)?(?:-before\d*)?\.\w+")

Kind = tuple[str, str]


@dataclass(slots=True)
class SetAside:
    """Takes bad records and writes them to `folder`; without a folder it only passes them on."""

    folder: Path | None = None
    files: dict[Kind, AsideFile] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    # Only the file under work is open: a folder of ten thousand broken files is not too many.
    open: tuple[Kind, BinaryIO] | None = None
    # What lies in the folder when the run begins, and what has been read of that.
    before: dict[Path, tuple[int, int]] = field(default_factory=dict)
    inside: dict[str, Path | None] = field(default_factory=dict)
    # Files of the folder that cannot be written anew, because not all that is bad in them can be kept.
    left: set[Path] = field(default_factory=set)
    emptied: tuple[str, ...] = ()
    unfinished: Unfinished | None = None
    bad: BadList = field(default_factory=BadList)

    def __post_init__(self) -> None:
        if self.folder:
            self.unfinished = Unfinished(self.folder.resolve())
            self.bad = BadList(self.unfinished)
        if self.folder and self.folder.is_dir():
            try:
                self.before = {path: state(path) for path in self.folder.resolve().iterdir() if path.is_file()}
            except OSError as error:
                raise self._error(error) from error

    def saw(self, sources: Iterable[str]) -> None:
        """Note where papers came from ("format path"), as `Paper.source` has it."""
        if self.before:
            for source in sources:
                if source not in self.inside:
                    self._inside(source, source.partition(" ")[2])

    def _inside(self, key: str, path: str) -> Path | None:
        """The file of the folder that this path is, if it is one."""
        if key not in self.inside:
            try:
                found = Path(path).resolve() if self.before else None
            except (OSError, ValueError, RuntimeError):
                found = None
            self.inside[key] = found if found in self.before else None
        return self.inside[key]

    def add(self, record: BadRecord) -> BadRecord:
        """Keep the record. What comes back is for the report, without the text that is now in the file."""
        try:
            self._keep(record)
            slim = replace(record, raw=None, opening="", closing="")
            slim = slim if self.bad.count < _KEEP_EXCERPTS else replace(slim, excerpt="")
            self.bad.add(slim)
        except OSError as error:
            raise self._error(error) from error
        return slim

    def _keep(self, record: BadRecord) -> None:
        kept = self.written.get(record.where, 0)
        own = self._inside(record.where, record.where)
        if own and not self._stays_in(own, record, kept):
            self.left.add(own)
        if self.folder is None or record.raw is None or kept >= MOST or own in self.left:
            if isinstance(record.raw, Path):
                record.raw.unlink(missing_ok=True)
            return
        self._write(record, record.raw)
        self.written[record.where] = kept + 1

    def _stays_in(self, own: Path, record: BadRecord, kept: int) -> bool:
        """Whether a file of the folder can be written anew with this record: it is ours, and as it was made by us."""
        other = any(where == record.where and opening != record.opening for where, opening in self.files)
        return bool(_OURS.fullmatch(own.name)) and record.raw is not None and kept < MOST and not other

    def _write(self, record: BadRecord, raw: str | Path) -> None:
        assert self.folder
        file, stream = self._stream(self.folder, record)
        if isinstance(raw, Path):
            with raw.open("rb") as spilled:
                shutil.copyfileobj(spilled, stream)
            raw.unlink(missing_ok=True)
        else:
            stream.write(encoded(raw if raw.endswith("\n") else f"{raw}\n"))
        stream.flush()
        file.ends.append(stream.tell())

    def _stream(self, folder: Path, record: BadRecord) -> tuple[AsideFile, BinaryIO]:
        kind = record.where, record.opening
        if self.open and self.open[0] == kind:
            return self.files[kind], self.open[1]
        self._close_open()
        known = kind in self.files
        if not known:
            assert self.unfinished
            own = self.inside[record.where]
            path = own or folder.resolve() / self._name(record, folder)
            # By number: the file of a name may be read and made anew in one run.
            unfinished = self.unfinished.path(f"{len(self.files)}{path.suffix}")
            self.files[kind] = AsideFile(path, unfinished, own is not None, encoded(record.closing))
        file = self.files[kind]
        stream = file.unfinished.open("r+b" if known else "xb")
        self.open = kind, stream
        stream.seek(0, os.SEEK_END)
        if not known:
            stream.write(encoded(record.opening))
            file.ends.append(stream.tell())
        return file, stream

    def _name(self, record: BadRecord, folder: Path) -> str:
        name = PurePath(record.where.replace("\\", "/")).name
        if (
            _OURS.fullmatch(name)
            and (folder / name).is_file()
            and all(f.own or f.path.name != name for f in self.files.values())
        ):
            return name  # a copy of one of ours, as the page gets it
        return _file_name(name, record, len([k for k in self.files if k[0] == record.where]))

    def _close_open(self) -> None:
        if self.open:
            stream, self.open = self.open[1], None
            stream.close()

    def close(self, whole: bool = True) -> tuple[str, ...]:
        """Finish the files and put them in place; the paths of all that hold bad records. `whole`: the run has read all
        and stored all papers; otherwise the files that it read in the folder stay as they are."""
        files, self.files = list(self.files.values()), {}
        self.written.clear()
        try:
            try:
                self._close_open()
            finally:
                self.bad.close()
            # What its source has just brought anew stands in the file, whatever was read of it.
            self.left |= {file.path for file in files if not file.own} & set(self.inside.values())
            for file in files:
                file.close()
            if self.unfinished and (files or self.bad.longer or any(self.inside.values())):
                with self.unfinished.alone():
                    self._settle(files, whole)
        except OSError as error:
            raise self._error(error) from error
        finally:
            if self.unfinished:
                self.unfinished.end()
        return tuple(map(str, dict.fromkeys([*(file.path for file in files), *sorted(self.left)])))

    def _settle(self, files: Sequence[AsideFile], whole: bool) -> None:
        for file in files:
            if file.own:
                self._finish_own(file, whole)
            elif whole or not is_beginning(file):  # of a run that was stopped, an older file may hold more
                put_in_place(file)
        if self.folder and self.bad.longer and whole:
            name = _file_name(PurePath(self.bad.first[0].where).name, self.bad.first[0], 0)
            self.bad.finish(self.folder.resolve() / _LISTS / f"{PurePath(name).stem}.tsv")
        bad = {file.path for file in files} | self.left
        self.emptied = tuple(str(path) for path in self._through(bad)) if whole else ()

    def _finish_own(self, file: AsideFile, whole: bool) -> None:
        """Leave in a file of the folder what is still bad."""
        new = file.unfinished
        changed = not file.path.exists() or state(file.path) != self.before[file.path]
        if not whole or changed or file.path in self.left or cmp(file.path, new, shallow=False):
            new.unlink()
        else:
            keep_repaired(file.path)
            new.replace(file.path)

    def _through(self, bad: Iterable[Path]) -> list[Path]:
        """Take files of the folder away of which nothing is bad any more."""
        read = {path for path in self.inside.values() if path and _OURS.fullmatch(path.name)} - set(bad)
        through = sorted(path for path in read if path.exists() and state(path) == self.before[path])
        for path in through:
            keep_repaired(path)
            path.unlink()
        return through

    def _error(self, error: OSError) -> LibraryError:
        return LibraryError(
            f'The bad records cannot be kept in "{self.folder}": {error.strerror or error}.',
            "Check that the folder is yours to write and the disk is not full, then run this again: "
            "what is already stored is skipped.",
        )


def _file_name(name: str, record: BadRecord, more: int) -> str:
    """A name made of harmless characters only, whatever the file was called."""
    suffix = record.extension or ".txt"
    stem = re.sub(r"[^\w.-]", "_", name.removesuffix(".gz").removesuffix(suffix))[:50].lstrip(".") or "records"
    mark = hashlib.sha256(record.where.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{stem}-{mark}{f'-{more + 1}' if more else ''}{suffix}"
