"""Numbers that stand for markers: "compare 2 and 5", "what about paper 3?", "number 4", "drop 1".

A number may be anything, so only those are read that the words around them make a marker, and only in a conversation
that has such markers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_N = r"#?\d{1,3}"
_LIST = rf"{_N}(?:\s*(?:,|&|and|or|vs\.?|versus|with|to|from|against|than)\s*(?:and\s+|or\s+)?{_N})*"
# "number 4", "no. 4", "#4", "paper number 4".
_CALLED = re.compile(
    rf"(?<![\w.])(?:(?:the\s+)?(?:papers?|source|reference|ref\.?|abstract|item|result|hit|entry|citation|marker)\s+)?"
    rf"(?:(?:numbers?|nos?\.|nr\.?|(?-i:No))\s*|#\s*)(?P<list>{_LIST})(?![\w.%]*\w|\s*%)",
    re.IGNORECASE,
)
# A question of numbers alone: "2 and 5?", "what about 3?", "only 1 and 3", "drop 1", "compare 2 with 5 on data".
_LEADS = (
    r"(?:and|but|so|or|also|now|then|ok(?:ay)?|please|what\s+about|how\s+about|what\s+of|same\s+(?:question\s+)?(?:for|of)|the\s+same\s+for|only|just|keep(?:\s+only)?|"
    r"drop|exclude|ignore|remove|skip|leave\s+out|without|except|pin|unpin|add|include|bring\s+back|compare|contrast|no|not|i\s+meant?|show(?:\s+me)?|open|"
    r"tell\s+me\s+(?:more\s+)?about|more\s+(?:on|about)|focus\s+on|(?:the\s+)?differences?\s+between|how\s+do(?:es)?|which\s+is\s+\w+|explain|summari[sz]e)"
)
_TAIL = r"(?:\s*(?:again|too|back|please|out|instead|only|differ|compare|in\s+(?:more\s+)?detail|in\s+terms\s+of\s+.{2,60}|on\s+.{2,60}|from\s+(?:the\s+)?(?:list|comparison)))?"
_ALONE = re.compile(rf"^[^\w\[]*(?:{_LEADS}[\s,:]+)*(?P<list>{_LIST}){_TAIL}\W*$", re.IGNORECASE)
# "what does 3 propose?", "is 2 better than 5?"
_ACTING = re.compile(
    r"\b(?:does|do|did|is|are|can|of|by|in|from)\s+(?P<list>#?\d{1,3})(?=\s+(?:use|uses|propose|proposes|say|says|report|reports|do|release|releases|"
    r"differ|differs|compare|work|works|find|show|evaluate|achieve|better|worse|faster|about)\b|['’]s\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?(\d{1,3})")


def numbered(text: str, markers: Mapping[int, str]) -> str:
    """The text with numbers that stand for markers of this conversation written as such ("compare [2] and [5]")."""
    if not markers or not any(character.isdigit() for character in text):
        return text
    text = _CALLED.sub(lambda match: _written(match["list"], markers) or match.group(), text)
    if alone := _ALONE.search(text):
        return _swapped(text, alone, markers)
    for acting in reversed(list(_ACTING.finditer(text))):
        text = _swapped(text, acting, markers)
    return text


def _swapped(text: str, match: re.Match[str], markers: Mapping[int, str]) -> str:
    written = _written(match["list"], markers)
    return f"{text[: match.start('list')]}{written}{text[match.end('list') :]}" if written else text


def _written(numbers: str, markers: Mapping[int, str]) -> str:
    """In brackets, if one at least is a marker; "" otherwise."""
    found = [int(number) for number in _NUMBER.findall(numbers)]
    return _NUMBER.sub(r"[\1]", numbers) if any(number in markers for number in found) else ""
