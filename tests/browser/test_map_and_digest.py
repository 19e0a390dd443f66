"""The map and the digest in a real browser: points, lines drawn around them, lists for the keyboard, and from each of them
into a conversation about those papers only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.gradio_app import Server
from tests.browser.test_accessibility import findings
from tests.chromium import ask_in_page
from tests.fake_digest import NewsService
from tests.fake_map import CORNERS
from tests.fake_service import HOSTILE, PAPERS

PLOT = "#ap-map-plot .js-plotly-plot"
# Where a place of the map is on the screen.
_ON_SCREEN = """([x, y]) => {
  const plot = document.querySelector("#ap-map-plot .js-plotly-plot"), at = plot.getBoundingClientRect();
  const { xaxis, yaxis, _size } = plot._fullLayout;
  return [at.left + _size.l + xaxis.l2p(x), at.top + _size.t + yaxis.l2p(y)];
}"""


@pytest.fixture(scope="module")
def service() -> NewsService:
    return NewsService()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that asked for nothing from outside, ran no script of a paper and logged no error."""
    page = browser.new_page(viewport={"width": 1400, "height": 950})
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    outside: list[str] = []
    wrong: list[str] = []
    ours = (server.url, "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(ours) else outside.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.url)
    yield page
    assert not outside and not wrong and page.evaluate("window.hacked") is None
    page.close()


def open_tab(page: Page, name: str) -> None:
    """On a narrow screen some tabs are in the menu at the end of their row."""
    expect(page.locator("#ap-tabs [role=tab]").first).to_be_visible()
    tab = page.get_by_role("tab", name=name, exact=True)
    if not tab.is_visible():
        page.locator("#ap-tabs .overflow-menu > button").click()
        tab = page.locator("#ap-tabs .overflow-dropdown button", has_text=name)
    tab.click()


def open_map(page: Page) -> None:
    open_tab(page, "Map")
    expect(page.locator(PLOT)).to_be_visible()
    expect(page.locator("#ap-map-status")).to_contain_text("36 papers in 3 groups")
    expect(page.locator("#ap-map-status")).to_contain_text("2 papers wait for their vectors")
    page.wait_for_function(
        f"document.querySelector('{PLOT}')?._fullLayout?._size && document.querySelector('{PLOT}')._ev"
    )


def narrowed_to(page: Page, words: str, service: NewsService, papers: int) -> None:
    """The Chat tab is open with the box ready, and the next question is about these papers only."""
    expect(page.locator("#ap-question textarea")).to_be_focused()
    expect(page.locator("#ap-only-0")).to_have_text(f"Only: {words} ×")
    ask_in_page(page, "compare Sparrow and Finch")
    expect(page.locator("#ap-chat .ap-answer").last).to_contain_text("LongRead")
    assert len(service.asked[-1].filters.ids) == papers


def test_a_point_is_a_paper(page: Page, service: NewsService) -> None:
    """Hover shows a title as text, a click the paper's card, and its button asks about that paper only."""
    open_map(page)
    place = service.topics(lambda done, total, words: None).places[0].tolist()
    x, y = page.evaluate(_ON_SCREEN, place)
    page.mouse.move(x, y)
    expect(page.locator(f"{PLOT} .hoverlayer")).to_contain_text("Harmless title <script>")
    page.mouse.click(x, y)
    card = page.locator("#ap-map-card .ap-map-card")
    expect(card).to_contain_text("Harmless title <script>")
    expect(page.locator("#injected")).to_have_count(0)
    page.get_by_role("button", name="Ask about this paper").click()
    narrowed_to(page, "Harmless title <script>window.hacked=1</script><img src=x on …", service, 1)


def test_a_line_around_points_is_a_selection(page: Page, service: NewsService) -> None:
    """A line drawn by hand around one corner of the map: its twelve papers, those of no other group."""
    open_map(page)
    cx, cy = CORNERS[1]
    ring = [(cx - 2, cy - 2), (cx + 2.2, cy - 2), (cx + 2.2, cy + 2), (cx - 2, cy + 2), (cx - 2, cy - 1.9)]
    corners = [page.evaluate(_ON_SCREEN, list(place)) for place in ring]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=12)
    page.mouse.up()
    expect(page.locator("#ap-map-card")).to_contain_text("12 papers inside your line")
    page.get_by_role("button", name="Chat with these 12 papers").click()
    narrowed_to(page, "12 papers of the map", service, 12)
    assert set(service.asked[-1].filters.ids) == {paper.id for paper in service.mapped[1::3]}


def test_the_list_does_the_same_with_the_keyboard(page: Page, service: NewsService) -> None:
    open_map(page)
    page.locator("#ap-map-groups summary").nth(1).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#ap-map-card")).to_contain_text(PAPERS[0].title)
    expect(page.locator("#ap-map-card a")).to_have_attribute("href", "https://arxiv.org/abs/2101.00001")
    assert not findings(page, "map")
    chat = page.get_by_role("button", name="Chat with the 12 papers of group 2, retrieval")
    chat.focus()
    page.keyboard.press("Enter")
    narrowed_to(page, "12 papers on retrieval", service, 12)


@pytest.mark.slow
def test_a_phone_has_room_for_the_map(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_map(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#ap-map-plot").bounding_box()
    assert not findings(page, "map on a phone")
    assert box and box["width"] > 330 and page.locator("#ap-map-groups .ap-map-chat").first.is_visible()


def test_what_is_new(page: Page, service: NewsService, tmp_path: Path) -> None:
    """By topic with references, saved as a file, and as the beginning of a conversation; nothing of a paper is markup."""
    open_tab(page, "Digest")
    page.get_by_label("Topics").fill("long documents, <b>odd</b>")
    page.get_by_role("button", name="Show what is new").click()
    shown = page.locator("#ap-digest-shown")
    expect(shown).to_contain_text("Sparrow reads long documents [1].")
    expect(page.locator("#ap-digest-status")).to_contain_text("5 papers added since 2026-11-19")
    assert service.told[-1] == ("7d", ("long documents", "<b>odd</b>"))
    expect(shown.locator("h2").nth(1)).to_have_text("<b>odd</b>")
    expect(shown.locator("#digest-1 a")).to_have_attribute("href", "https://arxiv.org/abs/2101.00001")
    expect(shown.locator("#digest-2 a")).to_have_attribute("href", str(HOSTILE.url))
    expect(page.locator("[onmouseover], #injected")).to_have_count(0)
    assert not findings(page, "digest")
    for name in ("Markdown", "HTML"):
        with page.expect_download() as told:
            page.get_by_role("button", name=f"Save as {name}").click()
        told.value.save_as(tmp_path / name)
        assert "Sparrow" in (tmp_path / name).read_text(encoding="utf-8")
    assert told.value.suggested_filename == "new-papers.html"
    page.get_by_role("button", name="Chat with the 2 papers told here").click()
    narrowed_to(page, "2 papers new since 2026-11-19 00:00", service, 2)

    open_tab(page, "Digest")
    page.get_by_label("Topics").fill("nothing")
    page.get_by_label("Topics").press("Enter")
    expect(page.locator("#ap-digest-status")).to_contain_text("Nothing new since")
    since = page.get_by_label("Added since")
    since.fill("soon")
    since.press("Enter")
    page.get_by_role("button", name="Show what is new").click()
    expect(shown).to_contain_text("neither a stretch of time nor a day")
