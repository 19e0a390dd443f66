"""Papers told by words of their own that stand in a list with a name: "skill localization and Model Breadcrumbs"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.adapters.keyword import STOP_WORDS
from app.chat.resolve.readings import Ledger
from app.core.ports import KeywordIndex

_MOST_WORDS, _FEWEST_CONTENT = 6, 2
_JOINT = r"(?:\s*(?:,|/|&|;)\s*(?:(?:and|or)\s+)?|\s+(?:and|or|vs\.?|versus|against|as opposed to|compared (?:to|with))\s+)(?:(?:of|in|by|for|from)\s+)?(?:the\s+)?"
_WORD = r"[\w'’-]+"
_AFTER = re.compile(rf"{_JOINT}(?P<words>{_WORD}(?: {_WORD}){{1,{_MOST_WORDS - 1}}})", re.IGNORECASE)
_BEFORE = re.compile(rf"(?P<words>{_WORD}(?: {_WORD}){{1,{_MOST_WORDS - 1}}}){_JOINT}$", re.IGNORECASE)
_SURE = 0.8


def read_titled_beside(ledger: Ledger, keyword: KeywordIndex) -> None:
    """Take a phrase beside a name for the one paper that has it in its title, or else has it at all ("temporary forgetting
    and TAME"). What is read so is a name to its neighbours."""
    waiting = [(start, end) for start, end, _ in ledger.found]
    while waiting:
        span = waiting.pop()
        for start, end in _beside(ledger.text, *span):
            phrase = ledger.text[start:end]
            titled = keyword.titles_with_phrase(phrase) if ledger.free(start, end) else []
            if not titled and ledger.free(start, end):
                titled = keyword.papers_with_phrase(phrase)
            if len(titled) == 1 and all(titled[0] not in ids for _, _, ids in ledger.found):
                ledger.read(start, end, titled, _SURE, "title")
                waiting.append((start, end))


def _beside(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The phrases before and behind a name with what joins a list between, the longest first."""
    before = _BEFORE.search(text[:start])
    after = _AFTER.match(text, end)
    for match, ends_there in ((before, True), (after, False)):
        words = list(re.finditer(_WORD, match["words"])) if match else []
        for many in range(len(words), 1, -1):
            part = words[-many:] if ends_there else words[:many]
            content = [word for word in part if word.group().lower() not in STOP_WORDS]
            if match and len(content) >= _FEWEST_CONTENT and part[0] in content and part[-1] in content:
                yield match.start("words") + part[0].start(), match.start("words") + part[-1].end()
