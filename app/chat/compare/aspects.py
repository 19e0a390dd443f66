"""What papers are compared on: the points a question asks for, else task, method, data, results and limits.

A point that people call many names has one of ours ("findings" are results); any other stays in the person's words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.chat.compare.split import Stretch, point_of

STANDARD = ("task", "method", "data", "results", "limits")
MOST_ASPECTS = 6
_LONGEST = 60

# How a question asks for a point that we know. The first that fits a phrase gives its name.
_KNOWN: tuple[tuple[str, str], ...] = (
    ("code", r"\b(?:source )?code\b(?! generation)|github|open[- ]?sourc|\brepositor|\breleas\w*|\bavailab"),
    (
        "limits",
        r"\blimit(?:s|ation|ations)\b|\bweakness\w*|\bdrawback\w*|\bshortcoming\w*|\bcaveat\w*|\bdisadvantage\w*|\bopen problems?\b",
    ),
    ("evaluation", r"\bevaluat\w*|\bmetrics?\b|\bbenchmarked\b|\bhow .{0,40}\b(?:tested|measured)\b|\bbaselines?\b"),
    (
        "cost",
        r"\bcosts?\b|\bcheap\w*|\bexpensive\b|\bmemory\b|\bstorage\b|\bcomput(?:e|ation|ational)\b|\bresources?\b|\boverheads?\b|"
        r"\bfootprint\b|\befficien\w*",
    ),
    (
        "speed",
        r"\bspeed\w*|\bfast(?:er|est)?\b|\bslow\w*|\bquick\w*|\blatency\b|\bthroughput\b|\brun ?times?\b|\binference time\b",
    ),
    (
        "size",
        r"\bsizes?\b|\bhow (?:large|big)\b|\b(?:larg|bigg|small)e[rs]t?\b|\bbigg\w+|\bparameter (?:counts?|numbers?)\b|\bhow many parameters\b|"
        r"\bhas more\b|\bmore (?:tasks|languages|data|samples|parameters)\b|\bscale\b",
    ),
    ("accuracy", r"\baccura\w*|\bf1\b|\bscores?\b"),
    (
        "data",
        r"\bdata\b|\bdata ?sets?\b|\bcorpora\b|\bcorpus\b|\bbenchmarks?\b|\btraining (?:data|sets?)\b|\bcollected\b",
    ),
    (
        "results",
        r"\bresults?\b|\bfindings?\b|\bperform\w*|\bimprovements?\b|\bgains?\b|\boutcomes?\b|\bachiev\w*|\bconclu\w*|\bnumbers\b|"
        r"\bpercentages?\b|\bfigures\b|\bbetter\b|\breport(?:s|ed)?\b",
    ),
    (
        "task",
        r"\btasks?\b|\bproblems?\b|\bgoals?\b|\baims?\b|\bmotivat\w*|\bpurpose\b|\bobjectives?\b|\bquestion does each\b|\btackles?\b",
    ),
    (
        "method",
        r"\bmethod\w*|\bapproach\w*|\btechniques?\b|\bhow (?:do|does) (?:it|they|each) works?\b|\barchitectures?\b|\bmechanisms?\b|\bidea\b|"
        r"\bproposes?\b|\bproposal\b",
    ),
)
_RULES = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _KNOWN)
# Words of any question on papers; alone they ask for a point, among others they ask for nothing.
_COMMON = frozenset({"task", "method", "data"})
_LIST = re.compile(
    r"(?:\bin terms of|\bwith (?:respect|regards?) to|\bregarding|\bconcerning|\bwhen it comes to|\bas to|\bas regards|\bon the basis of|\bbased on|"
    r"\bfocus+ing on|\bon|\bby|\bfor)\s+(?P<list>[^?;:.]+)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bhow (?:many|much)\s+(?P<what>[\w-]+(?:\s+(?!do|does|did|is|are|was|were|has|have|can|in|of|there|each|it)[\w-]+)?)",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\b(?P<what>[\w-]+)\s+(?:figures|numbers)\b", re.IGNORECASE)
# Words by which a question says that it compares, and says nothing of what on.
_EMPTY = re.compile(
    r"\b(?:use[sd]?|using|have|has|contain\w*|please|can|could|would|you|me|tell|give|show|explain|describe|summari[sz]e|compar(?:e|es|ed|ing|ison|isons)|contrast\w*|differ\w*|"
    r"distinguish\w*|distinct\w*|separat\w*|sets?|apart|versus|vs|similar\w*|common|between|both|each|one|ones|other|two|three|four|the|a|an|"
    r"of|to|from|with|and|or|in|on|by|at|for|as|is|are|was|were|be|do|does|did|how|what|which|who|where|why|when|it|its|they|them|their|"
    r"paper|papers|works?|abstracts?|that|this|these|those|there|than|ways?|whose|say|says|kind|main|key|against|relate|all|more|less|not|"
    r"something|else|like)\b",
    re.IGNORECASE,
)
# "Which field is each one for": behind the point stands what the sides do with it.
_OF_EACH = re.compile(r"\s+(?:do|does|did|is|are|was|were|has|have)\s+(?:each|both|either|they)\b.*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def aspects_of(query: str, sides: Sequence[Stretch] = ()) -> tuple[str, ...]:
    """The points a comparison asks for, in its order; the five of every comparison if it asks for none. `sides` are the
    stretches of its sides, which ask for nothing."""
    asked = point_of(query, sides)
    found: list[str] = []
    for match in _COUNTED.finditer(asked):
        what = match["what"].strip()
        if not _EMPTY.sub("", what).strip():
            continue
        found.append("size" if what.lower() == "parameters" else f"number of {what}")
    for match in _LIST.finditer(asked):
        for item in re.split(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+|/", match["list"]):
            if name := known(item) or _free(item):
                found.append(name)
    rest = _LIST.sub(" , ", asked)
    if not found:
        found = [name for name, rule in _RULES if name not in _COMMON and rule.search(rest)]
        if "size" in found and _FIGURES.search(rest):
            found = ["size"]
    if not found and (free := _free(rest)):
        # "What data does each use?" asks for the data, "which needs the identity of a task?" for that and not the task.
        few = len(_WORD.findall(_EMPTY.sub(" ", free))) <= 2
        found = [(known(free) if few else "") or free]
    return tuple(dict.fromkeys(found))[:MOST_ASPECTS] or STANDARD


def known(phrase: str) -> str:
    """Our name for a point, or nothing."""
    return next((name for name, rule in _RULES if rule.search(phrase)), "")


def _free(phrase: str) -> str:
    """A point in the person's own words, without what says nothing; or nothing at all."""
    clauses = [clause.strip() for clause in re.split(r"[,:;?!]+|\s[–—-]+\s|^[–—-]+\s|\.\s", phrase)]
    told = [clause for clause in clauses if _WORD.search(_EMPTY.sub(" ", clause))]
    if not told:
        return ""
    best = max(told, key=lambda clause: len(_WORD.findall(_EMPTY.sub(" ", clause))))
    words = " ".join(best.split())
    words = re.sub(
        r"^(?:and\s+)?(?:(?:how|what|which|who|where|in|on|the|do|does|did|is|are|was|were|way|ways|of|both|each|them|they|it|that|to|for|one|"
        r"by|differ\w*|compare\w*|difference|differences)\s+)+",
        "",
        words,
        flags=re.IGNORECASE,
    )
    words = _OF_EACH.sub("", words)
    words = re.sub(r"(?:\s+(?:in|of|by|for|to|on|and|or|does|do|each|both|instead|them|paper|papers|one))+$", "", words)
    if len(words) > _LONGEST:
        words = words[:_LONGEST].rsplit(" ", 1)[0]
    return words if _WORD.search(_EMPTY.sub(" ", words)) else ""
