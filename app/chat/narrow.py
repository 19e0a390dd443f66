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
