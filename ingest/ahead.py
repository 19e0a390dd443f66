"""Reading large files in a process of its own, ahead of the one that stores: two cores share the work of an ingest.

    python -m ingest.ahead SCRATCH      (started by `read_ahead`, told what to read on its standard input)

Papers and bad records come back on its standard output, `_TOGETHER` at a time, as marshalled tuples: nothing that
could be run, unlike a pickle, and in a tenth of the time. Texts too long for memory come as files in a folder that goes
with the process; those of records that are taken are moved out of it.
"""

from __future__ import annotations

import json
import marshal
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from app.core import errors
from app.core.domain import BadRecord, Paper
from app.core.errors import AskPapersError, LibraryError

# A second process costs about half a second before its first paper, and pays from some ten thousand abstracts on.
WORTH_BYTES = 16 * 1024 * 1024
_TOGETHER = 256
# So many papers at most are read and not yet stored: enough for the reader to go on while a batch is written.
_MOST_AHEAD = 8192
_LENGTH_BYTES = 4

_PAPER = tuple(field.name for field in fields(Paper))
_BAD = tuple(field.name for field in fields(BadRecord))


class ReadingFault(Exception):
    """The process that reads has met a fault of askpapers; its own traceback is the cause."""


class _There(Exception):
    """The traceback of the other process, as text."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def is_worth_it(files: Sequence[str]) -> bool:
    """Whether these files are large enough, and there is a second core to read them on."""
    if (os.cpu_count() or 1) < 2:
        return False
    try:
        return sum(Path(name).stat().st_size for name in files) >= WORTH_BYTES
    except OSError:  # what cannot be read is said by who reads it
        return False


def read_ahead(
    files: Sequence[str], source: str | None, encoding: str | None, columns: Mapping[str, str]
) -> Iterator[Paper | BadRecord]:
    """What `ingest.reading.read_files` gives, read by another process. Raises what that raises."""
    task = {"files": list(files), "source": source, "encoding": encoding, "columns": dict(columns)}
    with _scratch() as scratch:
        yield from _read_there(task, Path(scratch))


def _scratch() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="askpapers-", ignore_cleanup_errors=True)
    except OSError as error:
        raise LibraryError(
            f"No folder can be made for temporary files: {error.strerror or error}.",
            "Make room for one, or set TMPDIR to a folder that has it.",
        ) from error


def _read_there(task: Mapping[str, Any], scratch: Path) -> Iterator[Paper | BadRecord]:
    child = subprocess.Popen(
        [sys.executable, "-m", "ingest.ahead", str(scratch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),  # noqa: PTH109
            "TMPDIR": str(scratch),
        },
    )
    assert child.stdin and child.stdout
    frames: queue.Queue[bytes] = queue.Queue(_MOST_AHEAD // _TOGETHER)
    stopped = threading.Event()
    thread = threading.Thread(target=_drain, args=(child.stdout, frames, stopped), name="reading", daemon=True)
    thread.start()
    try:
        with suppress(BrokenPipeError), child.stdin as stdin:  # one that has ended is told below
            # File names may hold bytes that are no text: in ASCII they come through as they are.
            stdin.write(json.dumps(task).encode("ascii"))
        while frame := frames.get():
            kind, content = marshal.loads(frame)
            if kind == "end":
                return
            if kind in ("error", "fault"):
                raise _error(kind, content, scratch)
            for is_paper, values in content:
                yield Paper(*values) if is_paper else _bad_record(values, scratch)
        raise LibraryError(
            "The process that reads the files has ended in the middle.",
            "Run the same command again (with --debug, if this comes back): what is already stored is skipped.",
        )
    finally:
        stopped.set()
        child.kill()
        child.wait()
        thread.join()
        child.stdout.close()


def _error(kind: str, content: tuple[str, str, str], scratch: Path) -> Exception:
    name, message, more = content
    if kind == "fault":
        fault = ReadingFault(f"{name}: {message}")
        fault.__cause__ = _There(more)
        return fault
    there: type[AskPapersError] = getattr(errors, name, AskPapersError)
    return there(message.replace(str(scratch), str(scratch.parent)), more)


def _drain(stream: IO[bytes], frames: queue.Queue[bytes], stopped: threading.Event) -> None:
    """Put every frame of the stream into the queue, and an empty one at its end."""
    frame = b"-"
    while frame and not stopped.is_set():
        head = stream.read(_LENGTH_BYTES)
        frame = stream.read(int.from_bytes(head, "big")) if len(head) == _LENGTH_BYTES else b""
        while not stopped.is_set():
            try:
                frames.put(frame, timeout=0.2)
                break
            except queue.Full:
                continue


def _bad_record(values: tuple[Any, ...], scratch: Path) -> BadRecord:
    known = dict(zip(_BAD, values, strict=True))
    spilled, raw = known["raw"] or (False, None)
    if spilled and raw:  # it outlives the folder
        raw = Path(raw).rename(scratch.with_name(f"{scratch.name}-{Path(raw).name}"))
    return BadRecord(**{**known, "raw": raw})


def _values(record: Paper | BadRecord) -> tuple[bool, tuple[Any, ...]]:
    if isinstance(record, Paper):
        return True, tuple(getattr(record, name) for name in _PAPER)
    raw = record.raw
    sent = None if raw is None else (isinstance(raw, Path), str(raw))
    return False, tuple(sent if name == "raw" else getattr(record, name) for name in _BAD)


def _send(stream: IO[bytes], kind: str, content: Any) -> None:
    frame = marshal.dumps((kind, content))
    stream.write(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)
    stream.flush()


def _read_for_another(task: Mapping[str, Any], out: IO[bytes]) -> None:
    together: list[tuple[bool, tuple[Any, ...]]] = []
    size = 1
    try:
        from ingest.reading import read_files

        for record in read_files(task["files"], task["source"], task["encoding"], task["columns"]):
            together.append(_values(record))
            if len(together) >= size:
                _send(out, "records", together)
                # The first papers are to be found at once.
                together, size = [], min(_TOGETHER, size * 2)
        _send(out, "records", together)
        _send(out, "end", None)
    except BrokenPipeError:
        raise
    except AskPapersError as error:
        _send(out, "records", together)
        _send(out, "error", (type(error).__name__, str(error), error.hint))
    except Exception as error:
        _send(out, "records", together)
        _send(out, "fault", (type(error).__name__, str(error), traceback.format_exc()))


def main() -> None:
    """In the process that reads. It ends when nobody takes what it has read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that stores, which ends this one
    task = sys.stdin.buffer.read()
    try:
        if not task:
            raise BrokenPipeError
        _read_for_another(json.loads(task), sys.stdout.buffer)
    except BrokenPipeError:
        shutil.rmtree(sys.argv[1], ignore_errors=True)  # whoever made it has perhaps been killed
        os._exit(0)


if __name__ == "__main__":
    main()
