"""What an answer holds beside its text: the table of a comparison, the verdicts of a look through the library, choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.core.papers import PaperRef, Quote

Stance = Literal["yes", "no", "unclear"]
NOT_STATED = "not stated in the abstract"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a paper's abstract says on one aspect, and the sentences that say it. Without quotes it says nothing on it, and
    `text` is NOT_STATED."""

    text: str = NOT_STATED
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One paper of a comparison: its marker in the answer, what the question calls it, and a cell for each aspect."""

    marker: int
    paper: PaperRef
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Papers x aspects: every row has `len(aspects)` cells, in the order of `aspects`."""

    aspects: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PaperVerdict:
    """Whether one paper is what a whole-library question asks for, with the sentences that show it. `marker` is its
    marker in the answer, None if the answer does not show it."""

    paper: PaperRef
    verdict: Stance
    quotes: tuple[Quote, ...] = ()
    marker: int | None = None


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """A look through the library: a verdict for each of the `checked` papers that were looked at one by one, of
    `candidates` that may be meant, of `papers` that fit the filters. `by` says who gave the verdicts: "rule" or the
    model's name."""

    verdicts: tuple[PaperVerdict, ...]
    checked: int
    candidates: int
    papers: int
    by: str = "rule"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer a question back: the words to show and the question that picking it asks."""

    text: str
    question: str
    marker: int | None = None
