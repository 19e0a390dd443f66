"""What a run over the set-aside folder writes before it is put in place: a folder of its own, so that runs at the same
time, in other processes or threads, do not meet.

    .unfinished/lock                what one run holds while it puts its files in place
    .unfinished/<run>.lock          held by a run as long as it lives; the system frees it when its process is killed
    .unfinished/<run>/              its files

What a run left whose lock is free is swept by the next one that has something to write.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

# Putting in place is renaming, after comparing with what is there: seconds, even for large files.
_LONGEST_WAIT_S = 600.0


class Unfinished:
    """The unfinished files of one run over `folder`. Nothing is made before it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / ".unfinished"
        self._name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._lock: FileLock | None = None

    @property
    def _own(self) -> Path:
        return self._folder / self._name

    def path(self, name: str) -> Path:
        """Where the run writes its file of this name."""
        if self._lock is None:
            with self.alone():
                self._sweep()
                lock = FileLock(f"{self._own}.lock", thread_local=False)
                lock.acquire(timeout=0)
                self._lock = lock
                self._own.mkdir()
        return self._own / name

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other run begins, or puts its files in place."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock", timeout=_LONGEST_WAIT_S, thread_local=False):
            yield

    def end(self) -> None:
        """Leave nothing behind."""
        if self._lock:
            lock, self._lock = self._lock, None
            self._remove(self._name)
            lock.release()

    def _sweep(self) -> None:
        for path in self._folder.glob("*-*.lock"):
            try:
                with FileLock(path, timeout=0):
                    self._remove(path.stem)
            except Timeout:  # it lives
                continue

    def _remove(self, run: str) -> None:
        """Under the lock of this run."""
        shutil.rmtree(self._folder / run, ignore_errors=True)
        (self._folder / f"{run}.lock").unlink(missing_ok=True)
