"""Steering an answer in a real browser: its plan put right, papers pinned and left out, choices, checking stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.chromium import ask_in_page
from tests.fake_service import PAPERS, FakeService

pytestmark = pytest.mark.slow  # more than a minute; run with: pytest -m slow tests/browser/test_steering.py

ANSWER = "#ap-chat .ap-answer"
STATUS = "#ap-status .ap-status"
PINS = "#ap-pins button"
FOLD = "#ap-replan button.label-wrap"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.002)


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_one(width: int = 1400, height: int = 900, **options: object) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.goto(server.url)
        expect(page.locator("#ap-examples button").first).to_be_visible()
        return page

    yield open_one
    for context in contexts:
        context.close()


def answered(page: Page, text: str) -> None:
    """Ask and wait for the end of the answer."""
    before = page.locator(ANSWER).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWER)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def test_a_plan_is_put_right(open_page: Callable[..., Page], service: FakeService) -> None:
    """Papers taken away, points changed, another kind: the same question is asked again in its own place, and what was
    put right stays so; a change that is none asks nothing."""
    page = open_page()
    answered(page, "compare Sparrow and Finch")
    expect(page.locator(f"{ANSWER} .ap-plan")).to_have_text(
        "Comparing Sparrow and Finch on accuracy, cost and training data"
    )
    asked = len(service.asked)
    page.locator(FOLD).click()
    page.get_by_role("button", name="Ask again like this").click()
    expect(page.locator(STATUS)).to_contain_text("Nothing is otherwise yet")
    assert len(service.asked) == asked
    page.get_by_role("checkbox", name="Sparrow").uncheck()
    page.get_by_label("Compare them on").fill("speed, price")
    page.get_by_role("button", name="Ask again like this").click()
    expect(page.locator(f"{ANSWER} .ap-plan")).to_have_text("Comparing Finch on speed and price")
    expect(page.locator(ANSWER)).to_have_count(1)
    expect(page.locator("#ap-send")).to_be_visible()
    told = service.asked[-1]
    assert told.text == "compare Sparrow and Finch" and told.history == ()
    assert told.correction and told.correction.papers == (PAPERS[1].id,)
    assert told.correction.aspects == ("speed", "price") and told.correction.kind is None
    page.locator(FOLD).click()
    expect(page.get_by_role("checkbox", name="Finch")).to_be_checked()
    page.get_by_role("radio", name="Look through the whole library").check()
    expect(page.get_by_label("Compare them on")).to_be_hidden()
    page.get_by_role("button", name="Ask again like this").click()
    expect(page.locator(f"{ANSWER} .ap-plan")).to_have_text("Looking through the whole library")
    last = service.asked[-1].correction
    assert last and (last.kind, last.papers) == ("aggregate", (PAPERS[1].id,))
    expect(page.locator("#ap-send")).to_be_visible()
    page.locator("#ap-new").click()
    expect(page.locator("#ap-replan")).to_be_hidden()


def test_choices_answer_a_question_back(open_page: Callable[..., Page], service: FakeService) -> None:
    """By keyboard as with the mouse; they go with the next question, typed or chosen."""
    page = open_page()
    answered(page, "clarify which one")
    expect(page.locator("#ap-choices button")).to_have_text(["Sparrow, the paper of 2021", "Finch, the paper of 2022"])
    expect(page.locator(STATUS)).to_have_text("One question back, 2 choices below.")
    page.locator("#ap-choices button").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(ANSWER)).to_have_count(2)
    expect(page.locator(".ap-question").last).to_have_text("compare Finch with itself")
    expect(page.locator("#ap-choices")).to_be_hidden()
    expect(page.locator("#ap-send")).to_be_visible()
    assert service.asked[-1].history[-1].choices[1].question == "compare Finch with itself"
    answered(page, "clarify again")
    answered(page, "table please")
    expect(page.locator("#ap-choices")).to_be_hidden()


def test_papers_are_pinned_and_left_out_by_keyboard(open_page: Callable[..., Page], service: FakeService) -> None:
    """The toggle keeps the focus though its card is drawn anew; chips take back; the next question has both lists; and
    another conversation has neither."""
    page = open_page()
    answered(page, "compare Sparrow and Finch")
    pin = page.locator('#evidence-2 button[data-act="pin"]')
    expect(pin).to_have_attribute("aria-pressed", "false")
    pin.focus()
    page.keyboard.press("Enter")
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(pin).to_be_focused()
    expect(page.locator(STATUS)).to_have_text("Paper 2 is pinned: every next answer has it.")
    page.get_by_role("button", name="Leave out paper 1").click()
    expect(page.locator(PINS)).to_have_text(["Pinned: [2] ×", "Left out: [1] ×"])
    expect(page.locator("#evidence-1")).to_contain_text("Left out")
    answered(page, "table it")
    assert (service.asked[-1].pinned, service.asked[-1].excluded) == ((PAPERS[1].id,), (PAPERS[0].id,))
    page.locator(PINS).first.click()
    expect(page.locator(PINS)).to_have_text(["Left out: [1] ×"])
    expect(pin).to_have_attribute("aria-pressed", "false")
    other = open_page()
    answered(other, "compare Sparrow and Finch")
    assert (service.asked[-1].pinned, service.asked[-1].excluded) == ((), ())
    page.locator("#ap-new").click()
    expect(page.locator("#ap-pins")).to_be_hidden()


def test_a_forged_click_pins_nothing(open_page: Callable[..., Page], service: FakeService) -> None:
    """Buttons of our making in the page can be changed by whoever sits at it; unknown papers are not taken."""
    page = open_page()
    answered(page, "table it")
    page.evaluate("document.querySelector('#evidence-1 button[data-act]').dataset.marker = '77'")
    page.locator('#evidence-1 button[data-act="pin"]').click()
    page.get_by_role("button", name="Pin paper 2").click()
    expect(page.locator(PINS)).to_have_text(["Pinned: [2] ×"])


def test_checking_is_counted_and_stopped(open_page: Callable[..., Page], service: FakeService) -> None:
    """The count runs in the answer; the line that is read out stays as it is; Stop says how far it came."""
    page = open_page()
    ask_in_page(page, "check forever")
    expect(page.locator(ANSWER)).to_contain_text("Checking 140 of 412, 46 so far")
    expect(page.locator(STATUS)).to_have_text("Checking 412 papers")
    page.locator("#ap-stop").click()
    expect(page.locator(f"{ANSWER} .ap-ended")).to_have_text("Stopped at 140 of 412, 46 so far.")
    expect(page.locator("#ap-send")).to_be_visible()
    answered(page, "check to the end")
    expect(page.locator(f"{ANSWER} .ap-looked")).to_have_text("Checked 4 of 4 papers: 2 yes, 1 no, 1 unclear.")
    page.locator(".ap-verdicts > summary").click()
    expect(page.locator(".ap-stance.is-yes q").first).to_be_visible()
    expect(page.locator(".ap-stance.is-no li")).to_be_hidden()


def test_tables_are_saved_as_files(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """Both kinds, made in the browser; an old answer's table too."""
    page = open_page(accept_downloads=True)
    answered(page, "table it")
    answered(page, "unsaid licence")
    for name, begins in (("CSV", "\ufeffmarker,"), ("Markdown", "|")):
        with page.expect_download() as told:
            page.get_by_role("button", name=f"Table as {name}").click()
        told.value.save_as(tmp_path / name)
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.startswith(begins) and "accuracy" in text, text[:40]
        assert "38 % of the memory of dense attention" in text
    assert told.value.suggested_filename == "comparison.md"


