"""Vectors kept of chunks that were read before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.known_vectors import KnownVectors

MOST = 12


def row_of(number: int, version: int) -> np.ndarray:
    return np.asarray([number, version, 1], np.float32)


@given(
    st.lists(
        st.tuples(st.sampled_from(["read", "forget", "clear"]), st.lists(st.integers(0, 20), max_size=8, unique=True))
    )
)
def test_what_is_known_is_true(steps: list[tuple[str, list[int]]]) -> None:
    """However chunks are read, changed and forgotten, what is known is the newest, and all that was asked for is."""
    known, version = KnownVectors(MOST), dict.fromkeys(range(21), 0)
    for what, numbers in steps:
        ids = [f"p{number}#0" for number in numbers]
        if what == "forget":
            for number in numbers:
                version[number] += 1
            known.forget(ids)
        elif what == "clear":
            known.clear()
        elif numbers:
            missing = known.missing(ids)
            if missing:
                new = [int(chunk_id[1:-2]) for chunk_id in missing]
                known.add(missing, np.stack([row_of(number, version[number]) for number in new]))
            there, rows = known.known(ids)
            assert there == ids
            assert rows.tolist() == [row_of(number, version[number]).tolist() for number in numbers]
            assert known.missing(ids) == []
