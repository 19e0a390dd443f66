"""Kept chats in a real browser: found again after a reload and a restart, in the middle of a stream too, by nobody else."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect

from app.adapters.conversation_file import ConversationFile
from app.core.conversations import Rating
from app.ui.gradio_app import Server, launch
from tests.chromium import ask_in_page
from tests.fake_service import HOSTILE_HTML, FakeService

ANSWER = "#ap-chat .ap-answer"
OPEN, REMOVE = "#ap-chats-list .ap-chat-open", "#ap-chats-list .ap-chat-remove"
STATUS = "#ap-status .ap-status"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.002)


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own, with nothing kept yet."""
    contexts: list[BrowserContext] = []

    def one(width: int = 1400, **options: object) -> BrowserContext:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True, **options))  # type: ignore[arg-type]
        return contexts[-1]

    yield one
    for context in contexts:
        context.close()


def opened(context: BrowserContext, server: Server) -> Page:
    page = context.new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    page.goto(server.url)
    ready(page)
    return page


def ready(page: Page) -> None:
    """Its own chats have come."""
    expect(page.locator("#ap-chats-list :is(nav, p)")).to_be_attached()


def reloaded(page: Page) -> None:
    page.reload()
    ready(page)


def answered(page: Page, text: str) -> None:
    before = page.locator(ANSWER).count()
    ask_in_page(page, text)
    expect(page.locator(ANSWER)).to_have_count(before + 1)
    expect(page.locator("#ap-send")).to_be_visible()


def test_a_chat_is_there_again_after_a_reload(person: Callable[..., BrowserContext], server: Server, service: FakeService) -> None:  # fmt: skip
    """As it was, with its pins, and goes on with its markers; the list opens another one; a search finds it by its answer."""
    page = opened(person(), server)
    answered(page, "compare Sparrow and Finch")
    before = page.locator(ANSWER).inner_html()
    page.get_by_role("button", name="Pin paper 2").click()
    expect(page.locator("#ap-pins button")).to_have_text(["Pinned: [2] ×"])
    end = time.monotonic() + 30
    while not any(each["pins"].get("pinned") for each in service.conversations.noted()) and time.monotonic() < end:
        time.sleep(0.02)  # a pin is shown before it is kept
    reloaded(page)
    expect(page.locator(ANSWER)).to_have_count(1)
    assert page.locator(ANSWER).inner_html() == before
    expect(page.locator("#ap-pins button")).to_have_text(["Pinned: [2] ×"])
    expect(page.locator("#evidence-2 mark").first).to_be_visible()
    answered(page, "table it")
    told = service.asked[-1]
    assert [turn.question for turn in told.history] == ["compare Sparrow and Finch"] and told.pinned
    assert told.history[0].markers[2] == "2203.00002"
    page.locator("#ap-chats-new").click()
    expect(page.locator(ANSWER)).to_have_count(0)
    answered(page, "clarify it")
    expect(page.locator(OPEN)).to_have_count(2)
    page.locator("#ap-chats-search :is(input, textarea)").fill("BLOCK-sparse")
    expect(page.locator(OPEN)).to_have_count(1)
    page.locator(OPEN).click()
    expect(page.locator(ANSWER)).to_have_count(2)
    expect(page.locator("#ap-chats-list li.is-current")).to_contain_text("compare Sparrow and Finch")
    expect(page.locator(STATUS)).not_to_contain_text("Stopped")


