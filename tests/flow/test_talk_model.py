"""Conversations with a chat model behind a real HTTP server: what it is asked of them, and what it is not asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question, Turn
from app.core.events import AnswerReady
from tests.conversation import ask
from tests.scripted_server import Reply, ScriptedServer, error_body

# A sentence that its abstract bears out, so that no repair is asked for.
BORNE_OUT = "OVOR uses virtual outliers to tighten the classifier's decision boundaries [6]."

OVOR, TAME, IBCL, UDR = "2402.04129", "2210.03869", "2310.02995", "2305.04320"
Build = Callable[..., Service]


def said(server: ScriptedServer) -> list[str]:
    """Everything the server was told, a request each."""
    return ["\n".join(message["content"] for message in chat["messages"]) for chat in server.chats]


def turn(question: str, paper: str, marker: int = 1, text: str = "It is so [1].") -> Turn:
    return Turn(question, question, text, {marker: paper}, (paper,))


def answer_to(service: Service, text: str, *history: Turn) -> Answer:
    return next(e.answer for e in service.ask(Question(text, history)) if isinstance(e, AnswerReady))


@pytest.mark.parametrize("text", ["thanks, that helps!", "hola", "who are you?"])
def test_small_talk_asks_no_model(server: ScriptedServer, build: Build, text: str) -> None:
    """It is neither searched nor written."""
    answer = answer_to(build(), text, turn("What is OVOR?", OVOR))
    assert (answer.kind, answer.status, answer.evidence) == ("chat", "answered", ())
    assert server.chats == []


def test_leaving_a_paper_out_asks_again_without_it(server: ScriptedServer, build: Build) -> None:
    """ "drop [1]" costs one call: the last question, over the other paper, with a note on what is left out."""
    server.enqueue(Reply(text="IBCL keeps distributions [2]."))
    before = Turn("Compare TAME and IBCL", "Compare TAME and IBCL", "…", {1: TAME, 2: IBCL}, (TAME, IBCL))
    answer = answer_to(build(), "drop [1]", before)
    (prompt,) = said(server)
    assert "What is IBCL?" in prompt and "Title: TAME" not in prompt
    assert answer.text.startswith("TAME is left out from here on") and answer.excluded == (TAME,)
    assert [item.paper.id for item in answer.evidence][0] == IBCL and TAME not in [i.paper.id for i in answer.evidence]


def test_asked_for_a_shorter_answer_the_model_is_told_so(server: ScriptedServer, build: Build) -> None:
    """ "shorter" asks the last question once more, in one call, and says how to answer."""
    server.enqueue(Reply(text="One prompt [1]."))
    answer = answer_to(build(), "shorter, please", turn("What is OVOR?", OVOR))
    (prompt,) = said(server)
    assert "What is OVOR? (Answer in fewer words.)" in prompt
    assert answer.standalone_question == "What is OVOR?" and answer.citations[0].paper.id == OVOR


def test_a_question_back_asks_no_model_and_choosing_answers(server: ScriptedServer, build: Build) -> None:
    """Which paper is meant is asked without a model; the choice is answered in one call."""
    server.enqueue(Reply(text="It retrieves demonstrations [2]."))
    service = build()
    asked = ask(service, "What does the retriever paper propose?")
    assert (asked.status, len(asked.choices)) == ("clarify", 2) and server.chats == []
    chosen = answer_to(service, "UDR", asked.as_turn())
    (prompt,) = said(server)
    assert "What does UDR propose?" in prompt
    assert chosen.evidence[0].paper.id == UDR and chosen.status == "answered"


def test_it_is_asked_back_once_in_a_row(starter: Service) -> None:
    """Whoever asks on without choosing is answered for all that were offered."""
    first = ask(starter, "What does the retriever paper propose?")
    second = answer_to(starter, "what does the retriever paper report?", first.as_turn())
    assert second.status == "answered"
    assert {c.paper.id for c in second.citations} == {"2304.14856", UDR}
    unclear = ask(starter, "how well does it work?")
    assert (
        unclear.status == "clarify"
        and answer_to(starter, "how well does it work?", unclear.as_turn()).status == "answered"
    )


def _long_talk() -> list[Turn]:
    told = "It is said at some length, and with many words, what the paper is about [1]. " * 8
    names = ["Painter", "RoHM", "TaskBench", "Promptor", "ImprovNet", "OVOR"]
    ids = ["2212.02499", "2401.08570", "2311.18760", "2310.08101", "2502.04522", OVOR]
    return [
        turn(f"What is {name}?", paper, at, told) for at, (name, paper) in enumerate(zip(names, ids, strict=True), 1)
    ]


def test_old_turns_are_summarised_by_the_model(server: ScriptedServer, build: Build) -> None:
    """Where the conversation does not fit, its beginning is summarised once; the newest turns stand word for word."""
    service = build(llm_context_tokens=1400, llm_answer_tokens=100)
    for text in ("Painter [1] and RoHM [2] were asked about.", "What is the code of OVOR?", BORNE_OUT,
                 "What are the data of OVOR?", BORNE_OUT):  # fmt: skip
        server.enqueue(Reply(text=text))
    answer = answer_to(service, "and its code?", *_long_talk())
    summary, condense, _ = said(server)
    assert "What is Painter?" in summary and "<abstract" not in summary
    assert "Earlier: Painter [1] and RoHM [2] were asked about." in condense
    assert condense.rindex("Question: What is OVOR?") > condense.index("Earlier:")
    assert answer.standalone_question == "What is the code of OVOR?"
    answer_to(service, "and its data?", *_long_talk())
    assert len(server.chats) == 5, "the same turns are summarised once"


def test_a_summary_that_fails_costs_no_answer(server: ScriptedServer, build: Build) -> None:
    """Then the old turns are told by rule."""
    service = build(llm_context_tokens=1400, llm_answer_tokens=100)
    server.enqueue(Reply(status=400, body=error_body("no")))
    server.enqueue(Reply(text="What is the code of OVOR?"))
    server.enqueue(Reply(text=BORNE_OUT))
    answer = answer_to(service, "and its code?", *_long_talk())
    _, condense, _ = said(server)
    assert "Earlier questions: “What is Painter” [1]" in condense
    assert answer.status == "answered"
