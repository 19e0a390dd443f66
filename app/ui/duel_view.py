"""A duel as it is seen while it is fought: what is known so far, and as HTML.

What models write and what papers are called is untrusted: it goes through `markup` and comes out as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape

from app.core.duel import (
    Begun,
    Duel,
    DuelEvent,
    DuelQuestion,
    DuelReady,
    Freezing,
    LeftOut,
    Score,
    Scored,
    Standing,
    Writing,
)
from app.ui.duel_words import (
    SAME_EVIDENCE,
    pair_words,
    score_words,
    standing_cells,
    standing_head,
    total_cells,
    total_head,
)
from app.ui.markup import TABLE_OPEN, chat_html, line_html

# What a browser is sent anew with every few words must not grow without end.
_LONGEST_LIVE = 4000


@dataclass(frozen=True, slots=True)
class DuelView:
    """What is known of a duel. `writing` is the newest piece of work: question, model, and its words so far."""

    models: tuple[str, ...]
    questions: tuple[DuelQuestion, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    scores: Mapping[tuple[str, str], Score] = field(default_factory=dict)
    writing: tuple[str, str, str] = ("", "", "")
    duel: Duel | None = None
    doing: str = "Looking for papers"

    def after(self, event: DuelEvent) -> DuelView:
        """The view once this has happened."""
        if isinstance(event, Freezing):
            return replace(self, doing=f"Looking for papers: {event.done + 1} of {event.total}")
        if isinstance(event, Begun):
            return replace(self, questions=event.questions, left_out=event.left_out, doing="Waiting for the first word")
        if isinstance(event, Writing):
            question, model, words = self.writing
            before = words if (question, model) == (event.question, event.model) else ""
            now = (event.question, event.model, (before + event.text)[:_LONGEST_LIVE])
            return replace(self, writing=now, doing=f"{event.model} is writing")
        if isinstance(event, Scored):
            scores = {**self.scores, (event.score.question, event.score.model): event.score}
            return replace(self, scores=scores, doing=f"{event.done} of {event.total} answers")
        assert isinstance(event, DuelReady)
        return replace(self, duel=event.duel, doing="")

    def html(self) -> str:
        """All of it; the totals first, once they are there."""
        parts = [_totals(self.duel)] if self.duel else []
        parts += [self._question(question) for question in self.questions]
        if self.left_out:
            parts.append(_left_out(self.left_out))
        return f'<div class="ap-duel">{"".join(parts)}</div>'

    def _question(self, question: DuelQuestion) -> str:
        papers = "".join(f'<li value="{item.marker}">{line_html(item.paper.title)}</li>' for item in question.evidence)
        sides = "".join(self._side(question, model) for model in self.models)
        return (
            f'<section class="ap-duel-question"><h3>{line_html(question.text)}</h3><div class="ap-duel-sides">{sides}</div>'
            f"<details><summary>The papers that all wrote from</summary><ol>{papers}</ol></details></section>"
        )

    def _side(self, question: DuelQuestion, model: str) -> str:
        score = self.scores.get((question.id, model))
        if score is not None:
            inside = _answer(score)
        elif self.writing[:2] == (question.id, model):
            inside = chat_html(self.writing[2])
        else:
            inside = '<p class="ap-hint">not yet</p>'
        return f'<div class="ap-duel-side"><h4>{line_html(model)}</h4>{inside}</div>'


def _answer(score: Score) -> str:
    if score.error:
        return (
            f'<div class="ap-error"><p>{line_html(score.error)}</p><p class="ap-hint">{line_html(score.hint)}</p></div>'
        )
    # Checked, with marks; of a comparison without the table, which is not the model's work.
    answer = score.answer
    text = answer.text if answer and answer.table is None else score.text
    return f'{chat_html(text)}<p class="ap-hint">{escape(", ".join(score_words(score)))}</p>'


def _totals(duel: Duel) -> str:
    rows = [total_cells(total) for total in duel.totals]
    told = "".join(f"<li>{line_html(words)}</li>" for words in pair_words(duel))
    notes = " ".join((SAME_EVIDENCE, *duel.notes))
    return f'{_table(total_head(), rows)}<ul>{told}</ul><p class="ap-hint">{line_html(notes)}</p>'


def _left_out(left: Sequence[LeftOut]) -> str:
    items = "".join(f"<li>{line_html(each.text)} ({line_html(each.why)})</li>" for each in left)
    return f"<details><summary>Not asked, as no model would answer: {len(left)}</summary><ul>{items}</ul></details>"


def board_html(found: Sequence[Standing]) -> str:
    """The scoreboard; nothing where no model is on it yet."""
    if not found:
        return '<p class="ap-hint">No models have been compared over this library yet.</p>'
    words = "Models that were asked other questions cannot be held against each other by this table."
    return f'{_table(standing_head(), [standing_cells(each) for each in found])}<p class="ap-hint">{words}</p>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "".join(_table_pieces(head, rows))


def _table_pieces(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"{TABLE_OPEN}<thead><tr>"
    yield from (f'<th scope="col">{line_html(cell)}</th>' for cell in head)
    yield "</tr></thead><tbody>"
    for name, *cells in rows:
        yield f'<tr><th scope="row">{line_html(name)}</th>'
        yield from (f"<td>{line_html(cell)}</td>" for cell in cells)
        yield "</tr>"
    yield "</tbody></table></div>"