def test_names_deletion_and_nobody_elses_eyes(person: Callable[..., BrowserContext], server: Server, service: FakeService) -> None:  # fmt: skip
    """Renamed, deleted, brought back; another browser has none of it, whatever ids it tells."""
    page = opened(person(), server)
    answered(page, "abstain one")
    page.locator("#ap-this-chat > button").click()
    page.get_by_label("Name of this chat").fill("<b>On</b> nothing")
    page.locator("#ap-chat-rename").click()
    expect(page.locator(OPEN)).to_contain_text("<b>On</b> nothing")
    chat = page.evaluate("sessionStorage.getItem('askpapers-chat')")
    other = opened(person(), server)
    expect(other.locator(OPEN)).to_have_count(0)
    other.evaluate("(chat) => sessionStorage.setItem('askpapers-chat', chat)", chat)
    reloaded(other)
    other.wait_for_timeout(500)
    assert other.locator(ANSWER).count() == 0
    answered(other, "abstain mine")
    expect(other.locator(OPEN)).to_have_text("abstain mine, 1 question")
    other.evaluate(
        "(chat) => document.querySelectorAll('#ap-chats-list [data-chat]').forEach((b) => { b.dataset.chat = chat; })",
        chat,
    )
    other.locator("#ap-chats-list li").hover()
    other.locator(REMOVE).click()
    other.locator(OPEN).click()
    answered(other, "abstain again")
    expect(other.locator(ANSWER)).to_have_count(2)
    assert len(service.asked[-1].history) == 1
    page.locator("#ap-chats-list li").hover()
    page.locator(REMOVE).click()
    expect(page.locator(ANSWER)).to_have_count(0)
    expect(page.locator(OPEN)).to_have_count(0)
    expect(page.locator(STATUS)).to_have_text("The chat is deleted. Undo brings it back.")
    expect(page.locator("#ap-chats-undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(OPEN)).to_have_count(1)
    page.locator(OPEN).click()
    expect(page.locator(ANSWER)).to_have_count(1)


def test_a_late_list_takes_away_no_name(person: Callable[..., BrowserContext], server: Server, service: FakeService) -> None:  # fmt: skip
    """What is typed as a chat's new name stays, whatever comes meanwhile; another chat brings its own."""
    page = opened(person(), server)
    answered(page, "abstain newts")
    page.locator("#ap-this-chat > button").click()
    name = page.get_by_label("Name of this chat")
    expect(name).to_have_value("abstain newts")
    service.conversations.late_s = 0.7
    try:
        page.locator("#ap-chats-search :is(input, textarea)").fill("newts")
        name.fill("All on newts")
        page.wait_for_timeout(1500)
        expect(name).to_have_value("All on newts")
        page.locator("#ap-chat-rename").click()
        expect(page.locator(OPEN)).to_contain_text("All on newts")
    finally:
        service.conversations.late_s = 0.0
    page.locator("#ap-chats-search :is(input, textarea)").fill("")
    page.locator("#ap-chats-new").click()
    expect(page.locator(ANSWER)).to_have_count(0)
    answered(page, "abstain toads")
    expect(name).to_have_value("abstain toads")


@pytest.mark.slow
def test_two_tabs_keep_what_each_of_them_asked(person: Callable[..., BrowserContext], server: Server) -> None:
    """Going on with one chat in two tabs gives two chats, each with what its tab shows."""
    context = person()
    one = opened(context, server)
    answered(one, "compare Sparrow and Finch")
    chat = one.evaluate("sessionStorage.getItem('askpapers-chat')")
    two = opened(context, server)
    expect(two.locator(ANSWER)).to_have_count(0)
    two.locator(OPEN).click()
    expect(two.locator(ANSWER)).to_have_count(1)
    answered(one, "table left")
    answered(two, "table right")
    assert two.evaluate("sessionStorage.getItem('askpapers-chat')") != chat
    for page, asked in ((one, "table left"), (two, "table right")):
        reloaded(page)
        expect(page.locator(".ap-question")).to_have_text(["compare Sparrow and Finch", asked])


def test_a_reload_in_the_middle_of_an_answer(person: Callable[..., BrowserContext], server: Server, service: FakeService) -> None:  # fmt: skip
    """What was there stays, marked as unfinished, and can be asked again in its own place."""
    page = opened(person(), server)
    answered(page, "table it")
    ask_in_page(page, "slow one")
    expect(page.locator(ANSWER).last).to_contain_text("word2")
    reloaded(page)
    expect(page.locator(ANSWER)).to_have_count(2)
    expect(page.locator(ANSWER).last).to_contain_text("The page was left before this answer was finished.")
    expect(page.locator(ANSWER).last).to_contain_text("word1")
    asked = len(service.asked)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#ap-stop")).to_be_visible()
    expect(page.locator(ANSWER).last).to_contain_text("word1")
    expect(page.locator(ANSWER)).to_have_count(2)
    assert len(service.asked) == asked + 1 and len(service.asked[-1].history) == 1
    page.locator("#ap-stop").click()
    expect(page.locator("#ap-send")).to_be_visible()
    reloaded(page)
    expect(page.locator(ANSWER).last).to_contain_text("Stopped.")
    expect(page.locator(ANSWER)).to_have_count(2)


def test_chats_survive_a_restart_of_the_server(person: Callable[..., BrowserContext], tmp_path: Path) -> None:
    """In the file of the library, for the same browser at the same address; a question that the old server was killed at
    can be asked again."""

    def served(port: int) -> Server:
        service = FakeService(pace=0.002)
        service.conversations = ConversationFile(tmp_path / "conversations.sqlite")  # type: ignore[assignment]
        return launch(service, port=port)

    first = served(0)
    page = opened(person(), first)
    answered(page, "compare Sparrow and Finch")
    before = page.locator(ANSWER).inner_html()
    first.close()
    second = served(int(first.url.rsplit(":", 1)[1].strip("/")))
    try:
        page.goto(second.url)
        ready(page)
        expect(page.locator(ANSWER)).to_have_count(1)
        assert page.locator(ANSWER).inner_html() == before
        answered(page, "and what else?")
        expect(page.locator(OPEN)).to_have_count(1)
    finally:
        second.close()


@pytest.mark.slow
def test_an_unusable_file_costs_no_answer(person: Callable[..., BrowserContext], tmp_path: Path) -> None:
    """The page answers, and says in words that nothing is kept."""
    (tmp_path / "conversations.sqlite").write_bytes(b"no database " * 800)
    service = FakeService(pace=0.002)
    service.conversations = ConversationFile(tmp_path / "conversations.sqlite")  # type: ignore[assignment]
    server = launch(service, port=0)
    try:
        page = opened(person(), server)
        expect(page.locator("#ap-chats-list")).to_contain_text("Your chats are not kept.")
        answered(page, "compare Sparrow and Finch")
        expect(page.locator("#ap-here")).to_contain_text("This chat is not kept. The kept conversations in")
        answered(page, "table it")
        expect(page.locator("#ap-chat .message-buttons").first).to_be_hidden()
        page.locator("#ap-new").click()
        expect(page.locator(ANSWER)).to_have_count(0)
    finally:
        server.close()


def saved(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download() as told:
        page.locator(f"#ap-chat-{kind}").click()
    download: Download = told.value
    download.save_as(folder / download.suggested_filename)
    return folder / download.suggested_filename


@pytest.mark.slow
def test_files_to_take_along(person: Callable[..., BrowserContext], server: Server, tmp_path: Path) -> None:
    """Markdown, JSON, BibTeX, and a page on which nothing runs and nothing is loaded, though its papers are hostile."""
    context = person()
    page = opened(context, server)
    answered(page, "hostile <b>it</b>")
    answered(page, "compare Sparrow and Finch")
    page.locator("#ap-this-chat > button").click()
    files = {kind: saved(page, kind, tmp_path) for kind in ("md", "json", "bib", "html")}
    assert {file.name for file in files.values()} == {f"hostile-b-it-b.{kind}" for kind in files}
    assert "## compare Sparrow and Finch" in files["md"].read_text(encoding="utf-8")
    turns = json.loads(files["json"].read_text(encoding="utf-8"))["turns"]
    assert [turn["question"] for turn in turns] == ["hostile <b>it</b>", "compare Sparrow and Finch"]
    assert turns[1]["answer"]["citations"]
    assert "title = {Retrieval Instead of Length" in files["bib"].read_text(encoding="utf-8")
    shared = context.new_page()
    outside: list[str] = []
    shared.on("request", lambda request: None if request.url.startswith("file:") else outside.append(request.url))
    shared.goto(files["html"].as_uri())
    assert shared.evaluate("[...document.querySelectorAll('script, img, svg, iframe, #injected')].length") == 0
    assert shared.evaluate("window.hacked") is None and not outside
    expect(shared.locator("body")).to_have_css("max-width", "780px")  # its own policy lets its own style through
    expect(shared.locator("h3", has_text="Harmless title").first).to_contain_text(HOSTILE_HTML[:30])
    shared.locator("a.ap-marker", has_text="[2]").first.click()
    expect(shared.locator("#evidence-2 mark").first).to_be_in_viewport()


def test_thumbs_with_reasons(person: Callable[..., BrowserContext], server: Server, service: FakeService) -> None:
    """Kept at once and with reasons after, shown again after a reload, changed and taken back, by keyboard."""
    service.conversations.forget_feedback()
    page = opened(person(), server)
    answered(page, "compare Sparrow and Finch")
    answered(page, "table it")
    thumbs = page.locator("#ap-chat .message-buttons")
    thumbs.first.get_by_role("button", name="Dislike").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ap-feedback")).to_contain_text(
        "What was wrong with the answer to “compare Sparrow and Finch”?"
    )
    expect(page.get_by_role("checkbox", name="Wrong paper")).to_be_focused()
    page.get_by_role("checkbox", name="A paper is missing").check()
    page.get_by_label("In your own words").fill("Heron <b>too</b>")
    page.locator("#ap-feedback-send").click()
    expect(page.locator("#ap-feedback")).to_be_hidden()
    (told,) = service.conversations.feedback()
    assert told.rating == Rating(False, ("missing_paper",), "Heron <b>too</b>")
    assert told.case["turns"] == ["compare Sparrow and Finch"] and [each["id"] for each in told.case["cited"]] == ["2101.00001", "2203.00002"]  # fmt: skip
    thumbs.last.get_by_role("button", name="Like", exact=True).click()
    expect(page.locator("#ap-feedback")).to_contain_text("What was good")
    expect(page.locator("#ap-feedback-reasons")).to_be_hidden()
    reloaded(page)
    expect(thumbs.first.get_by_role("button", name="Disliked")).to_be_visible()
    expect(thumbs.last.get_by_role("button", name="Liked", exact=True)).to_be_visible()
    thumbs.last.get_by_role("button", name="Liked", exact=True).click()
    expect(page.locator(STATUS)).to_have_text("Your rating is taken back.")
    assert [each.rating.good for each in service.conversations.feedback()] == [False]
    page.locator("#ap-chats-new").click()
    expect(page.locator(ANSWER)).to_have_count(0)
    answered(page, "clarify it")
    expect(thumbs.first.get_by_role("button", name="Dislike", exact=True)).to_be_visible()


@pytest.mark.slow
def test_a_phone_begins_with_the_chat(person: Callable[..., BrowserContext], server: Server) -> None:
    """The list is closed, opens above, and closes once a chat is chosen; nothing is wider than the screen."""
    page = opened(person(390, has_touch=True, is_mobile=True), server)
    answered(page, "compare Sparrow and Finch")
    fold = page.locator("#ap-chats-fold")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#ap-chats")).to_be_hidden()
    fold.click()
    expect(page.locator("#ap-chats")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(OPEN).first.click()
    expect(page.locator("#ap-chats")).to_be_hidden()


@pytest.mark.slow
def test_thirty_turns_stay_fast(person: Callable[..., BrowserContext], server: Server) -> None:
    """The last turns of a long chat take no longer than its first ones, from Enter to the next question."""
    page = opened(person(), server)
    took = []
    for number in range(30):
        box = page.locator("#ap-question textarea")
        box.fill(f"table number {number}")
        started = time.perf_counter()
        box.press("Enter")
        page.wait_for_function(
            """count => document.querySelectorAll("#ap-chat .ap-answer").length === count
                 && document.querySelector("#ap-send")?.offsetParent""",
            arg=number + 1,
            polling=50,
        )
        took.append(time.perf_counter() - started)
    early, late = statistics.median(took[2:7]), statistics.median(took[-5:])
    assert late <= 1.5 * early + 0.3, [round(each, 2) for each in took]
