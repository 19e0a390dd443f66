"""The lines of a collection's files, packed or not; what cannot be read is said with its file and line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from app.core.errors import InputError

_SHOWN = 80


def existing(folder: Path, *names: str) -> Path | None:
    """The first of these files that is there, as it is or with .gz behind its name."""
    candidates = (folder / f"{name}{packed}" for name in names for packed in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, line) of every line that is not blank, without its line end. Raises InputError."""
    number = 0
    try:
        with _opened(path) as stream:
            # Cut at line feeds alone: strings in JSON may hold what Python calls a line end elsewhere.
            for number, raw in enumerate(stream, start=1):
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise bad_line(path, number, f"it is not UTF-8 text ({error.reason})", "Save the file as UTF-8.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f'"{path}" is no whole gzip file: {error}.', "Unpack it yourself or fetch it again, then run this again."
        ) from error
    except OSError as error:
        raise InputError(
            f'"{path}" cannot be read: {error.strerror or error}.', "Check the file and who may read it."
        ) from error


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def read_records(path: Path, fields: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of every line of JSON. `fields` says in words what each must hold."""
    hint = f"Each line is one JSON object with {fields}."
    for number, line in read_lines(path):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise bad_line(path, number, f"it is not JSON ({error})", hint) from error
        if not isinstance(value, dict):
            raise bad_line(path, number, f'it is no JSON object: "{line[:_SHOWN]}"', hint)
        yield number, value


def bad_line(path: Path, number: int, why: str, hint: str) -> InputError:
    """The error about one line."""
    return InputError(f'Line {number} of "{path}" cannot be used: {why}.', hint)
