"""Comparing models over the starter library: two scripted servers, one that cites well and one that makes markers up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Service
from app.chat.frozen import Frozen, freeze
from app.core.duel import Duel, DuelReady, Writing
from app.core.errors import InputError, SettingsError
from app.core.models import ModelPick
from app.core.prompting import CANNOT_ANSWER
from app.evaluation.duel.contestants import chain_of, pick_of
from app.evaluation.duel.duels import Duels
from app.evaluation.questions import JudgedQuestion
from tests.commands import Askpapers
from tests.conftest import settings_for
from tests.judged import lines, put
from tests.scripted_server import Reply, ScriptedServer, overflow_llama_cpp

OVOR, LANE = "2402.04129", "2405.15633"
GOOD = "OVOR uses virtual outliers to tighten the classifier's decision boundaries [1]."
BAD = "OVOR won the Nobel Prize in 1987 [42]. It has 99.9 % accuracy on MarsBench [77]."
QUESTIONS = (
    JudgedQuestion("q1", "lookup_named", ("What is OVOR?",), (OVOR,), facts=(("virtual outliers",),)),
    JudgedQuestion("q2", "lookup_named", ("What does OVOR do to decision boundaries?",), (OVOR,), facts=(("tighten",),)),
    JudgedQuestion("q3", "other", ("how many papers are there?",)),
)  # fmt: skip
Server = Callable[..., ScriptedServer]


@pytest.fixture
def servers() -> Iterator[Server]:
    """Makes servers that give these replies."""
    opened: list[ScriptedServer] = []

    def server(*replies: Any) -> ScriptedServer:
        opened.append(ScriptedServer().__enter__())
        opened[-1].enqueue(*replies)
        return opened[-1]

    yield server
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def folder(starter_folder: Path, tmp_path: Path) -> Path:
    """A library of its own: the scoreboard is written there."""
    return Path(shutil.copytree(starter_folder, tmp_path / "mine"))


@pytest.fixture
def duels(starter: Service, starter_folder: Path, model_cache: Path) -> Duels:
    return duels_of(starter, starter_folder, model_cache)


def duels_of(starter: Service, folder: Path, model_cache: Path, **more: object) -> Duels:
    """Over the shared library: nothing here writes to it."""
    return Duels(Service(settings_for(folder, model_cache, llm_timeout_s=5.0, **more), starter.library))


def named(server: ScriptedServer, name: str = "tiny") -> str:
    return f"compatible:{name}@{server.url}"


def fought(duels: Duels, *models: str, questions: tuple[JudgedQuestion, ...] = QUESTIONS) -> Duel:
    *_, last = duels.duelling(models, questions, "test").events()
    assert isinstance(last, DuelReady)
    return last.duel


def test_one_cites_well_and_one_makes_markers_up(duels: Duels, servers: Server) -> None:
    """Every measure tells them apart the right way round, and the model's own words alone are measured."""
    good, bad = servers(Reply(GOOD), Reply(GOOD)), servers(Reply(BAD), Reply(BAD))
    duel = fought(duels, named(good), named(bad))
    one, other = duel.totals
    assert (one.asked, one.failed, other.asked, other.failed) == (2, 0, 2, 0)
    assert one.values["citation_precision"] == one.values["citation_recall"] == one.values["facts_found"] == 1
    assert one.values["markers_valid"] == 1 and one.values["unsupported_claims"] == 0
    assert other.values["citation_precision"] is None
    assert other.values["citation_recall"] == other.values["facts_found"] == other.values["markers_valid"] == 0
    assert other.values["unsupported_claims"] == 1 and other.unsourced == 4
    pairs = {pair.measure: (pair.wins, pair.ties, pair.losses) for pair in duel.pairs}
    assert (
        pairs["citation_recall"]
        == pairs["facts_found"]
        == pairs["markers_valid"]
        == pairs["unsupported_claims"]
        == (2, 0, 0)
    )
    assert all(pair.p is None for pair in duel.pairs)


def test_all_get_the_same_prompt_and_are_asked_once(duels: Duels, servers: Server) -> None:
    """Evidence and markers are letter by letter the same; neither retrieval nor a repair asks a model."""
    one, other = servers(Reply(GOOD), Reply(GOOD)), servers(Reply(BAD), Reply(BAD))
    duel = fought(duels, named(one), named(other))
    assert len(one.chats) == len(other.chats) == 2
    assert [chat["messages"] for chat in one.chats] == [chat["messages"] for chat in other.chats]
    for question, chat in zip(duel.questions, one.chats, strict=True):
        told = chat["messages"][-1]["content"]
        assert all(f'number="{item.marker}">\nTitle: {item.paper.title}' in told for item in question.evidence)


