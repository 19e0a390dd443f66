"""From what a person names (files, folders, `-`) to streams of bytes: archives are opened by their content.

Every stream is read once, from front to back. What cannot be read is said by `Unreadable`, with the words for it; a
stream that breaks off in the middle raises it while it is read.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import shutil
import stat
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any, Protocol

from app.core.errors import InputError

STDIN = "-"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BLOCK = 1 << 16
# An archive in an archive in an archive is an attack or an accident.
_DEEPEST = 2
# A zip archive in another archive is unpacked to disk to be read; the largest known of papers has 1.6 GB.
_LARGEST_INSIDE = 4 << 30
# What is left for others where temporary files lie, looked at every 64 MB: small archives are read on small disks too.
_KEPT_FREE = 1 << 30
_BLOCKS_UNSEEN = 1024
# What zipfile and the decompressors raise for archives that are damaged or of a kind they do not know.
_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, struct.error, OverflowError)
_ZIP_TROUBLE = (*_DAMAGE, OSError, EOFError, ValueError, RuntimeError, LookupError, MemoryError)


class _Reader(Protocol):
    """What files, gzip files, members of zip archives and standard input have in common."""

    def read1(self, size: int = ..., /) -> bytes: ...


class Unreadable(Exception):
    """Why an input, or the rest of it, cannot be read, in words."""


class Bytes(io.RawIOBase):
    """A stream whose troubles (truncated gzip, damaged zip, a disk that fails) come as `Unreadable`."""

    def __init__(self, inner: _Reader) -> None:
        self._inner = inner
        self._start = b""
        self._broken: Unreadable | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        if self._start:
            data, self._start = self._start[: len(view)], self._start[len(view) :]
        else:
            data = self._read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        if self._broken:
            raise self._broken
        try:
            # read1 gives what is there before a stream breaks off; read would lose it.
            return self._inner.read1(size) or b""
        except EOFError as error:
            raise Unreadable("the compressed data break off here: the file is not whole") from error
        except _DAMAGE as error:
            raise Unreadable(f"the compressed data are damaged here ({error})") from error
        except MemoryError as error:
            raise Unreadable("the compressed data are damaged here (they ask for more memory than there is)") from error
        except OSError as error:
            if error.errno is None:  # bz2's way to say it
                raise Unreadable(f"the compressed data are damaged here ({error})") from error
            raise Unreadable(f"it cannot be read any further ({error.strerror or error})") from error

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes from the front; they are read again afterwards."""
        while len(self._start) < size:
            try:
                more = self._read(size - len(self._start))
            except Unreadable as error:
                if not self._start:
                    raise
                self._broken = error  # said when reading gets there
                break
            if not more:
                break
            self._start += more
        return self._start[:size]


def expand(paths: Sequence[Path | str]) -> list[str]:
    """The files meant, in order: folders give the files below them, by name, but for hidden ones. Raises InputError
    if one is not there or a folder holds none."""
    found: list[str] = []
    for path in map(str, paths):
        if path == STDIN or not _is_folder(path):
            found.append(path)
            continue
        inside = sorted(_files_below(path))
        if not inside:
            raise InputError(f'The folder "{path}" holds no file.', "Name a folder with papers in it.")
        found += inside
    return list(dict.fromkeys(found))


def _is_folder(path: str) -> bool:
    try:
        if stat.S_ISDIR(Path(path).stat().st_mode):
            return True
    except FileNotFoundError as error:
        raise InputError(f'There is no file "{path}".', "Check the name; relative names start from here.") from error
    except (OSError, ValueError) as error:
        raise InputError(
            f'"{path}" cannot be read: {getattr(error, "strerror", None) or error}.', "Check the name and its rights."
        ) from error
    return False


def _files_below(folder: str) -> Iterator[str]:
    closed: list[str] = []  # folders that may not be listed: opening one says why
    for inside, folders, files in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(inside, name)
            if not name.startswith(".") and _is_to_be_read(path):
                yield str(path)
    yield from closed


