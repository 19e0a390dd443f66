"""How probable it is that a paper is what a whole-library question asks for, and that any paper of the library is.

Small models of the numbers in `signals`: gradient boosted trees (Friedman, "Greedy Function Approximation", 2001) for a
paper, a logistic regression on their best result and the best of each number for the library as a whole, and trees again for
whether it holds what is asked of one paper. They know no words, only those numbers. `tests/bench/weigh.py` fits them on our
own questions and writes `weights.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from app.chat.checking.signals import NAMES
from app.core.ports import Vectors

# A paper counts from YES on, or from so much of the best paper's probability on; what lies below, down to OPEN, may be meant.
YES, OF_BEST, OPEN = 0.18, 0.3, 0.12
# From here on a paper says what is asked; below it is only near to it.
SURE = 0.5
_SMALLEST = 1e-3
_RULE, _SENTENCE, _ALL = NAMES.index("rule"), NAMES.index("like words of a sentence"), 0.999


@dataclass(frozen=True, slots=True)
class Tree:
    """A decision tree as arrays over its nodes: which number is asked, up to which value one goes left, to which nodes one
    goes, and what a leaf adds. A leaf asks no number (-1)."""

    asks: np.ndarray
    up_to: np.ndarray
    left: np.ndarray
    right: np.ndarray
    adds: np.ndarray

    def of(self, table: Vectors) -> np.ndarray:
        """What the tree adds for each row; shape (rows,)."""
        at = np.zeros(len(table), int)
        while (inner := self.asks[at] >= 0).any():
            goes_left = table[np.arange(len(table)), np.maximum(self.asks[at], 0)] <= self.up_to[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)
        return self.adds[at]


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted trees: what they add up to, from `start` on, are log-odds; yes from the probability `least` on."""

    start: float
    trees: tuple[Tree, ...]
    least: float = 0.5

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Forest:
        """From the file."""
        trees = tuple(
            Tree(
                np.array(tree["asks"], int),
                np.array(tree["up_to"], np.float32),
                np.array(tree["left"], int),
                np.array(tree["right"], int),
                np.array(tree["adds"], float),
            )
            for tree in kept["trees"]
        )
        return cls(kept["start"], trees, kept.get("least", 0.5))

    def probabilities(self, table: Vectors) -> np.ndarray:
        """For each row the probability (0 to 1) that the answer is yes; shape (rows,)."""
        odds = self.start + sum((tree.of(table) for tree in self.trees), start=np.zeros(len(table)))
        return np.asarray(1 / (1 + np.exp(-odds)))

    def yes(self, row: np.ndarray, least: float = 0.0) -> bool:
        """What it says of one row of numbers; yes at a probability of at least `least`, too."""
        return bool(self.probabilities(np.asarray([row], np.float32))[0] >= max(self.least, least))


@dataclass(frozen=True, slots=True)
class Odds:
    """A logistic regression on numbers that are first put on one scale; yes from `least` on."""

    centre: np.ndarray
    scale: np.ndarray
    slopes: np.ndarray
    shift: float
    least: float

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Odds:
        """From the file."""
        centre, scale, slopes = (np.array(kept[name]) for name in ("centre", "scale", "slopes"))
        return cls(centre, scale, slopes, kept["shift"], kept["least"])

    def yes(self, row: np.ndarray) -> bool:
        """What it says of one row of numbers."""
        odds = float((row - self.centre) / self.scale @ self.slopes) + self.shift
        return bool(1 / (1 + np.exp(-odds)) >= self.least)


@dataclass(frozen=True, slots=True)
class Weights:
    """The models. `papers` tells which papers a list is of, `listed` whether a library has any such paper, `asked` whether it
    holds what is asked of one (see `app.chat.answerable`)."""

    papers: Forest
    listed: Odds
    asked: Forest

    def probabilities(self, table: Vectors) -> np.ndarray:
        """For each row of `signals` the probability (0 to 1) that the paper is what is asked for; shape (papers,)."""
        return self.papers.probabilities(table)

    def there(self, table: Vectors, probabilities: np.ndarray, closer: Sequence[float]) -> bool:
        """Whether any of the papers is what is asked for, rather than the nearest of a library that has none; `closer` are
        the numbers of a closer look at the best of them (see `app.chat.answerable`). Where a sentence has all that is asked
        for in its very words, no model is asked."""
        if bool(((table[:, _RULE] >= 1) & (table[:, _SENTENCE] > _ALL)).any()):
            return True
        return self.listed.yes(np.array([log_odds(probabilities.max(initial=0.0)), *table.max(axis=0), *closer]))

    def answerable(self, numbers: Vectors, least: float = 0.0) -> bool:
        """Whether papers of which these are the `numbers` hold what is asked, at a probability of at least `least`."""
        return self.asked.yes(numbers, least)


def log_odds(probability: float) -> float:
    """The logit of a probability, which is kept off 0 and 1."""
    kept = float(np.clip(probability, _SMALLEST, 1 - _SMALLEST))
    return float(np.log(kept / (1 - kept)))


@cache
def weights() -> Weights:
    """The models as they come with the program."""
    text = resources.files("app.chat.checking").joinpath("weights.json").read_text(encoding="utf-8")
    kept = json.loads(text)
    if tuple(kept["names"][: len(NAMES)]) != NAMES:
        raise ValueError("weights.json was fitted on other numbers than `signals` gives; run tests/bench/weigh.py")
    return Weights(Forest.read(kept["papers"]), Odds.read(kept["listed"]), Forest.read(kept["asked"]))
