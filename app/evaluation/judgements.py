"""Which papers are relevant to which query, and how much: the file of judgements (qrels) of a collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from app.core.errors import InputError
from app.evaluation.lines import bad_line, existing, read_lines

USUAL_SPLIT = "test"
_SPLIT = re.compile(r"[\w.-]+")
_HEADER = frozenset({"score", "relevance", "gain", "rel", "label"})
_HINT = "Each line is query<TAB>paper<TAB>gain, the gain a whole number, 0 for a paper that is not relevant."
# Far above any scale in use, far below what a machine's numbers hold.
_LARGEST_GAIN = 1_000_000

Judged = Mapping[str, Mapping[str, int]]


def find_judgements(folder: Path, split: str) -> Path:
    """The file of a split: qrels/SPLIT.tsv or qrels_SPLIT.tsv; for the usual one also qrels.tsv. Raises InputError."""
    plain = ["qrels.tsv"] if split == USUAL_SPLIT else []
    names = [f"qrels/{split}.tsv", f"qrels_{split}.tsv", *plain] if _SPLIT.fullmatch(split) else []
    found = existing(folder, *names)
    if found is None:
        there = sorted({*folder.glob("qrels*.tsv*"), *folder.glob("qrels/*.tsv*")})
        splits = dict.fromkeys(split_of(path) for path in there)
        raise InputError(
            f'"{folder}" holds no judgements of the split "{split}".',
            f"Choose another split: --split {' or --split '.join(splits)}."
            if splits
            else "Put them there as qrels.tsv (query<TAB>paper<TAB>gain) or, as BEIR does, as qrels/test.tsv.",
        )
    return found


def split_of(path: Path) -> str:
    """The split that a file of judgements is of."""
    name = path.name.removesuffix(".gz").removesuffix(".tsv")
    return name if path.parent.name == "qrels" else name.removeprefix("qrels").lstrip("_") or USUAL_SPLIT


def read_judgements(path: Path) -> Judged:
    """The gain of each judged paper, by query, in the order of the file. Raises InputError."""
    judged: dict[str, dict[str, int]] = {}
    first = True
    for number, line in read_lines(path):
        cells = line.split("\t")
        header = first and len(cells) == 3 and cells[2].strip().lower() in _HEADER
        first = False
        if header:
            continue
        if len(cells) != 3 or not cells[0] or not cells[1]:
            why = "an empty column" if len(cells) == 3 else f"not three columns but {len(cells)}"
            raise bad_line(path, number, f'it has {why}: "{line[:80]}"', _HINT)
        query, paper, gain = cells[0], cells[1], _gain(cells[2])
        if gain is None:
            raise bad_line(path, number, f'its gain is "{cells[2][:80]}"', _HINT)
        if judged.setdefault(query, {}).setdefault(paper, gain) != gain:
            raise bad_line(path, number, f'it gives "{paper}" another gain for "{query}" than a line before', _HINT)
    return judged


def _gain(text: str) -> int | None:
    """A whole number, which may be written as 1.0."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if abs(number) <= _LARGEST_GAIN and number.is_integer() else None
