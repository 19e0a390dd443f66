"""Kept conversations, in their file and in the tests' fake: one owner's alone, added to turn by turn, deleted for good."""

from __future__ import annotations

import sqlite3
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.adapters.conversation_file import PUT_BACK_S, ConversationFile
from app.core.conversations import ConversationStore, Rating, new_id, title_of
from app.core.errors import LibraryError
from tests.fake_conversations import FakeConversations

ADA, BO = "browser:ada", "browser:bo"


class Clock:
    """A time that goes on by a second at each look, and further when told."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> ConversationStore:
    if request.param == "memory":
        return FakeConversations(clock)
    return ConversationFile(tmp_path / "library" / "conversations.sqlite", clock)


def asked(store: ConversationStore, *questions: str, owner: str = ADA, answer: str = "An answer.") -> tuple[str, list[str]]:  # fmt: skip
    """A conversation with these questions, each answered; its id and those of its turns."""
    chat, turns = "", list[str]()
    for question in questions:
        turn = new_id()
        chat = store.begin(owner, chat, turns, len(turns), turn, question)
        assert store.end(owner, chat, turn, {"said": question}, answer, {"pins": len(turns)})
        turns.append(turn)
    return chat, turns


def questions_of(store: ConversationStore, chat: str, owner: str = ADA) -> list[str]:
    kept = store.chat(owner, chat)
    return [turn.question for turn in kept.turns] if kept else []


def test_turns_come_back_in_order(store: ConversationStore) -> None:
    """Questions, records and state as they were put down; the first question is the title; nothing before anything."""
    assert store.chats(ADA) == [] and store.chat(ADA, "x") is None and store.feedback() == []
    chat, turns = asked(store, "First  one?\nreally", "Second 🙂 \ud800?")
    kept = store.chat(ADA, chat)
    assert kept and [turn.id for turn in kept.turns] == turns and kept.entry.title == "First one? really"
    assert [turn.record for turn in kept.turns][0] == {"said": "First  one?\nreally"} and kept.state == {"pins": 1}
    assert store.chats(ADA)[0].turns == 2 and store.entry(ADA, chat) == kept.entry
    assert store.begin(ADA, chat, turns, 2, "t3", "Third?") == chat
    assert store.chat(ADA, chat).turns[-1].record is None  # type: ignore[union-attr]


def test_another_owner_sees_and_changes_nothing(store: ConversationStore) -> None:
    """Whoever knows an id that is not theirs still has nothing of it."""
    chat, (turn,) = asked(store, "Mine?")
    assert store.chats(BO) == [] and store.chat(BO, chat) is None and store.entry(BO, chat) is None
    tried = [
        store.end(BO, chat, turn, {}, "", {}),
        store.note(BO, chat, {}),
        store.rename(BO, chat, "Yours"),
        store.remove(BO, chat),
        store.put_back(BO, chat),
        store.rate(BO, chat, turn, Rating(True), {}),
    ]
    assert not any(tried)
    other = store.begin(BO, chat, [turn], 1, new_id(), "Yours?")
    assert other != chat and questions_of(store, other, BO) == ["Yours?"]
    assert store.remove(ADA, chat) and not store.put_back(BO, chat) and store.put_back(ADA, chat)
    kept = store.chat(ADA, chat)
    assert kept and kept.entry.title == "Mine?" and kept.turns[0].record == {"said": "Mine?"}


def test_a_turn_is_replaced_where_it_stands(store: ConversationStore) -> None:
    """Asking the last question in another way takes its place, and what came after it goes."""
    chat, turns = asked(store, "One?", "Two?", "Three?")
    assert store.begin(ADA, chat, turns, 1, "new", "Two, otherwise?") == chat
    assert questions_of(store, chat) == ["One?", "Two, otherwise?"]
    assert not store.end(ADA, chat, turns[1], {}, "late", {})


def test_two_windows_do_not_overwrite_each_other(store: ConversationStore) -> None:
    """Who goes on from an older state of a conversation gets one of their own, with the turns they know."""
    chat, turns = asked(store, "One?")
    assert store.begin(ADA, chat, turns, 1, "left", "Left?") == chat
    other = store.begin(ADA, chat, turns, 1, "right", "Right?")
    assert other != chat
    assert questions_of(store, chat) == ["One?", "Left?"] and questions_of(store, other) == ["One?", "Right?"]
    assert store.begin(ADA, other, [*turns, "right"], 2, "more", "More?") == other
    assert store.end(ADA, other, turns[0], {"said": "copy"}, "", {})
    assert store.chat(ADA, chat).turns[0].record == {"said": "One?"}  # type: ignore[union-attr]


def test_the_list_is_newest_first_and_searched(store: ConversationStore) -> None:
    """By words of title, questions and answers, in any case; signs of SQL mean nothing."""
    first, turns = asked(store, "On Sparrow?", answer="BLOCK-sparse Attention")
    second, _ = asked(store, "On Finch, 100%_sure?")
    assert [entry.id for entry in store.chats(ADA)] == [second, first]
    assert [entry.id for entry in store.chats(ADA, most=1)] == [second]
    assert [entry.id for entry in store.chats(ADA, "attention SPARROW")] == [first]
    assert [entry.id for entry in store.chats(ADA, "100%_")] == [second]
    assert store.chats(ADA, "10_%") == store.chats(ADA, "sparrow finch") == store.chats(ADA, "';--") == []
    store.begin(ADA, first, turns, 1, new_id(), "Again?")
    assert [entry.id for entry in store.chats(ADA)] == [first, second]
    assert store.rename(ADA, second, " Übersicht\n über Finken ") and not store.rename(ADA, second, "  ")
    assert [entry.title for entry in store.chats(ADA, "ÜBERSICHT finch")] == ["Übersicht über Finken"]


def test_deleting_can_be_taken_back_for_a_while(store: ConversationStore, clock: Clock) -> None:
    """Gone from the list and by its id at once; some minutes later for good."""
    chat, _ = asked(store, "Secret one?")
    assert store.remove(ADA, chat) and not store.remove(ADA, chat)
    assert store.chats(ADA) == [] and store.chat(ADA, chat) is None
    assert store.put_back(ADA, chat) and not store.put_back(ADA, chat) and questions_of(store, chat) == ["Secret one?"]
    store.remove(ADA, chat)
    clock.now += PUT_BACK_S + 10
    asked(store, "Another?")
    assert not store.put_back(ADA, chat)
    if isinstance(store, ConversationFile):
        left = b"".join(file.read_bytes() for file in store.path.parent.iterdir())
        assert b"Secret one?" not in left and b"Another?" in left


def test_ratings_are_changed_and_outlive_their_conversation(store: ConversationStore) -> None:
    """One rating a turn and owner; taken back, changed, listed with its case, forgotten."""
    chat, (turn, other) = asked(store, "Good?", "Bad?")
    assert store.rate(ADA, chat, turn, Rating(True), {"question": "Good?"})
    assert store.rate(ADA, chat, other, Rating(True), {"question": "Bad?"})
    bad = Rating(False, ("wrong paper",), "Not <b>this</b> 🙂")
    assert store.rate(ADA, chat, other, bad, {"question": "Bad?"})
    kept = store.chat(ADA, chat)
    assert kept and [each.rating for each in kept.turns] == [Rating(True), bad]
    assert store.ratings(ADA, chat) == {turn: True, other: False} and store.ratings(BO, chat) == {}
    assert [(told.rating, told.case) for told in store.feedback()] == [(Rating(True), {"question": "Good?"}), (bad, {"question": "Bad?"})]  # fmt: skip
    assert store.rate(ADA, chat, turn, None, {}) and not store.rate(ADA, chat, "none", bad, {})
    store.remove(ADA, chat)
    assert [told.rating for told in store.feedback()] == [bad]
    assert store.forget_feedback() == 1 and store.feedback() == []


@pytest.fixture
def file(tmp_path: Path) -> ConversationFile:
    return ConversationFile(tmp_path / "library" / "conversations.sqlite")


def test_looking_makes_no_file(file: ConversationFile) -> None:
    assert (file.chats(ADA), file.chat(ADA, "x"), file.feedback(), file.forget_feedback()) == ([], None, [], 0)
    assert not file.path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other modes")
def test_only_its_owner_may_read_it(file: ConversationFile) -> None:
    """Neither the file nor what SQLite puts beside it is open to others."""
    asked(file, "Private?")
    with sqlite3.connect(file.path) as held:
        held.execute("SELECT * FROM chats").fetchall()
        asked(file, "Another?")
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.path.parent.iterdir()}
    held.close()
    assert len(modes) == 3 and set(modes.values()) == {0o600}, modes


def test_writers_at_once_lose_nothing(file: ConversationFile) -> None:
    """Several that begin at once, with a file that none of them has seen; and two that go on from the same state."""
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def write(name: str) -> None:
        mine = ConversationFile(file.path)
        start.wait()
        try:
            for _ in range(3):
                asked(mine, f"{name} one?", f"{name} two?", owner=name)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(f"browser:{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for number in range(4):
        assert [entry.turns for entry in file.chats(f"browser:{number}")] == [2, 2, 2]


def damage_record(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE turns SET record = x'0011'")
    db.close()


def later_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"no database " * 800)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [garbage, later_version, folder])
def test_a_file_that_cannot_be_used_is_said(file: ConversationFile, harm: Callable[[Path], Any]) -> None:
    """Our error, naming the file, for reading as for writing."""
    chat, _ = asked(file, "One?")
    for beside in file.path.parent.glob("*.sqlite-*"):
        beside.unlink()
    harm(file.path)
    for use in (lambda: file.chats(ADA), lambda: file.chat(ADA, chat), lambda: file.begin(ADA, "", [], 0, "t", "Q")):
        with pytest.raises(LibraryError) as said:
            use()
        assert str(file.path) in str(said.value) and said.value.hint


def test_a_file_held_by_another_is_not_waited_for_long(file: ConversationFile) -> None:
    """Writing says so after two seconds, reading goes on."""
    chat, turns = asked(file, "One?")
    held = sqlite3.connect(file.path, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        assert questions_of(file, chat) == ["One?"]
        with pytest.raises(LibraryError, match="locked"):
            file.begin(ADA, chat, turns, 1, "t", "Two?")
    finally:
        held.close()


def test_a_damaged_record_costs_no_other(file: ConversationFile) -> None:
    """Its turn comes back empty, with its question."""
    chat, _ = asked(file, "One?", "Two?")
    damage_record(file.path)
    kept = file.chat(ADA, chat)
    assert kept and [(turn.question, turn.record) for turn in kept.turns] == [("One?", {}), ("Two?", {})]


def test_titles_are_one_short_line() -> None:
    """Cut at a word; one long word is cut as it is."""
    assert title_of(" a\n\tb ") == "a b" and title_of("word " * 60).endswith("word…")
    assert len(title_of("x" * 500)) == 120 and len(title_of("word " * 60)) <= 120
