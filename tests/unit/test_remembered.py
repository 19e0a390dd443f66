"""The vectors of sentences that came up lately are not made again, and are those of the embedder in use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.remembered import Remembered
from app.core.ports import Vectors
from tests.fake_embedder import HashEmbedder


class Counting(HashEmbedder):
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return super().embed(texts)


def test_only_what_is_new_is_asked_for() -> None:
    """Each text once, however often it comes, in the order in which it came; rows in the order of the texts."""
    embedder, remembered = Counting(), Remembered()
    remembered.embed(embedder, ["newts swim", "toads walk", "newts swim"])
    rows = remembered.embed(embedder, ["olms hide", "toads walk", "newts swim", "olms hide"])
    remembered.embed(embedder, ["olms hide", "toads walk"])
    assert embedder.asked == [["newts swim", "toads walk"], ["olms hide"]]
    assert np.array_equal(rows, HashEmbedder().embed(["olms hide", "toads walk", "newts swim", "olms hide"]))


def test_a_question_is_always_asked_for() -> None:
    """A single text goes to the embedder every time, so that one that is away is noticed; no text, too."""
    embedder, remembered = Counting(), Remembered()
    for _ in range(2):
        remembered.embed(embedder, ["do newts swim?"])
    assert remembered.embed(embedder, []).shape == (0, 64)
    assert embedder.asked == [["do newts swim?"]] * 2 + [[]]


def test_another_embedder_starts_anew() -> None:
    """After a change of the embedder nothing of the one before is given out, and nothing is after changing back."""
    one, other, remembered = Counting(), Counting(), Remembered()
    for embedder in (one, other, one):
        remembered.embed(embedder, ["newts swim", "toads walk"])
    assert [len(one.asked), len(other.asked)] == [2, 1]


def test_a_failure_is_not_remembered() -> None:
    """What could not be made is asked for again."""
    embedder, remembered = Counting(), Remembered()
    embedder.dimension = 0  # which divides by nothing
    with pytest.raises(ZeroDivisionError):
        remembered.embed(embedder, ["newts swim", "toads walk"])
    embedder.dimension = HashEmbedder.dimension
    for _ in range(2):
        remembered.embed(embedder, ["newts swim", "toads walk"])
    assert len(embedder.asked) == 2


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=12), st.integers(1, 8))
def test_it_gives_what_the_embedder_gives(calls: list[list[str]], most: int) -> None:
    """Whatever comes in whatever order, and however little is kept, rows are those of the embedder."""
    embedder, remembered = Counting(), Remembered(most)
    for texts in calls:
        assert np.array_equal(remembered.embed(embedder, texts), HashEmbedder().embed(texts))
        assert len(remembered._rows) <= most


def test_what_was_used_last_is_kept() -> None:
    """The text that nobody used for the longest time goes first."""
    embedder, remembered = Counting(), Remembered(2)
    remembered.embed(embedder, ["newts swim", "toads walk"])
    remembered.embed(embedder, ["newts swim", "olms hide"])
    remembered.embed(embedder, ["newts swim", "toads walk"])
    assert embedder.asked == [["newts swim", "toads walk"], ["olms hide"], ["toads walk"]]
