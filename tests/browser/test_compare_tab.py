"""The Compare tab in a real browser, over the starter library: pick, add a row and a column, take away, save, discuss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.chromium import ask_in_page

TABLE = "#ap-compare-table"


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(server.url)
    expect(page.locator("#ap-examples button").first).to_be_visible()
    page.get_by_role("tab", name="Compare", exact=True).click()
    yield page
    context.close()


def test_pick_add_take_away_save_and_discuss(page: Page, tmp_path: Path) -> None:
    search = page.get_by_label("Find a paper to compare")
    search.press_sequentially("OVOR")
    page.get_by_role("button", name="OVOR", exact=True).click()
    expect(page.locator("#ap-compare-status")).to_contain_text("pick another")
    expect(search).to_have_value("")
    page.wait_for_timeout(500)  # the emptied search is a change of it, and answered too
    expect(page.locator("#ap-compare-status")).to_contain_text("pick another")
    search.press_sequentially("MULTI-LANE")
    search.press("Enter")  # takes the first
    head = page.locator(f"{TABLE} thead th")
    expect(head).to_have_text(["task", "method", "data", "results", "limits"])
    expect(page.locator(f"{TABLE} tbody th")).to_have_text(["OVOR [1]", "MULTI-LANE [2]"])
    expect(page.locator(f"{TABLE} .ap-references li")).to_have_count(2)

    point = page.get_by_label("Add a point (a column)")
    point.fill("code, number of tasks")
    point.press("Enter")
    expect(head).to_have_text(["task", "method", "data", "results", "limits", "code", "number of tasks"])
    page.get_by_role("button", name="task ×", exact=True).click()
    expect(head).to_have_text(["method", "data", "results", "limits", "code", "number of tasks"])

    for name, beginning in (("CSV", "\ufeffmarker,id"), ("Markdown", "| "), ("LaTeX", "% Needs")):
        with page.expect_download() as saved:
            page.locator(TABLE).get_by_role("button", name=f"Table as {name}").click()
        path = tmp_path / saved.value.suggested_filename
        saved.value.save_as(path)
        assert path.read_text(encoding="utf-8").startswith(beginning)

    page.get_by_role("button", name="Discuss in chat").click()
    expect(page.locator("#ap-onlys button")).to_have_text("Only: 2 compared papers ×")
    box = page.locator("#ap-question textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value("Compare OVOR and MULTI-LANE on method, data, results, limits, code, number of tasks")
    box.press("Enter")
    expect(page.locator("#ap-chat .ap-answer table tbody th").first).to_contain_text("OVOR")
    expect(page.locator("#ap-send")).to_be_visible()
    page.locator("#ap-onlys button").click()
    expect(page.locator("#ap-onlys button")).to_have_count(0)


def test_a_narrowed_conversation_answers_from_these_papers_alone(page: Page) -> None:
    words = page.get_by_label("Or ask in words")
    words.fill("How do OVOR and MULTI-LANE differ on code?")
    words.press("Enter")
    expect(page.locator(f"{TABLE} thead th")).to_have_text(["code"])
    page.get_by_role("button", name="Discuss in chat").click()
    expect(page.locator("#ap-onlys button")).to_be_visible()
    ask_in_page(page, "What does ReprogBERT reprogram?")
    expect(page.locator("#ap-send")).to_be_visible()
    expect(page.locator("#ap-chat .ap-answer").last).to_contain_text("ReprogBERT")
    for title in page.locator("#ap-evidence .ap-card h3").all_text_contents():
        assert "ReprogBERT" not in title


def test_what_is_no_comparison_is_said(page: Page) -> None:
    words = page.get_by_label("Or ask in words")
    words.fill("Which papers release code?")
    words.press("Enter")
    expect(page.locator("#ap-compare-status")).to_contain_text("not read as a comparison")


def test_papers_ticked_in_the_library_are_compared(page: Page) -> None:
    page.get_by_role("tab", name="Library", exact=True).click()
    for number in range(2):
        page.locator("#ap-lib-rows .ap-book input").nth(number).check()
        expect(page.locator("#ap-lib-ticked")).to_contain_text(f"{number + 1} paper")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(f"{TABLE} tbody th")).to_have_count(2)
    expect(page.get_by_label("Find a paper to compare")).to_be_visible()
