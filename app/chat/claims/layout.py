"""Headings and tables of an answer: what claims nothing itself but says which paper the lines below it are about."""

from __future__ import annotations

import re

from app.chat.cite import Statement

_MARKER = re.compile(r"\[(\d{1,3})\]")
_MARKERS = re.compile(r"\s*\[\d{1,3}\]")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")


def claims_something(statement: Statement) -> bool:
    """Whether these words can be right or wrong: no lead-in that ends in a colon, no question, no "Yes."."""
    return not statement.text.endswith((":", "?")) and len(statement.text.split()) >= 3


def is_heading(text: str, statement: Statement) -> bool:
    """A line that starts with #, is bold as a whole, or stands above the rule of a table."""
    lines = text[text.rfind("\n", 0, statement.start) + 1 :].splitlines()
    if _titles(lines[0]):
        return True
    return len(lines) > 1 and "|" in lines[0] and _RULE.fullmatch(lines[1]) is not None


def _titles(line: str) -> bool:
    bare = _MARKERS.sub("", line).strip()
    return bare.startswith("#") or re.fullmatch(r"(?:[-*+] |\d+[.)] )?\*\*[^*]+\*\*:?", bare) is not None


def head_markers(text: str, statement: Statement) -> tuple[int, ...]:
    """For a row of a table the markers of its head, else none."""
    above = text[: text.rfind("\n", 0, statement.start) + 1].splitlines()
    line = text[text.rfind("\n", 0, statement.start) + 1 :].splitlines()[0]
    if "|" not in line:
        return ()
    while above and "|" in above[-1]:
        if _RULE.fullmatch(above[-1]):
            return _of(above[-2]) if len(above) > 1 else ()
        above.pop()
    return ()


def heading_markers(text: str, statement: Statement) -> tuple[int, ...]:
    """The markers of the heading that this line stands under, or of the lead-in before its list."""
    for line in reversed(text[: text.rfind("\n", 0, statement.start) + 1].splitlines()):
        if _titles(line) or line.rstrip().endswith(":"):
            return _of(line)
    return ()


def _of(line: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(n) for n in _MARKER.findall(line)))
