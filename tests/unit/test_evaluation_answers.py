"""Answers are judged as one would by hand; failures and interrupts are counted and said; what is kept is not lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.core.domain import Answer, Citation, Claim, Evidence, ModelInfo, Paper, PaperRef, Question, Quote
from app.core.errors import InputError, ModelBusyError
from app.core.events import AnswerReady, Event, StepDone
from app.core.findings import Cell, Choice, Comparison, Row
from app.evaluation.answers import Measured, groups_of, notes
from app.evaluation.answers_shown import failures, markdown, to_json
from app.evaluation.asking import Asked, ask_questions
from app.evaluation.judging import MEASURES, Judged, judge
from app.evaluation.kept_answers import kept_in
from app.evaluation.questions import JudgedQuestion

MODEL = ModelInfo("extractive", "quotes")


def reply(text: str = "", *papers: str, **more: Any) -> Answer:
    """An answer that cites these papers, in this order."""
    values: dict[str, Any] = {"kind": "lookup", "status": "answered", "model": MODEL, **more}
    values.setdefault("citations", tuple(Citation(n, PaperRef(p, p)) for n, p in enumerate(papers, start=1)))
    return Answer("?", "?", text=text, **values)


def asked(type: str = "own", **more: Any) -> JudgedQuestion:
    return JudgedQuestion("q1", type, ("What?",), **more)


def values(judged: Judged) -> dict[str, float]:
    return {name: part / whole for name, (part, whole) in judged.parts.items()}


# --- one answer ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cited", "recall", "all_cited", "first", "precision"),
    [
        (("a", "b"), 1, 1, 1, 1),
        (("b", "a", "c"), 1, 1, 1, 1),
        (("c", "a"), 1 / 2, 0, 0, 1),
        (("a", "x", "a", "y"), 1 / 2, 0, 1, 1 / 3),
        (("x",), 0, 0, 0, 0),
    ],
)
def test_papers(cited: tuple[str, ...], recall: float, all_cited: float, first: float, precision: float) -> None:
    """Of a and b, which must be cited, and c, which may; a paper cited twice counts once."""
    found = values(judge(asked(must_cite=("a", "b"), may_cite=("c",)), reply("", *cited), 1.0))
    assert found["citation_recall"] == recall and found["all_cited"] == all_cited
    assert found["first_right"] == first and found["citation_precision"] == pytest.approx(precision)


def test_nothing_cited() -> None:
    """It has no precision, as there is nothing to be right or wrong, but a list that is empty is a bad one."""
    found = values(judge(asked("aggregate", must_cite=("a",)), reply(), 1.0))
    assert "citation_precision" not in found
    assert [found[f"list_{name}"] for name in ("precision", "recall", "f1")] == [0, 0, 0]
    found = values(judge(asked("aggregate", must_cite=("a", "b", "c")), reply("", "a", "x"), 1.0))
    assert [found[f"list_{name}"] for name in ("precision", "recall", "f1")] == pytest.approx([1 / 2, 1 / 3, 2 / 5])


def test_facts_in_text_table_and_quotes() -> None:
    """A fact counts wherever it is shown: in the text, a cell of the table or a quote; the text alone has its own share."""
    quote, ref = Quote("It takes 24.7 hours.", 0, 20), PaperRef("a", "A")
    table = Comparison(("data",), (Row(1, ref, "A", (Cell("9 tasks", (Quote("nine (9) tasks in Basque", 0, 24),)),)),))
    facts = (("24.7",), ("9",), ("Basque",), ("jazz",), ("blues", "rock"))
    answer = reply("Some jazz [9].", citations=(Citation(1, ref, (quote,)),), table=table)
    judged = judge(asked(facts=facts), answer, 1.0)
    assert values(judged)["facts"] == pytest.approx(4 / 5) and values(judged)["facts_in_text"] == pytest.approx(1 / 5)
    assert judged.missed == ("fact not found: blues / rock",)


@pytest.mark.parametrize("status", ["answered", "abstained", "clarify"])
def test_noes(status: str) -> None:
    """A no is right where the library has no answer and wrong where it has one; a question back is neither."""
    no, back = float(status == "abstained"), float(status == "clarify")
    absent = judge(asked(abstain=True), reply(status=status), 1.0)
    answerable = judge(asked(), reply(status=status), 1.0)
    assert values(absent) == {"abstain_recall": no, **({"abstain_precision": 1} if no else {})}
    there = {"wrongly_refused": no, "wrongly_asked_back": back, **({"abstain_precision": 0} if no else {})}
    assert values(answerable) == there
    assert bool(absent.missed) == (not no) and bool(answerable.missed) == bool(no or back)


def test_unclear_questions() -> None:
    """Asking back is right, and so is listing two of the papers that may be meant; those offered count each."""
    question = asked("clarify", choices=("a", "b", "c"))
    evidence = tuple(Evidence(n, Paper(p, p, p), p, 1.0) for n, p in enumerate("abx", start=1))
    picks = (Choice("A", "What of A?", 1), Choice("X", "What of X?", 3), Choice("other", "?"))
    by_choices = values(judge(question, reply(status="clarify", evidence=evidence, choices=picks), 1.0))
    by_evidence = values(judge(question, reply(status="clarify", evidence=evidence), 1.0))
    assert by_choices == {"asked_or_listed": 1, "choices_offered": pytest.approx(1 / 3)}
    assert by_evidence == {"asked_or_listed": 1, "choices_offered": pytest.approx(2 / 3)}
    one, two = (judge(question, reply("", *cited, evidence=evidence), 1.0) for cited in ("cx", "bxa"))
    assert values(one)["asked_or_listed"] == 0 and values(two)["asked_or_listed"] == 1
    assert one.missed == ("answered, listing 1 of 3 papers that may be meant",) and not two.missed


def test_claims() -> None:
    """Of those that were checked so many are supported; those that were not are counted beside."""
    verdicts = ("supported", "partly", "supported", "unsupported", "unchecked")
    claims = tuple(Claim(f"Claim {n}.", (1,), verdict) for n, verdict in enumerate(verdicts))  # type: ignore[arg-type]
    judged = judge(asked(), reply(claims=claims), 1.0)
    assert judged.parts["supported"] == (2, 4) and (judged.claims, judged.unchecked) == (5, 1)
    assert judged.missed == ("claim partly: Claim 1.", "claim unsupported: Claim 3.")
    assert "supported" not in judge(asked(), reply(claims=claims[4:]), 1.0).parts


def test_an_answer_that_failed() -> None:
    """It cites nothing, tells no fact and is no refusal either."""
    question = asked("aggregate", must_cite=("a",), facts=(("24",),), choices=("a",))
    judged = judge(question, ModelBusyError("The model is busy.", "Wait."), 1.0)
    assert set(values(judged).values()) == {0} and judged.missed == ("failed: The model is busy.",)
    assert {"citation_recall", "facts", "list_f1", "wrongly_refused"} < set(judged.parts)


def test_papers_by_the_names_of_the_question() -> None:
    """A library that calls a paper otherwise is read by the names the question uses."""
    judged = judge(asked(must_cite=("a",)), reply("", "title:0", "title:1"), 1.0, {"title:0": "a"})
    assert values(judged)["citation_recall"] == 1 and judged.missed == ("cited beside: title:1",)


# --- all of them --------------------------------------------------------------------------------------------------


class Scripted:
    """Answers by the text of the question, or raises; remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Answer | BaseException]) -> None:
        self.answers = answers
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Iterator[Event]:
        self.asked.append(question)
        yield StepDone("plan", "Read the question")
        answer = self.answers[question.text]
        if isinstance(answer, BaseException):
            raise answer
        yield AnswerReady(answer)


