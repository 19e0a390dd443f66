"""A receipt says what went in, what was cut and why, and shows it harmlessly; two receipts are told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.chat.calls import Call
from app.chat.generate import filled
from app.chat.receipt import Around, Run, record, shown
from app.core.domain import Answer, AnswerRequest, Citation, Claim, Evidence, ModelInfo, Paper, Plan, Question, Turn
from app.core.prompting import load_prompt
from app.core.tokens import TokenCounter
from app.replay import differences
from app.ui.receipt import difference_markdown, receipt_html, receipt_markdown

PAPERS = tuple(Paper(f"p{n}", f"Newt {n}: a Title", f"Newt {n} swims {n} rounds in ponds.") for n in range(1, 6))
WORDS = TokenCounter(lambda text: len(text.split()), False, "words")
PROMPTS = tuple(load_prompt(name) for name in ("answer", "compare", "condense"))
PLAN = Plan("lookup", "How far does Newt 1 swim?", ("p1",), ("Newt 1",))


def evidence(*numbers: int) -> tuple[Evidence, ...]:
    return tuple(Evidence(n, PAPERS[n - 1], f"p{n}#0", 1.0) for n in numbers)


def answer(**more: Any) -> Answer:
    steps = [
        {"name": "retrieve", "title": "Found", "at_ms": 10.0, "hits": [{"paper_id": f"p{n}"} for n in range(1, 5)]},
        {"name": "budget", "title": "2 fit", "at_ms": 12.5, "kept": ["p1", "p2"], "cut": ["p3"]},
        {"name": "generate", "title": "Written", "at_ms": 512.5},
    ]
    values: dict[str, Any] = {
        "question": "How far does Newt 1 swim?",
        "standalone_question": "How far does Newt 1 swim?",
        "kind": "lookup",
        "status": "answered",
        "text": "One round [1].\nIn ponds [1].",
        "model": ModelInfo("compatible", "tiny"),
        "citations": (Citation(1, PAPERS[0].ref),),
        "claims": (
            Claim("One round.", (1,), "supported"),
            Claim("In ponds.", (1,), "unsupported", ("not found: ponds",)),
        ),
        "evidence": evidence(1, 2),
        "trace": {"steps": steps, "total_ms": 600.0},
    }
    return Answer(**(values | more))


def made(
    given: Answer, question: Question | None = None, calls: tuple[Call, ...] = (), **library: Any
) -> dict[str, Any]:
    state = {"papers": 5, "store": "s1", "position": 3, "embedder": "e"} | library
    papers = {paper.id: paper for paper in PAPERS}
    around = Around(state, "1.0", PROMPTS, WORDS, lambda ids: {i: papers[i] for i in ids if i in papers})
    run = Run(question or Question(given.question), list(calls), PLAN)
    return record(run, given, around, "mx000001-abcdef", "2026-11-26T09:00:00Z")


def asked() -> Call:
    """The request an answer is written from."""
    system, user = filled(PROMPTS[0], PLAN, evidence(1, 2))
    call = Call(system, user, AnswerRequest("", PLAN, evidence(1, 2)), "One round [1].")
    call.end()
    return call


def test_what_went_in_and_what_was_cut_and_why() -> None:
    """Every paper found is in the receipt once: as evidence, or with the reason why it is not."""
    receipt = made(answer(), Question("How far?", excluded=("p5",)))
    assert [(e["id"], e["marker"], e["cited"], e["text_key"]) for e in receipt["evidence"]] == [
        ("p1", 1, True, PAPERS[0].text_key),
        ("p2", 2, False, PAPERS[1].text_key),
    ]
    assert [(c["id"], c["title"][:6], c["why"]) for c in receipt["cut"]] == [
        ("p5", "Newt 5", "excluded"),
        ("p3", "Newt 3", "no room in the model's window"),
        ("p4", "Newt 4", "others fit better"),
    ]
    nothing = made(answer(reason="not_in_library", evidence=evidence(1), trace={"steps": answer().trace["steps"][:1]}))
    assert {c["why"] for c in nothing["cut"]} == {"not about the question"}


def test_tokens_of_each_part() -> None:
    """Rules, question and each abstract are counted apart, and make up the whole."""
    (call,) = made(answer(), calls=(asked(),))["prompts"]
    tokens = call["tokens"]
    assert call["name"] == "answer" and call["prompt_version"] == load_prompt("answer").version
    assert tokens["question"] == 2 * len(PLAN.query.split())  # it stands there twice
    assert tokens["abstracts"] == sum(each["tokens"] for each in call["abstracts"]) > 20
    assert tokens["rules"] + tokens["question"] + tokens["abstracts"] == tokens["total"]
    assert tokens["reply"] == 3 and [each["id"] for each in call["abstracts"]] == ["p1", "p2"]


def test_tokens_of_the_history() -> None:
    """The conversation that a question is rewritten with is a part of its own."""
    system, user = PROMPTS[2].fill(question="and its code?", conversation="Question: a b c\nAnswer: d")
    (call,) = made(answer(), calls=(Call(system, user),))["prompts"]
    assert (call["name"], call["tokens"]["history"], call["failed"]) == ("condense", 6, True)


def test_a_prompt_nobody_knows_is_still_counted() -> None:
    """A step that words its request by itself has no version, but its tokens count."""
    (call,) = made(answer(), calls=(Call("Be brief.", "Is it so?"),))["prompts"]
    assert (call["name"], call["prompt_version"], call["tokens"]["total"]) == ("", "", 5)


def test_seconds_by_step() -> None:
    """Each step has the time since the one before it."""
    assert [(s["step"], s["s"]) for s in made(answer())["seconds"]] == [
        *(("retrieve", 0.01), ("budget", 0.0025), ("generate", 0.5), ("total", 0.6))
    ]


def test_the_trace_leaves_out_what_is_long() -> None:
    """Neither the conversation nor the prompts' text nor the reply stand in the trace; their sizes do."""
    turn = Turn("a secret", "a secret", "a reply", {}, ())
    brief = shown(made(answer(), Question("How far?", (turn,)), (asked(),)))
    assert brief["asked"]["history"] == 1 and brief["prompts"][0]["tokens"]["total"] > 0
    assert "secret" not in str(brief) and "swims" not in str(brief)


