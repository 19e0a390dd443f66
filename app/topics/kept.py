"""The groups of a library as they were last made, in its folder, so that nobody waits for them twice."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from app.topics.records import Group, Topics

# Raise when what is kept, or how groups are made, changes.
_VERSION = 1


class KeptTopics:
    """One file. What cannot be read or written is made anew by whoever asks: nothing else needs it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, key: str) -> Topics | None:
        """What was kept of this state of the library; None if that is not there whole."""
        try:
            with self._path.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
                about = json.loads(found["about"].tobytes())
                if about["version"] != _VERSION or about["key"] != key:
                    return None
                groups = tuple(_group(each) for each in about["groups"])
                topics = Topics(key, groups, tuple(about["ids"]), found["places"], found["labels"], about["waiting"])
        except Exception:  # a file that somebody else has written, or half of one
            return None
        whole = topics.places.shape == (len(topics.ids), 2) and topics.labels.shape == (len(topics.ids),)
        return topics if whole else None

    def save(self, topics: Topics) -> None:
        """Keep these; the file is there whole or not at all."""
        about = {
            "version": _VERSION,
            "key": topics.key,
            "groups": [asdict(group) for group in topics.groups],
            "ids": topics.ids,
            "waiting": topics.waiting,
        }
        line = np.frombuffer(json.dumps(about).encode(), np.uint8)
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        with suppress(OSError):
            try:
                with part.open("wb") as stream:
                    np.savez(stream, about=line, places=topics.places, labels=topics.labels)
                part.replace(self._path)
            finally:
                part.unlink(missing_ok=True)


def _group(found: dict[str, object]) -> Group:
    group = Group(**found)  # type: ignore[arg-type]
    x, y = group.place
    return Group(tuple(group.terms), group.size, group.years, group.categories, tuple(group.central), (x, y))
