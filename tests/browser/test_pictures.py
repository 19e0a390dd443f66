"""The three pictures of the README, taken of the starter library: a comparison in the chat, the Library tab, the map.

They are written to a temporary folder; into the documentation with: ASKPAPERS_PICTURES=docs pytest tests/browser/test_pictures.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.chromium import ask_in_page
from tests.conftest import ROOT

WANTED = os.environ.get("ASKPAPERS_PICTURES", "")  # read now: tests begin with an environment without our settings
NAMES = ("screenshot-chat.png", "screenshot-library.png", "screenshot-map.png")


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 860}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(server.url)
    expect(page.locator("#ap-examples button").first).to_be_visible(timeout=30_000)
    yield page
    context.close()


def test_the_pictures_show_what_they_should(page: Page, tmp_path: Path) -> None:
    folder = ROOT / WANTED if WANTED else tmp_path
    ask_in_page(page, "How does OVOR differ from MULTI-LANE?")
    expect(page.locator("#ap-status .ap-status")).to_contain_text("2 papers cited", timeout=30_000)
    expect(page.locator("#ap-send")).to_be_visible()
    # The answer is read from its beginning, beside the evidence with its sentences marked.
    expect(page.locator("#ap-chat .ap-question").last).to_be_in_viewport()
    expect(page.locator("#evidence-1 mark").first).to_be_in_viewport()
    page.screenshot(path=folder / NAMES[0])

    page.get_by_role("tab", name="Library", exact=True).click()
    page.get_by_label("Search your library").press_sequentially("continual learning")
    expect(page.locator("#ap-library")).to_contain_text("of 47 papers fit")
    expect(page.locator("#ap-library h3").first).to_be_in_viewport()
    page.screenshot(path=folder / NAMES[1])

    page.get_by_role("tab", name="Map", exact=True).click()
    expect(
        page.locator("#ap-map-tab .js-plotly-plot .scatterlayer, #ap-map-tab .js-plotly-plot canvas").first
    ).to_be_attached(timeout=60_000)
    expect(page.locator("#ap-map-tab")).to_contain_text("47 papers in")
    page.wait_for_timeout(1500)  # the points are painted
    page.screenshot(path=folder / NAMES[2])
    for name in NAMES:
        assert (folder / name).stat().st_size > 30_000


def test_the_readme_shows_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"(docs/{name})" in readme
        assert (ROOT / "docs" / name).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
