"""Comparisons that are told loosely, put in the words that `split` reads: "One paper zips its data, another asks a model. How do
they differ?" is "Compare the paper that zips its data with the paper that asks a model. How do they differ?"."""

from __future__ import annotations

import re

_SAME = "same|first|second|last|only|main|whole|best|important|one|other|next|real|right|sort of|kind of|interesting|funny|new|key|usual"
# "the 3d body motion thing"
_THING = re.compile(rf"\b(?P<which>(?:the|that)\s+(?:(?!(?:{_SAME})\b)[\w'’-]+\s+){{1,8}}?)(?:thing|stuff)\b(?!\s+(?:that|which|is|about)\b)", re.IGNORECASE)  # fmt: skip
_PAPER = r"(?:paper|work|study|article|group|team|method|approach|system)"
_ONE_ANOTHER = re.compile(
    rf"^\W*(?:so\s+|well\s+|(?:if|when|while|as)\s+)?(?:there(?:['’]s| is) )?one(?: of (?:them|these|the papers))?(?:\s+{_PAPER})?\s+(?:(?:that|which)\s+)?(?P<one>(?!(?:of|that|which|more|thing|can|could|should|would|may|might|has to|needs)\b)[a-z]+\b[^.?;:]{{3,160}}?)"
    rf"[,;]?\s+(?:and\s+|but\s+|while\s+|whereas\s+)?(?:there(?:['’]s| is) )?(?:another|the other|a second|the second|a different)(?:\s+(?:one|{_PAPER}))?\s+(?:(?:that|which)\s+)?(?P<other>[a-z]+\b[^.?;:]{{3,160}}?)(?P<rest>[.?;:]\s.+)$",
    re.IGNORECASE | re.DOTALL,
)
# "Two papers treat ponds: one counts newts, one weighs toads. How do they differ?"
_TWO_PAPERS = re.compile(
    rf"^\W*(?:there are |here are )?(?:two|2)(?: of the| different| of these)? (?:papers|works|studies|articles|methods)\b[^.?;:]*[.;:,]\s+(?:the )?one\s+(?:(?:that|which)\s+)?(?P<one>[a-z]+\b[^.?;:]{{3,160}}?)"
    rf"[,;]?\s+(?:and\s+|but\s+|while\s+)?(?:the )?(?:one|another|other|second)(?:\s+(?:one|{_PAPER}))?\s+(?:(?:that|which)\s+)?(?P<other>[a-z]+\b[^.?;:]{{3,160}}?)(?P<rest>[.?;:]\s.+)$",
    re.IGNORECASE | re.DOTALL,
)
# "Newts and the toad paper both hop in ponds. Who is faster in each?"
_BOTH = re.compile(
    r"^\W*(?P<sides>(?!(?:which|what|who|how|why|when|where|do|does|did|is|are|compare|contrast|if|since|as|because|list|name|show|papers)\b)[^.?;:]{6,200}?)\s+both\s+(?P<rest>(?!of\b)[a-z]+\b[^?]*\?.*)$",
    re.IGNORECASE | re.DOTALL,
)
_BOTH_NAMED = re.compile(r"^(?=.*\sand\s).*(?:\b(?i:paper|one|study|work|article)\b|\b\w*[A-Z]\w*[A-Z])", re.DOTALL)
_SIDE_BY_SIDE = re.compile(
    r"\b(?:set|sets|put|place|lay|hold|line up)\s+(?:side by side|next to (?:each other|one another)|beside (?:each other|one another)|against (?:each other|one another))\s*,?\s+(?=\w)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:set|put|place|lay|hold)\s+(?P<one>(?:the|that|an?)\s+[^,.?;:]{3,140}?)\s+(?:next to|beside|alongside|side by side with|up against|against|opposite)\s+(?=(?:the|that|an?)\s)",
    re.IGNORECASE,
)
_PUT_THEM = re.compile(
    r"\b(?:set|put|place|lay|hold)\s+(?P<sides>(?:the|that)\s+[^.?;:]{3,240}?)\s+(?:side by side|next to (?:each other|one another)|beside (?:each other|one another))\b",
    re.IGNORECASE,
)
# What is asked of several at once.
_OF_EACH = re.compile(r"\b(?:each|both|either|respectively|differ\w*|in common|similar\w*|alike|the two|the other)\b", re.IGNORECASE)  # fmt: skip
_OF_EVERY, _THE = re.compile(r"\beach\b", re.IGNORECASE), re.compile(r"(?:^|,|\band)\s*the\s", re.IGNORECASE)
_ASKS = r"(?:what|how|which|who|where|when|why|do|does|did|is|are|give|tell|explain|name|in what)\b"
_TOLD_FIRST = re.compile(
    rf"^\W*(?P<sides>(?!(?:which|what|who|how|why|when|where|do|does|did|is|are|compare|contrast|among|between|for|in|of|list|name|show|give|i|we|you)\b)[^?:;]{{6,300}}?)\s*(?P<stop>[:,;–—-]|\?)\s+(?P<asked>{_ASKS}[^?]*\??.*)$",
    re.IGNORECASE | re.DOTALL,
)
_JOINED = re.compile(r"\s(?:and|or|against|vs\.?|versus|with)\s|,\s", re.IGNORECASE)
_TOLD = re.compile(r"\b(?:the|that)\s+(?:[\w'’-]+\s+){0,7}?(?:ones?|papers?|study|work|article|survey|book|benchmark|competition)\b|\b(?:the|that)\s+(?:[\w'’-]+\s+){1,4}(?:that|which|with|for|about|on)\b|\bone\s+(?:that|which|with|about|on|[a-z]+ing)\b", re.IGNORECASE)  # fmt: skip
_OF_PAPERS = re.compile(r"\b(?:which|what|how many) (?:of (?:the|these|all) )?(?:papers|works|studies|abstracts|ones)\b", re.IGNORECASE)  # fmt: skip
_WOULD_YOU = re.compile(r"^\W*(?:(?:would|could|can|will) you (?:please |kindly |be so kind (?:as )?to )?|i (?:would|should) like (?:you )?to |please )+(?=(?:compare|contrast)\b)", re.IGNORECASE)  # fmt: skip
# What sets things beside each other.
SETS_BESIDE = re.compile(r"\b(?:compar\w+|contrast\w*|differ\w*|versus|vs|both|each|respectively|side by side|against|similar\w*|in common)\b", re.IGNORECASE)  # fmt: skip
# "Which one keeps more, A or B?" is asked of these two.
_ONE_OF_TWO = re.compile(
    r"^\W*(?:(?:and|so|but|ok)[\s,]+)*(?:which|what)\s+(?:one|of\s+(?:the|these|those)\s+two|(?:paper|method|approach|model|system|work|technique|algorithm|dataset|benchmark)(?!s))\b[^?]*[,:–—-]\s*[^,:?]+?,?\s+or\s+[^?]+",
    re.IGNORECASE,
)
# "Breadcrumbs or atlas, which one learns, which one masks?"
_OR_WHICH = re.compile(
    r"^\W*(?P<one>(?!(?:which|what|who|how|is|are|do|does|did|can|has|have)\b)[^,:?;]{2,80}?)\s+or\s+(?P<other>[^,:?;]{2,80}?)\s*[,:;–—-]\s*(?P<asked>(?:which|who)(?: one)?\s.*)$",
    re.IGNORECASE,
)
_LONGEST = 600


