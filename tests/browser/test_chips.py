"""The filters read from a question, as chips that can be taken away, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.chromium import ask_in_page
from tests.fake_service import FakeService

ANSWER = "#ap-chat .ap-answer"
CHIPS = "#ap-chips button"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.002)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(server.url)
        expect(page.locator("#ap-examples button").first).to_be_visible()
        yield page


def answered(page: Page, text: str) -> None:
    """Ask and wait for the end of the answer."""
    before = page.locator(ANSWER).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWER)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def test_a_chip_leaves_its_filter_out(page: Page, service: FakeService) -> None:
    """Each filter read is a chip; one that is clicked is gone, and the question is answered again in its place."""
    answered(page, "compare Sparrow and Finch since 2023 by Lee")
    expect(page.locator(CHIPS)).to_have_text(["from 2023 on ×", "by Lee ×"])
    expect(page.locator(f"{ANSWER} .ap-filters")).to_have_text("Only papers from 2023 on by Lee")
    asked = len(service.asked)
    page.get_by_role("button", name="from 2023 on").click()
    expect(page.locator(CHIPS)).to_have_text(["by Lee ×"])
    expect(page.locator(f"{ANSWER} .ap-filters")).to_have_text("Only papers by Lee")
    expect(page.locator(ANSWER)).to_have_count(1)
    again = service.asked[asked:]
    assert [(q.text, q.unread, q.history) for q in again] == [
        ("compare Sparrow and Finch since 2023 by Lee", ("since",), ())
    ]
    expect(page.locator("#ap-send")).to_be_visible()
    page.get_by_role("button", name="by Lee ×").click()
    expect(page.locator("#ap-chips")).to_be_hidden()
    expect(page.locator("#ap-send")).to_be_visible()
    assert service.asked[-1].unread == ("since", "authors")


@pytest.mark.slow
def test_by_keyboard(page: Page, service: FakeService) -> None:
    """A chip is a button: it takes the focus and answers to Enter."""
    answered(page, "compare Sparrow and Finch since 2023")
    page.locator(CHIPS).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ap-chips")).to_be_hidden()
    expect(page.locator("#ap-send")).to_be_visible()
    assert service.asked[-1].unread == ("since",)


@pytest.mark.slow
def test_chips_are_of_the_last_question(page: Page) -> None:
    """A question without filters has no chips, a new chat neither; those of an earlier answer stay said below it."""
    answered(page, "compare Sparrow and Finch since 2023")
    expect(page.locator(CHIPS)).to_have_count(1)
    answered(page, "compare both")
    expect(page.locator("#ap-chips")).to_be_hidden()
    expect(page.locator(f"{ANSWER} .ap-filters")).to_have_count(1)
    answered(page, "compare Sparrow and Finch by Lee")
    expect(page.locator(CHIPS)).to_have_count(1)
    page.locator("#ap-new").click()
    expect(page.locator("#ap-chips")).to_be_hidden()


def test_chips_are_text_and_of_one_session(page: Page, browser: Browser, server: Server) -> None:
    """What was typed is shown as it is, never as HTML, and another session sees nothing of it."""
    answered(page, "compare Sparrow and Finch by <b>Lee</b>")
    expect(page.locator(CHIPS)).to_have_text(["by <b>Lee</b> ×"])
    assert page.locator("#ap-chips b, .ap-filters b").count() == 0
    with browser.new_context() as other:
        page = other.new_page()
        page.goto(server.url)
        expect(page.locator("#ap-examples button").first).to_be_visible()
        expect(page.locator("#ap-chips")).to_be_hidden()