def _is_to_be_read(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)  # a pipe would never end
    except OSError:  # a link to nothing, no rights: opening it says so
        return True


def streams(path: str) -> Iterator[tuple[str, Bytes | Unreadable]]:
    """(where, stream) of a file, and of each member if it is a zip archive. A stream is good until the next is asked
    for; a member that cannot be opened comes as `Unreadable`. Raises Unreadable if the file cannot be opened."""
    if path == STDIN:
        yield from _unpacked("standard input", sys.stdin.buffer, 0)
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - closed right below
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror or error})") from error
    with stream:
        yield from _unpacked(path, stream, 0)


def _unpacked(where: str, stream: Any, depth: int) -> Iterator[tuple[str, Bytes | Unreadable]]:
    plain = Bytes(stream)
    magic = plain.peek(4)
    if depth == _DEEPEST or not magic.startswith((_GZIP, _ZIP)):
        yield where, plain
    elif magic.startswith(_GZIP):
        with gzip.GzipFile(fileobj=io.BufferedReader(plain, _BLOCK)) as inner:
            yield from _unpacked(where, inner, depth + 1)
    else:
        yield from _members(where, plain, stream, depth)


def _members(where: str, plain: Bytes, stream: Any, depth: int) -> Iterator[tuple[str, Bytes | Unreadable]]:
    with ExitStack() as open_files:
        whole: IO[bytes] = stream
        if depth or not _can_seek(stream):  # the table of a zip archive stands at its end
            whole = open_files.enter_context(_temporary_file())
            _unpack(plain, whole, _LARGEST_INSIDE if depth else None)
        try:
            archive = open_files.enter_context(zipfile.ZipFile(whole))
        except _ZIP_TROUBLE as error:
            raise Unreadable(f"the zip archive is damaged, not whole or of an unknown kind ({error})") from error
        for member in sorted(archive.infolist(), key=lambda info: info.filename):
            name = member.filename.rsplit("/", 1)[-1]
            if member.is_dir() or not name or name.startswith(".") or member.filename.startswith("__MACOSX/"):
                continue
            inside = f"{where}/{member.filename}"
            try:
                opened = archive.open(member)
            except _ZIP_TROUBLE as error:
                yield inside, Unreadable(f"the member of the zip archive cannot be opened ({error})")
                continue
            with closing(opened):
                try:
                    yield from _unpacked(inside, opened, depth + 1)
                except Unreadable as error:  # the members after it may be whole
                    yield inside, error


def _temporary_file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(prefix="askpapers-")
    except OSError as error:
        raise Unreadable(f"the zip archive cannot be unpacked ({error.strerror or error})") from error


def _unpack(plain: Bytes, whole: IO[bytes], largest: int | None) -> None:
    """Write a zip archive to disk, as long as it is no larger than `largest` and others have room left there."""
    folder, size, blocks = tempfile.gettempdir(), 0, 0
    try:
        while block := plain.read(_BLOCK):
            size, blocks = size + len(block), blocks + 1
            if largest is not None and size > largest:
                raise Unreadable(
                    f"the zip archive in it is larger than {largest / (1 << 30):.3g} GiB; take it out and name it by itself"
                )
            if blocks % _BLOCKS_UNSEEN == 0 and shutil.disk_usage(folder).free < _KEPT_FREE:
                raise Unreadable(
                    "the zip archive must be unpacked to be read, and that would leave less than "
                    f'{_KEPT_FREE >> 30} GiB free in "{folder}"; make room there, or set TMPDIR to a folder that has it'
                )
            whole.write(block)
        whole.flush()
    except OSError as error:
        raise Unreadable(
            f'the zip archive cannot be unpacked to "{folder}" ({error.strerror or error}); make room there, or set '
            "TMPDIR to a folder that has it"
        ) from error


def _can_seek(stream: IO[bytes]) -> bool:
    try:
        stream.seek(0)
    except (OSError, ValueError):
        return False
    return True
