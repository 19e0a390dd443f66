"""The tab that compares models: what a person sees while two models write, whatever these write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import pytest

from app.core.domain import Evidence, Paper
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
from app.core.errors import InputError, LibraryError
from app.evaluation.duel.totals import pairs_of, totals_of
from app.ui.duel_part import GENERATED_KIND, TYPED_KIND, DuelPart, DuelRun, add_duel_tab
from app.ui.duel_view import DuelView, board_html
from app.ui.local_server import inside_a_loop
from tests.fake_service import HOSTILE_HTML, HOSTILE_MARKDOWN
from tests.unit.test_render import Page

TAGS = {
    *(
        "div",
        "section",
        "h3",
        "h4",
        "p",
        "details",
        "summary",
        "ol",
        "li",
        "ul",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
    *("strong", "em", "code", "span", "br"),
}
PAPER = Paper("p1", "Heron " + HOSTILE_HTML, "It waits.")
QUESTION = DuelQuestion("q1", "typed", "What is <b>Heron</b>?", (Evidence(1, PAPER, "p1#0", 1.0),))
LEFT = LeftOut("q2", "how many?", "it is answered from the records")


def score(model: str, text: str, **more: object) -> Score:
    return Score(question="q1", model=model, text=text, known=1, supported=1, **more)  # type: ignore[arg-type]


class Scripted:
    """Two models, one question; `hold` is waited for between the first words and the rest."""

    def __init__(self, error: Exception | None = None, words: str = "It waits [1].") -> None:
        self.error, self.words = error, words
        self.asked: list[tuple[tuple[str, ...], str, int]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.closed = threading.Event()

    def offered(self) -> list[str]:
        return ["compatible:a", "extractive"]

    def fight(self, models: Sequence[str], typed: str, generated: int = 0, seed: int = 0) -> Iterator[DuelEvent]:
        self.asked.append((tuple(models), typed, generated))
        try:
            yield Freezing(0, 2)
            if self.error:
                raise self.error
            yield Begun((QUESTION,), (LEFT,))
            scores = []
            for done, model in enumerate(models, start=1):
                yield Writing("q1", model, self.words)
                self.hold.wait(10)
                scores.append(score(model, self.words))
                yield Scored(scores[-1], done, len(models))
            names = tuple(models)
            yield DuelReady(
                Duel(names, (QUESTION,), (LEFT,), tuple(scores), totals_of(names, scores), pairs_of(names, scores))
            )
        finally:
            self.closed.set()

    def scoreboard(self) -> list[Standing]:
        return [Standing("compatible:<i>a</i>", 2, 20, 0, 1, 40, {"facts_found": 0.5}, "2026-01-02T03:04:05Z")]


def part_of(duels: Any) -> DuelPart:
    def drawn() -> DuelPart:
        with gr.Blocks():
            return add_duel_tab(duels)

    return inside_a_loop(drawn)


def compared(part: DuelPart, *inputs: object) -> list[dict[Any, Any]]:
    async def all_of() -> list[dict[Any, Any]]:
        return [update async for update in part.compare(*inputs)]  # type: ignore[arg-type]

    return asyncio.run(all_of())


def shown(html: str) -> Page:
    """The HTML as a browser reads it: our own tags, well nested, no links and no scripts."""
    page = Page(html)
    assert set(page.tags) <= TAGS, set(page.tags) - TAGS
    assert not page.open
    assert {name for name, _ in page.attributes} <= {
        "class",
        "title",
        "role",
        "tabindex",
        "aria-label",
        "scope",
        "value",
    }
    return page


def test_a_duel_from_beginning_to_end() -> None:
    """Progress, both answers, totals with what they can tell, the papers, what was left out, and the scoreboard."""
    duels = Scripted()
    part = part_of(duels)
    updates = compared(part, "compatible:a", "extractive", TYPED_KIND, " What is Heron? ")
    assert duels.asked == [(("compatible:a", "extractive"), "What is Heron?", 0)]
    first, last = updates[0], updates[-1]
    assert "Looking for papers" in first[part.status] and first[part.cancel].visible and not first[part.go].visible
    assert last[part.go].visible and not last[part.cancel].visible and last[part.run] is None
    text = shown([update[part.result] for update in updates if part.result in update][-1]).text
    assert text.count("It waits [1].") == 2 and "same papers" in text and "too few" not in text
    assert "Not asked, as no model would answer: 1" in text and "no difference seen" in text
    assert "compatible:<i>a</i>" in shown(last[part.board]).text


def test_generated_questions_need_no_typing() -> None:
    """Ten are made, and what stands in the box is not asked."""
    duels = Scripted()
    compared(part_of(duels), "compatible:a", "extractive", GENERATED_KIND, "")
    assert [generated for _, _, generated in duels.asked] == [10]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("", "extractive", TYPED_KIND, "x"), "Pick two models"),
        ((None, None, TYPED_KIND, "x"), "Pick two models"),
        (("extractive", "extractive ", TYPED_KIND, "x"), "two different"),
        (("a" * 201, "extractive", TYPED_KIND, "x"), "200 characters"),
        (("a", "extractive", TYPED_KIND, "  "), "Type a question"),
        (("a", "extractive", TYPED_KIND, "x" * 4001), "4,001"),
    ],
)
def test_what_cannot_be_begun(inputs: tuple[object, ...], words: str) -> None:
    """It is said in the status line, and nobody is asked."""
    duels = Scripted()
    part = part_of(duels)
    (update,) = compared(part, *inputs)
    assert words in update[part.status] and duels.asked == []


def test_an_error_is_in_words_and_the_button_is_back() -> None:
    """A name nobody knows; and of an error of ours no more than an id."""
    for error, words in ((InputError("No <b>such</b> model.", "Name another."), "No <b>such</b> model."), (RuntimeError("key.txt"), "error id")):  # fmt: skip
        part = part_of(Scripted(error))
        updates = compared(part, "a", "b", TYPED_KIND, "What?")
        text = shown(next(u[part.result] for u in updates if "ap-error" in u.get(part.result, ""))).text
        assert words in text and "key.txt" not in text
        assert updates[-1][part.go].visible


def test_cancel_ends_it_at_once() -> None:
    """Cancel leaves what there is on the page and ends the work."""
    duels = Scripted()
    duels.hold.clear()
    part = part_of(duels)

    async def cancelled() -> list[dict[Any, Any]]:
        updates = []
        async for update in part.compare("a", "b", TYPED_KIND, "What is Heron?"):
            updates.append(update)
            if "It waits" in update.get(part.result, ""):
                await part.cancelled(updates[0][part.run])
        return updates

    updates = asyncio.run(cancelled())
    assert isinstance(updates[0][part.run], DuelRun)
    assert any("Cancelled" in update.get(part.status, "") for update in updates)
    assert "It waits" in [u[part.result] for u in updates if part.result in u][-1]
    duels.hold.set()
    assert duels.closed.wait(5)


def test_hostile_words_stay_words() -> None:
    """Whatever models, papers and errors are made of, nothing of it is markup."""
    hostile = f"{HOSTILE_HTML} {HOSTILE_MARKDOWN} [1]"
    view = DuelView((HOSTILE_HTML, "b"))
    for event in (
        Begun((QUESTION,), (LeftOut("x", HOSTILE_HTML, HOSTILE_HTML),)),
        Writing("q1", HOSTILE_HTML, hostile),
    ):
        view = view.after(event)
    assert "<script>" in shown(view.html()).text
    scores = (score(HOSTILE_HTML, hostile), Score("q1", "b", error=HOSTILE_HTML, hint=HOSTILE_HTML))
    for done, each in enumerate(scores, start=1):
        view = view.after(Scored(each, done, 2))
    duel = Duel(view.models, (QUESTION,), (), scores, totals_of(view.models, scores), (), notes=(HOSTILE_HTML,))
    shown(view.after(DuelReady(duel)).html())
    shown(board_html([Standing(HOSTILE_HTML, 1, 1, 0, 0, 0, {}, HOSTILE_HTML)]))


def test_a_scoreboard_that_cannot_be_read_costs_no_page() -> None:
    """Its place says why."""

    class Unreadable(Scripted):
        def scoreboard(self) -> list[Standing]:
            raise LibraryError("The scoreboard cannot be used.", "Check the folder.")

    assert "cannot be used" in str(part_of(Unreadable()).board.value)
    assert "No models have been compared" in shown(board_html([])).text
