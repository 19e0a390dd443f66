"""More of the chat in a real browser, over the starter library: questions changed and asked again, follow-ups, what a marker
stands for, cards that lead on, an answer copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.chromium import ask_in_page

ANSWERS, BOX, STATUS = "#ap-chat .ap-answer", "#ap-question textarea", "#ap-status .ap-status"


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1400, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    page.goto(server.url)
    expect(page.locator("#ap-examples button").first).to_be_visible()
    yield page
    context.close()


def answered(page: Page, text: str) -> None:
    before = page.locator(ANSWERS).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWERS)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def test_a_question_is_changed_and_an_answer_made_again(page: Page) -> None:
    answered(page, "What does ReprogBERT reprogram?")
    answered(page, "What is OVOR?")
    page.get_by_role("button", name="Edit question 1").click()
    chip = page.locator("#ap-editings button")
    expect(chip).to_contain_text("Changing question 1")
    expect(page.locator(BOX)).to_have_value("What does ReprogBERT reprogram?")
    chip.click()  # thought better of it
    expect(page.locator(BOX)).to_have_value("")
    expect(page.locator(ANSWERS)).to_have_count(2)
    expect(page.get_by_role("button", name="Answer again")).to_have_count(1)  # the newest one only

    page.get_by_role("button", name="Edit question 1").click()
    expect(chip).to_be_visible()
    expect(page.locator(BOX)).to_have_value("What does ReprogBERT reprogram?")  # it comes after the chip
    page.locator(BOX).fill("What is MULTI-LANE?")
    page.locator(BOX).press("Enter")
    expect(page.locator("#ap-chat .ap-question")).to_have_text(["What is MULTI-LANE?"])
    expect(page.locator(ANSWERS).last).to_contain_text("MULTI-LANE")
    expect(page.locator("#ap-send")).to_be_visible()
    expect(chip).to_have_count(0)

    page.locator(ANSWERS).last.get_by_role("button", name="Answer again").click()
    expect(page.locator(STATUS)).to_contain_text("Answer ready")
    expect(page.locator(ANSWERS)).to_have_count(1)


def test_who_types_in_the_box_keeps_what_is_selected(page: Page) -> None:
    """The box is made ready a moment after an earlier question's text is put into it; by then somebody may have selected it
    all to write another."""
    answered(page, "What is OVOR?")
    page.evaluate("""() => {
      const soon = window.setTimeout;
      window.setTimeout = (run, wait, ...more) => soon(() => { run(...more); window.readied ||= wait === 50; }, wait === 50 ? 600 : wait);
    }""")
    page.get_by_role("button", name="Edit question 1").click()
    box = page.locator(BOX)
    expect(box).to_have_value("What is OVOR?")
    box.select_text()
    page.wait_for_function("window.readied")
    page.keyboard.insert_text("What is MULTI-LANE?")
    expect(box).to_have_value("What is MULTI-LANE?")


def test_a_follow_up_is_asked_by_a_click(page: Page) -> None:
    answered(page, "What is OVOR?")
    offered = page.locator("#ap-nexts button")
    expect(offered.first).to_be_visible()
    words = offered.first.inner_text()
    offered.first.click()
    expect(page.locator("#ap-chat .ap-question").last).to_have_text(words)
    expect(page.locator(ANSWERS)).to_have_count(2)
    expect(page.locator(f"{ANSWERS} .ap-marker").last).to_be_visible()


def test_what_a_marker_stands_for(page: Page) -> None:
    """With the pointer and with the keyboard: the paper and the sentence; Escape closes it, a press leads to the card."""
    answered(page, "What is OVOR?")
    marker, tip = page.locator(f"{ANSWERS} .ap-marker").first, page.get_by_role("tooltip")
    marker.hover()
    expect(tip).to_contain_text("OVOR: OnePrompt with Virtual Outlier Regularization")
    sentence = page.locator("#evidence-1 mark").all_inner_texts()
    assert any(each[:60] in tip.inner_text() for each in sentence)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.mouse.move(0, 0)
    page.locator(BOX).focus()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#ap-chat a.ap-marker')"):
            break
    expect(tip).to_be_visible()
    described = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert described == tip.get_attribute("id")
    page.keyboard.press("Enter")
    expect(page.locator(".ap-card.is-focus")).to_be_in_viewport()
    page.keyboard.press("Escape")  # back to where it was
    assert page.evaluate("document.activeElement.matches('#ap-chat a.ap-marker')")


def test_cards_lead_on(page: Page, tmp_path: Path) -> None:
    answered(page, "How does OVOR differ from MULTI-LANE?")
    card = page.locator("#evidence-1")
    expect(card.locator(".ap-why")).to_contain_text("Named in the question. Found by words (1st)")
    card.locator("summary", has_text="More").click()
    with page.expect_download() as saved:
        card.get_by_role("button", name="Save .bib").click()
    saved.value.save_as(tmp_path / "one.bib")
    assert (tmp_path / "one.bib").read_text(encoding="utf-8").startswith("@")
    assert "OVOR" in (tmp_path / "one.bib").read_text(encoding="utf-8")
    card.get_by_role("button", name="Compare with").click()
    card.locator(".ap-others button").first.click()
    expect(page.locator(BOX)).to_have_value("How does OVOR differ from MULTI-LANE?")
    page.locator(BOX).fill("")
    card.get_by_role("button", name="Ask only this").click()
    expect(page.locator("#ap-onlys button")).to_have_text("Only: OVOR ×")
    answered(page, "Which papers release code?")
    titles = page.locator("#ap-evidence .ap-group").first.locator("h3").all_inner_texts()
    assert titles and all("OVOR" in title for title in titles)


def test_an_answer_is_copied_with_its_references(page: Page) -> None:
    answered(page, "What is OVOR?")
    page.locator(ANSWERS).last.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(ANSWERS).last.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in text and "References" in text and "https://arxiv.org/abs/2402.04129" in text
