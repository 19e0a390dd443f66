"""A model's wording of a stand-alone question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.names import name_key
from app.core.planted import is_planted

_ASKS = re.compile(
    r"^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|has|have|compare|list|show|"
    r"tell|name|give|explain|describe|summari[sz]e|find)\b.*[^.]$",
    re.IGNORECASE,
)


def usable_rewrite(reply: str, names: Sequence[str]) -> str | None:
    """A model's rewritten question if it is one: a single line that asks, not an answer, with these names in it."""
    lines = [line.strip(" \"'“”") for line in reply.strip().splitlines() if line.strip()]
    if len(lines) != 1 or not 3 <= len(lines[0]) <= 400:
        return None
    question = re.sub(r"^(?:rewritten question|question)\s*:\s*", "", lines[0], flags=re.IGNORECASE)
    is_question = question.endswith("?") or _ASKS.match(question)
    answers = re.search(r"\[\d+\]", question)
    names_all = all(name_key(name) in name_key(question) for name in names)
    # No question leads to an address; what a model was told by an abstract may.
    if "://" in question or is_planted(question):
        return None
    return question if is_question and names_all and not answers else None
