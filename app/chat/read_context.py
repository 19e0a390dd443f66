"""Whether a time of a question is when papers appeared: "papers since 2023" is, "was the vaccine safe in 2021?" is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.chat.read_people import PAPERS
from app.chat.read_times import Time

# What a library is counted by may stand before a time as papers do: "which authors in 2023", "papers per category in 2024".
_NOUN = rf"(?:{PAPERS}|literature|surveys?|reviews?|ones|those|entries|authors?|categor(?:y|ies)|venues?|conferences?|journals?|years?)"
_THING = r"(?:methods?|models?|approach(?:es)?|systems?|data\s*sets?|benchmarks?|techniques?|algorithms?|ideas?|frameworks?|tools?|findings?)"
_PUBLISHED = r"(?:published|written|submitted|posted|dated|uploaded|appear(?:ed|ing)|came\s+out|coming\s+out|publish|write|appear)"
_SHOWN = rf"(?:{_PUBLISHED}|released|presented|proposed|introduced|accepted|launched|announced)"
_HERE = r"(?:\s+(?:here|there|in\s+(?:the|this|my|your|our)\s+(?:library|collection|corpus)|(?:do\s+)?(?:you|we|i)\s+have|(?:that|which)\s+(?:are|were|is|was|have\s+been)|are|were|is|was|have\s+been|do\s+you\s+have|are\s+there))*"
_NEXT_TO_NOUN = re.compile(
    rf"\b{_NOUN}{_HERE}(?:\s+(?:only|just|exclusively|mostly|from))*(?:\s+{_SHOWN})?[\s,(]*$", re.IGNORECASE
)
_NEXT_TO_THING = re.compile(rf"\b{_THING}[\s,(]*$", re.IGNORECASE)
_AFTER_PUBLISHED = re.compile(rf"\b{_PUBLISHED}(?:\s+(?:here|online|only))?[\s,(]*$", re.IGNORECASE)
_AFTER_SHOWN = re.compile(rf"\b{_SHOWN}[\s,(]*$", re.IGNORECASE)
_ON_TOPIC = re.compile(
    rf"\b(?:{PAPERS}|literature|surveys?|reviews?)\s+(?:published\s+)?(?:on|about|regarding|covering|concerning|dealing\s+with|using|for|with|of|in)\s+(?P<topic>(?:[^\s,;?!]+\s*){{1,10}})$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\b(?:that|which|who|whose|where|is|are|was|were|has|have|had|do|does|did)\b", re.IGNORECASE)
_LISTS = re.compile(
    r"^\W*(?:(?:and|so|please|can|could|would|you|me|us|i|want|need|to|see|are|is|there|do|have|we|search|look|looking|for|the|any|all|some|"
    rf"which|what|list|show|find|give|get|name|tell|about|recommend|suggest|of)\s+)*(?:[\w-]+\s+){{0,3}}?(?:{_NOUN}|{_THING})\b",
    re.IGNORECASE,
)
_OF_RESEARCH = re.compile(
    r"\bwhat(?:['’]s|\s+is|\s+are)?\s+(?:\w+\s+)?new\b|\bwhat\s+(?:has|have)\s+been\s+(?:done|tried|published|written|proposed|learned|found|studied)\b|"
    rf"\b(?:who|what)\s+(?:has\s+)?(?:published|wrote|written|worked)\b|\b(?:advances|progress|developments|trends|literature|research|state\s+of\s+the\s+art|{PAPERS})\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|being|do|does|did|has|have|had|can|could|will|would|should|may|might|must|"
    r"how|why|when|who|whom|where)\b",
    re.IGNORECASE,
)
# A past participle says what happened then: "drugs approved since 2020".
_HAPPENED = re.compile(r"\b(?!(?:need|speed|feed|seed|embed|bed)\b)\w{2,}ed[\s,]*$", re.IGNORECASE)
_ALONE = frozenset(
    """and or but so also what about how same for only just the a an of those these ones one them now then please which are is
    were was there papers paper articles works from in to with show me list all give find narrow it down restrict limit that
    this many much year years else ok okay instead again try rather but not""".split()
)
_ENDS = re.compile(r"\s*(?:$|[?.,;)]|(?:on|about|by|in|at|that|which|with|using|for|of)\b)", re.IGNORECASE)
_COUNT_BEFORE = re.compile(
    r"\b(?:top|first|all|about|around|over|under|than|nearly|approximately|roughly|almost|some|exactly|these|those|of\s+the|least|most|every|we|[a-z]{3,}ed|found)\s*$",
    re.IGNORECASE,
)


def about_papers(text: str, time: Time, others: Sequence[tuple[int, int]], years: tuple[int, int] | None) -> bool:
    """Whether this time of the text is when papers appeared. `others` are the stretches that were read as filters
    already; `years` are the first and the last year of the library."""
    before, after = text[: time.start], text[time.end :]
    if not words_left(text, [(time.start, time.end), *others]) or _beside_other(text, time, others):
        return True
    if any(end <= time.start and _AFTER_PUBLISHED.search(text[start:end]) for start, end in others):
        return not _HAPPENED.search(before)  # "what has Lee written on lakes since 2023"
    if time.alone:
        return _NEXT_TO_NOUN.search(before) is not None and _ENDS.match(after) is not None
    if _NEXT_TO_NOUN.search(before):
        return not (time.bare and _is_verb(before))
    if _AFTER_PUBLISHED.search(before) or (
        _AFTER_SHOWN.search(before) and re.search(rf"\b(?:{_NOUN}|{_THING})\b", before, re.I)
    ):
        whose = re.search(rf"\b(?:{_NOUN}|{_THING})\b", before, re.IGNORECASE)
        return (
            whose is not None
            or not _VERB.search(text)
            or _OF_RESEARCH.search(text) is not None
            or _LISTS.match(text) is not None
        )
    topic = _ON_TOPIC.search(before)
    if (
        topic
        and not _HAPPENED.search(before)
        and not _CLAUSE.search(topic["topic"])
        and not _CLAUSE.match(after.strip())
    ):
        return True
    if time.bare or _HAPPENED.search(before):
        return False
    if _NEXT_TO_THING.search(before) or _LISTS.match(before) or _OF_RESEARCH.search(before):
        return True
    # A subject alone, as in a search box: the time is a filter where it divides the library.
    at_an_end = (
        not before.strip(" ,") or not after.strip(" ,.?!)") or re.match(r"\s+(?:on|about|for)\b", after) is not None
    )
    return at_an_end and not _VERB.search(text) and len(text.split()) <= 10 and _divides(time, years)


def _is_verb(before: str) -> bool:
    """ "does it work in 2023?": a word that is papers elsewhere, but what something does here."""
    return re.search(r"^\W*(?:do|does|did|can|could|will|would)\b.*\bworks?\s*$", before, re.IGNORECASE) is not None


def words_left(text: str, read: Sequence[tuple[int, int]]) -> list[str]:
    """The words that ask for something beside what was read."""
    for start, end in sorted(read, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return [word for word in re.findall(r"\w+", text.lower()) if word not in _ALONE]


def _beside_other(text: str, time: Time, others: Iterable[tuple[int, int]]) -> bool:
    """Whether it stands next to another filter: "by Raffel in 2023"."""
    between = re.compile(r"[\s,]*(?:(?:and|or|but|only|published|written|from)\s+)?[\s,]*")
    return any(
        between.fullmatch(text[end : time.start] if end <= time.start else text[time.end : start])
        for start, end in others
    )


def _divides(time: Time, years: tuple[int, int] | None) -> bool:
    if years is None:
        return False
    first, last = years
    since, until = int(time.since[:4] or 0), int(time.until[:4] or 9999)
    return (since > first or until < last) and since <= last and until >= first


def dates_papers(text: str, match: re.Match[str], years: tuple[int, int] | None) -> bool:
    """Whether the number before "papers" is a year, not how many: "2023 papers" where the library reaches that year."""
    if _COUNT_BEFORE.search(text[: match.start()]):
        return False
    if not match["a"].isdigit():
        return True
    return years is not None and years[0] <= int(match["a"]) <= years[1]
