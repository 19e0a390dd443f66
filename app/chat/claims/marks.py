"""What checking writes into the text of an answer: markers that were found for a sentence, [uncited], [unsupported].

Nothing is ever taken out. A mark stands at the end of its sentence, in a row of a table inside its last cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.chat.cite import UNCITED, UNSUPPORTED
from app.core.domain import Claim

_ENDS_SENTENCE = re.compile(r"[.!?]+[\"'”’)*_]*\s*\Z")


def marked(text: str, claims: Sequence[Claim]) -> str:
    """`text` with [unsupported] after every sentence whose verdict is that; doing it twice changes nothing more."""
    return with_marks(text, claims)[0]


def with_marks(text: str, claims: Sequence[Claim]) -> tuple[str, tuple[Claim, ...]]:
    """The same, with the claims at their new places."""
    moved: list[Claim] = []
    shift = 0
    for claim in claims:
        if not claim.end:
            moved.append(claim)
            continue
        start, end = claim.start + shift, claim.end + shift
        if claim.verdict == "unsupported" and UNSUPPORTED not in text[start:end]:
            at = end_of(text, start, end)
            if not text[at:].startswith(f" {UNSUPPORTED}"):
                text = f"{text[:at]} {UNSUPPORTED}{text[at:]}"
            shift += len(UNSUPPORTED) + 1
            end += len(UNSUPPORTED) + 1
        moved.append(replace(claim, start=start, end=end))
    return text, tuple(moved)


def end_of(text: str, start: int, end: int) -> int:
    """Where a mark for the sentence at `start` to `end` goes: before the border that ends the row of a table."""
    raw = text[start:end].rstrip()
    if raw.endswith("|") and "|" in raw[:-1]:
        raw = raw[:-1].rstrip()
    return start + len(raw)


def cited(raw: str, markers: Sequence[int]) -> str:
    """A sentence with these markers before its full stop (after a closing quotation mark), and no longer uncited."""
    bare = re.sub(rf"\s*{re.escape(UNCITED)}", "", raw).rstrip()
    added = "".join(f"[{marker}]" for marker in markers)
    row = re.search(r"\s*\|\s*\Z", bare) if bare.count("|") > 1 else None
    if row:
        return f"{bare[: row.start()]} {added}{row.group()}"
    stop = _ENDS_SENTENCE.search(bare)
    if not stop or stop.group().rstrip()[-1] in "\"'”’)*_":
        return f"{bare} {added}"
    return f"{bare[: stop.start()]} {added}{stop.group()}"