def test_the_words_of_a_receipt() -> None:
    """Everything the issue of trust asks for stands there in words: plan, abstracts, cuts, tokens, hash, verdicts, time."""
    text = receipt_markdown(made(answer(standalone_question="How far does the newt swim?"), calls=(asked(),)))
    version = load_prompt("answer").version[:12]
    for words in (
        "Receipt: mx000001-abcdef 2026-11-26T09:00:00Z",
        "Understood as: How far does the newt swim?",
        "kind: lookup",
        "[1] Newt 1: a Title (p1, text ",
        "Newt 3: a Title: no room in the model's window",
        f"answer {version}",
        "tokens (estimated): rules ",
        "1 supported, 1 unsupported",
        "unsupported “In ponds.”: not found: ponds",
        "0.500  generate",
    ):
        assert words in text, text


HOSTILE = '<img src=x onerror=alert(1)>\n</details><script>1</script>\x1b[2J\u202e"'


def test_a_receipt_shows_no_papers_markup() -> None:
    """Titles, claims and prompts are text on the page, on one line, and move no terminal's cursor."""
    paper = replace(PAPERS[0], title=HOSTILE)
    given = answer(evidence=(Evidence(1, paper, "c", 1.0),), claims=(Claim(HOSTILE, (1,), "unsupported", (HOSTILE,)),))
    call = Call(HOSTILE, HOSTILE, reply=HOSTILE)
    for what in (made(given, calls=(call,)), replace(given, trace={"receipt": shown(made(given, calls=(call,)))})):
        html = receipt_html(what)
        assert html.startswith('<details class="ap-receipt">') and "\n" not in html
        assert "<script" not in html and "<img" not in html and html.count("<details") == html.count("</details>")
        for text in (html, receipt_markdown(what)):
            assert "\x1b" not in text and "\u202e" not in text
        assert all("\n" not in line for line in receipt_markdown(what).split("\n"))


