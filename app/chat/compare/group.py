"""Sides that are told together: "compare the two papers about clarification questions", "two papers have forgetting in their
titles; what does each propose?"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.chat.compare.split import ASPECT_TAIL, MOST_SIDES, THING, Side

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
# "Compare the papers on toads", "Toads: compare what we have", "Among the works on toads, in what respect do they differ?": all
# that are on it.
_PLURAL = r"(?:papers|works|studies|articles|approaches|methods|systems|abstracts|ones)"
_WE_HAVE = rf"(?:(?:all\s+)?(?:the|our|these|those|all|your)\s+(?:[a-z]+\s+)?{_PLURAL}(?:\s+(?:we have|on (?:it|that|this)|here|in here|there are))?|what (?:we|you|i) have|what is (?:here|there)|them(?:\s+all)?|everything)"
_DIFFER = r"(?:differ\w*|compare[sd]?|contrast\w*|different\w*|(?:have|has) in common|go about (?:it|this|that))"
_ALL_OF_ONE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^\W*(?:please\s+|(?:can|could|would|will)\s+you\s+(?:please\s+)?)?(?:compare|contrast)\s+(?:(?:all\s+)?(?:the|our|these|those|all|your)\s+)(?:[a-z]+\s+)?{_PLURAL}\s+(?:(?:on|about|for|in|of|with|using|around)\s+|(?:that|which)\s+(?:are\s+(?:about|on)\s+|deal with\s+)?)(?P<what>[^?.;:,]+)",
        rf"^\W*(?P<what>[^?.;:]{{4,120}}?)\s*[:–—]\s*(?:please\s+)?(?:compare|contrast)\s+{_WE_HAVE}\W*$",
        rf"^\W*(?:among|between|of|for|across)\s+(?:all\s+)?(?:the|our|these|those)\s+{_PLURAL}\s+(?:on|about|for|in|of|with|dealing with)\s+(?P<what>[^?.;:,]+),[^?]*\b{_DIFFER}",
        rf"^\W*(?P<what>[^?.;:,]{{4,120}}?)[,:]\s*(?:how|where|in what (?:respects?|ways?))\s+(?:do|does|are)\s+(?:the|our|these|those)\s+{_PLURAL}(?:\s+(?:on|about)\s+(?:it|that|this))?\s+{_DIFFER}",
        rf"^\W*(?:and\s+|so\s+)?(?:how|where|in what (?:respects?|ways?))\s+(?:do|are)\s+(?:the|our|these|those)\s+{_PLURAL}\s+(?:on|about|for|dealing with)\s+(?P<what>[^?.;:,]+?)\s+{_DIFFER}",
    )
)
_IN_TITLES = re.compile(r"\s+in\s+(?:their|the|its)\s+(?:titles?|names?)\b.*$", re.IGNORECASE)


_TRIES = re.compile(
    r"^(?:try|tries|aim|aims|attempt|attempts|seek|seeks|want|wants|claim|claims|propose|proposes) to\s+", re.IGNORECASE
)
# "The two papers on questions back: one for rules, the other for programmers."
_AFTER_COLON = re.compile(r":\s*(?P<list>[^?:.;]{3,300}?)\s*(?:[?.;]|$)")
_ANNOUNCED = re.compile(rf"\b(?P<many>two|both|three|four|2|3|4)\b|\b{THING}\b", re.IGNORECASE)
_BACK = 200
_ITEMS = re.compile(
    r"\s*,\s*(?:and\s+)?(?:the other\b(?: one)?)?|\s+and\s+(?=(?:the|one|an?)\b)|(?<=\w)\s+and\s+(?=\w)", re.IGNORECASE
)
_ITEM = re.compile(
    r"^(?:(?:the\s+)?(?:first|second|third|other|one)\b(?:\s+one)?\s*)?(?:(?:for|on|about|that|which|with|of|is|is about|deals with|using)\s+)?",
    re.IGNORECASE,
)


def told_one_by_one(question: str, announced: bool = False) -> list[Side]:
    """Sides that are told after a colon, as many as were announced: "the two papers on questions back: one for rules, the other for
    programmers". `announced`: only where it was said how many they are."""
    match = _AFTER_COLON.search(question)
    before = question[max(0, match.start() - _BACK) : match.start()] if match else ""
    said_before = list(_ANNOUNCED.finditer(re.split(r"[?.!]\s", before)[-1]))
    counts = [found["many"].lower() for found in said_before if found["many"]]
    if not match or not said_before or (announced and not counts):
        return []
    start = match.start("list")
    sides, at = [], 0
    for piece in [*_ITEMS.finditer(match["list"]), None]:
        end = piece.start() if piece else len(match["list"])
        said = match["list"][at:end].strip()
        if said:
            query = _ITEM.sub("", said) or said
            sides.append(Side(start + at, start + end, query, described=True))
        at = piece.end() if piece else end
    many = {_MANY.get(count) or int(count) for count in counts}
    return sides if 2 <= len(sides) <= MOST_SIDES and (not many or len(sides) in many) else []


# "multilingual NLP (transfer and the like)"
_KINDS_OF_IT = re.compile(r"\s*\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Group:
    """The subject that so many sides are of (0: all there are); `titled`, if it is words of their titles."""

    side: Side
    many: int
    titled: bool = False


def several_of_one(question: str) -> Group | None:
    """The one subject that all sides are of, and how many these are; None where they are told one by one."""
    match = _SEVERAL.search(question) or _BEFORE_NOUN.search(question)
    if not match:
        return _all_of_one(question)
    what = _TRIES.sub("", match["what"].rstrip(" ,;:.?"))
    titled = _IN_TITLES.search(what)
    if end := titled or ASPECT_TAIL.search(what):
        what = what[: end.start()]
    what = what.strip(" \"'“”‘’")
    start = question.index(what, match.start("what"))
    many = match["many"].lower()
    return Group(Side(start, start + len(what), what), _MANY.get(many) or int(many), titled is not None)


def _all_of_one(question: str) -> Group | None:
    match = next((found for form in _ALL_OF_ONE if (found := form.match(question))), None)
    if match is None:
        return None
    what = _KINDS_OF_IT.sub("", match["what"].strip(" \"'“”‘’"))
    start = question.index(what, match.start("what"))
    return Group(Side(start, start + len(what), what), 0)
