"""Receipts and replay from the command line and over a real HTTP server: what is kept, shown, and asked again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question, Turn
from app.core.errors import ModelBusyError
from app.core.events import AnswerReady, TextDelta
from app.core.prompting import load_prompt
from app.ui.receipt import receipt_html, receipt_markdown
from tests.commands import Askpapers
from tests.conftest import service_in, settings_for
from tests.conversation import ask
from tests.scripted_server import Reply, ScriptedServer, rate_limit

QUESTION = "How does OVOR differ from MULTI-LANE?"
OVOR = "2402.04129"


@pytest.fixture
def folder(tmp_path: Path, starter_folder: Path) -> Path:
    """A starter library of its own, without answers."""
    shutil.copytree(starter_folder, tmp_path / "library", ignore=shutil.ignore_patterns("answers.sqlite*"))
    return tmp_path / "library"


@pytest.fixture
def run(folder: Path, model_cache: Path) -> Askpapers:
    return Askpapers(folder, model_cache)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def asked(server: ScriptedServer, folder: Path, model_cache: Path) -> Service:
    """The library with a chat model behind HTTP."""
    more: dict[str, object] = {"llm": "compatible:tiny", "llm_base_url": server.url, "llm_timeout_s": 5.0}
    return service_in(folder, model_cache, **more)


def change(service: Service, paper_id: str, **fields: str) -> None:
    """Another version of a paper of the library comes in."""
    paper = service.library.store.get([paper_id])[paper_id]
    service.library.ingest([replace(paper, **fields)])  # type: ignore[arg-type]
    service.library.embed()


def test_the_trace_is_a_receipt(run: Askpapers) -> None:
    """`--trace` shows on stderr how the answer came about; stdout holds the answer alone."""
    done = run("ask", f"papers since 2024: {QUESTION}", "--trace")
    assert done.code == 0 and "Receipt" not in done.out
    for words in ("Plan:", "kind: compare", "Filters: from 2024 on (read from “since 2024”)", "fit the filters"):
        assert words in done.err, done.err
    for words in ("Abstracts that went in:", f"({OVOR}, text ", "Verdicts: ", "Seconds:", "total"):
        assert words in done.err, done.err


def test_answers_are_listed_and_shown(run: Askpapers) -> None:
    """The newest first; one is shown by its id or how that begins; as JSON it is whole."""
    assert run("receipts").err == "No answers are kept yet.\n"
    first = run("ask", QUESTION, "--json").json["trace"]["receipt"]["id"]
    run("ask", "What is HuggingGPT?")
    lines = [line.split("\t") for line in run("receipts").out.splitlines()]
    assert [line[2:] for line in lines] == [["What is HuggingGPT?", "abstained"], [QUESTION, "answered"]]
    assert lines[1][0] == first
    assert json.loads(run("receipts", "--most", "1", "--json").out)["question"] == "What is HuggingGPT?"
    assert f"Receipt: {first}" in run("receipts", "show", first[:-3]).out
    whole = run("receipts", "show", first, "--json").json
    assert whole["asked"]["text"] == QUESTION and whole["evidence"][0]["id"] == OVOR
    assert run("receipts", "clear").out == "2 kept answers forgotten.\n" and run("receipts").out == ""


def test_an_unknown_id_is_answered_with_the_newest(run: Askpapers) -> None:
    """A mistyped id says what was typed and which ids there are; so does one that several begin with."""
    assert "ask a question first" in run("replay", "nonsense").refused()
    ids = [run("ask", QUESTION, "--json").json["trace"]["receipt"]["id"] for _ in range(2)]
    said = run("replay", "../../etc").refused()
    assert '"../../etc"' in said and all(each in said for each in ids)
    start = ids[0][:4]
    assert ids[1].startswith(start) and "Type more of the id" in run("receipts", "show", start).refused()


def test_a_replay_of_the_same_is_the_same(run: Askpapers) -> None:
    """Nothing changed: it says so, ends with 0, and keeps no further answer."""
    answer_id = run("ask", QUESTION, "--json").json["trace"]["receipt"]["id"]
    done = run("replay", answer_id)
    assert (done.code, done.out) == (0, "The same answer.\n")
    assert run("replay", answer_id, "--json").json["same"] is True
    assert len(run("receipts").out.splitlines()) == 1


def test_a_replay_shows_what_a_changed_abstract_changes(run: Askpapers, folder: Path, model_cache: Path) -> None:
    """Another text of a cited paper is named, and the answer's text differs line by line; the exit code is 1."""
    answer_id = run("ask", QUESTION, "--json").json["trace"]["receipt"]["id"]
    abstract = "OVOR counts newts in ponds by night and reaches 12 percent. It has nothing to do with prompts any more."
    change(service_in(folder, model_cache), OVOR, abstract=abstract)
    done = run("replay", answer_id)
    assert done.code == 1
    assert "last change: 1 → 2" in done.out and f"({OVOR})" in done.out and "changed: the text of [1]" in done.out
    assert "\n  -- “" in done.out and "OVOR counts newts" in done.out
    value = json.loads(run("replay", answer_id, "--json").out)
    assert value["same"] is False and {"library", "evidence", "text"} <= {c["part"] for c in value["changes"]}


