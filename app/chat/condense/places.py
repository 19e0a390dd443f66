"""Papers told by their place in the conversation: "the second one", "the last two", "the other", "the first paper we
talked about"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.chat.condense.talk import Talk

THING = r"(?:paper|method|model|system|approach|work|dataset|benchmark|study|article|result|abstract)"
THINGS = (
    r"(?:papers|methods|models|systems|approaches|works|datasets|benchmarks|studies|articles|results|abstracts|ones)"
)
# Verbs that follow a paper told by its place, which no noun that it might belong to does.
ACTS = (
    r"(?:uses?|needs?|requires?|proposes?|reports?|releases?|publish(?:es)?|handles?|achieves?|works?|does|do|did|has|have|is|are|was|were|can|could|"
    r"says?|claims?|finds?|shows?|introduces?|presents?|evaluates?|tests?|trains?|compares?|differs?|performs?|improves?|beats?|outperforms?|"
    r"[a-z]{2,}ed(?=\s*(?:[?.,;!]|$)|\s+(?:on|in|by|with|for|at|against|to|using|from|as)\b)|better|worse|faster|slower|larger|smaller|more|less|as|also|too|support|supports|mentions?|relies|rely|make|makes|take|takes|get|gets|give|gives|not)"
)
_ORDINALS = {
    word: place for place, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split())
}
_ORDINALS |= {"last": -1, "former": 0, "latter": 1, "top": 0, "final": -1}
_NUMERAL = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final|top|1st|2nd|3rd|[4-9]th|10th"
_ALONE = (
    rf"(?=\s*(?:[?.,;:!)–—]|$)|['’]s|\s+(?:and|or|versus|vs\.?|than|with|against|from)\s+(?:the\s+)?(?:{_NUMERAL}|latter|other|\[)|"
    rf"\s+{ACTS}\b)"
)
_NO_MORE = (
    r"\b(?!\s+(?:to|that|which|who|on|for|of|"
    r"in(?!\s+(?:(?:more|greater|full|some|other|simple|one|two|three|a few|few|\d)\s+)?(?:details?|depth|short|brief|general|words?|sentences?|lines?|points)\b)|"
    r"about|with|from|ever)\b)"
)
# "the second one", "the latter", "the first?", but not "the first stage", "the first paper on pruning".
_ORDINAL = re.compile(
    rf"\b(?:(?:the\s+)?(?P<latter>former|latter)(?:\s+(?:one|{THING})\b|\b(?!\s+(?:half|part|stage|phase|years?)\b))"
    rf"|(?:the\s+)?(?P<one>{_NUMERAL})\s+one\b(?!\s+to\b)"
    rf"|the\s+(?P<thing>{_NUMERAL})\s+{THING}{_NO_MORE}"
    rf"|the\s+(?P<bare>{_NUMERAL}){_ALONE})(?P<own>['’]s)?",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_COUNT = r"two|three|four|five|six|seven|eight|[2-8]"
_SEVERAL_ALONE = rf"(?:\s+{THINGS}{_NO_MORE}|\s+of\s+(?:them|these|those)\b|{_ALONE})"
_SOME = re.compile(
    rf"\bthe\s+(?P<end>first|last|top|final)\s+(?P<count>{_COUNT}){_SEVERAL_ALONE}(?P<own>['’]s)?", re.IGNORECASE
)
_THESE = re.compile(
    rf"\b(?:(?:these|those|all|all\s+of\s+(?:the|these|those)|the|all\s+the)\s+(?P<count>three|four|five|six|seven|eight|[3-8])|(?:these|those)\s+(?P<two>two|2))"
    rf"{_SEVERAL_ALONE}(?P<own>['’]s)?",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    rf"\bthe\s+(?:other|remaining)\s+(?:{_COUNT}|ones|papers)\b{_NO_MORE}(?P<own>['’]s)?|\bthe\s+(?:rest|others)\b(?!\s+of\s+the\s+(?!papers))(?P<mine>['’]s)?",
    re.IGNORECASE,
)
# Not "on the other hand", "the other methods".
_OTHER = re.compile(rf"\bthe other(?:\s+(?:one|{THING})\b|{_ALONE})(?P<own>['’]s)?", re.IGNORECASE)
_NEXT = re.compile(rf"\bthe\s+next(?:\s+(?:one|{THING})\b{_NO_MORE}|{_ALONE})(?P<own>['’]s)?", re.IGNORECASE)
_TALKED = (
    r"(?:that\s+|which\s+)?(?:we|you|i)\s+(?:(?:just|had|have|were|first|already)\s+)*(?:talk(?:ed|ing)|spoke|discuss(?:ed|ing)|ask(?:ed|ing)|mention(?:ed)?|"
    r"look(?:ed|ing)|start(?:ed)?|began|saw|cited|named|showed|gave)(?:\s+(?:about|at|with|of|me|us|on))*"
)
_EARLIEST = re.compile(
    rf"\b(?:the\s+)?(?:(?:very\s+)?(?:first|original|initial)\s+(?:one|{THING})\s+{_TALKED}|(?:one|{THING})\s+(?:we|i|you)\s+(?:first\s+\w+|started|began|\w+\s+first)(?:\s+(?:with|about))*|"
    rf"very\s+first\s+(?:one|{THING})|(?:one|{THING})\s+(?:from|at|in)\s+the\s+(?:beginning|start)|(?:original|initial)\s+(?:one|{THING}){_NO_MORE})(?P<own>['’]s)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"\b(?:the\s+)?(?:(?:previous|earlier|preceding|prior)\s+(?:one|paper|study|article|abstract){_NO_MORE}|(?:one|{THING})\s+(?:before\s+(?:that|this|it)|{_TALKED}\s+(?:before|earlier|previously)|"
    r"(?:from\s+)?(?:before|earlier)(?=\W*$|['’]s)))(?P<own>['’]s)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a question that tells papers by their place: which these are, none if there is no such place, and
    whether it has the ending of a genitive."""

    start: int
    end: int
    papers: tuple[str, ...]
    own: bool = False