def question(id: str, *turns: str, type: str = "own", **more: Any) -> JudgedQuestion:
    return JudgedQuestion(id, type, turns, **more)


def measured(asked: Asked, not_there: tuple[str, ...] = ()) -> Measured:
    return Measured("questions.jsonl", "extractive", "hash", 3, asked, groups_of(asked.judged), not_there)


QUESTIONS = (
    question("q1", "good", type="zebra | own", must_cite=("a",), facts=(("24",),)),
    question("q2", "bad", type="aggregate", must_cite=("a",)),
    question("q3", "busy", type="lookup_named", must_cite=("a",)),
    question("q4", "none", type="not_in_library", abstain=True),
)
ANSWERS = {
    "good": reply("24 [1]", "a"),
    "bad": reply("x [1]", "x"),
    "busy": ModelBusyError("The model is busy.", "Wait a minute."),
    "none": reply("No.", status="abstained"),
}


def test_by_type_and_over_all() -> None:
    """Types we know come first and in our order; what is not measured is empty; a failure counts as nothing found and
    has no seconds."""
    done = ask_questions(Scripted(ANSWERS), QUESTIONS)
    groups = {group.name: group for group in groups_of(done.judged)}
    assert list(groups) == ["lookup_named", "aggregate", "not_in_library", "zebra | own", "all"]
    recall = [share.value if (share := group.shares["citation_recall"]) else None for group in groups.values()]
    assert recall == [0, 0, None, 1, pytest.approx(1 / 3)]
    assert groups["all"].counted["citation_recall"] == 3 and groups["all"].counted["abstain_recall"] == 1
    assert [group.failed for group in groups.values()] == [1, 0, 0, 0, 1]
    assert groups["lookup_named"].p50_s is None and (groups["all"].p95_s or 0) >= (groups["all"].p50_s or 0) > 0


def test_earlier_turns_are_history() -> None:
    """Only the last turn is judged and timed; it is asked with the answers to those before it. A failure before it is
    the failure of the question."""
    asker = Scripted(ANSWERS)
    done = ask_questions(asker, [question("q1", "bad", "good", must_cite=("a",)), question("q2", "busy", "good")])
    assert [q.text for q in asker.asked] == ["bad", "good", "busy"]
    assert [turn.text for turn in asker.asked[1].history] == ["x [1]"]
    assert done.judged[0].parts["citation_recall"] == (1, 1)
    assert done.judged[1].answer is None and isinstance(done.judged[1].error, ModelBusyError)


