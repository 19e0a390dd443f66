"""The word a question is about: "what is X?", "how does X work?", "the X paper"."""

from __future__ import annotations

import re

_X = r"(?P<x>[^\W\d_][\w.+-]*[\w+])(?:['’]s)?"
_KIND = r"(?:paper|preprint|model|method|system|dataset|benchmark|framework|algorithm|architecture|library|toolkit)"
# Where a word is what the question is about: its capitals do not matter there.
_OBJECTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^\W*(?:so,?\s+|and\s+|ok,?\s+|please\s+)?(?:what(?:['’]s|\s+is|\s+was|\s+are)|what\s+exactly\s+is|who\s+(?:made|wrote|invented|proposed|introduced))\s+"
        rf"(?:an?\s+|the\s+)?{_X}(?:\s+{_KIND})?\s*(?:[?.!,;]|$|\s+and\s+(?:how|what|why|when|who|where)\b|\s+(?:trained|used|good|based|made)\b)",
        rf"\bhow\s+(?:does|do|did|can)\s+(?:the\s+)?{_X}(?:\s+{_KIND})?\s+(?:actually\s+|really\s+|even\s+)?(?:works?|functions?|operates?)\b",
        rf"\b(?:explain|describe|summari[sz]e|define|introduce)\s+(?:me\s+|to\s+me\s+|us\s+)?(?:what\s+)?(?:the\s+)?{_X}(?:\s+is|\s+{_KIND}|\s+to\s+me|\s+briefly|\s+please|\s+for\s+me)*\s*(?:[?.!,;]|$)",
        rf"\b(?:tell\s+(?:me|us)|know|learn)\s+(?:more\s+|something\s+|anything\s+)?about\s+(?:the\s+)?{_X}(?:\s+{_KIND})?\s*(?:[?.!,;]|$)",
        rf"\b(?:the|this|that)\s+{_X}\s+(?:paper|preprint)\b(?!s)",
        rf"^\W*{_X}\s+paper\W*$",
        rf"\bwhat\s+(?:does|did)\s+(?:the\s+)?{_X}(?:\s+{_KIND})?\s+(?:do|mean|stand\s+for|propose|introduce)\b",
    )
)


# Where a word written as a name is what the question is about: "how large is Gopher?", "what rate was used for Gopher?".
_N = r"(?P<x>[A-Z][\w.+-]*[\w+])(?:['’]s)?"
_NAMED_OBJECTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i:\b(?:does|do|did|is|was|has|can|could|would|will))\s+(?i:the\s+)?{_N}(?:\s+{_KIND})?\s+[a-z]+",
        rf"(?i:\b(?:of|for|is|was))\s+(?i:the\s+)?(?i:original\s+)?{_N}(?:\s+{_KIND})?\s*(?:[?.!]|$)",
    )
)


def named_objects(text: str) -> dict[int, int]:
    """Start and end of words written as names that the question is about, where it names nothing else."""
    return {m.start("x"): m.end("x") for pattern in _NAMED_OBJECTS for m in pattern.finditer(text)}


def asked_about(text: str) -> dict[int, int]:
    """Start and end of the words the question is about."""
    return {m.start("x"): m.end("x") for pattern in _OBJECTS for m in pattern.finditer(text)}
