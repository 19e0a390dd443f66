"""A follow-up that only narrows the question before it: "and since 2023?", "only those by Lee"."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.chat.read_context import words_left
from app.chat.read_filters import Read, without
from app.chat.read_people import PAPERS

_GOES_ON = re.compile(
    r"^\W*(?:and|but|or|so|also|now|then|what about|how about|what of|same|only|just|those|these|the ones|limit|narrow|restrict)\b",
    re.IGNORECASE,
)
_UNFILTERED = re.compile(
    r"^\W*(?:(?:and|but|now|please|ok(?:ay)?|then|so|what about|how about|the same|same question)[\s,]+)*(?:(?:forget|drop|remove|clear|ignore|lift|cancel|undo|reset|take off|get rid of|leave out|turn off)\s+(?:about\s+)?(?:the|that|this|all|any|those|these)?\s*"
    r"(?:(?:year|date|author|time|category|venue)s?\s+)?(?:filters?|restrictions?|conditions?|limits?)|(?:without|no)\s+(?:the|any|that|a|those)?\s*(?:(?:year|date|author|time|category|venue)s?\s+)?(?:filters?|restrictions?|conditions?)|"
    r"(?:from|in|for)?\s*(?:any|all|every)\s+(?:years?|dates?|times?|authors?|venues?)|(?:by|from)\s+(?:any(?:one|body)|everyone|everybody))(?:\s+(?:then|instead|please|again|now|too))*\W*$",
    re.IGNORECASE,
)
_NOUN = re.compile(rf"\b(?:{PAPERS})\b", re.IGNORECASE)


def narrowed(read: Read, last: str, read_of: Callable[[str], Read]) -> str | None:
    """The last question with what `read`, the follow-up, asks for beside it or instead ("and in 2024?" after a question
    on 2023); None if the follow-up is a question of its own. `read_of` reads a stand-alone question."""
    new = (*read.readings, *read.unread)
    if not new or words_left(read.text, [(reading.start, reading.end) for reading in new]):
        return None
    if _NOUN.search(read.text) and not _GOES_ON.match(read.text):
        return None
    names = {name for reading in new for name in reading.names}
    if names & {"since", "until"}:
        names |= {"since", "until"} if any({"since", "until"} <= set(reading.names) for reading in new) else set()
    names |= {"authors", "all_authors"} if names & {"authors", "all_authors"} else set()
    earlier = read_of(last)
    kept = without(last, [reading for reading in earlier.readings if names & set(reading.names)])
    base, end = kept.rstrip(" ?.!"), "?" if last.rstrip().endswith("?") else ""
    words = " ".join(reading.words for reading in new)
    wanted = {reading.words for reading in new}
    for text in (f"{base} {words}{end}", f"{base}, papers {words}{end}"):
        if wanted <= {reading.words for reading in read_of(text).readings}:
            return text
    return None


def unfiltered(text: str, last: str, read_of: Callable[[str], Read]) -> str | None:
    """The last question without the filters read from it, if `text` asks for just that ("forget the filter", "from any
    year"); None otherwise."""
    if len(text) > 120 or not _UNFILTERED.match(text):
        return None
    return without(last, read_of(last).readings)