def test_questions_that_need_no_model_are_left_out_and_counted(duels: Duels, servers: Server) -> None:
    """A count of papers, a question about nothing in the library: no model is asked, and the reason is there."""
    extra = JudgedQuestion("q4", "not_in_library", ("How long does sourdough bread have to rise?",), abstain=True)
    duel = fought(duels, named(servers(Reply(GOOD), Reply(GOOD))), "extractive", questions=(*QUESTIONS, extra))
    assert [question.id for question in duel.questions] == ["q1", "q2"]
    assert {left.id: left.why for left in duel.left_out} == {
        "q3": "it is answered from the records",
        "q4": "nothing in the library answers it",
    }


def test_a_failing_model_costs_no_other_its_row(duels: Duels, servers: Server) -> None:
    """Its rows say what happened, the other's figures are whole, and no figure is made of its silence."""
    good, bad = (
        servers(Reply(GOOD), Reply(GOOD)),
        servers(Reply(status=401, body={"error": {"message": "no"}}), Reply("")),
    )
    duel = fought(duels, named(bad), named(good))
    failing, fine = duel.totals
    assert (failing.failed, fine.failed) == (2, 0) and fine.values["facts_found"] == 1
    assert all(score.error and score.hint for score in duel.scores if score.model == named(bad))
    assert duel.pairs == ()


def test_a_model_that_keeps_failing_is_asked_no_more(duels: Duels, servers: Server) -> None:
    """After three failures in a row the rest is not asked, and says so."""
    bad = servers(*[Reply(status=401, body={"error": {"message": "no"}})] * 9)
    many = tuple(JudgedQuestion(f"q{n}", "x", ("What is OVOR?",)) for n in range(4))
    duel = fought(duels, named(bad), "compatible:x@http://127.0.0.1:9/v1", questions=many)
    assert len(bad.chats) == 3
    said = [score.error for score in duel.scores if score.model == named(bad)]
    assert [words.startswith("Not asked any more") for words in said] == [False] * 3 + [True]


def test_a_server_that_is_away_when_its_model_is_looked_up(duels: Duels, servers: Server) -> None:
    """`compatible` alone asks the server for a name first; that failure is its row's, too."""
    duel = fought(duels, "compatible@http://127.0.0.1:9/v1", named(servers(Reply(GOOD), Reply(GOOD))))
    assert [total.failed for total in duel.totals] == [2, 0]


def test_a_name_that_nobody_knows_is_said_at_once(duels: Duels) -> None:
    """A mistyped model is no failing model: nothing is asked."""
    with pytest.raises(SettingsError, match="nonsense"):
        fought(duels, "nonsense:x", "extractive")
    for models in (("extractive",), ("extractive", "extractive"), ()):
        with pytest.raises(InputError):
            duels.duelling(models, QUESTIONS, "test")


def test_fewer_papers_after_an_overflow_are_said(duels: Duels, servers: Server) -> None:
    """A server that refuses the whole evidence writes from less, and the duel does not hide it."""
    tight = servers(overflow_llama_cpp(), Reply(GOOD), Reply(GOOD))
    duel = fought(duels, named(tight), named(servers(Reply(GOOD), Reply(GOOD))))
    score = duel.score("q1", named(tight))
    assert score is not None and 0 < score.papers < len(duel.questions[0].evidence)
    assert any("wrote from fewer papers" in note for note in duel.notes)


def test_the_smallest_window_decides_for_all(
    starter: Service, starter_folder: Path, model_cache: Path, servers: Server
) -> None:
    """Where a model has room for fewer papers, the others get as many, who only quotes included."""
    duels = duels_of(starter, starter_folder, model_cache, llm_context_tokens=1500)
    duel = fought(duels, "extractive", named(servers(Reply(GOOD), Reply(GOOD))))
    for question in duel.questions:
        papers = {score.papers for score in duel.scores if score.question == question.id}
        assert papers == {len(question.evidence)} and len(question.evidence) < 6


