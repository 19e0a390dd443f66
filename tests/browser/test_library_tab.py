"""The Library tab in a real browser, over papers of which one is hostile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.domain import Paper
from app.ui.gradio_app import Server, launch
from tests.chromium import ask_in_page
from tests.conftest import service_in
from tests.fake_service import HOSTILE, PAPERS, FakeService

MADE = tuple(
    Paper(f"1901.{number:05}", f"Pond {number}: newts", f"Pond {number} has newts.", ("Ada Newt",), 1950 + number)
    for number in range(1, 61)
)
BOOK = "#ap-lib-rows .ap-book"
STATUS = "#ap-lib-status .ap-status"
TICKED = "#ap-lib-ticked"


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService((HOSTILE, *PAPERS, *MADE), pace=0.002)


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    contexts = []
    expect.set_options(timeout=30_000)

    def open_one(width: int = 1400, height: int = 900, **options: object) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.goto(server.url)
        page.get_by_role("tab", name="Library", exact=True).click()
        expect(page.locator(BOOK).first).to_be_visible()
        return page

    yield open_one
    for context in contexts:
        context.close()


def test_search_filter_and_turn_pages(open_page: Callable[..., Page], service: FakeService) -> None:
    """As typed; by keyboard; filters narrow; one click takes all of it away."""
    page = open_page()
    expect(page.locator(BOOK)).to_have_count(25)
    expect(page.locator(STATUS)).to_have_text("65 papers. Page 1 of 3.")
    looks = len(service.looks)
    page.get_by_label("Search your library").press_sequentially("newts")
    expect(page.locator(STATUS)).to_have_text("60 of 65 papers fit. Page 1 of 3.")
    assert len(service.looks) - looks <= 2 and service.looks[-1].text == "newts"
    page.locator(".ap-shelf").focus()
    for key, words in (
        ("End", "Page 3 of 3"),
        ("ArrowLeft", "Page 2 of 3"),
        ("Home", "Page 1 of 3"),
        ("ArrowRight", "Page 2 of 3"),
    ):
        page.keyboard.press(key)
        expect(page.locator("#ap-lib-place")).to_have_text(words)
        expect(page.locator(".ap-shelf")).to_be_focused()
    page.get_by_role("button", name="Last", exact=True).click()
    expect(page.locator(BOOK)).to_have_count(10)
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    page.get_by_label("Search your library").fill("")
    page.get_by_label("From year").fill("2021")
    expect(page.locator(STATUS)).to_have_text("5 of 65 papers fit.")
    author = page.get_by_label("Author", exact=True)
    author.press_sequentially("muñ")
    expect(page.locator("#ap-lib-authors option")).to_have_attribute("value", "José Muñoz")
    author.fill("José Muñoz")
    expect(page.locator(STATUS)).to_have_text("1 of 65 papers fits.")
    expect(page.locator(f"{BOOK} h3")).to_have_text(PAPERS[0].title)
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.locator(STATUS)).to_have_text("65 papers. Page 1 of 3.")
    expect(author).to_have_value("")


def test_a_late_look_undoes_no_clearing(open_page: Callable[..., Page], service: FakeService) -> None:
    """Leaving a box looks for what stands there; "Clear", pressed in the same moment, is what was wanted last."""
    page = open_page()
    author = page.get_by_label("Author", exact=True)
    author.fill("José Muñoz")
    author.press("Enter")
    expect(page.locator(STATUS)).to_have_text("1 of 65 papers fits.")
    author.focus()
    service.late_s, looks = 1.0, len(service.looks)
    try:
        page.get_by_role("button", name="Clear search and filters").click()
        expect(page.locator(STATUS)).to_have_text("65 papers. Page 1 of 3.")
        page.wait_for_timeout(1500)
        expect(page.locator(STATUS)).to_have_text("65 papers. Page 1 of 3.")
        expect(author).to_have_value("")
        assert service.looks[-1].filters.authors == () and len(service.looks) > looks
    finally:
        service.late_s = 0.0


def test_ticks_last_over_pages_and_go_into_the_chat(open_page: Callable[..., Page], service: FakeService) -> None:
    page, other = open_page(), open_page()
    page.locator(f"{BOOK} input").nth(1).check()
    page.locator(f"{BOOK} input").nth(2).check()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator("#ap-lib-place")).to_have_text("Page 2 of 3")
    page.locator(f"{BOOK} input").first.check()
    expect(page.locator(TICKED)).to_have_text("3 papers ticked")
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.locator(f"{BOOK} input:checked")).to_have_count(2)
    expect(other.locator(TICKED)).to_be_hidden()
    page.get_by_role("button", name="Chat with these").click()
    expect(page.locator("#ap-only-0")).to_have_text("Only: 3 papers of the library ×")
    expect(page.locator("#ap-question textarea")).to_be_focused()
    ask_in_page(page, "abstain about these")
    expect(page.locator("#ap-chat .ap-answer")).to_have_count(1)
    assert len(service.asked[-1].filters.ids) == 3
    page.get_by_role("tab", name="Library", exact=True).click()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("#ap-question textarea")).to_have_value(re.compile("^Compare .+ and .+$"))


@pytest.mark.slow
def test_ask_only_this(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_label("Search your library").fill("finch")
    expect(page.locator(BOOK)).to_have_count(1)
    page.get_by_role("button", name="Ask only this").click()
    expect(page.locator("#ap-only-0")).to_contain_text("Only: Retrieval Instead of Length")
    expect(page.locator("#ap-question textarea")).to_be_focused()


def test_removing_is_asked_first(open_page: Callable[..., Page], service: FakeService) -> None:
    """How many and which; "Keep them" keeps them; visitors of an open page are offered nothing."""
    page = open_page()
    page.get_by_label("From year").fill("2009")
    page.get_by_label("To year").fill("2010")
    expect(page.locator(BOOK)).to_have_count(2)
    page.get_by_role("button", name="Remove Pond 60: newts").click()
    expect(page.locator("#ap-lib-sure")).to_contain_text("Remove 1 paper from the library?")
    expect(page.get_by_role("button", name="Keep them")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#ap-lib-sure")).to_be_hidden()
    expect(page.locator("#ap-lib-said")).to_have_text("Nothing was removed.")
    page.locator(f"{BOOK} input").first.check()
    page.locator(f"{BOOK} input").last.check()
    page.locator("#ap-lib-remove").click()
    expect(page.locator("#ap-lib-sure")).to_contain_text("This cannot be undone, unless you add them again.")
    page.get_by_role("button", name="Remove 2 papers").click()
    expect(page.locator("#ap-lib-said")).to_have_text("Removed 2 papers.")
    expect(page.locator("#ap-lib-rows")).to_contain_text("No paper fits")
    expect(page.locator("#ap-head .ap-papers")).to_have_text("63 papers")
    expect(page.locator("#ap-lib-bar")).to_be_hidden()
    service.removable = False
    try:
        page.get_by_role("button", name="Clear search and filters").click()
        expect(page.locator(BOOK)).to_have_count(25)
        expect(page.locator('button[data-act="remove"]')).to_have_count(0)
    finally:
        service.removable = True


def test_export_of_what_fits(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(accept_downloads=True)
    page.get_by_label("Search your library").fill("finch")
    expect(page.locator(BOOK)).to_have_count(1)
    page.locator("#ap-lib-export > button").click()
    page.get_by_label("Those that fit").check()
    page.get_by_label("RIS").check()
    with page.expect_download() as told:
        page.locator("#ap-export-go").click()
    told.value.save_as(tmp_path / "papers.ris")
    assert told.value.suggested_filename == "papers.ris"
    text = (tmp_path / "papers.ris").read_text(encoding="utf-8")
    assert text.count("TY  - ") == 1 and PAPERS[1].title in text
    expect(page.locator("#ap-export-told")).to_have_text("1 paper in papers.ris.")


def test_pasting_fetching_and_stopping(open_page: Callable[..., Page], service: FakeService) -> None:
    page = open_page()
    page.get_by_role("button", name="Add papers").click()
    box = page.get_by_label("Or paste text or ids")
    box.fill("@article{x, title={<script>window.hacked=9</script>}}")
    page.get_by_role("button", name="Add this text").click()
    report = page.locator("#ap-report")
    for words in ("1 new", "1 set aside", "no <b>abstract</b>"):
        expect(report).to_contain_text(words)
    expect(box).to_have_value("")
    box.fill("roses are red")
    page.get_by_role("button", name="Add this text").click()
    expect(report.locator(".ap-error")).to_contain_text("in no format we know")
    expect(box).to_have_value("roses are red")
    query = page.get_by_label("Or ask arXiv")
    query.fill("offline")
    query.press("Enter")
    expect(report.locator(".ap-error")).to_contain_text("askpapers is offline.")
    service.answer.clear()
    try:
        query.fill("cat:cs.CL")
        page.get_by_role("button", name="Fetch papers").click()
        expect(report.locator(".ap-progress")).to_contain_text("100 papers read")
        page.locator("#ap-fetch-stop").click()
        expect(report).to_contain_text("Stopped.")
    finally:
        service.answer.set()
    page.get_by_role("button", name="Fetch papers").click()
    expect(report).to_contain_text("100 new")


@pytest.mark.slow
def test_papers_that_may_be_one(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_role("button", name="Papers that may be one").click()
    page.get_by_role("button", name="Look for them").click()
    expect(page.locator(".ap-twins li")).to_contain_text("Both have the same title.")
    page.locator(".ap-twins").get_by_role("button", name="Make one of them").click()
    expect(page.locator("#ap-lib-sure")).to_contain_text("Make one paper of these two?")
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("#ap-lib-sure")).to_be_hidden()


def test_nothing_hostile_runs(open_page: Callable[..., Page], service: FakeService, tmp_path: Path) -> None:
    """A paper's title, abstract, author, venue and link are text, and so is the name of a file."""
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Search your library").fill("evil-1")
    expect(page.locator(BOOK)).to_have_count(1)
    expect(page.locator(f"{BOOK} h3")).to_contain_text("<script>window.hacked=1</script>")
    for fold in ("Abstract", "BibTeX"):
        page.locator(f"{BOOK} summary", has_text=fold).click()
    expect(page.locator(".ap-abstract")).to_contain_text("onerror='window.hacked=2'")
    page.locator(f"{BOOK} input").check()
    page.get_by_role("button", name="Remove Harmless title").click()
    expect(page.locator("#ap-lib-sure li")).to_contain_text("<script>")
    page.get_by_role("button", name="Keep them").click()
    page.get_by_role("button", name="Add papers").click()
    name = "../../x<script>window.hacked=10</script>.bib"
    page.locator("#ap-file input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": b"@article{a}"}
    )
    expect(page.locator("#ap-report")).to_contain_text("10 new")
    assert all(".." not in path.parts and "/" not in path.name for path in service.ingested)
    page.locator(f"{BOOK} button", has_text="Ask only this").click()
    expect(page.locator("#ap-only-0")).to_contain_text("Only: Harmless title")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#injected").count() == 0
    assert not [url for url in asked if "tracker.invalid" in url]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_has_room_for_it(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(390, 844, color_scheme=scheme)
    page.locator(f"{BOOK} input").first.check()
    page.locator(f"{BOOK} summary", has_text="BibTeX").first.click()
    page.get_by_role("button", name="Add papers").click()
    expect(page.locator(TICKED)).to_have_text("1 paper ticked")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_empty_library_says_what_to_do(browser: Browser, tmp_path: Path, model_cache: Path) -> None:
    """On the Chat tab a box for the first files, in the Library tab what there is to do; the examples are one click away."""
    running = launch(service_in(tmp_path, model_cache), port=0)
    try:
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(running.url)
            expect(page.locator("#ap-begin")).to_contain_text("Add your first papers")
            page.get_by_role("tab", name="Library", exact=True).click()
            expect(page.locator("#ap-lib-rows")).to_contain_text("Nothing here yet.")
            page.locator("#ap-starter").click()
            expect(page.locator("#ap-report")).to_contain_text("47 new", timeout=60_000)
            expect(page.locator(STATUS)).to_have_text("47 papers. Page 1 of 2.")
            expect(page.locator("#ap-starter")).to_be_hidden()
            page.get_by_role("tab", name="Chat", exact=True).click()
            expect(page.locator("#ap-examples button").first).to_be_visible()
            page.reload()
            expect(page.locator("#ap-head .ap-papers")).to_have_text("47 papers")
            expect(page.locator("#ap-begin")).to_be_hidden()
    finally:
        running.close()