def in_plain_words(question: str) -> str:
    """The question, its comparison put plainly where it is told loosely; unchanged otherwise."""
    if len(question) > _LONGEST:
        return question
    text = _WOULD_YOU.sub("", _THING.sub(r"\g<which>one", question))
    if match := _ONE_ANOTHER.match(text):
        return f"Compare the paper that {match['one']} with the paper that {match['other']}{match['rest']}"
    if (match := _OR_WHICH.match(text)) and not _OF_PAPERS.search(match["asked"]):
        return f"Compare {match['one']} and {match['other']}: {match['asked']}"
    if match := _TWO_PAPERS.match(text):
        return f"Compare the paper that {match['one']} with the paper that {match['other']}{match['rest']}"
    if (match := _BOTH.match(text)) and _BOTH_NAMED.search(match["sides"]) and not _OF_PAPERS.search(match["rest"]):
        return f"Compare {match['sides']}: both {match['rest']}"
    text = _SIDE_BY_SIDE.sub("compare ", text)
    text = _BESIDE.sub(r"compare \g<one> with ", text)
    text = _PUT_THEM.sub(r"compare \g<sides>", text)
    match = _TOLD_FIRST.match(text)
    if match and _OF_EACH.search(match["asked"]) and not _OF_PAPERS.search(match["asked"]):
        sides = match["sides"]
        told = len(_TOLD.findall(sides))
        if _JOINED.search(sides) and (told > 1 or (_OF_EVERY.search(match["asked"]) and (told or _THE.search(sides)))):
            return f"Compare {sides}: {match['asked']}"
    return text


def asks_one_of_two(question: str) -> bool:
    """Whether it asks which of two things it names is more of something: "which one keeps more, A or B?"."""
    return _ONE_OF_TWO.match(question) is not None