def test_a_replay_with_another_model_and_prompt(
    server: ScriptedServer, asked: Service, run: Askpapers, tmp_path: Path
) -> None:
    """`--llm` chooses who answers now; the model and the version of the prompt are told as changed."""
    answer = answer_of(asked, server, "OVOR keeps one prompt [1].")
    assert run("replay", answer.id, "--llm", "extractive").code == 1
    own = tmp_path / "prompts"
    own.mkdir()
    shipped = load_prompt("answer")
    (own / "answer.md").write_text(f"# system\n{shipped.system} Be kind.\n# user\n{shipped.user}\n", encoding="utf-8")
    settings = {"LLM_BASE_URL": server.url, "PROMPTS_DIR": str(own)}
    server.enqueue(Reply(text="OVOR keeps one prompt [1]."))
    done = replace(run, settings=settings)("replay", answer.id, "--llm", "compatible:small")
    assert done.code == 0, done.out
    assert "model: compatible tiny → compatible small" in done.out
    assert f"answer: {shipped.version[:12]} → {load_prompt('answer', own).version[:12]}" in done.out


def answer_of(
    service: Service, server: ScriptedServer, reply: str, *history: Turn, text: str = "What is OVOR?"
) -> Answer:
    server.enqueue(Reply(text=reply))
    (answer,) = [e.answer for e in service.ask(Question(text, history)) if isinstance(e, AnswerReady)]
    return answer


def test_every_request_to_the_model_is_in_the_receipt(server: ScriptedServer, asked: Service) -> None:
    """The rewriting of a follow-up and the answer: their prompts, versions, tokens by part and replies."""
    first = answer_of(asked, server, "OVOR keeps one prompt [1].")
    server.enqueue(Reply(text="What does OVOR regularise?"))
    second = answer_of(asked, server, "It adds virtual outliers [1].", first.as_turn(), text="What does it regularise?")
    kept = asked.receipts.find(second.id)
    assert [(call["name"], call["sent"], call["failed"]) for call in kept["prompts"]] == [
        ("condense", True, False),
        ("answer", True, False),
    ]
    rewriting, writing = kept["prompts"]
    assert rewriting["tokens"]["history"] > 5 and "keeps one prompt" in rewriting["user"]
    assert writing["reply"] == "It adds virtual outliers [1]." and writing["tokens"]["abstracts"] > 500
    assert writing["user"] == server.chats[-1]["messages"][1]["content"]
    assert [each["marker"] for each in writing["abstracts"]] == [e.marker for e in second.evidence]
    assert kept["rewritten"] == "What does OVOR regularise?" and len(kept["asked"]["history"]) == 1
    assert "\n" not in receipt_html(second)
    assert "answer " + load_prompt("answer").version[:12] in receipt_markdown(second)


def test_a_follow_up_is_asked_again_with_its_conversation(server: ScriptedServer, asked: Service) -> None:
    """The history is kept, so that "it" means the same paper again; markers too."""
    first = answer_of(asked, server, "OVOR keeps one prompt [1].")
    server.enqueue(Reply(text="no question at all"))
    second = answer_of(asked, server, "It adds outliers [1].", first.as_turn(), text="What does it regularise?")
    server.enqueue(Reply(text="no question at all"), Reply(text="It adds outliers [1]."))
    again = asked.ask_again(asked.receipts.find(second.id))
    assert [e["id"] for e in again["evidence"]][0] == OVOR and again["text"] == second.text


