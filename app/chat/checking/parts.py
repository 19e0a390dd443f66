"""What a whole-library question asks of each paper, as data: parts of a few kinds, joined by "and" or "or"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.chat.checking.amounts import Amount

PartKind = Literal["release", "type", "figure", "claim", "training", "title", "topic"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing asked of a paper. `text` is the clause, `subject` what is left of it without its verb and articles;
    `what` says more of the kind: what is released, which type of paper, "percent" or "better" of a figure, the words of a title; `propose` that
    the paper itself has to bring it in; `amount` is a bound that a figure has to meet;
    `others` are other words for the subject, of which one is enough."""

    kind: PartKind
    text: str
    subject: str
    what: frozenset[str] = frozenset()
    negated: bool = False
    propose: bool = False
    amount: Amount | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """What a question asks of each paper: all of `parts` (`every`) or one of them. `counts`: it asks how many; `yes_no`: whether
    there is one; `apart`: the parts are asked each for itself ("both prompts and continual learning")."""

    text: str
    parts: tuple[Part, ...]
    every: bool = True
    counts: bool = False
    yes_no: bool = False
    apart: bool = False

    @property
    def key(self) -> str:
        """The same for two wordings that differ only in case and spaces."""
        return " ".join(self.text.casefold().split())
