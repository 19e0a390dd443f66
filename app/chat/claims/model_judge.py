"""The chat model as judge: one call for all claims of an answer, read as plain text; whatever goes wrong, no verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.chat import budget
from app.core.domain import Evidence, Verdict
from app.core.errors import ChatModelError
from app.core.prompting import Prompt

# A line of the reply, also where it is JSON, a list or a table, or the verdict stands in a sentence.
_LINE = re.compile(
    r"(?<![\w.])(?P<number>\d{1,3})[\"'\]*).]*\s*[:.)|–—=-]*[^\n\d]{0,40}?\b"
    r"(?P<word>not (?:\w+ )?supported|unsupported|contradicted|partly|partially|supported)\b",
    re.IGNORECASE,
)
_WORDS: dict[str, Verdict] = {"supported": "supported", "partly": "partly", "partially": "partly"}


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """The `Judge` port over a chat model. `ask` sends (system, user) and gives the reply; it may raise ChatModelError."""

    ask: Callable[[str, str], str]
    prompt: Prompt
    name: str = "model"

    def judge(self, pairs: Sequence[tuple[str, Sequence[Evidence]]]) -> list[Verdict | None]:
        """See the port."""
        if not pairs:
            return []
        papers = {item.marker: item for _, cited in pairs for item in cited}
        claims = "\n".join(
            f"{at}. {_on_one_line(claim)} (cites {', '.join(str(item.marker) for item in cited)})"
            for at, (claim, cited) in enumerate(pairs, start=1)
        )
        system, user = self.prompt.fill(evidence="\n\n".join(map(budget.describe, papers.values())), claims=claims)
        try:
            reply = self.ask(system, user)
        except ChatModelError:
            return [None] * len(pairs)
        return read_verdicts(reply, len(pairs))


def read_verdicts(reply: str, count: int) -> list[Verdict | None]:
    """The verdicts of a reply by number; the first word said of a number counts, one out of range does not."""
    found: list[Verdict | None] = [None] * count
    for match in _LINE.finditer(reply):
        at = int(match["number"]) - 1
        if 0 <= at < count and found[at] is None:
            found[at] = _WORDS.get(match["word"].lower(), "unsupported")
    return found


def _on_one_line(claim: str) -> str:
    """A claim is a model's words: it opens no fence and starts no line of its own."""
    return " ".join(claim.split()).replace("<", "‹")