def tells_place(text: str) -> bool:
    """Whether the text tells any paper by its place."""
    return next(_found(text), None) is not None


def places(text: str, talk: Talk) -> list[Place]:
    """Every stretch of the text that does, in order."""
    found: list[Place] = []
    for match, read in _found(text):
        if all(match.end() <= place.start or match.start() >= place.end for place in found):
            own = any((match.groupdict().get(name) or "") for name in ("own", "mine"))
            found.append(Place(match.start(), match.end(), tuple(read(match, talk)), own))
    return sorted(found, key=lambda place: place.start)


Read = Callable[[re.Match[str], Talk], Sequence[str]]


def _found(text: str) -> Iterator[tuple[re.Match[str], Read]]:
    for pattern, read in _READINGS:
        for match in pattern.finditer(text):
            yield match, read


def _earliest(match: re.Match[str], talk: Talk) -> Sequence[str]:
    return talk.seen()[:1]


def _before(match: re.Match[str], talk: Talk) -> Sequence[str]:
    previous = talk.previous()
    return [previous] if previous else []


def _some(match: re.Match[str], talk: Talk) -> Sequence[str]:
    word = match["count"].lower()
    count, order = _COUNTS.get(word) or int(word), talk.order()
    if len(order) < count:
        return []
    return order[-count:] if match["end"].lower() in {"last", "final"} else order[:count]


def _these(match: re.Match[str], talk: Talk) -> Sequence[str]:
    word = (match["count"] or match["two"]).lower()
    count, order = _COUNTS.get(word) or int(word), talk.order()
    if len(order) >= count:
        return order[:count]
    seen = talk.seen()
    return seen[-count:] if len(seen) >= count else []


def _others(match: re.Match[str], talk: Talk) -> Sequence[str]:
    subject = talk.subject()
    return [paper for paper in talk.order() if paper not in subject]


def _other(match: re.Match[str], talk: Talk) -> Sequence[str]:
    """The one of two that was not the subject last; else the one spoken of before."""
    subject = talk.subject()
    order = talk.order()
    if talk.left_out and len(order) == 1:  # "drop the first one; what about the other?"
        return order
    rest = [paper for paper in order if paper not in subject]
    if len(rest) == 1:
        return rest
    if len(subject) == 2 and not rest:  # both were: the second of them
        return subject[1:]
    previous = talk.previous()
    if rest and (len(subject) != 1 or subject[0] in order):
        return rest[:1] if len(order) == 2 else [previous] if previous in rest else []
    return [previous] if previous else []


def _next(match: re.Match[str], talk: Talk) -> Sequence[str]:
    order, subject = talk.order(), talk.subject()
    after = [at + 1 for at, paper in enumerate(order) if paper in subject[:1]]
    return order[after[0] : after[0] + 1] if after and len(subject) == 1 else []


def _ordinal(match: re.Match[str], talk: Talk) -> Sequence[str]:
    word = next(word for name in ("latter", "one", "thing", "bare") if (word := match[name])).lower()
    place, order = int(re.sub(r"\D", "", word)) - 1 if word[0].isdigit() else _ORDINALS[word], talk.order()
    try:
        return [order[place]]
    except IndexError:
        return []


_READINGS: tuple[tuple[re.Pattern[str], Read], ...] = (
    (_EARLIEST, _earliest),
    (_BEFORE, _before),
    (_SOME, _some),
    (_THESE, _these),
    (_OTHERS, _others),
    (_OTHER, _other),
    (_NEXT, _next),
    (_ORDINAL, _ordinal),
)
