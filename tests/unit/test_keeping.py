"""Keeping a chat while it is asked: trouble is said and costs nothing, and what was left is found again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.conversations import ChatEntry
from app.core.events import TextDelta
from app.ui.chats_html import list_html
from app.ui.conversation import Conversation
from app.ui.keeping import Keeping
from app.ui.kept import Kept, browser_id, here_html, owner_of
from tests.fake_conversations import FakeConversations
from tests.fake_service import FakeService

ADA = Conversation(kept=Kept("browser:ada"))


def answered(now: Conversation) -> Conversation:
    """With every event of the answer to its draft."""
    for event in FakeService(pace=0).ask(now.question()):
        now = now.after(event)
    return now


async def asked(keeping: Keeping, now: Conversation, question: str) -> Conversation:
    now = answered(await keeping.begun(now.asking(question)))
    return await keeping.ended(now, now.finished())


def test_a_question_asked_in_another_way_takes_its_place() -> None:
    """As does one that is asked again from any state before."""
    store = FakeConversations()

    async def talk() -> Conversation:
        keeping = Keeping(store)
        now = await asked(keeping, ADA, "compare them since 2023")
        now = answered(await keeping.begun(now.asking_without(now.readings[0])))
        now = await keeping.ended(now, now.finished())
        return await asked(keeping, now, "and then?")

    now = asyncio.run(talk())
    (entry,) = store.chats("browser:ada")
    kept = store.chat("browser:ada", entry.id)
    assert kept and [turn.question for turn in kept.turns] == ["compare them since 2023", "and then?"]
    assert kept.turns[0].record and kept.turns[0].record["draft"]["unread"] and now.kept.trouble == ""


def test_trouble_is_said_and_ends() -> None:
    """While nothing can be kept the answers come all the same; what is asked afterwards is kept."""
    store = FakeConversations()

    async def talk() -> list[Conversation]:
        keeping = Keeping(store)
        store.broken = True
        first = await asked(keeping, ADA, "table one")
        store.broken = False
        second = await asked(keeping, first, "table two")
        return [first, second, await asked(keeping, second, "table three")]

    first, second, third = asyncio.run(talk())
    assert len(first.messages) == 1 and "disk full. Make room" in first.kept.trouble and third.kept.trouble == ""
    assert "disk full" in here_html(first.kept) and second.kept.chat == third.kept.chat != ""
    kept = store.chat("browser:ada", third.kept.chat)
    assert kept and [turn.question for turn in kept.turns] == ["table two", "table three"]
    again = asyncio.run(Keeping(store).opened("browser:ada", third.kept.chat))
    assert again and len(again.messages) == 2


def test_a_bug_of_ours_costs_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(FakeConversations):
        def end(self, owner: str, chat: str, turn: str, record: Mapping[str, Any], text: str, state: Mapping[str, Any]) -> bool:  # fmt: skip
            raise RuntimeError("secret path")

    now = asyncio.run(asked(Keeping(Faulty()), ADA, "table one"))
    assert len(now.messages) == 1 and "askpapers itself" in now.kept.trouble and "secret" not in now.kept.trouble
    assert "secret path" in caplog.text


def test_nobody_and_nothing_to_keep_in() -> None:
    """Without a store all stays as it was; without an owner it is said that nothing is kept."""
    now = asyncio.run(asked(Keeping(None), ADA, "table one"))
    assert now.kept == ADA.kept and asyncio.run(Keeping(None).opened("browser:ada", "x")) is None
    store = FakeConversations()
    now = asyncio.run(asked(Keeping(store), Conversation(), "table one"))
    assert "Load it again" in now.kept.trouble and store.chats("") == []


def test_what_is_left_is_waited_for_a_moment() -> None:
    """Whoever loads the page anew in the middle of an answer sees what there was of it, with its words."""

    class Slow(FakeConversations):
        writing = threading.Event()

        def end(self, *told: Any) -> bool:
            self.writing.set()
            time.sleep(0.3)
            return super().end(*told)

    store = Slow()

    async def reload() -> Conversation | None:
        keeping = Keeping(store)
        now = (await keeping.begun(ADA.asking("slow one"))).after(TextDelta("Half an ans"))
        keeping.left(now)
        await asyncio.to_thread(store.writing.wait, 5)
        return await keeping.opened("browser:ada", now.kept.chat)

    again = asyncio.run(reload())
    assert again and "Half an ans" in again.messages[0][1] and again.retries == ("ask",)


def test_owners_are_told_apart() -> None:
    """By login name, else by a secret that no file holds; what a browser tells is not trusted."""
    secret = browser_id(None)
    assert len(secret) == 32 and browser_id(secret) == secret and browser_id("A" * 32) != "A" * 32
    assert len({browser_id(told) for told in (None, 3, "", "x", secret + "0", {"a": 1})}) == 6
    assert owner_of("ada", secret) == "person:ada" != owner_of(None, secret)
    assert secret not in owner_of(None, secret) and owner_of(None, secret) == owner_of("", secret)
    assert owner_of("browser:x", secret) == "person:browser:x"


def test_the_list_is_escaped_and_told_by_days() -> None:
    """Titles of any kind are words; the open one is marked for those who cannot see."""
    now = datetime(2026, 11, 26, 12)

    def entry(name: str, days: float) -> ChatEntry:
        return ChatEntry(
            name, f"{name} <img src=x onerror=alert(1)>\u202e", (now - timedelta(days=days)).timestamp(), 2
        )

    html = list_html([entry("a", 0), entry("b", 0.1), entry("c", 1), entry("d", 4), entry("e", 60)], "b", now)
    assert "<img" not in html and "\u202e" not in html and html.count("<ul>") == html.count("</ul>") == 4
    for title in ("Today", "Yesterday", "The last 7 days", "September 2026"):
        assert f"<h3>{title}</h3>" in html
    assert html.count("aria-current") == 1
    assert "kept here" in list_html([], "", now) and "No chat has" in list_html([], "", now, "words")
