"""The step that makes a follow-up stand alone: by rule, and with a chat model in the model's words where they are usable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.chat import budget, condense, generate
from app.chat.condense import Condensed
from app.chat.plan import is_small_talk
from app.chat.reader import FilterReader
from app.chat.resolve import Named
from app.chat.write import Writer
from app.core.domain import Question
from app.core.errors import ChatModelError
from app.core.prompting import load_prompt


def standalone(
    question: Question,
    reader: FilterReader,
    writer: Writer,
    markers: Mapping[int, str],
    handle_of: Callable[[str], str],
    resolve_text: Callable[[str], Named],
) -> Condensed:
    """The question as it can be understood without its history."""
    if is_small_talk(question.text):
        return Condensed(question.text)
    if narrower := reader.narrowed(question, markers):
        return Condensed(narrower, changed=True)
    condensed = condense.condense_by_rule(
        question.text, question.history, resolve_text(question.text), handle_of, resolve_text
    )
    if not condensed.changed or writer.quotes:
        return condensed
    read = reader.read(condensed.text, markers).readings
    missing = resolve_text(question.text).missing
    names = [*map(handle_of, condensed.papers), *missing, *(reading.text for reading in read)]
    return replace(condensed, text=_rewritten(question, names, writer) or condensed.text)


def _rewritten(question: Question, names: Sequence[str], writer: Writer) -> str | None:
    """The model's wording of the stand-alone question if it has these names in it, else None: neither a failing
    extra step nor a reply that is no such question may cost the answer."""
    turns = [f"Question: {t.question}\nAnswer: {t.text[:600]}" for t in question.history]
    recent = budget.recent_turns(turns, writer.tokens.count, writer.limits.window_tokens // 2)
    prompt = load_prompt("condense", writer.prompts_dir)
    system, user = prompt.fill(question=question.text, conversation="\n".join(recent))
    try:
        reply = generate.whole_text(writer.model, generate.messages(system, user))
    except ChatModelError:
        return None
    return condense.usable_rewrite(reply, names)
