"""Vectors of chunks that were read before: Chroma takes 60 microseconds to hand one out, so a filter that stays over
several questions would pay that each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from app.core.ports import Vectors

# Rows kept; with 384 numbers each they take 60 MB.
MOST = 40_000


class KnownVectors:
    """The vectors of at most so many chunks, the last ones read. Not for several threads at once."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._at: dict[str, int] = {}
        self._rows: Vectors = np.empty((0, 0), np.float32)
        self._used = 0

    def missing(self, chunk_ids: Sequence[str]) -> list[str]:
        """Those that are not known. If there is no room for them, all others are forgotten first."""
        missing = [chunk_id for chunk_id in chunk_ids if chunk_id not in self._at]
        if self._used + len(missing) <= self._most:
            return missing
        self.clear()
        return list(chunk_ids)

    def add(self, chunk_ids: Sequence[str], rows: Vectors) -> None:
        """Know these too."""
        used = self._used + len(rows)
        if used > len(self._rows):
            larger = np.empty((max(used, min(2 * len(self._rows), self._most)), rows.shape[1]), np.float32)
            if self._used:
                larger[: self._used] = self._rows[: self._used]
            self._rows = larger
        self._rows[self._used : used] = rows
        self._at.update((chunk_id, self._used + at) for at, chunk_id in enumerate(chunk_ids))
        self._used = used

    def known(self, chunk_ids: Iterable[str]) -> tuple[list[str], Vectors]:
        """Those of these that are known, and their vectors."""
        there = [chunk_id for chunk_id in chunk_ids if chunk_id in self._at]
        return there, self._rows[[self._at[chunk_id] for chunk_id in there]]

    def forget(self, chunk_ids: Iterable[str]) -> None:
        """These have changed or are gone."""
        for chunk_id in chunk_ids:
            self._at.pop(chunk_id, None)

    def clear(self) -> None:
        """Know none any more."""
        self._at, self._rows, self._used = {}, np.empty((0, 0), np.float32), 0