def test_what_had_no_room_is_named(server: ScriptedServer, folder: Path, model_cache: Path) -> None:
    """With a small window the receipt says which papers were cut for it."""
    more: dict[str, object] = {"llm": "compatible:tiny", "llm_base_url": server.url, "llm_context_tokens": 2048}
    answer = answer_of(service_in(folder, model_cache, **more), server, "OVOR keeps one prompt [1].")
    cut = answer.trace["receipt"]["cut"]
    assert cut and {each["why"] for each in cut} == {"no room in the model's window"} and all(c["title"] for c in cut)
    assert "no room in the model's window" in receipt_markdown(answer)


def test_closing_still_hangs_up_on_the_model(server: ScriptedServer, asked: Service) -> None:
    """Who stops reading stops the model at once, and nothing is kept."""
    server.enqueue(Reply(text="word " * 400, delay_s=0.05))
    events = asked.ask(Question("What is OVOR?"))
    next(event for event in events if isinstance(event, TextDelta))
    events.close()  # type: ignore[attr-defined]
    assert server.disconnected.wait(3) and asked.receipts.newest() == []


def test_a_failing_model_is_the_same_error_as_ever(server: ScriptedServer, asked: Service) -> None:
    """Noting what is asked changes no error."""
    server.enqueue(*[rate_limit()] * 3)
    with pytest.raises(ModelBusyError):
        list(asked.ask(Question("What is OVOR?")))
    assert asked.receipts.newest() == []


@pytest.mark.parametrize("broken", ["folder", "garbage"])
def test_an_answer_that_cannot_be_kept_is_given(run: Askpapers, folder: Path, broken: str) -> None:
    """Where the file cannot be written the answer comes all the same, and the receipt says so."""
    file = folder / "answers.sqlite"
    file.mkdir() if broken == "folder" else file.write_bytes(b"garbage " * 999)
    done = run("ask", QUESTION, "--json", "--trace")
    receipt = done.json["trace"]["receipt"]
    assert done.json["status"] == "answered" and receipt["id"] == "" and receipt["evidence"]
    assert str(file) in receipt["note"] and "Note: This answer is not kept" in done.err


def test_a_folder_that_is_only_for_reading(run: Askpapers, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where no file can be made costs the receipt, not the answer."""
    (folder / "answers.sqlite").symlink_to(folder / "nowhere" / "answers.sqlite")
    answer = run("ask", QUESTION, "--json").json
    assert answer["status"] == "answered" and "not kept" in answer["trace"]["receipt"]["note"]


def test_nothing_is_kept_where_nothing_is_to_be_kept(run: Askpapers, folder: Path) -> None:
    """ASKPAPERS_KEEP_ANSWERS=0 writes no file; a small number keeps the newest."""
    quiet = replace(run, settings={"KEEP_ANSWERS": "0"})
    assert quiet("ask", QUESTION, "--json").json["trace"]["receipt"]["id"] == ""
    assert not (folder / "answers.sqlite").exists()
    few = replace(run, settings={"KEEP_ANSWERS": "1"})
    few("ask", QUESTION)
    few("ask", "What is OVOR?")
    assert [line.split("\t")[2] for line in few("receipts").out.splitlines()] == ["What is OVOR?"]


def test_what_asks_for_nothing_has_a_receipt_too(folder: Path, model_cache: Path) -> None:
    """A greeting, a question about the library and one that finds nothing are kept like any other."""
    service = service_in(folder, model_cache)
    for text in ("hello", "how many papers are there?", "What is HuggingGPT?"):
        answer = ask(service, text)
        assert answer.id and service.receipts.find(answer.id)["status"] == answer.status
        assert "note" not in answer.trace["receipt"]


def test_what_a_model_was_asked_about_every_paper_is_in_the_receipt(
    starter: Service, starter_folder: Path, model_cache: Path, tmp_path: Path
) -> None:
    """Calls of a look through the whole library count as all others do."""
    with ScriptedServer() as server:
        server.enqueue(*[Reply(text="1: no")] * 60)
        settings = settings_for(
            starter_folder, model_cache, llm="compatible:tiny", llm_base_url=server.url, check="model", keep_answers=0
        )
        service = Service(settings, starter.library)
        answer = next(
            e.answer for e in service.ask(Question("Which papers release code?")) if isinstance(e, AnswerReady)
        )
        assert answer.checked and answer.checked.by != "rule"
        assert answer.usage and answer.usage.calls == len(server.chats) > 1
