"""A question that asks several things, answered in parts, with a model and without one."""

from __future__ import annotations

from collections.abc import Callable

from app.bootstrap import Service
from app.core.domain import Answer, Correction, Question, Turn
from app.core.events import AnswerReady
from tests.scripted_server import Reply, ScriptedServer, error_body

OVOR, REPROGBERT = "2402.04129", "2210.07144"
Build = Callable[..., Service]
HARD = "What does OVOR use and which papers beat it on ImageNet-R and why?"
SPLIT = "1. What does OVOR use?\n2. Which papers beat OVOR on ImageNet-R?"
SAID = "OVOR uses virtual outliers to tighten the classifier's decision boundaries [1]."


def asked(service: Service, question: Question) -> Answer:
    return next(e.answer for e in service.ask(question) if isinstance(e, AnswerReady))


def said(server: ScriptedServer) -> list[str]:
    """Everything the server was told, a request each."""
    return ["\n".join(message["content"] for message in chat["messages"]) for chat in server.chats]


def parts_of(answer: Answer) -> list[str]:
    return next(step.get("parts", []) for step in answer.trace["steps"] if step["name"] == "plan")


def test_quotes_for_each_part(starter: Service) -> None:
    """Without a model each part has its own quotes below it, of its own paper."""
    answer = asked(
        starter, Question("What does ReprogBERT reprogram? And what does OVOR use to tighten decision boundaries?")
    )
    first, second = answer.text.split("**What does OVOR use to tighten decision boundaries?**")
    assert "**What does ReprogBERT reprogram?**" in first and "pretrained on English" in first
    assert "virtual outliers" in second and "virtual outliers" not in first
    assert {citation.paper.id for citation in answer.citations} == {OVOR, REPROGBERT}
    assert all(claim.verdict == "supported" for claim in answer.claims)
    assert "Answering in 2 parts" in next(s["title"] for s in answer.trace["steps"] if s["name"] == "plan")


def test_a_part_without_an_answer_says_so(starter: Service) -> None:
    """What the library does not hold is said first, and below its part; the other part is answered."""
    answer = asked(starter, Question("What is ReprogBERT, and what BLEU does Attention Is All You Need report?"))
    assert answer.status == "answered"
    assert answer.text.startswith("This library holds no paper on “Attention Is All You Need”.")
    assert answer.text.endswith("report?**\n\nThe abstracts in this library do not say.")
    assert {citation.paper.id for citation in answer.citations} == {REPROGBERT}


def test_two_parts_on_nothing_that_is_here(starter: Service) -> None:
    """Where no part finds anything the whole is declined as ever, with the nearest papers."""
    answer = asked(starter, Question("Who won the football cup in 1954? And what is the best recipe for pancakes?"))
    assert (answer.status, answer.reason) == ("abstained", "not_in_library")


def test_a_corrected_plan_is_not_split(starter: Service) -> None:
    """Whoever says that it is one look-up gets one."""
    question = Question("What is OVOR? And what is ReprogBERT?", correction=Correction(kind="lookup"))
    assert parts_of(asked(starter, question)) == []


def test_parts_may_name_papers_by_marker(starter: Service) -> None:
    """`[2]` means the same paper in a part as in the conversation."""
    before = Turn("What are they?", "What are they?", "It is so [1][2].", {1: REPROGBERT, 2: OVOR}, (REPROGBERT, OVOR))
    question = Question("What does [1] reprogram? And what does [2] use to tighten decision boundaries?", (before,))
    answer = asked(starter, question)
    assert len(parts_of(answer)) == 2 and {citation.paper.id for citation in answer.citations} == {OVOR, REPROGBERT}


def test_a_model_splits_what_the_rules_cannot(server: ScriptedServer, build: Build) -> None:
    """One call for the parts, one for the answer, which is written from the papers of both."""
    server.enqueue(Reply(text=SPLIT), Reply(text=SAID))
    answer = asked(build(), Question(HARD))
    plan, prompt = said(server)
    assert HARD in plan and "separate questions" in plan
    assert f"{HARD}\nAnswer each part:\n1. What does OVOR use?\n2. Which papers beat OVOR on ImageNet-R?" in prompt
    assert parts_of(answer) == ["What does OVOR use?", "Which papers beat OVOR on ImageNet-R?"]
    assert prompt.count("<abstract number=") > 1 and answer.citations[0].paper.id == OVOR


def test_whatever_else_the_model_says_the_question_stays_whole(server: ScriptedServer, build: Build) -> None:
    """A reply that is no list of questions and a failing call cost nothing but the call."""
    for reply in (Reply(text="OVOR uses outliers."), Reply(status=400, body=error_body("no"))):
        server.enqueue(reply, Reply(text=SAID))
        answer = asked(build(), Question(HARD))
        assert answer.status == "answered" and parts_of(answer) == []
        assert "Answer each part" not in said(server)[-1]


def test_no_more_than_one_hidden_call(server: ScriptedServer, build: Build) -> None:
    """A plain question costs none, nor does any with the setting at rule; one that was rewritten is not split as well."""
    service = build()
    server.enqueue(Reply(text=SAID))
    asked(service, Question("What does OVOR use?"))
    assert len(server.chats) == 1
    server.enqueue(Reply(text=SAID))
    asked(build(plan="rule"), Question(HARD))
    assert len(server.chats) == 2
    before = Turn("What is OVOR?", "What is OVOR?", "It is so [1].", {1: OVOR}, (OVOR,))
    server.enqueue(Reply(text=HARD), Reply(text=SAID))
    asked(service, Question("what does it use and which papers beat it on ImageNet-R and why?", (before,)))
    assert len(server.chats) == 4
