"""axe-core over every state of the page, light on a wide screen and dark on a phone: nothing serious is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.chromium import ask_in_page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1400, "height": 900}},
    "dark, on a phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    """The page in one of the looks, "light" if a test names none."""
    look = LOOKS[getattr(request, "param", "light")]
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce", **look)
    page = context.new_page()
    page.goto(server.url)
    expect(page.locator("#ap-examples button").first).to_be_visible()
    yield page
    context.close()


def findings(page: Page, where: str) -> list[str]:
    """What axe-core finds of serious or critical impact, a line each."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{where}: {rule['id']} ({rule['help']}): {node['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_axe_finds_nothing_serious(page: Page) -> None:
    found = findings(page, "nothing asked yet")
    ask_in_page(page, "How does OVOR differ from MULTI-LANE?")
    expect(page.locator("#ap-chat .ap-answer table")).to_be_visible()
    expect(page.locator("#ap-send")).to_be_visible()
    found += findings(page, "a comparison")
    ask_in_page(page, "What is the boiling point of tungsten?")
    expect(page.locator("#ap-chat .ap-answer")).to_have_count(2)
    expect(page.locator("#ap-send")).to_be_visible()
    found += findings(page, "not in the library")
    page.locator("#ap-chat .message-buttons").last.get_by_role("button", name="Dislike").click()
    expect(page.locator("#ap-feedback")).to_be_visible()
    if page.locator("#ap-chats").is_hidden():
        page.locator("#ap-chats-fold").click()
    page.locator("#ap-this-chat > button").click()
    expect(page.get_by_label("Name of this chat")).to_be_visible()
    found += findings(page, "a rating, and the chats")
    tabs = page.locator("#ap-tabs [role=tab]:visible")
    names = tabs.all_inner_texts()
    assert {"Chat", "Compare"} <= set(names)
    for name in names:
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
        found += findings(page, name)
    assert not found, "\n".join(found)


def test_an_axe_finding_would_be_seen(page: Page) -> None:
    """The check itself can fail."""
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x><button></button>')")
    assert {"image-alt", "button-name"} <= {line.split(": ")[1].split(" ")[0] for line in findings(page, "broken")}
