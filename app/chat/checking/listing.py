"""The frame of whole-library questions: what papers are called, how a list of them is asked for, and what is to be done with it.
`framed` puts "Enumerate the documents that ...; full list requested" as "List all papers that ..."."""

from __future__ import annotations

import re

_POLITE = r"(?:(?:please(?: to)?|can you|could you|would you|will you|kindly|now|and|so|i (?:would|['’]d) like you to|i want you to)[\s,]+)*"
_VERBS = (
    r"(?:enumerate|compile|assemble|(?:pull|put) together|draw up|identify|provide|retrieve|return|select|specify|fetch|collect|gather|display|output|indicate|determine|get|filter(?: out)?|extract|"
    r"i (?:would be (?:grateful|glad|happy|thankful) for|(?:would|should) (?:like|love|appreciate)(?: to have)?|should be (?:glad|grateful|happy) (?:of|for|to have)|seek|search(?: for)?|require|am (?:looking|searching) for|ask for|request|wish(?: for)?|need|want)|need|want|(?:looking|searching) for|"
    r"(?:pick|point|single|search|sort|find|filter)(?: \w+)? (?:out|for|to)|point (?:me|us) to|look (?:for|up)|go through|list|name|show|give|find|tell|write down|state|bring up)"
)
# What papers are called besides; as the head of a list only, as any of it may be a subject as well.
_CALLED = r"(?:documents?|items?|entries|contributions?|publications?|manuscripts?|texts|records|pieces of work|writings|sources|investigations?|titles|holdings|efforts)"
_PAPERS = rf"(?:papers?|works?|studies|articles?|abstracts?|preprints?|{_CALLED})"
_OF_THEM = r"(?:(?:all|any|every|each|single|the|those|these|of|such|me|us|out|names|titles|ids?)\s+)*"
_HERE = r"(?:\s+(?:here|in here|(?:in|of|from) (?:the|this|my|our|your|that) (?:whole |entire |given |present )?(?:library|collection|corpus|set|list|page|database)))?"
_IMPERATIVE = re.compile(
    rf"^\W*{_POLITE}{_VERBS}\s+{_OF_THEM}(?:(?:an?\s+)?(?:full |complete |exhaustive |short |quick )?(?:list|enumeration|overview|collection)\s+of\s+{_OF_THEM})?"
    rf"(?:(?P<kind>(?:(?!(?:that|which|who|how|what|where|why|of|in|on|for|by|from|with|to|is|are|and|or)\b)[\w-]+\s+){{0,3}}?){_PAPERS}\b|(?<=those )|(?<=the )ones\b){_HERE}",
    re.IGNORECASE,
)
_WHICH = re.compile(
    rf"^(?P<lead>\W*{_POLITE}(?:(?:in|from|for|of|with|by)\s+)?(?:which|what|how many)(?:\s+(?:of|the|these|those|all|collected|listed|included|stored|given))*)\s+{_CALLED}\b{_HERE}",
    re.IGNORECASE,
)
_COLLECTED = re.compile(r"\s(?:collected|listed|included|stored|given)\b", re.IGNORECASE)
_ALL = re.compile(rf"^\W*{_POLITE}(?:all|every|any)\s+(?:of\s+)?(?:the\s+|these\s+|those\s+)?{_CALLED}\b{_HERE}", re.I)
# The last words of a question that only say what is to be done with the list.
_OF_LIST = frozenset(
    """full complete exhaustive entire list lists listing enumeration enumerate requested request required require provide i we need want would like all of them
    please can could you whole lot everything by the a an names name with titles title ids id identify show give me us which ones one are they these those it every each
    and also both number numbers count counts total so just only cite citing citations quote quotes sources source authors years
    too i'd paper papers ask asks asking here there qualify know answer short brief keep tell what their in bullet bullets points form as table doesn't does not matter""".split()
)
_LISTS = re.compile(
    r"\b(?:list|all|enumerat\w+|names?|which|identify|ones?|titles|them|show|cite|count|number|table|bullets?|matter)\b",
    re.I,
)
_NO_MATTER = re.compile(
    r"[,;]?\s+(?:it |that )?(?:(?:does(?:n['’]?t| not)|do(?:n['’]?t| not)) (?:really )?(?:matter|care)|no matter|regardless of|irrespective of)\b.*$",
    re.IGNORECASE,
)
# "..., be it in weights or in outputs", "inference being left aside"
_BE_IT = re.compile(
    r",\s+(?:be it|be they|whether(?: it is| they are| in| by| for| of)?|whatever|in whatever)\s[^?.!]*", re.IGNORECASE
)
# "..., and how many tasks does each have?", "... and say in a few words what each does"
_MORE = re.compile(
    r",\s+and\s+(?:how|who|what|when|where|why|which)\b.*$|\s+and\s+(?:please\s+)?(?:say|tell|explain|describe|state|give|show)\s+(?:in|me|us|what|how|which|their|its|each|briefly|shortly)\b.*$",
    re.IGNORECASE,
)
_PIECE = re.compile(r"(?<=[^\d\s])[.?!;,](?=\s)\s+|\s+[–—-]+\s+")


def framed(question: str) -> str:
    """The question as one for a list of papers, in plain words; unchanged where it is none, or is in these words already."""
    if match := _IMPERATIVE.match(question):
        return f"List all {match['kind'] or ''}papers {question[match.end() :].lstrip()}".rstrip()
    if match := _WHICH.match(question):
        return f"{_COLLECTED.sub('', match['lead'])} papers{question[match.end() :]}"
    if match := _ALL.match(question):
        return f"List all papers{question[match.end() :]}"
    return question


def without_orders(question: str) -> str:
    """The question without what is to be done with the list at its end: "..., all of them", "Name them with titles."."""
    kept = _MORE.sub("", _BE_IT.sub("", _NO_MATTER.sub("", question)))
    while cut := list(_PIECE.finditer(kept)):
        rest = kept[cut[-1].end() :]
        words = [word.lower() for word in re.findall(r"[\w'’]+", rest)]
        if words and not (set(words) <= _OF_LIST and _LISTS.search(rest)):
            break
        kept = kept[: cut[-1].start()]
    return kept if re.search(r"\w", kept) else question
