"""Words broken at the end of a line: which hyphen goes and which belongs to the word. There is no list of all words
here; the parts of a word say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

# A hyphen at a line end, the word after it and what follows that. It begins with the hyphen, and the word before it is
# looked at only then: line ends are many, broken words few.
_BREAK = re.compile(r"[-\u2010\u2011][^\S\n\r]*(?:\r\n|\n|\r)\s*(?=(?P<second>\w+)(?P<more>[-\u2010\u2011]?))")
_ASCII_BREAK = re.compile(r"-[^\S\n\r]*(?:\r\n|\n|\r)\s*(?=(?P<second>\w+)(?P<more>-?))")
SOFT_BREAK = re.compile(r"\u00ad[^\S\n\r]*(?:\r\n|\n|\r)\s*(?=\w)")
_FIRST_WORD = re.compile(r"[\w-]*\w\Z")
_LONGEST_WORD = 60
# The first parts of compounds that keep their hyphen ...
_FIRST = frozenset(
    "self non cross multi semi quasi pseudo meta low high long short large small single double two three four well real"
    " open closed zero one few end time data model human machine user domain task context knowledge vision language text"
    " image audio video speech graph query question decision cost energy near full half light hard soft top bottom left"
    " right fine coarse first second third best worst ill post pre".split()
)
# ... but not before what only ends a word: "multi-ple", "data-base", "pre-sent", "state-ment".
_ENDING = re.compile(
    r"(?:ings?|ness|ly|ity|ities|i[sz]\w*|est|ers?|ed|ments?|u?al|ic(?:s|al\w*)?|s|less|ware|max|bas(?:es?|ing)|sets?|stamps?"
    r"|naires?|ary|tons?|comings?|lights?|[ai]ble|tions?|weights?|pl\w+|tud\w+|form\w*|phor\w*|bol\w*|books?|e|t?y|nar\w*)$"
    r"|(?:sent|dict|vi|cis|fer|vent|pare|scri|mis|cious|sum|serv|ced|ceed|fix|cur|lim)\w*$"
)
# The second parts that are added with a hyphen to any word.
_SECOND = frozenset(
    "based aware specific driven free level like wise guided oriented related agnostic dependent independent invariant"
    " grained dimensional supervised augmented enhanced efficient trained tuned scale shot art".split()
)
_BETWEEN = frozenset("to vs versus nor but than".split())
# Small words begin other words more often than compounds ("in-formation", "on-line"), so that these are counted.
_SMALL = {
    "in": frozenset("context domain distribution depth situ house the vitro vivo".split()),
    "on": frozenset("device policy chip demand board site the".split()),
    "off": frozenset("policy chip the".split()),
    "out": frozenset(("of",)),
    "up": frozenset(("to",)),
    "so": frozenset(("called",)),
}


def mended(text: str) -> str:
    """The text with the words that a line end breaks in one piece."""
    return (_ASCII_BREAK if text.isascii() else _BREAK).sub(_joint, text)


def joined(lines: Sequence[str], *, wrapped: bool = False) -> str:
    """The lines of a value as one, with the words that a line end breaks in one piece. What a program has `wrapped`
    was broken behind hyphens that belong to the word ("placebo-" / "controlled"), and got none that do not."""
    if len(lines) == 1:
        return lines[0]
    text = SOFT_BREAK.sub("", "\n".join(lines))
    breaks = _ASCII_BREAK if text.isascii() else _BREAK
    return breaks.sub(_own_hyphen if wrapped else _joint, text).replace("\n", " ")


def _own_hyphen(match: re.Match[str]) -> str:
    if match["second"] in _BETWEEN and not match["more"]:  # "low- to high-grade"
        return f"{match[0][0]} "
    return _joint(match) or match[0][0]


def _joint(match: re.Match[str]) -> str:
    """What stands between the two parts of a word: nothing, a hyphen, or what stood there if they are none."""
    word = _FIRST_WORD.search(match.string[max(0, match.start() - _LONGEST_WORD) : match.start()])
    if word is None:
        return match[0]
    first, second = word[0].lstrip("-"), match["second"]
    if second in ("and", "or") and not match["more"] and "-" not in first:  # "pre- and post-training"
        return "- "
    return "-" if match["more"] or _is_compound(first, second) else ""


def _is_compound(first: str, second: str) -> bool:
    """Whether the hyphen belongs to the word, as in "state-of-the-art", "GPT-4", "x-ray" and "self-attention"."""
    if "-" in first or len(first) == 1 or not (first[-1].islower() and second.islower()) or second in _SECOND:
        return True
    word = first.lower()
    return second in _SMALL[word] if word in _SMALL else word in _FIRST and not _ENDING.match(second)
