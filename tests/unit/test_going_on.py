"""Questions that go on about the papers spoken of last without naming them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.bootstrap import Service
from app.chat.going_on import goes_on_about
from app.core.domain import Answer, Question, Turn
from app.core.events import AnswerReady

RIDGE, OVOR, BOX, OPT = "2306.15063", "2402.04129", "2204.07600", "2212.12017"


@pytest.mark.parametrize(
    ("query", "spoken", "meant"),
    [
        ("what's the threshold about", [RIDGE], (RIDGE,)),
        ("what's the threshold about", [OVOR, RIDGE], (RIDGE,)),
        ("give the counts of tasks", [BOX, OPT], (BOX, OPT)),
        ("how small is that part exactly?", [OVOR, BOX], (OVOR,)),
        ("How long does sourdough rise?", [OVOR, BOX], ()),
        ("what about speech recognition?", [OVOR], ()),
        ("what's the threshold about", [], ()),
    ],
)
def test_papers_that_say_what_is_asked(
    starter: Service, query: str, spoken: Sequence[str], meant: Sequence[str]
) -> None:
    """Those of the papers spoken of that have the words; the first where there are none; nobody for another subject."""
    assert set(goes_on_about(query, spoken, starter.chain.searching)) == set(meant)


def test_what_nobody_answers_is_asked_of_the_paper_spoken_of(starter: Service) -> None:
    """The answer says whose it is; another subject is refused as it is without a conversation."""

    def asked(text: str, *history: Turn) -> Answer:
        events = list(starter.ask(Question(text, history)))
        return next(event.answer for event in events if isinstance(event, AnswerReady))

    first = asked("Which paper treats ridge regression in transformers?")
    assert [citation.paper.id for citation in first.citations][:1] == [RIDGE]
    going_on = asked("what's the threshold about", first.as_turn())
    assert {citation.paper.id for citation in going_on.citations} == {RIDGE}
    assert going_on.text.startswith("Read as a question on ")
    assert asked("How long does sourdough rise?", first.as_turn()).reason == "not_in_library"
