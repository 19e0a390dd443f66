"""Feedback from the page to the figures: an answer is rated, exported as a question, and measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.adapters.conversation_file import conversations_in
from app.bootstrap import Library, Service
from app.core.conversations import ConversationStore, Feedback, Rating, new_id
from app.core.feedback import case_of
from app.core.settings import Settings
from app.evaluation.from_feedback import line_of
from app.evaluation.questions import read_questions
from app.ui.conversation import Conversation
from app.ui.said import Said, record_of, reopened, said_of, state_of
from tests.commands import Askpapers


def asked(service: Service, folder: Path, *questions: str) -> tuple[str, list[str]]:
    """These questions asked of a real library and kept, as the page does it."""
    store, now, chat, turns = conversations_in(folder), Conversation(), "", list[str]()
    for question in questions:
        turn = new_id()
        chat = store.begin("person:ada", chat, turns, len(turns), turn, question)
        now = now.asking(question)
        for event in service.ask(now.question()):
            now = now.after(event)
        assert now.draft
        said, now = Said(now.draft), now.finished()
        assert store.end("person:ada", chat, turn, record_of(said), said.text, state_of(now.pins, now.only))
        turns.append(turn)
    kept = service_store(folder).chat("person:ada", chat)
    assert kept and reopened(kept, "person:ada").messages == now.messages
    return chat, turns


def service_store(folder: Path) -> ConversationStore:
    """As the page gets it."""
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    assert Service(settings.model_copy(update={"keep_conversations": False}), Library(settings)).conversations is None
    store = Service(settings, Library(settings)).conversations
    assert store is not None
    return store


def rated(folder: Path, chat: str, turn: str, rating: Rating) -> None:
    store = conversations_in(folder)
    kept = store.chat("person:ada", chat)
    assert kept
    place = [each.id for each in kept.turns].index(turn)
    said = said_of(kept.turns[place])
    questions = [each.question for each in kept.turns[: place + 1]]
    case = case_of(questions, said.draft.answer, said.text, bool(said.draft.plan and said.draft.plan.named))
    assert store.rate("person:ada", chat, turn, rating, case)


@pytest.fixture
def askpapers(tmp_path: Path, starter_folder: Path, model_cache: Path) -> Askpapers:
    shutil.copytree(starter_folder, tmp_path / "papers")
    return Askpapers(tmp_path / "papers", model_cache)


def test_feedback_becomes_questions_that_answers_are_measured_with(
    starter: Service, askpapers: Askpapers, tmp_path: Path
) -> None:
    """Listed, exported into a file and read by `eval answers`: a good answer, asked again, cites what it must; a bad one
    is left out until somebody completes it."""
    assert "No answer has been rated yet" in askpapers("feedback", "list").err
    chat, (first, second, third) = asked(
        starter,
        askpapers.folder,
        "How does OVOR differ from MULTI-LANE?",
        "and its code?",
        "How long does sourdough rise?",
    )
    rated(askpapers.folder, chat, first, Rating(True))
    rated(askpapers.folder, chat, second, Rating(False, ("missing_paper",), "Look\tat \x1b[31mthe other"))
    rated(askpapers.folder, chat, third, Rating(True))
    lines = askpapers("feedback", "list").out.splitlines()
    assert len(lines) == 3 and "How does OVOR differ" in lines[0] and "A paper is missing" in lines[1]
    assert "\x1b" not in "".join(lines)
    file = tmp_path / "questions.jsonl"
    assert "3 questions, 1 of them to be completed" in askpapers("feedback", "export", "--output", file).err
    assert len(askpapers("feedback", "export").out.splitlines()) == 3
    good, bad, refused = read_questions(file)
    assert good.type == "compare" and len(good.must_cite) == 2 and bad.turns[1] == "and its code?" and bad.to_complete
    assert refused.abstain and refused.type == "follow_up"
    measured = askpapers("eval", "answers", file, "--json", "--failures")
    assert measured.code == 0 and "1 of 3 questions are left out" in measured.err
    figures = json.loads(measured.out)
    assert figures["questions"] == 2 and figures["failures"] == [], figures
    assert askpapers("feedback", "clear").out == "3 ratings forgotten.\n"


def test_a_file_of_nothing_complete_is_refused(askpapers: Askpapers, tmp_path: Path) -> None:
    """In words, before anything is asked; an export into a folder that is not there too."""
    file = tmp_path / "q.jsonl"
    line = line_of(Feedback("a" * 32, 0.0, Rating(False), {"turns": ["Q?"]}))
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert "still to be completed" in askpapers("eval", "answers", file).err
    assert "cannot be written" in askpapers("feedback", "export", "--output", tmp_path / "no" / "q.jsonl").refused()