@pytest.mark.parametrize(
    "broken", [{}, {"evidence": 3, "prompts": "x", "claims": None, "library": None, "plan": None, "model": None}]
)
def test_a_receipt_of_another_version_is_shown_as_far_as_it_goes(broken: dict[str, Any]) -> None:
    """Parts that are missing or of another shape are left out."""
    assert isinstance(receipt_markdown(broken), str) and isinstance(receipt_html(broken), str)
    assert differences(broken, broken).same


def test_the_same_is_said_to_be_the_same() -> None:
    """Another id, time and speed change nothing; a library that only grew changes nothing of the answer."""
    then = made(answer(), calls=(asked(),))
    now = made(answer(trace={"steps": [], "total_ms": 1.0}), calls=(asked(),)) | {"id": "another", "at": "later"}
    assert difference_markdown(differences(then, now)) == "The same answer."
    grown = differences(then, made(answer(), calls=(asked(),), papers=6, position=4))
    assert grown.same and "papers: 5 → 6" in difference_markdown(grown)
    assert difference_markdown(grown).startswith("The same answer, though")


@pytest.mark.parametrize(
    ("changed", "part", "line"),
    [
        ({"text": "Two rounds [1].\nIn ponds [1]."}, "text", "+Two rounds [1]."),
        ({"evidence": evidence(1, 3)}, "evidence", "out: [2] Newt 2: a Title (p2)"),
        ({"evidence": evidence(1, 2, 3)}, "evidence", "in: [3] Newt 3: a Title (p3)"),
        ({"evidence": (Evidence(1, replace(PAPERS[0], abstract="Else."), "c", 1.0), *evidence(2))}, "evidence",
         "changed: the text of [1] Newt 1: a Title (p1)"),
        ({"citations": (Citation(2, PAPERS[1].ref),)}, "citations", "no longer cited: Newt 1: a Title"),
        ({"claims": (Claim("One round.", (1,), "partly"), Claim("In ponds.", (1,), "unsupported"))}, "verdicts",
         "“One round.”: supported → partly"),
        ({"status": "abstained", "reason": "abstract_does_not_say"}, "status",
         "status: answered → abstained (abstract does not say)"),
        ({"kind": "compare"}, "plan", "kind: lookup → compare"),
        ({"standalone_question": "What of newts?"}, "plan", "understood as: none → What of newts?"),
    ],
)  # fmt: skip
def test_what_changed_of_an_answer_is_named(changed: dict[str, Any], part: str, line: str) -> None:
    """Each kind of change is told under its own head, and makes the answers differ."""
    found = differences(made(answer()), made(answer(**changed)))
    assert not found.same
    assert [line] == [each for change in found.changes if change.part == part for each in change.lines if each == line]


@pytest.mark.parametrize(
    ("now", "line"),
    [
        ({"model": {"provider": "openai", "name": "big"}}, "model: compatible tiny → openai big"),
        ({"version": "2.0"}, "version: 1.0 → 2.0"),
        ({"library": {"store": "other", "papers": 5}}, "another library"),
        ({"prompts": [{"name": "answer", "prompt_version": "f" * 64}]}, f"answer: {load_prompt('answer').version[:12]} → {'f' * 12}"),
    ],
)  # fmt: skip
def test_what_changed_around_an_answer_is_named(now: dict[str, Any], line: str) -> None:
    """Library, model, prompts and version are told, and alone do not make another answer."""
    then = made(answer(), calls=(asked(),))
    found = differences(then, then | now)
    assert found.same and line in [each for change in found.changes for each in change.lines]
