"""What is asked next: the typed question, or what a click on the page asks for."""

from __future__ import annotations

from app.ui.conversation import Conversation
from app.ui.edit_part import Editing
from app.ui.plan_part import corrected


def asked_by(
    name: str,
    place: int,
    typed: str | None,
    before: Conversation,
    editing: Editing,
    plan: tuple[object, object, object],
) -> Conversation | str:
    """The conversation with the next question as its draft. `name` and `place` are of the button that was clicked, both
    empty for the question box; `plan` is what the person wants of the last question's plan. Without a question: why it
    cannot be asked, in words, or nothing where there is none."""
    if name == "ap-chip":
        return before.asking_without(before.readings[place]) if place < len(before.readings) else ""
    if name == "ap-again":
        fixed = corrected(before.asked, *plan) if before.newest_answer and before.asked else ""
        return fixed if isinstance(fixed, str) else before.asking_corrected(fixed)
    if name == "ap-way":
        return before.asking_once_more(before.retries[place]) if place < len(before.retries) else ""
    if name == "ap-clicks":
        return before.asking_once_more("again") if before.asked and before.before and not before.draft else ""
    if name == "ap-next":
        return before.asking(before.follow_ups[place]) if place < len(before.follow_ups) else ""
    if name == "ap-choice":
        return before.asking(before.choices[place].question) if place < len(before.choices) else ""
    text = (typed or "").strip()
    if not text:
        return ""
    instead = None if name else editing.asked(before, text)
    return instead or before.asking(text)
