"""The clause of a long sentence that matters, cut at its own commas, with an ellipsis for what is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 220
_BREAK = re.compile(r"(?:[,;:]|\s[–—-]{1,2})\s+|\s+(?=(?:which|while|whereas|although|because|such that|and then)\b)")


def clause(sentence: str, matters: Sequence[tuple[int, int]] = (), longest: int = LONGEST) -> str:
    """The sentence, or the stretch of at most `longest` characters of it that holds most of the places that matter (its
    beginning, where none do), between quotation marks of ours and with an ellipsis where it was cut."""
    if len(sentence) <= longest:
        return f"“{sentence}”"
    first = matters[0][0] if matters else 0
    start, end = _window(sentence, first, max((e for _, e in matters if e - first < longest), default=first), longest)
    piece = sentence[start:end].strip(" ,;:–—")
    return f"“{'… ' if start else ''}{piece}{' …' if end < len(sentence) else ''}”"


def _window(sentence: str, first: int, last: int, longest: int) -> tuple[int, int]:
    edges = sorted({0, len(sentence), *(match.end() for match in _BREAK.finditer(sentence))})
    starts = [edge for edge in edges if edge <= first]
    start = next((edge for edge in starts if last - edge <= longest), starts[-1])
    ends = [edge for edge in edges if edge > max(last, start) and edge - start <= longest]
    if ends and ends[-1] - start >= longest // 3:
        return start, ends[-1]
    cut = sentence.rfind(" ", max(last, start + 1), start + longest)
    return start, cut if cut > start else min(len(sentence), max(last, start + longest))