def test_refusals_are_judged_by_what_the_question_says(duels: Duels, servers: Server) -> None:
    """To refuse what the abstract does not say is right, to refuse what it says is not."""
    questions = (QUESTIONS[0], JudgedQuestion("q9", "not_in_abstract", ("What BLEU does OVOR report?",), abstain=True))
    refusing, answering = servers(*[Reply(CANNOT_ANSWER)] * 2), servers(*[Reply(GOOD)] * 2)
    duel = fought(duels, named(refusing), named(answering), questions=questions)
    assert [duel.score(q, named(refusing)).decided for q in ("q1", "q9")] == [0.0, 1.0]  # type: ignore[union-attr]
    assert [duel.score(q, named(answering)).decided for q in ("q1", "q9")] == [1.0, 0.0]  # type: ignore[union-attr]
    assert duel.totals[0].refused == 2 and duel.totals[0].values["facts_found"] == 0


def test_speed_is_that_of_the_words(duels: Duels, servers: Server) -> None:
    """Seconds to the first word, and tokens as the server counts them by the seconds that writing took."""
    slow = servers(*[Reply(GOOD, delay_s=0.03)] * 2)
    duel = fought(duels, named(slow), "extractive")
    score = duel.score("q1", named(slow))
    assert score is not None and score.counted and score.tokens == len(GOOD.split())
    assert score.first_s is not None and score.seconds is not None and 0.03 < score.first_s < score.seconds
    assert score.tokens_per_s == pytest.approx((score.tokens - 1) / (score.seconds - score.first_s))


def test_a_comparison_of_papers_is_measured_without_our_table(duels: Duels, servers: Server) -> None:
    """The table below a comparison cites every paper; that is our work, and no merit of the model's."""
    question = JudgedQuestion("c", "compare", ("How does OVOR differ from MULTI-LANE?",), (OVOR, LANE))
    duel = fought(duels, named(servers(Reply(GOOD))), "extractive", questions=(question,))
    model, quoting = duel.scores
    assert model.answer is not None and model.answer.table is not None and "|" not in model.text
    assert model.cited == (OVOR,) and model.recall == 0.5
    assert set(quoting.cited) == {OVOR, LANE}


def test_the_last_turn_of_a_conversation_is_frozen_without_a_model(duels: Duels) -> None:
    """Follow-ups are understood by rule."""
    frozen = freeze(chain_of(duels.service, ModelPick("extractive")), ("What is OVOR?", "and its code?"))
    assert isinstance(frozen, Frozen) and "OVOR" in frozen.standalone and frozen.evidence[0].paper.id == OVOR


def test_closing_a_duel_hangs_up_on_the_model(duels: Duels, servers: Server) -> None:
    """Cancel stops the server's work, and half a duel is not on the scoreboard."""
    slow = servers(Reply(GOOD * 50, delay_s=0.05))
    events = duels.fight((named(slow), "extractive"), "What is OVOR?")
    for event in events:
        if isinstance(event, Writing):
            break
    events.close()  # type: ignore[attr-defined]
    assert slow.disconnected.wait(5)
    assert duels.scoreboard() == []


def test_a_page_may_not_choose_addresses(duels: Duels) -> None:
    """It is this computer that would connect there."""
    page = Duels(duels.service, addresses=False)
    with pytest.raises(InputError, match="address"):
        list(page.fight(("compatible:x@http://169.254.169.254/v1", "extractive"), "What is OVOR?"))


def test_a_key_does_not_travel_to_another_address(
    starter: Service, starter_folder: Path, model_cache: Path, servers: Server
) -> None:
    """The key of the settings is for the server of the settings."""
    other = servers(Reply(GOOD))
    of_the_settings = {"llm_base_url": "http://127.0.0.1:9/v1", "llm_api_key": "secret-one"}
    duels = duels_of(starter, starter_folder, model_cache, **of_the_settings)
    fought(duels, named(other), "extractive", questions=QUESTIONS[:1])
    assert other.requests and all("secret-one" not in str(request.headers) for request in other.requests)


@pytest.mark.parametrize(
    ("typed", "llm", "url"),
    [
        ("compatible:qwen3:8b", "compatible:qwen3:8b", ""),
        (" compatible:a@http://x:1/v1 ", "compatible:a", "http://x:1/v1"),
        ("compatible:claude@2026@https://x/v1", "compatible:claude@2026", "https://x/v1"),
    ],
)
def test_names_with_addresses(typed: str, llm: str, url: str) -> None:
    """Only an @ before an address parts them: names hold colons and @ themselves."""
    assert pick_of(typed) == ModelPick(llm, url)


