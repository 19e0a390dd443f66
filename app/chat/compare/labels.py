"""What the papers of a comparison are called in its text and table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.domain import Evidence, Plan
from app.core.names import handle

_LONGEST_LABEL = 60


def plain(text: str) -> str:
    """One line without Markdown's signs, for a label."""
    return " ".join(re.sub(r"[*_`\[\]<>|\\【】]", " ", text).split())


def labels_of(plan: Plan, evidence: Sequence[Evidence]) -> dict[str, str]:
    """What each paper is called: as the question calls it, else by its handle."""
    called = dict(zip(plan.named, plan.labels, strict=True))
    return {
        item.paper.id: _short(plain(called.get(item.paper.id) or handle(item.paper.title, item.paper.abstract)))
        for item in evidence
    }


def _short(label: str) -> str:
    """A title is no label: its first words are."""
    if len(label) <= _LONGEST_LABEL:
        return label
    cut = label[:_LONGEST_LABEL].rsplit(" ", 1)[0].rstrip(" ,;:–—-")
    return f"{cut} …{'”' if label.startswith('“') else ''}"
