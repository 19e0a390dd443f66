"""Around the page, in a real browser: a login behind a reverse proxy under a path, two people at once, a reload in the
middle of an answer, and a limit that is met."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.adapters.people_file import PeopleFile
from app.core.models import ModelPick
from app.ui.door.door import Door
from app.ui.door.limits import Limits
from app.ui.door.login_page import login_page
from app.ui.gradio_app import Server, launch
from tests.browser.test_accessibility import findings
from tests.chromium import add_papers, ask_in_page
from tests.fake_service import FakeService
from tests.proxy import Proxy

ANSWER = "#ap-chat .ap-answer"
STATUS = "#ap-status .ap-status"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.008)


@pytest.fixture(scope="module")
def proxied(service: FakeService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The page with a login for two people, behind a proxy at /papers."""
    people = PeopleFile(tmp_path_factory.mktemp("people") / "people", rounds=4)
    for name in ("ada", "bo"):
        people.add(name, PASSWORD)
    door = Door(people, root_path="/papers", proxies="127.0.0.1", local=False)
    running = launch(service, port=0, door=door)
    with Proxy(running.url, "/papers") as proxy:
        yield proxy
        running.close()  # first, as the proxy waits for the streams that it passes on


def signed_in(browser: Browser, proxy: Proxy, name: str) -> tuple[BrowserContext, Page]:
    """A browser of one person, on the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    page.goto(f"{proxy.url}/papers/")
    expect(page).to_have_url(f"{proxy.url}/papers/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".ap-signed-in")).to_contain_text(f"Signed in as {name}")
    return context, page


def answered(page: Page, text: str) -> None:
    before = page.locator(ANSWER).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWER)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def test_behind_a_proxy_with_a_login(browser: Browser, proxied: Proxy, service: FakeService, tmp_path: Path) -> None:
    """Sign in with the keyboard, ask, add papers, save the table, sign out. Nothing is asked for but under the path, and
    an answer streams through word by word."""
    context, page = signed_in(browser, proxied, "ada")
    outside: list[str] = []
    failed: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(f"{proxied.url}/papers/") else outside.append(r.url))
    page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    assert not findings(page, "signed in")
    answered(page, "compare Sparrow and Finch")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    assert len(list(csv.reader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))) > 1

    ask_in_page(page, "slow words")
    expect(page.locator(ANSWER).last).to_contain_text("word1")
    assert "word60" not in page.locator(ANSWER).last.inner_text(), "the proxy or the server gathers the stream up"
    page.locator("#ap-stop").click()
    expect(page.locator("#ap-send")).to_be_visible()

    (tmp_path / "new.csv").write_text("title,abstract\n")
    add_papers(page)
    page.locator("#ap-file input[type=file]").set_input_files(tmp_path / "new.csv")
    expect(page.locator("#ap-report")).to_contain_text("10 new")
    assert [path.name for path in service.ingested] == ["new.csv"]
    assert not [url for url in outside if not url.startswith(("data:", "blob:"))]
    assert not failed

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{proxied.url}/papers/login")
    page.goto(f"{proxied.url}/papers/")
    expect(page.get_by_label("Password")).to_be_visible()
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_form_is_accessible(browser: Browser, look: Literal["light", "dark"]) -> None:
    """On a phone, with something said on it: nothing serious is found, and it fits."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=look)
    page.set_content(login_page("/login", "Name and password do not fit.", "ada"))
    assert not findings(page, look)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_label("Password")).to_be_focused()
    page.close()


def test_two_people_at_once(browser: Browser, proxied: Proxy, service: FakeService) -> None:
    """While one answer streams another person asks, picks a model and pins a paper: neither sees anything of the other. On
    another computer each of them finds their own chats."""
    (first, ada), (second, bo) = (signed_in(browser, proxied, name) for name in ("ada", "bo"))
    ask_in_page(ada, "slow words for Ada")
    expect(ada.locator(ANSWER)).to_contain_text("word1")

    bo.locator("#ap-head .ap-model").click()
    bo.get_by_role("radio", name="gemma3").check()
    expect(bo.locator("#ap-head .ap-model")).to_contain_text("gemma3")
    bo.locator("#ap-models > button").click()
    answered(bo, "compare what Bo wants")
    bo.get_by_role("button", name="Pin paper 2").click()
    expect(bo.locator("#ap-pins button")).to_have_text(["Pinned: [2] ×"])
    assert "word1" not in bo.locator("#ap-chat").inner_text()
    assert "Ada" not in bo.locator("#ap-chat").inner_text()

    expect(ada.locator("#ap-stop")).to_be_visible()
    assert "Bo" not in ada.locator("#ap-chat").inner_text()
    expect(ada.locator("#ap-head .ap-model")).to_have_text("openai:gpt-test")
    expect(ada.locator("#ap-pins button")).to_have_count(0)
    ada.locator("#ap-stop").click()
    expect(ada.locator("#ap-send")).to_be_visible()
    by_text = {
        question.text: (question.pinned, pick) for question, pick in zip(service.asked, service.picks, strict=True)
    }
    assert by_text["slow words for Ada"] == ((), None)
    assert by_text["compare what Bo wants"] == ((), ModelPick("ollama:gemma3:4b", "http://127.0.0.1:11434"))
    third, again = signed_in(browser, proxied, "bo")
    expect(again.locator("#ap-chats-list .ap-chat-open")).to_have_text("compare what Bo wants, 1 question")
    for context in (first, second, third):
        context.close()


def test_a_limit_is_met(browser: Browser) -> None:
    """The status line says how many were asked and when the next can be; the question stays in the box."""
    running = launch(FakeService(pace=0.0), port=0, door=Door(limits=Limits(each_a_minute=1)))
    try:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(running.url)
        answered(page, "abstain")
        box = page.locator("#ap-question textarea")
        box.fill("compare Sparrow and Finch")
        box.press("Enter")
        told = "You have asked 1 question in this minute; the next can be asked in"
        expect(page.locator(STATUS)).to_contain_text(told)
        expect(box).to_have_value("compare Sparrow and Finch")
        page.close()
    finally:
        running.close()


def test_a_reload_in_the_middle_of_an_answer(browser: Browser, server: Server, service: FakeService) -> None:
    """The answer nobody reads any more ends, and the server answers on."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.goto(server.url)
    expect(page.locator("#ap-chats-list :is(nav, p)")).to_be_attached()  # only then is a chat kept
    ask_in_page(page, "slow and reloaded")
    expect(page.locator(ANSWER)).to_contain_text("word1")
    page.reload()
    end = time.monotonic() + 20
    while "slow and reloaded" not in service.closed and time.monotonic() < end:
        time.sleep(0.05)
    assert "slow and reloaded" in service.closed
    assert httpx.get(f"{server.url}readyz").json()["ready"]
    expect(page.locator(ANSWER)).to_contain_text("The page was left before this answer was finished.")
    answered(page, "compare Sparrow and Finch")
    context.close()
