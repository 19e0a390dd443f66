"""The page in a real browser, with a scripted service behind it."""

from __future__ import annotations

import json
import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FloatRect, Locator, Page, expect

from app.core.errors import InputError
from app.core.report import DenseIndex
from app.ui.door.limits import QUESTION_CHARS
from app.ui.gradio_app import Server, launch
from app.ui.library_part import LOOK_EVERY_S
from tests.chromium import add_papers, ask_in_page
from tests.fake_service import PAPERS, FakeService

ANSWER = "#ap-chat .ap-answer"
STATUS = "#ap-status .ap-status"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.008)


class Watched:
    """A browser session that remembers its requests, its console errors and its dialogs."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append(dialog.message), dialog.dismiss()))
        self.page.goto(url)
        expect(self.page.locator("#ap-examples button").first).to_be_visible()

    def ask(self, text: str) -> None:
        self.page.locator("#ap-question textarea").fill(text)
        self.page.locator("#ap-question textarea").press("Enter")

    def answered(self, text: str) -> None:
        """Ask and wait for the end of the answer."""
        before = self.page.locator(ANSWER).count()
        ask_in_page(self.page, text)
        expect(self.page.locator(ANSWER)).to_have_count(before + 1)
        expect(self.page.locator("#ap-send")).to_be_visible()

    def answer(self) -> Locator:
        return self.page.locator(ANSWER).last


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Watched]]:
    """Opens a page in a browser context (cookies, cache) of its own."""
    contexts: list[BrowserContext] = []

    def open_one(width: int = 1400, height: int = 900, **options: object) -> Watched:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))  # type: ignore[arg-type]
        return Watched(contexts[-1], server.url)

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def shared_context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        yield context


@pytest.fixture
def session(shared_context: BrowserContext, server: Server) -> Iterator[Watched]:
    """A page of its own, so a session of its own; the shared context's warm cache saves seconds."""
    opened = Watched(shared_context, server.url)
    yield opened
    opened.page.close()


