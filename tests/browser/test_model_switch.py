"""Models picked in the page, with the real chain and model servers behind real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.bootstrap import Service
from app.ui.gradio_app import Server
from tests.chromium import ask_in_page
from tests.conftest import service_in
from tests.scripted_server import Reply, ScriptedServer

ANSWER = "#ap-chat .ap-answer"
ANSWERED = "OVOR keeps one prompt for all tasks [1]."


@pytest.fixture(scope="module")
def model_server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="module")
def service(starter_folder: Path, model_cache: Path, model_server: ScriptedServer) -> Service:
    """Answers with quotes, and has the address of a model server set, so that it is found."""
    return service_in(starter_folder, model_cache, keep_answers=0, llm_base_url=model_server.url)


def pick(page: Page, name: str) -> None:
    """Open the panel of models by the name in the head line, choose one, close it."""
    page.locator("#ap-head .ap-model").click()
    page.get_by_role("radio", name=name).check()
    expect(page.locator("#ap-head .ap-model")).to_contain_text("quotes" if name == "Quotes" else name)
    page.locator("#ap-models > button").click()


def answered(page: Page, text: str) -> None:
    """Ask and wait until the next question can be asked."""
    before = page.locator(ANSWER).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWER)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def test_a_model_is_picked_fails_and_quotes_answer(
    browser: Browser, server: Server, model_server: ScriptedServer
) -> None:
    """Quotes first; then a found server's model, whose answer follows the conversation; it breaks off: its words stay as
    unfinished beside the evidence, and quotes answer in its place; the next question goes to it again. A second browser
    knows nothing of it."""
    expect.set_options(timeout=30_000)
    contexts = [browser.new_context(viewport={"width": 1280, "height": 860}) for _ in range(2)]
    page, other = (context.new_page() for context in contexts)
    for each in (page, other):
        each.set_default_timeout(30_000)
        each.goto(server.url)
        expect(each.locator("#ap-head .ap-model")).to_have_text("quotes, no model")
    answered(page, "What is OVOR?")
    expect(page.locator("#evidence-1 h3")).to_contain_text("OVOR")

    pick(page, "tiny")
    model_server.enqueue(
        Reply(text=ANSWERED), Reply(text="It adds virtual outliers [1] and then", chunk_size=4, drop=True)
    )
    answered(page, "What does OVOR keep?")
    expect(page.locator(ANSWER).last).to_contain_text("OVOR keeps one prompt for all tasks [1].")
    expect(page.locator(ANSWER).last.locator(".ap-marker")).to_have_attribute("href", "#evidence-1")
    expect(page.locator("#evidence-1 h3")).to_contain_text("OVOR")

    answered(page, "What does OVOR add?")
    broken = page.locator(ANSWER).last
    expect(broken.locator(".ap-unfinished")).to_contain_text("virtual outliers")
    expect(broken.locator(".ap-error .ap-hint")).not_to_be_empty()
    expect(page.locator(".ap-card").first).to_be_visible()
    asked = len(model_server.chats)
    page.get_by_role("button", name="Answer with quotes instead").click()
    expect(page.locator(ANSWER).last.locator(".ap-notices")).to_contain_text("quotes from the abstracts")
    expect(page.locator(ANSWER)).to_have_count(3)
    expect(page.locator(".ap-unfinished")).to_have_count(0)
    assert len(model_server.chats) == asked, "quotes need no model"
    expect(page.locator("#ap-send")).to_be_visible()
    model_server.enqueue(Reply(text=ANSWERED))
    answered(page, "What does OVOR keep?")
    expect(page.locator(ANSWER).last).to_contain_text(ANSWERED)

    expect(other.locator("#ap-head .ap-model")).to_have_text("quotes, no model")
    for context in contexts:
        context.close()
