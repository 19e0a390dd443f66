"""What was measured of chat models, in one small JSON file that a person may read and edit.

All of it can be measured again, so a file that cannot be read is no profile, never an error; only writing can fail. No key
is ever in it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from app.core.errors import InputError, SettingsError
from app.core.models import Profile

SCHEMA = 1
EDITABLE = ("papers", "steps", "prompt", "window", "streams", "stops", "json_schema", "reasons")
MEASURED = "measured"
_MOST_BYTES = 4_000_000
_WAIT_S = 5.0
_ROW = TypeAdapter(Profile)
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}
_RANGES = {"papers": (1, 50), "window": (512, 100_000_000)}
_WORDS = {"steps": ("few", "all"), "prompt": ("full", "short")}


class ProfileFile:
    """The profiles at `path`, one for each model at each address. Processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Profile]:
        """Every profile, in the order of models and addresses."""
        return sorted(self._read().values(), key=lambda each: (each.model, each.address))

    def get(self, model: str, address: str) -> Profile | None:
        return self._read().get(_key(model, address))

    def put(self, profile: Profile) -> Profile:
        """Keep what was measured. What a person has set by hand stays as it is; the profile as it is kept."""
        with self._changing() as kept:
            key = _key(profile.model, profile.address)
            before = kept.get(key)
            if before and before.edited:
                by_hand = {name: getattr(before, name) for name in before.edited if name in EDITABLE}
                profile = replace(profile, edited=before.edited, **by_hand)
            kept[key] = profile
        return profile

    def edit(self, model: str, address: str, changes: Mapping[str, str]) -> Profile:
        """Set fields by hand; `measured` gives one back to measuring. Raises InputError for a field or value that cannot
        be, or a model that was never measured."""
        values = {name: _value(name, text) for name, text in changes.items()}
        with self._changing() as kept:
            key = _key(model, address)
            if key not in kept:
                raise InputError(
                    f'Nothing was measured of the model "{model}" at "{address}" yet.',
                    "Measure it first: askpapers profile measure NAME.",
                )
            edited = [name for name in kept[key].edited if changes.get(name) != MEASURED]
            edited += [name for name in values if changes[name] != MEASURED and name not in edited]
            given = {name: value for name, value in values.items() if changes[name] != MEASURED}
            kept[key] = replace(kept[key], edited=tuple(edited), **given)
            return kept[key]

    def forget(self, model: str, address: str) -> bool:
        """Whether there was one to forget."""
        with self._changing() as kept:
            return kept.pop(_key(model, address), None) is not None

    def _read(self) -> dict[tuple[str, str], Profile]:
        try:
            if self.path.stat().st_size > _MOST_BYTES:
                return {}
            whole = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        rows = whole.get("profiles") if isinstance(whole, dict) and whole.get("schema") == SCHEMA else None
        found = filter(None, map(_profile, rows if isinstance(rows, list) else []))
        return {_key(each.model, each.address): each for each in found}

    @contextmanager
    def _changing(self) -> Iterator[dict[tuple[str, str], Profile]]:
        """The profiles, to be changed and written back in one piece. Raises SettingsError if that cannot be done."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock").acquire(timeout=_WAIT_S):
                kept = self._read()
                yield kept
                self._write(kept)
        except (OSError, Timeout) as error:
            words = "another askpapers is writing it" if isinstance(error, Timeout) else error.strerror or str(error)
            raise SettingsError(
                f'The profiles of models cannot be written to "{self.path}": {words}.',
                "Check that you may write there, or point ASKPAPERS_DATA_DIR elsewhere.",
            ) from error

    def _write(self, kept: Mapping[tuple[str, str], Profile]) -> None:
        rows = [asdict(kept[key]) for key in sorted(kept)]
        text = json.dumps({"schema": SCHEMA, "profiles": rows}, ensure_ascii=False, indent=1)
        number, name = tempfile.mkstemp(dir=self.path.parent, prefix="profiles-", suffix=".tmp")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _key(model: str, address: str) -> tuple[str, str]:
    return model, address.rstrip("/")


def _profile(row: object) -> Profile | None:
    """A row of the file as a profile, if it is one."""
    if not isinstance(row, dict):
        return None
    names = {each.name for each in fields(Profile)}
    try:
        found = _ROW.validate_python({name: value for name, value in row.items() if name in names})
    except (ValidationError, ValueError, RecursionError):
        return None
    good = found.papers is None or found.papers > 0
    return replace(found, edited=tuple(name for name in found.edited if name in EDITABLE)) if good else None


def _value(name: str, text: str) -> Any:
    """What a person typed for a field. Raises InputError."""
    text = text.strip()
    if name not in EDITABLE:
        raise InputError(
            f'A profile has no field "{name}" that can be set.', f"Fields that can be set: {', '.join(EDITABLE)}."
        )
    if text == MEASURED:
        return None
    if name in _RANGES:
        least, most = _RANGES[name]
        if text.isdecimal() and least <= int(text) <= most:
            return int(text)
        raise InputError(f'"{name}" cannot be "{text}".', f"Give a whole number from {least:,} to {most:,}.")
    if name in _WORDS:
        if text in _WORDS[name]:
            return text
        raise InputError(f'"{name}" cannot be "{text}".', f"Give one of: {', '.join(_WORDS[name])}.")
    if text.lower() in _YES_NO:
        return _YES_NO[text.lower()]
    raise InputError(f'"{name}" cannot be "{text}".', "Give yes or no.")
