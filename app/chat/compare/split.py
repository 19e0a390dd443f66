"""Where the sides of a comparison stand in its question, and where what it asks of them does.

Only words are looked at here; which papers the sides are is found out in `sides`. Names that are known are given as
stretches, so that "Less is more, and more" is not taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_SIDES = 8
Stretch = tuple[int, int]

_NAME = "ʘ"  # stands for each letter of a known name: a letter itself, and in no word
_PAPER = r"(?:ones?|papers?|works?|stud(?:y|ies)|articles?|preprints?|abstracts?|authors?)"
THING = (
    rf"(?:{_PAPER}|methods?|approach(?:es)?|models?|systems?|techniques?|frameworks?|benchmarks?|datasets?|algorithms?|"
    r"surveys?|reviews?|books?|competitions?|agents?|retrievers?|strateg(?:y|ies)|idea)"
)
_LINK = r"(?:that|which|who|whose|where|about|on|of|for|with|using|by|in|from|to|called|[a-z]+ing)"
# How a side begins that is told by a description: "the one that", "the antibody paper", "a paper about".
_DESCRIBED = re.compile(
    rf"^(?:the|that|a|an|this|your|my|our|one)\s+(?:[\w.%'’-]+\s+){{0,8}}?(?:{THING}(?:\s+{_LINK}\b|\s*$)|{_PAPER}\b)|"
    rf"^{THING}\s+(?:that|which|about|on|whose)\b|^(?:the|that)\s+(?:[\w'’-]+\s+){{1,4}}(?:that|which|whose|where|who)\s",
    re.IGNORECASE,
)
# "The generative retriever use ranking": a description that ends where it says what the thing does.
_ACTS = re.compile(
    rf"\s*(?:the|that)\s+(?:(?!(?:and|or|of|in|on|for|to|with|from|by|that|which)\b)[\w-]+\s+){{1,4}}?{THING}(?=\s+(?:uses?|ha(?:ve|s)|needs?|do|does|gets?|"
    r"reports?|rel(?:y|ies)|works?|costs?|trains?|learns?|covers?|includes?|propos(?:e|es)|beats?|performs?|is|are|was|were|can)\b)",
    re.IGNORECASE,
)
# Of such a beginning, what found the words and says nothing of the paper.
_LEAD = re.compile(
    rf"^(?:(?:the|that|a|an|this|your|my|our|one)\s+)?(?:{_PAPER})\s+(?:(?:that|which|who|whose|where|about|on|of|for|by|from)\s+)?"
    r"(?:is\s+about\s+|are\s+about\s+)?",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an|that|this)\s+", re.IGNORECASE)
_TAIL = re.compile(rf"\s+{_PAPER}$", re.IGNORECASE)
_CLEAR_START = re.compile(
    rf"(?:the\s+|that\s+|a\s+|an\s+)?{_NAME}|(?:the|that|a|an|those|papers?|works?|methods?|one)\b", re.IGNORECASE
)

_ENDS_QUESTION = (
    r"(?:which|what|how|who|whose|where|when|why|give|tell|say|list|name|show|does|do|is|are|can|explain|describe)\b"
)
_POINT = re.compile(
    r"\s*(?:[?;]|(?<!\bvs)\.(?=\s|$)|\s[–—-]{1,2}\s|:(?=\s)|,?\s+(?:in terms of|in regard to|with (?:respect|regards?) to|with a focus on|focus+ing on|"
    r"regarding|concerning|when it comes to|as regards|as to|in how|in what|in which|in the way|in (?:their|its)|by (?:their|how)|on the basis of|on how|"
    rf"on what|based on)\b|,?\s+and\s+(?:its|their|whether|if|{_ENDS_QUESTION})\b|,\s*{_ENDS_QUESTION}|,\s+(?:on|in|for|by|when|if|with)\b)",
    re.IGNORECASE,
)
# So a point may begin too, unless it belongs to a description.
_WEAK_POINT = re.compile(r",?\s+(?:on|for|when|in|at|if|while|during)\s+", re.IGNORECASE)
# "The BASALT competition": what a name is the name of asks for nothing.
_WHAT_IT_IS = re.compile(
    rf"^(?:['’]s)?\s+(?:{_PAPER}|surveys?|reviews?|books?|competitions?|agents?|retrievers?|systems?|frameworks?|benchmarks?|algorithms?|library)\b(?!['’])",
    re.IGNORECASE,
)
_ENDS_INTHING = re.compile(
    rf"(?:^|\b(?:and|or|with|to|vs\.?|than|from)\s|,\s)\s*(?:(?:the|a|an|that|this)\s+)?{THING}$", re.IGNORECASE
)
_ONLYTHING = re.compile(rf"(?:(?:the|a|an|that|this)\s+)?{THING}", re.IGNORECASE)
_ASPECT = (
    r"(?:the\s+|their\s+)?(?:tasks?|problems?|methods?|approach|data|datasets?|results?|findings?|limits?|limitations?|cost|speed|size|accuracy|"
    r"performance|evaluation|scale|training|inference|efficiency|memory|code)"
)
ASPECT_TAIL = re.compile(
    rf",?\s+(?:on|by|for|in|regarding)\s+{_ASPECT}(?:\s*,\s*(?:and\s+)?{_ASPECT}|\s+(?:and|or)\s+{_ASPECT})*\s*$",
    re.IGNORECASE,
)
# "... from MULTI-LANE on data and results": behind the last name, what is asked of the sides.
_POINT_OF_NAME = re.compile(
    rf"(?<={_NAME})\s+(?:on|by|regarding|in|for)\s+(?!.*{_NAME})(?!.*\b(?:the|that|this) (?:one|{THING}))",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"\s*,\s*(?:(?:and|or|as well as|with|to|versus|vs\.?)\s+)?|\s+(?:and|or|versus|vs\.?|as well as|&|with|to|against|compared (?:to|with))\s+|\s*/\s*"
)
_VERSUS = re.compile(r"\b(?:versus|vs)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:please|can you|could you|how|what|is|are|do|does|did|the|a|an|difference|differences|which|tell me|in|of|both|either|between|"
    r"of them|,|\s)+\b(?!-)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\s*(?:(?:of|for|in|by|from|with|to|than|does|do|did|is|are|was|were|why|how|can|that of|those of)\s+)+",
    re.IGNORECASE,
)
# "Which of the two retrievers ..., the generative one or ...": what "one" stands for.
_ONE = re.compile(r"^(?:the\s+)?(?P<which>[\w-]+(?:\s+[\w-]+)?)\s+one$", re.IGNORECASE)
_ONE_OF = re.compile(
    r"\b(?:which|who|what)\s+of\s+(?:the|these|those)\s+(?:two\s+|three\s+)?(?P<of>(?:[\w-]*[^\Ws]\s+)?[\w-]+s)\b|"
    r"\b(?:which|who|what)\s+(?:one\s+)?(?:of\s+)?(?:the\s+|these\s+|those\s+)?(?:two|three|four|both)?\s*(?P<what>[\w-]+(?:\s+[\w-]+)?)\s+"
    r"(?:is|are|was|were|do|does|did|has|have|can|needs?|trains?|uses?|reports?|gives?)\b(?!\s+(?:each|both|they|either)\b)",
    re.IGNORECASE,
)
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^\W*(?:please\s+|can you\s+|could you\s+)?(?:compare|contrast)\s+(?P<sides>.+)",
        r"\b(?:differ\w*|distinction\w*|contrast|comparison|trade-?offs?|similarit\w+|relation\w*|overlap|common|choos\w+|decid\w+)\b[^,;?]{0,30}?(?:\bbetween|\bbtw\b\.?|\bb/w)\s+(?P<sides>.+)|"
        r"^\W*between\s+(?P<of>.+)",
        r"\b(?:how|where|in\s+(?:what|which)\s+(?:respects?|ways?|regards?|points?|sense))\s+(?:do|does|are|is|did|were|was|would)\s+(?P<sides>.+?)\s+(?:differ|compare|relate|complement)\w*(?:\s+(?:from|to|with|against)\s+(?P<more>.+))?",
        r"\b(?:compare|contrast|comparing|contrasting|comparison of|juxtapose)\s+(?P<sides>.+)",
        r"(?:^|[,:]\s+|\s[–—-]\s+)(?P<sides>(?:(?!\s[–—-]\s)[^,:?])*?\s(?:versus|vs\.?)\s.+)",
        r"\b(?:sets?|separates?|distinguish(?:es)?|tells?|makes?)\s+(?P<sides>.+?)\s+(?:apart\s+)?(?:different\s+)?from\s+(?P<more>.+)",
        r"(?P<sides>.+?)\s+(?:compared (?:to|with)|differ(?:s|ent)? from|as opposed to|in contrast to|(?:stacks?|measures?) up (?:against|to|with)|fares? against)\s+(?P<more>.+)",
        r"\b(?:advantages?|benefits?|merits?|edge)\s+(?:has|have|do|does|did|of|is|are)\s+(?P<sides>.+?)\s+(?:have\s+|has\s+|offer\s+)?over\s+(?P<more>.+)",
        r"\b(?:use|choose|prefer|pick|take)\s+(?P<sides>.+?)\s+(?:rather than|instead of|over)\s+(?P<more>.+)",
        r"\b(?:is|are|was|were|how)\s+(?P<sides>.+?)\s+unlike\s+(?P<more>.+)",
        r"^\W*pros and cons\b(?:\s+of)?\s*[:,–—-]?\s*(?P<sides>.+)",
        r"\b(?:tell|keep)\s+(?P<sides>.+?)\s+apart\b",
        r"\b(?:which|who)\b[^,:]*[,:]\s*(?P<sides>.+?\sor\s.+)",
        r"\b(?:which|what|how \w+|who|where|when|why)\b.*?\b(?:of|do|does|did|are|is)\s+(?:both\s+|either\s+)?(?P<sides>.+?\s(?:and|or)\s.+)",
        r"(?P<sides>.+?)\s+(?:[a-z]+er|better|worse|more [a-z]+|less [a-z]+|larger|smaller)\s+than\s+(?P<more>.+)",
        r"^(?P<sides>[^:?]+(?:,|\sand\s|\sor\s)[^:?]+)\s*[:–—-]\s",
        r"\b(?:do|does|did|are|is|of|for|from|in|by)\s+(?:both\s+)?(?P<sides>.+?\s(?:and|or)\s.+)",
        r"^(?P<sides>.+?\s(?:and|or)\s.+)",
    )
)
# The first so many say by themselves that it is a comparison; of the others two sides must be told by a description.
_SURE = 13
# "A is better than B": a comparison where one side is a name.
_THAN = next(place for place, form in enumerate(_FORMS) if "|worse|" in form.pattern)
_BETWEEN_NAMES = re.compile(
    r"(?:['’]s?)?\s*(?:,|/|&|;|\band\b|\bor\b|,\s*(?:and|or)\b|\bvs\.?|\bversus\b|\bagainst\b|\bcompared (?:to|with)\b)\s*(?:(?:by|of|in|for|from|with)\s+)?(?:the\s+)?",
    re.IGNORECASE,
)

# Papers told by a description anywhere, and where such a one ends: "the paper on frogs | solve", "the one with gzip | rather".
_NAMES = re.compile(rf"{_NAME}+(?:\s+{_NAME}+)*")
_ENDS_TOLD = (
    r"(?=\s*(?:[?;:!]|,|\.(?:\s|$)|$)|\s+(?:and|or|than|over|unlike|versus|vs|rather|instead|compared|differs?|different|then|side by side|in terms|with respect|similar|each|both|"
    r"use[sd]?|needs?|ha(?:s|ve)|d(?:o|oes|id)|is|are|was|were|can|solves?|reports?|shares?|gives?|gets?|says?|claims?|shows?|finds?|outperforms?|beats?|works?|propos(?:e|es|ed)|evaluates?|handles?|"
    r"trains?|tests?|releases?|respectively|better|worse|a?like)\b)"
)
_TOLD_ANYWHERE = re.compile(
    rf"\b(?:the|that)\s+(?:(?:(?!(?:and|or|of|in|on|for|to|with|from|by|is|are|does|do|main|same|other|first|second|last|two|both)\b)[\w'’-]+\s+){{0,4}}?"
    rf"(?:papers?|study|article|preprint|survey|review|book|competition)|one(?=\s+(?:on|about|of|that|which|who|with|for|where|from|[a-z]{{3,}}ing)\b))"
    rf"(?:\s+(?:on|about|of|that|which|who|with|for|where|from|[a-z]{{3,}}ing)\s+(?:\w\S*)(?:\s+\S+){{0,9}}?)?{_ENDS_TOLD}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Side:
    """A side as it stands in the question, `question[start:end]`; what to search for it; whether it is told as one
    paper is ("the one that ..."), and whether it is a known name."""

    start: int
    end: int
    query: str
    described: bool = False
    named: bool = False


def split(question: str, names: Sequence[Stretch] = ()) -> tuple[Side, ...]:
    """The sides of a comparison in their order, at most eight; none where the words are no comparison. `names` are the
    stretches of known names."""
    masked = question
    for start, end in names:
        masked = masked[:start] + _NAME * (end - start) + masked[end:]
    for place, match in _matches(masked):
        stretches = _parts(masked, *match.span("sides" if match["sides"] else "of"))
        if "more" in match.re.groupindex and match["more"]:
            stretches += _parts(masked, *match.span("more"), one=True)
        first = stretches[0][0]
        sides = [side for s, e in stretches if (side := _side(question, masked, s, e, s == first))]
        told = sum(side.described or side.named for side in sides)
        sure = place < _SURE or (place == _THAN and any(side.named for side in sides))
        if len(sides) >= 2 and (sure or (told == len(sides) and any(side.described for side in sides))):
            return tuple(sides[:MOST_SIDES])
    return tuple(_told_anywhere(question, masked)[:MOST_SIDES])


def _told_anywhere(question: str, masked: str) -> list[Side]:
    """Papers told by a description, with a name or another description beside them, however the words between compare them:
    "what does the antibody paper do that OVOR does not?"."""
    told = [
        Side(match.start(), match.end(), _query_of(question[match.start() : match.end()]), described=True)
        for match in _TOLD_ANYWHERE.finditer(masked)
        if _NAME not in match.group()
    ]
    names = [Side(m.start(), m.end(), question[m.start() : m.end()], named=True) for m in _NAMES.finditer(masked)]
    sides = sorted([*told, *names], key=lambda side: side.start)
    return sides if told and len(sides) >= 2 else []


def _query_of(described: str) -> str:
    """What to search for a side that is told by a description."""
    return _ARTICLE.sub("", _TAIL.sub("", _LEAD.sub("", described)).strip()) or described


def _matches(masked: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Where the forms fit, each once; one that says little by itself ("... in A and in B") wherever it may begin."""
    for place, form in enumerate(_FORMS):
        match = form.search(masked)
        while match:
            yield place, match
            match = (
                form.search(masked, match.start() + 1) if place >= _SURE and match.start() + 1 < len(masked) else None
            )


