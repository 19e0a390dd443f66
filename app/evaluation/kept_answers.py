"""A file of the answers that were measured, one line a question, written as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import InputError
from app.evaluation.answers_shown import line_of
from app.evaluation.asking import Keep
from app.evaluation.judging import Judged

_OURS = {"id", "figures", "missed", "answer"}


@contextmanager
def kept_in(path: Path | None) -> Iterator[Keep]:
    """Keeps what it is given in `path`, in place of an earlier run's; without a path nothing is kept.

    Raises InputError where the file holds something else, which is left as it is, or cannot be written."""
    if path is None:
        yield lambda judged: None
        return
    _check(path)
    try:
        stream = path.open("w", encoding="utf-8", errors="replace")
    except OSError as error:
        raise _unusable(path, error) from error

    def keep(judged: Judged) -> None:
        try:
            stream.write(json.dumps(line_of(judged), ensure_ascii=False) + "\n")
            stream.flush()
        except OSError as error:
            raise _unusable(path, error) from error

    with stream:
        yield keep


def _check(path: Path) -> None:
    try:
        if not path.exists():
            return
        with path.open(encoding="utf-8") as stream:
            first = stream.readline()
    except OSError as error:
        raise _unusable(path, error) from error
    except UnicodeDecodeError:
        first = "?"
    try:
        value = json.loads(first) if first else None
        ours = not first or (isinstance(value, dict) and value.keys() >= _OURS)
    except (ValueError, RecursionError):
        ours = False
    if not ours:
        raise InputError(
            f'"{path}" exists and holds something other than the answers of an evaluation.',
            "Choose another file with --keep.",
        )


def _unusable(path: Path, error: OSError) -> InputError:
    return InputError(f'"{path}" cannot be written: {error.strerror or error}.', "Choose another file with --keep.")
