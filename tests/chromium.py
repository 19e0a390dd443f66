"""A real Chromium for browser tests, found where a machine may have one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WHERE = "ASKPAPERS_CHROMIUM, /usr/bin/chromium, chromium and google-chrome on PATH, Playwright's own"


def chromium_path(playwright: Playwright) -> str | None:
    """The executable, or None. A wrong ASKPAPERS_CHROMIUM is an error, not a reason to look elsewhere."""
    asked = os.environ.get("ASKPAPERS_CHROMIUM")
    if asked:
        if not Path(asked).is_file():
            raise FileNotFoundError(f"ASKPAPERS_CHROMIUM={asked}")
        return asked
    candidates = [
        "/usr/bin/chromium",
        shutil.which("chromium"),
        shutil.which("google-chrome"),
        playwright.chromium.executable_path,
    ]
    return next((each for each in candidates if each and Path(each).is_file()), None)


def ask_in_page(page: Page, text: str) -> None:
    """Type a question and press Enter until it is taken, as a person does: while the page still finishes something
    (the last answer's event, a new chat) it leaves the question in the box."""
    box = page.locator("#ap-question textarea")
    asked = page.locator("#ap-chat .ap-question")
    before = asked.count()
    for _ in range(4):
        if box.input_value() != text:
            box.fill(text)
        box.press("Enter")
        try:
            expect(asked).to_have_count(before + 1, timeout=4_000)
        except AssertionError:
            continue
        return
    raise AssertionError(f"the page never took the question {text!r}")


def add_papers(page: Page) -> None:
    """Go to where papers are added, or unfold it there."""
    page.get_by_role("tab", name="Library", exact=True).click()
    page.get_by_role("button", name="Add papers").click()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium; skips the test if this machine has none."""
    with sync_playwright() as playwright:
        path = chromium_path(playwright)
        if path is None:
            pytest.skip(f"no Chromium on this machine (looked at {WHERE})")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
