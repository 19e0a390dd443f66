"""Reading large files in a process of its own, ahead of the one that stores: two cores share the work of an ingest.

    python -m ingest.ahead          (started by `read_ahead`, told what to read on its standard input)

Papers and bad records come back on its standard output, `_TOGETHER` at a time, as marshalled tuples: nothing that
could be run, unlike a pickle, and in a tenth of the time.
"""

from __future__ import annotations

import json
import marshal
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, LibraryError

# A second process costs about half a second before its first paper, and pays from some ten thousand abstracts on.
WORTH_BYTES = 16 * 1024 * 1024
_TOGETHER = 256
# So many papers at most are read and not yet stored: enough for the reader to go on while a batch is written.
_MOST_AHEAD = 8192
_LENGTH_BYTES = 4

_PAPER = tuple(field.name for field in fields(Paper))
_BAD = tuple(field.name for field in fields(BadRecord))


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
    child = subprocess.Popen(
        [sys.executable, "-m", "ingest.ahead"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},  # noqa: PTH109
    )
    assert child.stdin and child.stdout
    frames: queue.Queue[bytes] = queue.Queue(_MOST_AHEAD // _TOGETHER)
    stopped = threading.Event()
    thread = threading.Thread(target=_drain, args=(child.stdout, frames, stopped), name="reading", daemon=True)
    thread.start()
    try:
        with child.stdin as stdin:
            # File names may hold bytes that are no text: in ASCII they come through as they are.
            stdin.write(json.dumps(task).encode("ascii"))
        while frame := frames.get():
            kind, content = marshal.loads(frame)
            if kind == "end":
                return
            if kind == "error":
                raise InputError(*content)
            for is_paper, values in content:
                yield Paper(*values) if is_paper else _bad_record(values)
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


def _bad_record(values: tuple[Any, ...]) -> BadRecord:
    known = dict(zip(_BAD, values, strict=True))
    spilled, raw = known["raw"] or (False, None)
    return BadRecord(**{**known, "raw": Path(raw) if spilled and raw else raw})


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
    from ingest.reading import read_files

    together: list[tuple[bool, tuple[Any, ...]]] = []
    size = 1
    try:
        for record in read_files(task["files"], task["source"], task["encoding"], task["columns"]):
            together.append(_values(record))
            if len(together) >= size:
                _send(out, "records", together)
                # The first papers are to be found at once.
                together, size = [], min(_TOGETHER, size * 2)
        _send(out, "records", together)
        _send(out, "end", None)
    except InputError as error:
        _send(out, "records", together)
        _send(out, "error", (str(error), error.hint))


def main() -> None:
    """In the process that reads. It ends when nobody takes what it has read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that stores, which ends this one
    task = json.loads(sys.stdin.buffer.read())
    try:
        _read_for_another(task, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
