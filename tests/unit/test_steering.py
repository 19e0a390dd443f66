"""What a person steers an answer with: corrections of its plan, pinned papers and papers left out, choices, Stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.domain import Answer, Correction, Evidence, ModelInfo, Paper, Plan, Question
from app.core.events import AnswerReady, Checking, EvidenceReady, StepDone, TextDelta
from app.core.filters import Filters
from app.core.findings import Choice, Comparison
from app.core.reading import Reading
from app.ui.conversation import Conversation, Draft
from app.ui.pins import NONE, Pins, asked_for, chip_words, toggled_words
from app.ui.plan_part import MOST_ASPECTS, corrected, points_of
from tests.html_page import HOSTILE, Page

EVIDENCE = tuple(Evidence(n, Paper(f"p{n}", f"Title {n}", "Abstract."), f"p{n}#0", 0.5) for n in (1, 2))
PLAN = Plan("compare", "q", ("p1", "p2"), ("One", "Two"), aspects=("method", "data"))


def answer(question: Question, **more: object) -> Answer:
    base: dict[str, object] = {"kind": "compare", "status": "answered", "evidence": EVIDENCE}
    base |= {"pinned": question.pinned, "excluded": question.excluded}
    return Answer(question.text, question.text, text="Yes [1].", model=ModelInfo("openai", "m"), **{**base, **more})  # type: ignore[arg-type]


def answered(talk: Conversation, plan: Plan = PLAN, **more: object) -> Conversation:
    """The conversation once its draft is answered."""
    ready = AnswerReady(answer(talk.question(), **more))
    return talk.after(EvidenceReady(EVIDENCE, plan)).after(ready).finished()


def test_the_count_of_checked_papers_runs_in_the_answer_and_not_in_what_is_read_out() -> None:
    """Every step of it is shown, none is read out; the next event ends it; Stop says where it stopped."""
    talk = Conversation().asking("Which?").after(StepDone("plan", "Looking through the library"))
    said = set()
    for done in (1, 128, 1412):
        talk = talk.after(Checking(done, 1412, done // 4))
        said.add(talk.spoken)
    assert "Checking 1,412 of 1,412, 353 so far" in talk.chat()[-1]["content"]
    assert said == {"Checking 1,412 papers"}
    assert talk.stopped == "Stopped at 1,412 of 1,412, 353 so far."
    assert Conversation().asking("x").stopped == "Stopped."
    assert talk.after(EvidenceReady(EVIDENCE, PLAN)).spoken == "Reading 2 abstracts"
    assert talk.after(TextDelta("So")).stopped == "Stopped."
    assert talk.after(StepDone("x", "Next")).spoken == "Next"


def test_a_correction_asks_the_last_question_again_in_its_place() -> None:
    """With the correction, the filters left out so far and the papers pinned since; history as it was before it."""
    first = answered(Conversation().asking("One?"))
    read = (Reading(Filters(since="2023"), "from 2023 on", "since 2023", 0, 1),)
    second = answered(first.asking("Two?"), filters=read).asking_without(read[0])
    second = answered(second).pinning("pin", "p2")
    again = second.asking_corrected(Correction("aggregate"))
    question = again.question()
    assert (question.text, question.unread, question.correction) == ("Two?", ("since",), Correction("aggregate"))
    assert question.pinned == ("p2",) and len(question.history) == 1
    assert again.messages == first.messages
    assert answered(again).asking_without(read[0]).question().correction == Correction("aggregate")
    assert Conversation().asking_corrected(Correction("lookup")).draft is None


@pytest.mark.parametrize(
    ("kind", "papers", "aspects", "wanted"),
    [
        ("aggregate", ["p1", "p2"], "method, data", Correction("aggregate")),
        ("compare", ["p2"], "method, data", Correction(papers=("p2",))),
        ("compare", ["p1", "p2"], " method;\ncost ,, Method ", Correction(aspects=("method", "cost"))),
        ("compare", ["p1", "p2"], "", Correction(aspects=())),
        ("lookup", [], "whatever", Correction("lookup", ())),
        ("compare", ["p2", "p9", "p1"], "method, data", "Nothing"),
        ("drop tables", "p1", None, Correction(papers=(), aspects=())),
        ("compare", ["p1", "p2"], ",".join(map(str, range(MOST_ASPECTS + 1))), "You named 9 points"),
        ("compare", ["p1", "p2"], "x" * 300, "has 300 characters"),
    ],
)
def test_only_what_is_otherwise_is_corrected(
    kind: object, papers: object, aspects: object, wanted: Correction | str
) -> None:
    """Kinds we do not know and papers the question does not name are not taken; too much is refused in words."""
    told = corrected(Draft("q", plan=PLAN), kind, papers, aspects)
    if isinstance(wanted, str):
        assert isinstance(told, str) and wanted in told
    else:
        assert told == wanted


def test_corrections_add_up() -> None:
    """The second keeps what the first one changed: its plan is already the corrected one."""
    asked = Draft("q", correction=Correction("compare"), plan=PLAN)
    assert corrected(asked, "compare", ["p1"], "method, data") == Correction("compare", ("p1",))
    assert corrected(asked, "lookup", ["p1", "p2"], "") == Correction("lookup")


def test_points_are_those_of_the_table_where_none_were_asked_for() -> None:
    """What the person sees in the box unchanged is no correction."""
    table = Comparison(("task", "limits"), ())
    asked = Draft("q", plan=replace(PLAN, aspects=()), answer=answer(Question("q"), table=table))
    assert isinstance(corrected(asked, "compare", ["p1", "p2"], "task, limits"), str)
    assert corrected(asked, "compare", ["p1", "p2"], "task") == Correction(aspects=("task",))
    assert points_of(None) == []


def test_a_paper_is_pinned_or_left_out_never_both() -> None:
    """The second press takes it back, the other button moves it over."""
    pins = NONE.toggled("pin", "p1").toggled("exclude", "p2")
    assert pins == Pins(("p1",), ("p2",))
    assert pins.toggled("pin", "p2") == Pins(("p1", "p2"), ())
    assert pins.toggled("pin", "p1") == Pins((), ("p2",))
    assert chip_words(pins, {1: EVIDENCE[0]}) == ["Pinned: [1] ×", "Left out: p2 ×"]
    said = [toggled_words(each, "p1", {1: EVIDENCE[0]}) for each in (pins, NONE.toggled("exclude", "p1"), NONE)]
    assert said == [
        "Paper 1 is pinned: every next answer has it.",
        "Paper 1 is left out of every next answer.",
        "Paper 1 is neither pinned nor left out now.",
    ]


@pytest.mark.parametrize(
    "told",
    [
        None,
        "pin",
        {},
        {"act": "pin"},
        {"act": "pin", "marker": "1"},
        {"act": "pin", "marker": True},
        {"act": "pin", "marker": 3},
        {"act": "drop", "marker": 1},
        {"act": ["pin"], "marker": 1},
        {"act": "pin", "marker": [1]},
    ],
)
def test_a_click_that_says_anything_else_does_nothing(told: object) -> None:
    """A browser can send what it likes: only cards of this conversation and our two acts count."""
    shown = {item.marker: item for item in EVIDENCE}
    assert asked_for(told, shown) is None
    assert asked_for({"act": "exclude", "marker": 2, "more": 1}, shown) == ("exclude", "p2")


def test_pins_go_with_every_next_question_until_taken_back() -> None:
    """The answer has the last word, as papers can be dropped in words; a new conversation has none."""
    talk = answered(Conversation().asking("One?")).pinning("pin", "p1").pinning("exclude", "p2")
    asked = talk.asking("Two?").question()
    assert (asked.pinned, asked.excluded) == (("p1",), ("p2",))
    assert answered(talk.asking("Two?")).pins == talk.pins
    assert answered(talk.asking("drop [1]"), pinned=(), excluded=("p1",)).pins == Pins((), ("p1",))
    assert talk.asking("Two?").ended_early("").pins == talk.pins
    assert Conversation().question().pinned == ()


def test_cards_have_toggles_while_nothing_is_being_answered() -> None:
    """Pressed or not is said to a screen reader and by a word on the card; a card that waits has none."""
    talk = answered(Conversation().asking("One?")).pinning("pin", "p1").pinning("exclude", "p2")
    html = talk.panel()
    Page(html).check()
    toggles = html.count('data-act="pin"') + html.count('data-act="exclude"')
    assert toggles == 4 and html.count('aria-pressed="true"') == 2
    assert ">Pinned</span>" in html and ">Left out</span>" in html
    assert 'Pin<span class="ap-sr"> paper 1</span>' in html
    assert "ap-keep" not in talk.asking("Two?").after(EvidenceReady(EVIDENCE, PLAN)).panel()
    assert "ap-keep" not in talk.asking("Two?").panel()


def test_choices_are_those_of_the_last_answer() -> None:
    """None while another question is being answered, none after a plain answer."""
    choices = (Choice("The first", "What about the first?", 1),)
    talk = answered(Conversation().asking("Which?"), status="clarify", choices=choices)
    assert talk.choices == choices
    assert talk.turns[-1].choices == choices
    assert talk.asking("x").choices == () and answered(talk.asking("x")).choices == ()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_ids_stay_text(text: str) -> None:
    """Ids come from files; on a card they are in no attribute."""
    evil = Evidence(1, Paper(text, text, text), "c", 1.0)
    talk = replace(Conversation(), evidence={1: evil}, pins=Pins((text,), ()))
    Page(talk.panel()).check()
    assert corrected(Draft("q", plan=Plan("lookup", "q", (text,), (text,))), text, [text], text)