# --- the command --------------------------------------------------------------------------------------------


@pytest.fixture
def askpapers(folder: Path, model_cache: Path) -> Askpapers:
    return Askpapers(folder, model_cache)


def test_the_command_compares_and_keeps_a_scoreboard(askpapers: Askpapers, servers: Server, tmp_path: Path) -> None:
    """JSON on stdout, all of it in a file, and a line for each model on the scoreboard."""
    rows = [{"id": q.id, "type": q.type, "question": q.turns[0], "must_cite": list(q.must_cite)} for q in QUESTIONS]
    put(tmp_path / "q.jsonl", lines(rows))
    good, bad = named(servers(Reply(GOOD), Reply(GOOD)), "good"), named(servers(Reply(BAD), Reply(BAD)), "bad")
    done = askpapers(
        "compare-models", good, bad, "--questions", tmp_path / "q.jsonl", "--out", tmp_path / "d.md", "--json"
    )
    assert done.json["schema"] == 1 and done.json["models"] == [good, bad]
    assert [total["measures"]["markers_valid"] for total in done.json["totals"]] == [1, 0]
    assert [left["id"] for left in done.json["left_out"]] == ["q3"]
    text = (tmp_path / "d.md").read_text(encoding="utf-8")
    assert text.count(GOOD) == 2 and "nothing was repaired" in text and f"### {bad}" in text
    board = askpapers("compare-models", "--scoreboard", "--json").json["models"]
    assert {row["model"]: row["questions"] for row in board} == {good: 2, bad: 2}
    shown = askpapers("compare-models", "--scoreboard").out
    assert good in shown and "cannot be held against each other" in shown


def test_the_command_makes_questions_that_eval_reads(askpapers: Askpapers, tmp_path: Path) -> None:
    """Made once, they are asked by both commands; the same seed makes the same file."""
    one, other = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert askpapers("compare-models", "--generate", "6", "--save", one).code == 0
    assert askpapers("compare-models", "--generate", "6", "--save", other).code == 0
    assert one.read_bytes() == other.read_bytes()
    asked = [json.loads(line) for line in one.read_text(encoding="utf-8").splitlines()]
    assert len(asked) == 6 and any(each.get("abstain") for each in asked) and any(each.get("facts") for each in asked)
    put(other, lines(asked[:2]))
    assert askpapers("eval", "answers", other, "--json").json["questions"] == 2


def test_the_command_has_a_model_make_questions(askpapers: Askpapers, servers: Server, tmp_path: Path) -> None:
    """One call a paper; what cannot be held against the abstract is dropped and counted."""
    lies = "QUESTION: What is it?\nQUOTE: It is a lie from end to end.\nANSWER: lie"
    maker = servers(*[_honest_question] * 3, *[Reply(lies)] * 30)
    askpapers.settings["LLM_TIMEOUT_S"] = "5"
    path = tmp_path / "q.jsonl"
    done = askpapers("compare-models", "--generate", "4", "--generate-with", named(maker), "--save", path)
    assert done.code == 0, done.err
    asked = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert 0 < len(asked) <= 3 and all(len(each["must_cite"]) == 1 and each["facts"] for each in asked)
    assert "were dropped" in done.err and f"Only {len(asked)} questions" in done.err


def _honest_question(request: Any) -> Reply:
    """A question about the last words of the abstract's last sentence."""
    user = request.body["messages"][-1]["content"]
    name = user.split("Paper: ")[1].split("\n")[0]
    sentence = user.split("\n</abstract>")[0].split("\n")[-1].split(". ")[0] + "."
    return Reply(
        f"QUESTION: How does the abstract of {name} end its first sentence?\nQUOTE: {sentence}\nANSWER: {sentence.split()[-1]}"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("extractive", "compatible:x"), "--questions FILE or --generate N"),
        (("extractive", "--generate", "3"), "needs two"),
        (("extractive", "extractive", "--generate", "3"), "named twice"),
        (("extractive", "compatible:x", "--generate", "3", "--out", "d.txt"), ".md"),
        (("extractive", "nonsense:x", "--generate", "3"), "nonsense"),
        (("extractive", "compatible:x", "--questions", "away.jsonl"), "away.jsonl"),
    ],
)
def test_what_is_typed_wrongly_is_said(askpapers: Askpapers, arguments: tuple[str, ...], words: str) -> None:
    """Two lines on stderr and nothing on stdout."""
    assert words in askpapers("compare-models", *arguments).refused()
