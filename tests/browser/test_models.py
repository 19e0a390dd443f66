"""The panel of models in a real browser, with scripted models: picks, keys, tests, thoughts, failures."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.core.models import ModelPick
from app.ui.gradio_app import Server
from tests.chromium import ask_in_page
from tests.fake_models import FOUND
from tests.fake_service import PAPERS, FakeService

ANSWER = "#ap-chat .ap-answer"
NOW = "#ap-models .ap-now"
KEY = "sk-test-0123456789-never-to-be-seen"
# Keeps a copy of everything that the server replies, streams too.
EVERY_REPLY = """window.replies = []; const real = window.fetch;
window.fetch = async (...asked) => {
  const reply = await real(...asked);
  const parts = reply.clone().body.pipeThrough(new TextDecoderStream()).getReader();
  const read = () => parts.read().then(({ value, done }) => done || (window.replies.push(value), read()), () => {});
  read();
  return reply;
};"""
slow = pytest.mark.slow  # run with: pytest -m slow tests/browser/test_models.py


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.002)


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def open_one(width: int = 1280, script: str = "", **options: object) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 860}, **options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.add_init_script(script)
        page.goto(server.url)
        expect(page.locator("#ap-examples button").first).to_be_visible()
        return page

    yield open_one
    for context in contexts:
        context.close()


def answered(page: Page, text: str) -> None:
    """Ask and wait until the next question can be asked."""
    before = page.locator(ANSWER).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWER)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def opened(page: Page) -> None:
    """The panel of models, with the servers found."""
    page.locator("#ap-head .ap-model").click()
    expect(page.get_by_role("radio", name="qwen3:8b (Ollama, 5.2 GB, window 4,096 tokens)")).to_be_visible()


def picked(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).check()
    expect(page.locator(NOW)).to_contain_text("quotes" if name == "Quotes" else name)


def test_a_key_never_comes_back(
    open_page: Callable[..., Page], service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    """A typed model with its key answers; the key is in no reply of the server, no part of the page, no storage of the
    browser and no log, and its field is empty, also where the address is refused."""
    page = open_page(script=EVERY_REPLY)
    opened(page)
    page.get_by_role("radio", name="Another").check()
    page.get_by_label("Model", exact=True).fill("secret:model")
    page.get_by_label("Base URL").fill("https://10.0.0.1/v1")
    page.get_by_label("Key").fill(KEY)
    with caplog.at_level(logging.DEBUG):
        page.get_by_role("button", name="Use this model").click()
        expect(page.locator("#ap-models .ap-error")).to_contain_text('"https://10.0.0.1/v1" may not be used')
        expect(page.locator("#ap-models .ap-error")).to_contain_text("Ask whoever runs this page")
        expect(page.get_by_label("Key")).to_have_value("")
        expect(page.locator(NOW)).to_contain_text("openai:gpt-test")
        page.get_by_label("Base URL").fill("http://127.0.0.1:9/v1")
        page.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Use this model").click()
        expect(page.locator(NOW)).to_contain_text("compatible:secret:model")
        expect(page.locator(NOW)).to_contain_text("Your key is kept in memory for this browser window only.")
        expect(page.get_by_label("Key")).to_have_value("")
        answered(page, "who says so?")
    assert service.picks[-1] == ModelPick("compatible:secret:model", "http://127.0.0.1:9/v1", KEY)
    expect(page.locator(ANSWER)).to_contain_text("says compatible:secret:model")
    held: str = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    values: str = page.evaluate("[...document.querySelectorAll('input, textarea')].map(each => each.value).join()")
    replies: str = page.evaluate("window.replies.join('')")
    assert "says compatible:secret:model" in replies, "the stream was not seen"
    for seen in (page.content(), held, values, replies, caplog.text):
        assert KEY not in seen


@slow
def test_each_session_keeps_its_own_pick(open_page: Callable[..., Page], service: FakeService) -> None:
    """Two browsers pick different models, in the middle of a conversation too: history and markers stay, a page loaded
    anew begins with the settings."""
    one, two = open_page(), open_page()
    answered(one, "compare Sparrow and Finch")
    opened(one)
    picked(one, "qwen3:8b")
    expect(one.locator("#ap-head .ap-model")).to_have_text("ollama:qwen3:8b")
    opened(two)
    picked(two, "Quotes")
    answered(one, "who says so?")
    assert service.asked[-1].history[0].markers == {1: PAPERS[0].id, 2: PAPERS[1].id, 3: PAPERS[2].id}
    assert service.picks[-1] == ModelPick("ollama:qwen3:8b", FOUND[0].address)
    answered(two, "who says so?")
    expect(one.locator(ANSWER).last).to_contain_text("says ollama:qwen3:8b")
    expect(one.locator(ANSWER).last.locator(".ap-usage")).to_have_text(
        "qwen3:8b: 1,234 tokens read, 56 written, 1.5 s, $0.0012"
    )
    expect(one.locator("#ap-total")).to_have_text("This conversation: 1,290 tokens, 1.5 s, $0.0012")
    expect(one.locator(ANSWER).last.locator(".ap-notices")).to_have_text("The server cut <b>nothing</b>.")
    expect(two.locator(ANSWER).last).to_contain_text("says extractive")
    one.locator("#ap-new").click()
    expect(one.locator(ANSWER)).to_have_count(0)
    expect(one.locator("#ap-total")).to_have_text("")
    answered(one, "who says so?")
    expect(one.locator(ANSWER)).to_contain_text("says ollama:qwen3:8b")
    one.reload()
    expect(one.locator("#ap-head .ap-model")).to_have_text("openai:gpt-test")


@slow
def test_servers_are_looked_for_again(open_page: Callable[..., Page], service: FakeService) -> None:
    """A server without models says why; one that is gone is gone after another look, and the model picked stays."""
    page = open_page(width=390)
    opened(page)
    expect(page.locator("#ap-models .ap-servers")).to_contain_text(
        "LM Studio at http://127.0.0.1:1234: It has no model"
    )
    expect(page.get_by_role("radio", name="tiny <b>model</b>")).to_be_visible()
    picked(page, "gemma3:4b")
    service.models.found = ()
    try:
        page.get_by_role("button", name="Look again").click()
        expect(page.locator("#ap-models .ap-servers")).to_contain_text("No model server was found")
        expect(page.get_by_role("radio", name="gemma3")).to_have_count(0)
        expect(page.get_by_role("radio", name="Another")).to_be_checked()
        expect(page.locator(NOW)).to_contain_text("gemma3:4b")
    finally:
        service.models.found = FOUND
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "the page scrolls sideways"


@slow
def test_a_model_is_tested(open_page: Callable[..., Page], service: FakeService) -> None:
    """Findings come one by one; Stop ends it; what failed says what to do; the profile can be changed."""
    page = open_page()
    opened(page)
    picked(page, "qwen3:8b")
    service.models.hold.clear()
    try:
        page.get_by_role("button", name="Test this model").click()
        lines = page.locator(".ap-findings li:not(.is-waiting)")
        expect(lines).to_have_text(["okserver answers at <i>127.0.0.1</i>"])
        page.get_by_role("button", name="Stop the test").click()
        expect(page.locator("#ap-doctor-findings")).to_contain_text("Stopped.")
        expect(page.locator(".ap-findings .is-waiting")).to_have_count(0)
    finally:
        service.models.hold.set()
    page.get_by_role("button", name="Test this model").click()
    expect(lines).to_have_count(3)
    expect(page.locator(".ap-profile")).to_contain_text("8,192 tokens (from /api/ps)")
    expect(page.locator(".ap-profile")).to_contain_text("3 of 3 test questions")
    assert service.models.tests[-1] == ModelPick("ollama:qwen3:8b", FOUND[0].address)
    page.locator("#ap-profile-edit > button").click()
    page.get_by_label("Papers an answer may rest on").fill("4")
    page.get_by_role("radio", name="few: only answers").check()
    page.get_by_role("button", name="Keep this").click()
    expect(page.locator(".ap-profile")).to_contain_text("at most 4 an answer")
    expect(page.locator(".ap-profile")).to_contain_text("papers, steps")
    picked(page, "gemma3:4b")
    expect(page.locator(".ap-profile")).to_have_count(0)
    page.get_by_role("button", name="Test this model").click()
    expect(page.locator(".ap-findings .is-fail")).to_contain_text("Choose a larger model.")
    expect(page.locator("#ap-profile-edit")).to_have_count(0)


@slow
def test_thoughts_are_folded_and_only_text(open_page: Callable[..., Page]) -> None:
    """While they come the fold stays as the person left it; afterwards it is folded, holds text alone, and Copy leaves
    it out."""
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask_in_page(page, "think slowly")
    fold = page.locator(".ap-thinking.is-running")
    expect(fold.locator("summary")).to_have_text("Thinking …")
    assert not fold.evaluate("each => each.open")
    fold.locator("summary").click()
    before = page.locator(".ap-thoughts").inner_text()
    expect(page.locator(".ap-thoughts")).not_to_have_text(before)
    assert fold.evaluate("each => each.open")
    expect(page.locator("#ap-send")).to_be_visible()
    done = page.locator(".ap-thinking")
    expect(done.locator("summary")).to_contain_text("Thought for")
    assert not done.evaluate("each => each.open")
    done.locator("summary").click()
    expect(done.locator(".ap-thoughts")).to_contain_text("<b>memory</b> <img src=x onerror=window.hacked=9>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#ap-chat img, .ap-thoughts a, .ap-thoughts h3, .ap-thoughts b").count() == 0
    page.locator(ANSWER).get_by_role("button", name="Copy").click()
    expect(page.locator(f"{ANSWER} .ap-copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Sparrow needs 38 %") and "person asks" not in copied


@slow
def test_a_failed_answer_can_be_had_otherwise(open_page: Callable[..., Page], service: FakeService) -> None:
    """Evidence stays, before the first word too; "Try again" asks the same of the same model; quotes answer this
    question only."""
    page = open_page()
    opened(page)
    picked(page, "qwen3:8b")
    page.locator("#ap-models > button").click()
    answered(page, "break early")
    expect(page.locator(".ap-card")).to_have_count(2)
    expect(page.locator("#ap-evidence")).to_contain_text("Found for this question")
    expect(page.locator(".ap-unfinished")).to_have_count(0)
    answered(page, "break in the middle")
    expect(page.locator(ANSWER).last.locator(".ap-unfinished")).to_contain_text("Sparrow needs 38 %")
    expect(page.locator(ANSWER).last.locator(".ap-error")).to_contain_text("broke off <i>in the middle</i> of try")
    found = re.search(r"of try (\d+)", page.locator(ANSWER).last.inner_text())
    assert found
    expect(page.locator("#ap-status")).to_contain_text("The answer broke off")
    asked = len(service.asked)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(ANSWER).last.locator(".ap-error")).to_contain_text(f"of try {int(found[1]) + 1}")
    expect(page.locator("#ap-send")).to_be_visible()
    expect(page.locator(ANSWER)).to_have_count(2)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert [each.text for each in service.asked[asked:]] == ["break in the middle"]
    page.get_by_role("button", name="Answer with quotes instead").click()
    expect(page.locator(ANSWER).last).to_contain_text("so this answer is quotes from the abstracts")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.locator("#ap-send")).to_be_visible()
    assert service.asked[-1] == service.asked[-2] and service.picks[-1] == ModelPick("extractive")
    answered(page, "who says so?")
    expect(page.locator(ANSWER).last).to_contain_text("says ollama:qwen3:8b")