def test_a_phone_has_room_for_all_of_it(open_page: Callable[..., Page]) -> None:
    """Nothing is wider than the screen: a table scrolls in its own box, which the keyboard reaches."""
    page = open_page(390, 844)
    for script in ("table", "check", "claims", "unsaid", "clarify"):
        answered(page, f"{script} it")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, script
    wider = "() => { const box = document.querySelector('.ap-table'); return box.scrollWidth > box.clientWidth; }"
    assert page.evaluate(wider)
    page.locator(".ap-table").focus()
    expect(page.locator(".ap-table")).to_be_focused()
    expect(page.locator("#ap-question textarea")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_doubts_do_not_rest_on_colour(open_page: Callable[..., Page], scheme: str) -> None:
    """Lines of two shapes below the very sentences, words for a screen reader, and a legend."""
    page = open_page(color_scheme=scheme)
    answered(page, "claims it")
    for kind, line in (("unsupported", "wavy"), ("partly", "dotted")):
        mark = page.locator(f"{ANSWER} li .ap-claim.is-{kind}").first
        expect(mark).to_have_css("text-decoration-style", line)
        expect(mark).to_have_attribute("title", "not supported by the cited abstract: number 42 not in the cited abstract" if line == "wavy" else "only partly supported by the cited abstract")  # fmt: skip
    expect(page.locator(f"{ANSWER} li .ap-sr").first).to_have_text("(not in the cited abstract)")
    expect(page.locator(f"{ANSWER} .ap-legend")).to_be_visible()
    page.get_by_text("How this was answered").click()
    expect(page.locator(f"{ANSWER} .ap-replay code")).to_have_text("askpapers replay a1b2c3d4")
