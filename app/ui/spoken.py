"""What the status line says about a finished answer; a screen reader reads it out."""

from __future__ import annotations

from app.core.domain import Answer
from app.ui.checked_html import checked_words
from app.ui.render import doubtful


def spoken(answer: Answer) -> str:
    """The kind of the answer, what it rests on and what belongs to it, in a sentence or two."""
    if answer.status == "clarify":
        count = len(answer.choices)
        offered = f", {count} {'choice' if count == 1 else 'choices'} below" if count else ""
        return f"One question back{offered}."
    if answer.status == "abstained":
        return {
            "abstract_does_not_say": "The abstracts do not say.",
            "abstracts_disagree": "The abstracts disagree.",
            "empty_library": "Your library is empty.",
        }.get(answer.reason or "", "No answer from your library.")
    cited = len({citation.marker for citation in answer.citations})
    begin = "The abstracts disagree" if answer.reason == "abstracts_disagree" else "Answer ready"
    table = " with a table" if answer.table else ""
    said = [f"{begin}{table}, {cited} {'paper' if cited == 1 else 'papers'} cited."]
    if answer.checked:
        said.append(f"{checked_words(answer.checked)}.")
    if doubts := len(doubtful(answer)):
        said.append(f"{doubts} {'statement needs' if doubts == 1 else 'statements need'} a closer look.")
    return " ".join(said)
