"""Is what a person typed another word's typing error, or another word?

Names of systems lie close together ("GPT-3" and "GPT-4", "CoOp" and "CoCoOp", "InstructBLIP" and "InstructCLIP"), so
little is forgiven: nothing in short ones, never a digit, never another letter in a part in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.names import name_key

# Words shorter than this are taken as they are typed; from LONG letters on two errors are forgiven.
SHORT, LONG = 6, 10
_PARTS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]|\d+|[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Edit:
    """One error: `kind` is "swapped", "other", "left out" or "added"; `at` where in the word meant, `typed_at` where
    in the word typed it begins."""

    kind: str
    at: int
    typed_at: int


def forgiven(length: int) -> int:
    """How many errors a word of so many letters may have."""
    return 0 if length < SHORT else 1 if length < LONG else 2


def edits(typed: str, meant: str, most: int = 2) -> tuple[Edit, ...] | None:
    """The errors that make `typed` of `meant`, first to last; None if there are more than `most`. Two neighbouring
    letters in each other's place are one error (optimal string alignment)."""
    rows, columns = len(typed), len(meant)
    if abs(rows - columns) > most:
        return None
    cost = [[max(i, j) if not (i and j) else 0 for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            same = typed[i - 1] == meant[j - 1]
            cost[i][j] = min(cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (not same))
            if _swapped(typed, meant, i, j):
                cost[i][j] = min(cost[i][j], cost[i - 2][j - 2] + 1)
    return _traced(cost, typed, meant) if cost[rows][columns] <= most else None


def _swapped(typed: str, meant: str, i: int, j: int) -> bool:
    return (
        i > 1
        and j > 1
        and typed[i - 1] != meant[j - 1]
        and typed[i - 1] == meant[j - 2]
        and typed[i - 2] == meant[j - 1]
    )


def _traced(cost: list[list[int]], typed: str, meant: str) -> tuple[Edit, ...]:
    found: list[Edit] = []
    i, j = len(typed), len(meant)
    while i or j:
        if i and j and typed[i - 1] == meant[j - 1] and cost[i][j] == cost[i - 1][j - 1]:
            i, j = i - 1, j - 1
        elif _swapped(typed, meant, i, j) and cost[i][j] == cost[i - 2][j - 2] + 1:
            i, j = i - 2, j - 2
            found.append(Edit("swapped", j, i))
        elif i and j and cost[i][j] == cost[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
            found.append(Edit("other", j, i))
        elif j and cost[i][j] == cost[i][j - 1] + 1:
            j -= 1
            found.append(Edit("left out", j, i))
        else:
            i -= 1
            found.append(Edit("added", j, i))
    return tuple(found[::-1])


def word_errors(typed: str, meant: str) -> int | None:
    """How many typing errors make `typed` of the word `meant`; None where it is another word. People rarely mistype
    the first letter, and digits are never a slip."""
    if abs(len(typed) - len(meant)) > 2:  # most words, at once
        return None
    typed, meant = typed.casefold(), meant.casefold()
    if typed == meant:
        return 0
    most = forgiven(min(len(typed), len(meant)))
    if not most or (typed[0] != meant[0] and sorted(typed[:2]) != sorted(meant[:2])):
        return None
    if len(set(typed) - set(meant)) > most or len(set(meant) - set(typed)) > most or _digits(typed) != _digits(meant):
        return None
    found = edits(typed, meant, most)
    return None if found is None else len(found)


@dataclass(frozen=True, slots=True)
class Slip:
    """How a typed name misses one that exists: how many errors, and the parts of it ("bret" of "reprogbret") that
    were typed in place of a part of the name; each must not be a word of its own."""

    errors: int
    parts: tuple[str, ...]


def name_slip(typed: str, name: str) -> Slip | None:
    """Whether `typed` may be a slip of `name`, as its paper writes it ("ReprogBERT"); None where it is another name."""
    key, meant = name_key(typed), name_key(name)
    errors = word_errors(key, meant)
    if not errors:
        return None
    parts = _parts(name)
    if sum(len(part) for part in parts) != len(meant):  # letters that change their number in lower case
        parts = [meant]
    touched: set[int] = set()
    found = edits(key, meant) or ()
    starts = [sum(map(len, parts[:n])) for n in range(len(parts))]
    for edit in found:
        number = max(n for n, start in enumerate(starts) if start <= min(edit.at, len(meant) - 1))
        if not _forgivable(edit, parts[number], key, meant, len(parts), name.upper() == name):
            return None
        if edit.kind != "swapped" or len(parts[number]) > 3:  # "EvFoSM" is a slip whatever EVF may be
            touched.add(number)
    return Slip(errors, tuple(_typed_part(key, found, starts[n], starts[n] + len(parts[n])) for n in sorted(touched)))


def _parts(name: str) -> list[str]:
    return [part for word in re.findall(r"[^\W_]+", name) for part in _PARTS.findall(word)]


def _forgivable(edit: Edit, part: str, key: str, meant: str, parts: int, all_capitals: bool) -> bool:
    if edit.kind == "swapped":
        return True
    doubled = edit.kind == "added" and key[edit.typed_at] in (key[edit.typed_at - 1 : edit.typed_at] or " ") + (
        key[edit.typed_at + 1 : edit.typed_at + 2] or " "
    )
    halved = (
        edit.kind == "left out"
        and meant[edit.at] in meant[max(edit.at - 1, 0) : edit.at] + meant[edit.at + 1 : edit.at + 2]
    )
    if doubled or halved:
        return True
    if edit.kind == "added" and edit.typed_at == len(key) - 1:
        return False  # "PainterX" is the next Painter
    is_acronym = len(part) >= 2 and part.isupper() and not all_capitals
    if is_acronym or len(part) <= 3:
        return edit.kind == "left out" and len(part) >= 4
    # "Pointer" and "Printer" are words beside "Painter"; in a longer one another letter is a slip.
    return edit.kind != "other" or len(part) >= (SHORT + 2 if parts == 1 else SHORT - 1)


def _typed_part(key: str, found: tuple[Edit, ...], start: int, end: int) -> str:
    """What stands in the typed key where the name has the letters from `start` to `end`."""

    def shift(at: int, last: bool) -> int:
        moved = 0
        for edit in found:
            if edit.at < at or (last and edit.at == at and edit.kind == "added"):
                moved += (edit.kind == "added") - (edit.kind == "left out")
        return at + moved

    return key[shift(start, False) : shift(end, True)]


def _digits(text: str) -> str:
    return "" if text.isalpha() else "".join(c for c in text if c.isdigit())
