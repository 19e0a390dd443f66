"""Sides that are told together: "compare the two papers about clarification questions", "two papers have forgetting in their
titles; what does each propose?"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.chat.compare.split import ASPECT_TAIL, THING, Side

_MANY = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_SEVERAL = re.compile(
    rf"(?:\b(?:compar\w+|contrast\w*|differ\w*|similar\w*|common)\b.*?\b|^(?=.*\b(?:each|either|both|respectively|differ\w*|compar\w+|contrast\w*|in common|similar\w*|apart|they|them)\b)\W*(?:(?:there are|what do|how do|do|of)\s+)?)(?:the|these|those|your|our)?\s*(?P<many>two|both|three|four|five|six|[2-6])\s+"
    rf"(?:[\w-]+\s+)?{THING}\s+(?:that\s+(?:are\s+)?(?:about\s+)?|which\s+|about\s+|on\s+|for\s+|of\s+|with\s+|deal(?:ing)? with\s+|(?:have|having|has|mention(?:ing)?|carry(?:ing)?|bear(?:ing)?|use)\s+|whose titles?\s+(?:have|has|mention|contain|speak of)\s+)(?P<what>[^?.;:]+)",
    re.IGNORECASE,
)
# "The two forgetting papers": so many of the kind that the words before the noun tell.
_BEFORE_NOUN = re.compile(
    r"\b(?:the|these|those|your|our)\s+(?P<many>two|three|four|five|six)\s+(?P<what>(?:(?!(?:other|first|last|next|previous|remaining|same|new|above|given|following)\b)[\w-]+\s+){1,3}?)"
    r"(?:papers|works|studies|articles|preprints)\b(?!\s+(?:on|about|that|which)\b)",
    re.IGNORECASE,
)
_IN_TITLES = re.compile(r"\s+in\s+(?:their|the|its)\s+(?:titles?|names?)\b.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """The subject that so many sides are of; `titled`, if it is words of their titles."""

    side: Side
    many: int
    titled: bool = False


def several_of_one(question: str) -> Group | None:
    """The one subject that all sides are of, and how many these are; None where they are told one by one."""
    match = _SEVERAL.search(question) or _BEFORE_NOUN.search(question)
    if not match:
        return None
    what = match["what"].rstrip(" ,;:.?")
    titled = _IN_TITLES.search(what)
    if end := titled or ASPECT_TAIL.search(what):
        what = what[: end.start()]
    what = what.strip(" \"'“”‘’")
    start = question.index(what, match.start("what"))
    many = match["many"].lower()
    return Group(Side(start, start + len(what), what), _MANY.get(many) or int(many), titled is not None)
