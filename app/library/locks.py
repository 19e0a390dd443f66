"""Who may write to a library, one at a time in any process. Reading needs no lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from app.core.errors import LibraryBusyError, LibraryError

_WRITING_WAIT_S = 60.0


class LibraryLocks:
    """The locks of the library in `folder`. The operating system frees the lock of a process that is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writing_wait_s = _WRITING_WAIT_S

    def make_folder(self) -> None:
        """Raises LibraryError if the folder is not there and cannot be made."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f'The library\'s folder "{self.folder}" cannot be made: {error.strerror or error}.',
                "Check that you may write there, or point ASKPAPERS_DATA_DIR elsewhere.",
            ) from error

    @contextmanager
    def writing(self, wait_s: float | None = None) -> Iterator[None]:
        """Hold the lock for papers. Raises LibraryBusyError after `wait_s`, else `writing_wait_s`, seconds."""
        self.make_folder()
        try:
            with FileLock(self.folder / "writing.lock").acquire(
                timeout=self.writing_wait_s if wait_s is None else wait_s
            ):
                yield
        except Timeout as error:
            raise LibraryBusyError(
                f'Another askpapers has been writing to "{self.folder}" for {self.writing_wait_s:.0f} seconds.',
                "Wait until it has finished, then run this again: what is already stored is skipped.",
            ) from error

    @contextmanager
    def embedding(self, wait_s: float) -> Iterator[bool]:
        """Try for so many seconds to hold the lock for vectors; gives whether it is held."""
        self.make_folder()
        lock = FileLock(self.folder / "embedding.lock")
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    @contextmanager
    def changing_embedder(self) -> Iterator[None]:
        """Hold the lock for a change of the embedder. Raises LibraryBusyError at once if another process holds it."""
        self.make_folder()
        lock = FileLock(self.folder / "reembed.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise LibraryBusyError(
                f'Another askpapers is changing the embedder of the library in "{self.folder}".',
                "Wait until it has finished, or stop it; what it has made is kept.",
            ) from error
        try:
            yield
        finally:
            lock.release()