def soon(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_head_line_and_labels(session: Watched) -> None:
    page = session.page
    expect(page.locator("#ap-head .ap-papers")).to_have_text(re.compile(r"^\d+ papers$"))
    expect(page.locator("#ap-head .ap-model")).to_have_text("openai:gpt-test")
    expect(page.locator("#ap-head .ap-model")).to_have_attribute("title", "Chosen by ASKPAPERS_MODEL.")
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(page.locator(STATUS)).to_have_attribute("aria-live", "polite")
    expect(page.locator("footer")).to_be_hidden()


def test_a_new_page_begins_with_no_old_numbers(
    open_page: Callable[..., Watched], server: Server, service: FakeService, tmp_path: Path
) -> None:
    """What the server sends holds no number from its start; a page opened while a file is read says that one is, and
    follows it to its end."""
    with urllib.request.urlopen(f"{server.url}config") as sent:
        assert "4 papers" not in sent.read().decode()
    page = open_page().page
    service.hold.clear()
    try:
        (tmp_path / "new.csv").write_text("title,abstract\n")
        add_papers(page)
        page.locator("#ap-file input[type=file]").set_input_files(tmp_path / "new.csv")
        expect(page.locator("#ap-report .ap-progress")).to_contain_text("100 papers read")
        page.reload()
        expect(page.locator("#ap-head .ap-reading")).to_have_text("A file is being read")
        before = service.paper_count()
        expect(page.locator("#ap-head .ap-papers")).to_have_text(f"{before} papers")
    finally:
        service.hold.set()
    expect(page.locator("#ap-head .ap-reading")).to_have_count(0)
    expect(page.locator("#ap-head .ap-papers")).to_have_text(f"{before + 10} papers")


def test_evidence_comes_first_and_words_come_gradually(session: Watched, service: FakeService) -> None:
    page = session.page
    service.speak.clear()
    session.ask("silent until it may speak")
    expect(page.locator(".ap-card.is-pending")).to_have_count(2)
    expect(session.answer()).to_contain_text("Reading 2 abstracts")
    service.speak.set()
    lengths = []
    for word in ("word2 ", "word8 ", "word16 "):
        expect(session.answer()).to_contain_text(word)
        lengths.append(len(session.answer().inner_text()))
    assert lengths[0] < lengths[1] < lengths[2], "the words did not come gradually"
    expect(page.locator(".ap-card mark, .ap-tag")).to_have_count(0)  # nobody knows yet what will be cited
    page.locator("#ap-stop").click()
    expect(session.answer()).to_contain_text("Stopped.")


def test_cited_sentences_are_highlighted_in_the_end(session: Watched) -> None:
    page = session.page
    session.answered("compare Sparrow and Finch")
    expect(page.locator(".ap-card mark")).to_have_text(
        [
            "On the LongRead benchmark Sparrow reaches 71.3 % accuracy",
            "It needs 38 % of the memory of dense attention at 16,384 tokens.",
            "Finch retrieves at most eight passages",
            "The gain disappears for questions that need the whole text",
        ]
    )
    expect(page.locator("#evidence-3")).to_contain_text("Not cited")
    expect(page.locator(STATUS)).to_have_text("Answer ready with a table, 2 papers cited.")
    expect(page.locator(".ap-table").first).to_contain_text("LongRead accuracy")


def test_a_marker_leads_to_its_card_and_back_by_keyboard(session: Watched) -> None:
    page = session.page
    session.answered("compare Sparrow and Finch")
    marker = session.answer().locator(".ap-marker", has_text="[2]").first
    marker.focus()
    page.keyboard.press("Enter")
    card = page.locator("#evidence-2")
    expect(card).to_be_focused()
    expect(card).to_have_class(re.compile("is-focus"))
    expect(card).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(marker).to_be_focused()
    expect(card).not_to_have_class(re.compile("is-focus"))
    assert page.url.rstrip("/").count("/") == 2, "the address must not change"


def test_markers_keep_their_papers_in_a_follow_up(session: Watched, service: FakeService) -> None:
    page = session.page
    session.answered("compare Sparrow and Finch")
    session.answered("doubt who says so?")
    history = service.asked[-1].history
    assert [turn.question for turn in history] == ["compare Sparrow and Finch"]
    assert history[0].markers == {1: PAPERS[0].id, 2: PAPERS[1].id, 3: PAPERS[2].id}
    expect(page.locator("#evidence-4 h3")).to_contain_text(PAPERS[3].title)
    expect(page.locator("#evidence-4 .ap-out")).to_have_count(0)  # its url is not http
    expect(session.answer().locator(".ap-doubts")).to_contain_text(
        "not supported by the cited abstract: number 42 not found"
    )
    page.locator(ANSWER).first.locator(".ap-marker", has_text="[1]").first.click()
    expect(page.locator("#evidence-1")).to_be_focused()
    expect(page.locator("#evidence-1")).to_be_in_viewport()
    session.answer().locator("summary").click()
    expect(session.answer().locator(".ap-steps li").first).to_be_visible()


def test_stop_ends_the_answer_and_the_service(session: Watched, service: FakeService) -> None:
    page = session.page
    session.ask("slow one")
    expect(session.answer()).to_contain_text("word3 ")
    session.ask("next question")  # Enter while an answer runs must neither start nor lose it
    expect(page.locator("#ap-question textarea")).to_have_value("next question")
    page.locator("#ap-stop").click()
    expect(session.answer()).to_contain_text("Stopped.")
    assert soon(lambda: "slow one" in service.closed), "GeneratorExit did not reach the service"
    expect(page.locator("#ap-send")).to_be_visible()
    length = len(session.answer().inner_text())
    page.wait_for_timeout(300)
    assert len(session.answer().inner_text()) == length
    assert not any(question.text == "next question" for question in service.asked)
    page.locator("#ap-send").click()
    expect(page.locator(ANSWER)).to_have_count(2)
    assert service.asked[-1].text == "next question"
    assert service.asked[-1].history[-1].question == "slow one"


def test_stop_need_not_wait_for_the_model(open_page: Callable[..., Watched], service: FakeService) -> None:
    one, two = open_page(), open_page()
    service.speak.clear()
    one.ask("silent one")
    expect(one.page.locator(STATUS)).to_have_text("Reading 2 abstracts")
    one.page.locator("#ap-stop").click()
    expect(one.answer()).to_contain_text("Stopped.")
    two.answered("abstain please")  # and nobody else has to wait
    assert "silent one" not in service.closed
    service.speak.set()
    assert soon(lambda: "silent one" in service.closed)
    expect(one.page.locator(".ap-card")).to_have_count(0)


def test_new_chat_while_an_answer_runs(session: Watched, service: FakeService) -> None:
    page = session.page
    session.ask("slow and unwanted")
    expect(session.answer()).to_contain_text("word3 ")
    page.locator("#ap-new").click()
    expect(page.locator("#ap-examples button").first).to_be_visible()
    expect(page.locator(ANSWER)).to_have_count(0)
    assert soon(lambda: "slow and unwanted" in service.closed)
    session.answered("compare Sparrow and Finch")
    assert service.asked[-1].history == ()
    expect(page.locator(ANSWER)).to_have_count(1)


def test_leaving_the_page_stops_the_service(open_page: Callable[..., Watched], service: FakeService) -> None:
    leaving = open_page()
    leaving.ask("slow leaver")
    expect(leaving.answer()).to_contain_text("word3 ")
    leaving.page.close()
    assert soon(lambda: "slow leaver" in service.closed), "the service kept on writing for nobody"


def test_hostile_text_does_nothing(session: Watched) -> None:
    page = session.page
    session.answered("hostile text")
    expect(session.answer()).to_contain_text("<script>window.hacked=1</script>")
    expect(page.locator("#evidence-1 .ap-abstract")).to_contain_text("onerror='window.hacked=2'")
    page.locator("#evidence-1 .ap-abstract").hover()
    assert page.evaluate("window.hacked") is None
    for selector in ("#injected", "#ap-chat img", "#ap-evidence img", "#ap-chat script", "#ap-evidence svg"):
        assert page.locator(selector).count() == 0, selector
    links: list[str] = page.eval_on_selector_all("#ap-main a", "all => all.map(a => a.getAttribute('href'))")
    assert links
    assert all(re.match(r"#evidence-\d+$|https://(arxiv\.org|example\.invalid)/", link) for link in links)
    assert not [url for url in session.requests if "tracker.invalid" in url]
    assert session.errors == []


def test_nothing_is_requested_from_outside(open_page: Callable[..., Watched], server: Server) -> None:
    session = open_page()
    session.answered("compare Sparrow and Finch")
    outside = [url for url in session.requests if not url.startswith((server.url, "data:", "blob:"))]
    assert session.requests
    assert outside == []
    assert session.errors == []
    refused = session.page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.blockedURI));
            setTimeout(() => done('nothing was refused'), 3000);
            new Image().src = 'https://tracker.invalid/p.png';
        })"""
    )
    assert refused == "https://tracker.invalid/p.png", "the browser would have asked for it"


def test_errors_in_words(session: Watched, caplog: pytest.LogCaptureFixture) -> None:
    session.answered("busy please")
    error = session.answer().locator(".ap-error")
    expect(error.locator("p").first).to_have_text("The model at <b>api.test</b> is busy.")
    expect(error.locator("p").last).to_have_text("Wait a minute and ask again.")
    session.answered("crash now")
    expect(error.locator("p").first).to_have_text("Something went wrong in askpapers itself.")
    said = session.answer().inner_text()
    found = re.search(r"error id ([0-9a-f]{8})", said)
    assert found
    assert f"error {found[1]}" in caplog.text
    assert "secret path" in caplog.text
    assert "secret path" not in session.page.content()
    session.answered("compare Sparrow and Finch")
    expect(session.answer().locator(".ap-marker").first).to_be_visible()


def test_copy_takes_the_references_along(open_page: Callable[..., Watched]) -> None:
    session = open_page(permissions=["clipboard-read", "clipboard-write"])
    session.answered("compare Sparrow and Finch")
    session.answer().get_by_role("button", name="Copy").click()
    expect(session.answer().locator(".ap-copy")).to_have_text("Copied")
    copied = session.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Both papers aim at **reading long documents**, but in opposite ways.\n\n- *Sp")
    assert "\n\nReferences\n\n[1] Ada Lind, José Muñoz, Chen Wei (2021). Sparse Attention" in copied


def test_no_answer_is_calm(session: Watched) -> None:
    session.answered("abstain please")
    expect(session.answer().locator(".ap-calm-title")).to_have_text("Not in your library")
    expect(session.page.locator(".ap-error")).to_have_count(0)
    expect(session.page.locator(STATUS)).to_have_text("No answer from your library.")


def test_empty_and_too_long_questions(session: Watched, service: FakeService) -> None:
    asked = len(service.asked)
    session.ask("   ")
    session.page.locator("#ap-question textarea").fill("x" * (QUESTION_CHARS + 1))

    def refused() -> bool:  # Enter does nothing while the empty question is still being refused
        session.page.locator("#ap-question textarea").press("Enter")
        return "4,001 characters; the limit is 4,000" in session.page.locator(STATUS).inner_text()

    assert soon(refused)
    expect(session.page.locator("#ap-question textarea")).not_to_be_empty()
    expect(session.page.locator(ANSWER)).to_have_count(0)
    assert len(service.asked) == asked


def test_sessions_do_not_share_and_answer_at_once(open_page: Callable[..., Watched]) -> None:
    one, two = open_page(), open_page()
    one.ask("slow one")
    two.ask("slow two")
    expect(one.answer()).to_contain_text("word5 ")
    expect(two.answer()).to_contain_text("word5 ")
    one.page.locator("#ap-stop").click()
    expect(one.answer()).to_contain_text("Stopped.")
    text = two.answer().inner_text()
    assert soon(lambda: len(two.answer().inner_text()) > len(text)), "stopping one session stopped another"
    two.page.locator("#ap-stop").click()
    expect(one.page.locator(".ap-question")).to_have_text(["slow one"])
    expect(two.page.locator(".ap-question")).to_have_text(["slow two"])


def test_example_asks_directly_and_new_chat_starts_over(session: Watched, service: FakeService) -> None:
    page = session.page
    page.get_by_role("button", name="compare Sparrow and Finch", exact=True).click()
    expect(page.locator(".ap-question")).to_have_text("compare Sparrow and Finch")
    expect(page.locator("#ap-examples button")).to_have_count(0)
    expect(page.locator("#ap-send")).to_be_visible()
    page.locator("#ap-new").click()
    expect(page.locator("#ap-examples button").first).to_be_visible()
    expect(page.locator(ANSWER)).to_have_count(0)
    expect(page.locator(".ap-card")).to_have_count(0)
    session.answered("compare again")
    assert service.asked[-1].history == ()


def test_uploading_papers(session: Watched, service: FakeService, tmp_path: Path) -> None:
    page = session.page
    before = service.paper_count()
    (tmp_path / "new papers.csv").write_text("title,abstract\n")
    add_papers(page)
    (tmp_path / "more.ris").write_text("TY  - JOUR\n")
    box = page.locator("#ap-file input[type=file]")
    expect(box).to_have_attribute("multiple", "")
    box.set_input_files([tmp_path / "new papers.csv", tmp_path / "more.ris"])
    expect(page.locator("#ap-report")).to_contain_text("10 new")
    for words in ("new papers.csv, more.ris", "2 changed", "86 unchanged", "2 set aside", "new papers.csv, line 7"):
        expect(page.locator("#ap-report")).to_contain_text(words)
    expect(page.locator("#ap-report")).to_contain_text("no <b>abstract</b>")
    expect(page.locator("#ap-head .ap-papers")).to_have_text(f"{before + 20} papers")
    assert soon(lambda: not any(path.exists() for path in service.ingested)), "an uploaded copy was left behind"
    assert [path.name for path in service.ingested[-2:]] == ["new papers.csv", "more.ris"]
    (tmp_path / "poem.txt").write_text("not papers")
    page.locator("#ap-file input[type=file]").set_input_files(tmp_path / "poem.txt")
    expect(page.locator("#ap-report .ap-error")).to_contain_text("Give a CSV or JSON Lines file.")


def test_questions_are_answered_while_an_upload_is_read(session: Watched, service: FakeService, tmp_path: Path) -> None:
    """A long upload shows how far it is and takes no second file; the chat goes on beside it."""
    page = session.page
    (tmp_path / "long.bib").write_text("@article{a}")
    add_papers(page)
    service.hold.clear()
    try:
        page.locator("#ap-file input[type=file]").set_input_files(tmp_path / "long.bib")
        expect(page.locator("#ap-report .ap-progress")).to_contain_text("100 papers read")
        expect(page.locator("#ap-file")).to_be_hidden()
        page.get_by_role("tab", name="Chat", exact=True).click()
        session.answered("abstain please")
        page.get_by_role("tab", name="Library", exact=True).click()
        expect(page.locator("#ap-report .ap-progress")).to_be_visible()
    finally:
        service.hold.set()
    expect(page.locator("#ap-report")).to_contain_text("10 new")
    expect(page.locator("#ap-file")).to_be_visible()


def test_the_dense_index_is_followed_until_it_is_whole(open_page: Callable[..., Watched], service: FakeService) -> None:
    """The page looks again by itself, shows trouble in words, fits a phone, and asks nothing more once it is whole."""
    try:
        service.dense = DenseIndex(62, 100, 'The server at "http://127.0.0.1:9/v1" is away. Start it.')
        session = open_page(390, 844)
        page = session.page
        expect(page.locator("#ap-head .ap-dense")).to_have_text("dense index 62 %")
        expect(page.locator("#ap-head .ap-trouble")).to_contain_text("is away. Start it.")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert all(box and box["x"] + box["width"] <= 390 for box in boxes(page, "#ap-head .ap-facts > *"))
        service.dense = DenseIndex(80, 100)
        expect(page.locator("#ap-head .ap-dense")).to_have_text("dense index 80 %")
        expect(page.locator("#ap-head .ap-trouble")).to_have_count(0)
    finally:
        service.dense = None
    expect(page.locator("#ap-head .ap-dense")).to_have_count(0)
    asked = len(session.requests)
    page.wait_for_timeout(1000 * LOOK_EVERY_S + 500)
    assert len(session.requests) == asked


def boxes(page: Page, selector: str) -> list[FloatRect | None]:
    return [each.bounding_box() for each in page.locator(selector).all()]


def test_phone_has_the_evidence_below(open_page: Callable[..., Watched]) -> None:
    session = open_page(390, 844)
    session.answered("compare Sparrow and Finch")
    page = session.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    chat, evidence = page.locator("#ap-chat").bounding_box(), page.locator("#ap-evidence").bounding_box()
    assert chat and evidence
    assert evidence["y"] >= chat["y"] + chat["height"]
    session.answer().locator(".ap-marker", has_text="[2]").first.click()
    expect(page.locator("#evidence-2")).to_be_in_viewport()


def contrast(page: Page, selector: str) -> float:
    """The contrast between the text of an element and what is painted behind it."""
    found: float = page.evaluate(
        """selector => {
            const shade = colour => {
                const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).slice(0, 3).map(part => {
                    const share = part / 255;
                    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const element = document.querySelector(selector);
            let behind = element;
            while (/rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(behind).backgroundColor)) {
                behind = behind.parentElement;
            }
            const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
            const [high, low] = pair.map(shade).sort((a, b) => b - a);
            return (high + 0.05) / (low + 0.05);
        }""",
        selector,
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_readable(open_page: Callable[..., Watched], scheme: str) -> None:
    session = open_page(color_scheme=scheme)
    session.answered("doubt something")
    dark = session.page.evaluate("document.body.classList.contains('dark')")
    assert dark == (scheme == "dark")
    for selector in (
        *(
            "#ap-head h1",
            ".ap-note",
            ".ap-model",
            ".ap-question",
            ".ap-answer p",
            ".ap-marker",
            ".ap-checked",
        ),
        *(".ap-doubts strong", ".ap-card h3", ".ap-about", ".ap-abstract", ".ap-card mark", ".ap-badge"),
        *(".ap-tag", ".ap-status", "#ap-send", "#ap-new", ".ap-out", ".ap-group h2", "#ap-question textarea"),
    ):
        assert contrast(session.page, selector) >= 4.5, selector


def test_handlers_are_no_api_but_for_the_four_functions(server: Server) -> None:
    with urllib.request.urlopen(server.url + "gradio_api/info") as reply:
        told = json.load(reply)
    assert set(told["named_endpoints"]) == {"/search_papers", "/get_paper", "/ask", "/compare_papers"}
    assert told["unnamed_endpoints"] == {}


def test_a_busy_port_is_said_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port}") as caught:
            launch(FakeService(), port=port)
    assert "--port" in caught.value.hint


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 7860), ("127.0.0.1", 70000), ("no such host", 1)])
def test_a_wrong_address_is_said_in_words(host: str, port: int) -> None:
    with pytest.raises(InputError) as caught:
        launch(FakeService(), host=host, port=port)
    assert "--" in caught.value.hint
