"""Questions to begin with, made from the papers there are."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.domain import Paper
from app.core.names import handle, looks_like_name


def example_questions(papers: Iterable[Paper]) -> list[str]:
    """Up to four questions about these papers that have a name to ask by; the second is a comparison."""
    named: list[str] = []
    for paper in papers:
        name = handle(paper.title, paper.abstract)
        if not name.startswith("“") and any(looks_like_name(word) for word in name.split()):
            named.append(name)
        if len(named) == 200:
            break
    named.sort()
    if len(named) < 2:
        return [f"What is {name}?" for name in named] + ["How many papers are in the library?"]
    step = max(1, len(named) // 4)
    one, two, three = named[0], named[min(step, len(named) - 1)], named[-1]
    return [
        f"What problem does {one} address?",
        f"How does {two} differ from {three}?",
        "Which papers release their code?",
        "How many papers are in the library?",
    ]