def test_an_interrupt_keeps_what_there_is() -> None:
    """Ctrl-C during the third of four: two are judged and shown as two of four. A bug is no failure of an answer."""
    progress: list[tuple[int, int]] = []
    script = Scripted({**ANSWERS, "busy": KeyboardInterrupt()})
    done = ask_questions(script, QUESTIONS, progress=lambda *at: progress.append(at))
    assert done.interrupted and len(done.judged) == 2 and progress == [(1, 4), (2, 4)]
    shown = "\n".join(markdown(measured(done)))
    assert "2 of 4 questions" in shown and "Interrupted" in shown
    told = to_json(measured(done))
    assert (told["questions"], told["asked"], told["interrupted"]) == (4, 2, True)
    with pytest.raises(ZeroDivisionError):
        ask_questions(Scripted({"good": ZeroDivisionError()}), QUESTIONS)


# --- how it is shown ----------------------------------------------------------------------------------------------


def test_markdown() -> None:
    """Whole tables, whatever a type is called; shares in percent with their interval."""
    lines = list(markdown(measured(ask_questions(Scripted(ANSWERS), QUESTIONS))))
    assert lines[0].startswith("**questions.jsonl**: 4 questions, 3 papers, answered by extractive, embedder hash")
    widths = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|") and "own" in line}
    assert widths == {9} and any("| zebra \\| own | 1 | 100 % | 100 % |" in line for line in lines)
    assert any(line.startswith("| all | 4 | 33 % (6 to 79) |") for line in lines)
    lists = lines.index("| Lists | n | list precision | list recall | list F1 |")
    assert lines[lists + 2 : lists + 4] == ["| aggregate | 1 | 0 % | 0 % | 0 % |", ""]


def test_json() -> None:
    """Strict JSON with the same figures, the failures by name, and the list of what was missed where it is wanted."""
    done = measured(ask_questions(Scripted(ANSWERS), QUESTIONS))
    told = json.loads(json.dumps(to_json(done, with_failures=True), allow_nan=False))
    assert told["schema"] == 1 and told["failed"] == [
        {"id": "q3", "what": "The model is busy.", "hint": "Wait a minute."}
    ]
    assert set(told["all"]["measures"]) == set(MEASURES)
    recall = told["all"]["measures"]["citation_recall"]
    assert recall == pytest.approx({"mean": 1 / 3, "low": 0.0615, "high": 0.7923, "n": 3}, abs=5e-5)
    assert told["types"]["not_in_library"]["measures"]["abstain_recall"] == {
        "mean": 1,
        "low": None,
        "high": None,
        "n": 1,
    }
    assert told["all"]["measures"]["supported"] is None
    assert [row["id"] for row in told["failures"]] == ["q2", "q3"]
    assert "failures" not in to_json(done)


def test_failures_and_notes() -> None:
    """Every question that missed something, with what it missed; what failed and what the library lacks is noted."""
    done = measured(ask_questions(Scripted(ANSWERS), QUESTIONS), tuple("bcdefg"))
    assert list(failures(done)) == [
        "- q2 (aggregate): bad",
        "  - not cited: a",
        "  - cited beside: x",
        "- q3 (lookup_named): busy",
        "  - failed: The model is busy.",
    ]
    absent, failed = notes(done)
    assert absent.startswith("6 of the papers") and absent.endswith("b, c, d, e, f, ...")
    assert failed == "q3 failed: The model is busy. Wait a minute."


# --- what is kept -------------------------------------------------------------------------------------------------


def test_kept_answers(tmp_path: Path) -> None:
    """One line a question, written as it is judged; the next run takes its place."""
    path = tmp_path / "kept.jsonl"
    for number in (4, 2):
        with kept_in(path) as keep:
            ask_questions(Scripted(ANSWERS), QUESTIONS[:number], keep=keep)
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [row["id"] for row in rows] == ["q1", "q2", "q3", "q4"][:number]
    assert rows[0]["answer"]["text"] == "24 [1]" and rows[0]["figures"]["facts"] == [1, 1] and rows[0]["error"] is None
    assert rows[1]["missed"] == ["not cited: a", "cited beside: x"]


@pytest.mark.parametrize("content", [b'{"id": "q1", "question": "precious"}\n', b"precious", b"\xff\xfe", b"\n"])
def test_a_file_of_something_else(tmp_path: Path, content: bytes) -> None:
    """It is refused and stays as it is; a file that cannot be written is said too."""
    path = tmp_path / "own.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match="something other"), kept_in(path):
        pass
    assert path.read_bytes() == content
    with pytest.raises(InputError, match="cannot be written"), kept_in(tmp_path / "nowhere" / "kept.jsonl"):
        pass