def _parts(masked: str, start: int, end: int, one: bool = False) -> list[Stretch]:
    """The stretches of a list: "A, B and C", "A with B"; without what is asked of them behind it. With `one` it may as
    well be a single side, whose description has an "and" of its own."""
    for pattern in (_POINT, _POINT_OF_NAME):
        point = next((p for p in pattern.finditer(masked, start, end) if one or not _of_a_side(masked, p, start)), None)
        end = point.start() if point and point.start() > start else end
    joints = [j for j in _JOINT.finditer(masked, start, end) if not _within_side(masked, j, start)]
    versus = [joint for joint in joints if _VERSUS.search(joint.group())]
    if versus and not any("," in joint.group() for joint in joints):
        joints = versus
    if one and len(joints) == 1 and _DESCRIBED.match(masked[start:end].lstrip()):
        joints = [joint for joint in joints if _CLEAR_START.match(masked[joint.end() : end])]
    if len(joints) > 1:
        joints = _meant(masked, joints, start, end)
    edges = [start, *(edge for joint in joints for edge in joint.span()), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _of_a_side(masked: str, point: re.Match[str], start: int) -> bool:
    """ "The weights in which a skill lives and the ...", while no second side has come, and "the study on how newts hop": words
    of a description."""
    words, before = point.group().strip().lower(), masked[start : point.start()]
    if words in {"on how", "on what"}:
        return _ENDS_INTHING.search(before) is not None
    return words in {"in which", "in what"} and not _JOINT.search(masked, start, point.start())


def _within_side(masked: str, joint: re.Match[str], start: int) -> bool:
    """ "The one with gzip": no "with" that joins two sides, as it is in "the survey with the book"."""
    if _ONLYTHING.fullmatch(masked[joint.end() :].strip(" ?.!")):
        return False
    return joint.group().strip() in {"with", "to", "against"} and bool(
        _ENDS_INTHING.search(masked[start : joint.start()])
    )


def _meant(masked: str, joints: list[re.Match[str]], start: int, end: int) -> list[re.Match[str]]:
    """Those of several joints that part sides, not words within one."""
    edges = [joint.end() for joint in joints]
    parts = [masked[s:e] for s, e in zip(edges, [*(j.start() for j in joints[1:]), end], strict=True)]
    if any("," in joint.group() for joint in joints):
        short = all(len(part.split()) <= 5 for part in (masked[start : joints[0].start()], *parts))
        kept = [j for j in joints if j.group().strip() not in {"with", "to", "against"}] if short else []
        if len(kept) > 1:
            return kept
    if all(_VERSUS.search(joint.group()) for joint in joints):
        return joints
    clear = [j for j, part in zip(joints, parts, strict=True) if _CLEAR_START.match(part)]
    if any(_NAME in masked[j.end() :] for j in clear) or any(_DESCRIBED.match(masked[j.end() : end]) for j in clear):
        return clear
    first = next((j for j in joints if j.group().strip() in {"and", "or"}), joints[0])
    return [first]


def _side(question: str, masked: str, start: int, end: int, is_first: bool) -> Side | None:
    while end > start and masked[end - 1] in " \t,;:?.!\"'“”":
        end -= 1
    if of := _BEFORE.match(masked, start, end):
        start = of.end()
    aspect = ASPECT_TAIL.search(masked, start, end)
    if aspect and not _ONLYTHING.fullmatch(masked[start : aspect.start()].strip()):  # "the paper on data" is about data
        end = aspect.start()
    if _NAME in masked[start:end]:
        first, last = masked.index(_NAME, start, end), masked.rindex(_NAME, start, end) + 1
        return Side(first, last, question[first:last], named=True)
    if acts := _ACTS.match(masked, start, end):  # "does the one retriever or the other retriever use ranking?"
        end = acts.end()
    described = acts is not None or _DESCRIBED.match(masked[start:end].lstrip()) is not None
    if not described:
        lead = _LEADING.match(masked[start:end]) if is_first else None
        start += lead.end() if lead else 0
        if point := _WEAK_POINT.search(masked, start, end):
            end = point.start()
    while start < end and masked[start] in " \t,;:\"'“”":
        start += 1
    while end > start and masked[end - 1] in " \t,;:\"'“”":
        end -= 1
    query = _query_of(question[start:end]) if described else question[start:end]
    one, what = _ONE.match(question[start:end]), _ONE_OF.search(question)
    if one and what:
        query = f"{one['which']} {what['of'] or what['what']}"
    return Side(start, end, query or question[start:end], described) if len(query) > 1 else None


def listed(question: str, names: Sequence[Stretch]) -> bool:
    """Whether at least two of these names stand next to each other, with nothing between but what joins a list."""
    ordered = sorted(names)
    return any(
        _BETWEEN_NAMES.fullmatch(question[end:start])
        for (_, end), (start, _) in zip(ordered, ordered[1:], strict=False)
    )


def is_described(side: str) -> bool:
    """Whether a side is told as "the one that", "the antibody paper" and the like, which is no name to call it by."""
    return _DESCRIBED.match(side) is not None


def point_of(question: str, sides: Sequence[Stretch]) -> str:
    """The question without its sides: what is asked of them."""
    kept = question
    for start, end in sorted(sides, reverse=True):
        kept = f"{kept[:start]} , {_WHAT_IT_IS.sub(' ', kept[end:])}"
    return " ".join(kept.split())
