"""The main job in a real browser, nothing faked: add papers, ask for a comparison, follow a citation to its sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.ui.gradio_app import Server, launch
from tests.chromium import ask_in_page, chromium
from tests.conftest import ROOT, service_in
from tests.docs.test_readme import PAGE

SCREENSHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Server]:
    """The page over a starter library of its own."""
    service = service_in(tmp_path_factory.mktemp("main-job"), model_cache)
    service.load_starter()
    running = launch(service, port=0)
    yield running
    running.close()


def test_main_job(server: Server, tmp_path: Path) -> None:
    """Upload a page, ask how two papers differ, click [2], see the sentence of paper 2 highlighted; keep a picture."""
    (tmp_path / "my-page.txt").write_text(PAGE, encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(20_000)
        expect.set_options(timeout=20_000)
        outside: list[str] = []
        page.on("request", lambda request: None if request.url.startswith(server.url) else outside.append(request.url))
        page.goto(server.url)
        expect(page.locator("#ap-head .ap-papers")).to_have_text("47 papers")
        page.get_by_role("button", name="Add papers").click()
        page.locator("#ap-file input[type=file]").set_input_files(tmp_path / "my-page.txt")
        expect(page.locator("#ap-report")).to_contain_text("2 new")
        expect(page.locator("#ap-head .ap-papers")).to_have_text("49 papers")
        page.get_by_role("button", name="Add papers").click()

        ask_in_page(page, "How does Lighthouse differ from Foghorn?")
        answer = page.locator("#ap-chat .ap-answer").last
        expect(answer).to_contain_text("shadows")
        expect(answer).to_contain_text("Foghorn")
        expect(page.locator("#ap-status .ap-status")).to_contain_text("2 papers cited")

        answer.locator(".ap-marker", has_text="[2]").first.click()
        card = page.locator("#evidence-2")
        expect(card).to_have_class(re.compile("is-focus"))
        expect(card).to_be_in_viewport()
        highlighted = card.locator("mark").first
        expect(highlighted).to_be_visible()
        quoted = answer.locator("li", has=page.locator(".ap-marker", has_text="[2]")).first.inner_text()
        assert highlighted.inner_text().strip() in quoted

        page.get_by_role("button", name="New chat").click()
        expect(page.locator("#ap-chat .ap-answer")).to_have_count(0)
        ask_in_page(page, "How does OVOR differ from MULTI-LANE?")
        expect(page.locator("#ap-status .ap-status")).to_contain_text("2 papers cited")
        page.locator("#ap-chat .ap-answer").last.locator(".ap-marker", has_text="[2]").first.click()
        expect(page.locator("#evidence-2")).to_be_in_viewport()
        page.wait_for_timeout(600)  # the scroll to the card is animated
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "main-job.png")
        assert not outside
