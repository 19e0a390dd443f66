"""The Library tab's own rules: what boxes ask for, what is ticked, which clicks count, and rows that nobody can inject."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.browsing import Look, MaybeOne, Shelf, page_of
from app.core.domain import Paper
from app.core.filters import Filters
from app.ui.library_look import (
    EVERY,
    MOST_TICKED,
    WITH,
    WITHOUT,
    PaperClick,
    Ticked,
    Told,
    fitting_words,
    look_of,
    not_read,
    turned,
    when,
)
from app.ui.library_rows import EMPTY, bibtex, shelf_html, twins_html
from tests.fake_service import HOSTILE, PAPERS
from tests.unit.test_render import Page

TAGS = {
    *(
        "p",
        "ol",
        "li",
        "label",
        "input",
        "span",
        "div",
        "h3",
        "h4",
        "details",
        "summary",
        "button",
        "pre",
        "a",
        "strong",
    ),
}
ANYTHING = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
)  # fmt: skip


def shown(html: str) -> Page:
    page = Page(html)
    assert set(page.tags) <= TAGS, set(page.tags) - TAGS
    assert not page.open - {"input"} if isinstance(page.open, set) else True
    names = {name for name, _ in page.attributes}
    assert not any(name.startswith("on") or name == "style" for name in names), names
    return page


@given(boxes=st.lists(ANYTHING, min_size=8, max_size=8))
def test_whatever_a_browser_sends_is_a_look(boxes: list[Any]) -> None:
    """It never fails, and what comes of it is within bounds."""
    look = look_of(*boxes)
    assert look.number == 1 and look.size in (25, 50) and len(look.text) <= 300
    assert look.sorting in ("newest", "oldest", "title", "best")
    assert len(look.filters.categories) <= 20 and len(look.filters.authors) <= 1
    assert all(not each or when(each) == each for each in (look.filters.since, look.filters.until))


def test_boxes_become_a_look() -> None:
    look = look_of("newts ", "2019", "2021-05", " Raffel ", ["cs.CL", " "], WITHOUT, "title", "50")
    assert look == Look(
        "newts ", Filters(since="2019", until="2021-05", authors=("Raffel",), categories=("cs.CL",), flagged=False), "title", 1, 50
    )  # fmt: skip
    assert look_of("", "", "", "", [], WITH, "best", 25).filters.flagged is True
    assert not look_of("  ", "20", "", "--", [], EVERY, "oldest", "")


@pytest.mark.parametrize(
    ("typed", "read"),
    [("2021", "2021"), (" 2021-05 ", "2021-05"), ("2021-05-14", "2021-05-14"), ("2021-02-30", ""), ("2021-13", "")]
    + [("202", ""), ("20210", ""), ("next", ""), ("", ""), (None, ""), ("0000", ""), ("２０２１", "")],
)
def test_years(typed: object, read: str) -> None:
    assert when(typed) == read


def test_what_is_no_year_is_said_once_it_is_typed() -> None:
    assert not_read("202", "") == not_read("", None) == not_read("2021", "2022-01") == ""
    assert "“20215”" in not_read("20215", "") and "“soon”" in not_read("2021", "soon")


@given(fitting=st.integers(0, 10_000), number=st.integers(-5, 10_000), size=st.integers(1, 60))
def test_a_page_is_always_there(fitting: int, number: int, size: int) -> None:
    at, pages = page_of(fitting, number, size)
    assert 1 <= at <= pages and (pages - 1) * size < max(1, fitting) <= pages * size


@given(
    number=st.integers(1, 50), pages=st.integers(1, 50), way=st.sampled_from(["first", "previous", "next", "last", "?"])
)
def test_turning_stays_inside(number: int, pages: int, way: str) -> None:
    assert 1 <= turned(Look(number=number), pages, way).number <= pages


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans())))
def test_ticks_are_a_set_in_order(ticks: list[tuple[str, bool]]) -> None:
    now, known = Ticked(), set[str]()
    for paper, on in ticks:
        now = now.with_paper(paper, on)
        known = known | {paper} if on else known - {paper}
    assert set(now.ids) == known and len(now.ids) == len(known)
    assert now.without(["a", "b"]).ids == tuple(each for each in now.ids if each not in "ab")


def test_ticks_have_an_end() -> None:
    many = Ticked().with_papers([str(number) for number in range(MOST_TICKED + 5)])
    assert len(many.ids) == MOST_TICKED == len(many.with_paper("one more", True).ids)


@pytest.mark.parametrize(
    "data",
    [None, {}, "tick", [], {"act": "tick"}, {"act": "drop", "place": 0}, {"act": "tick", "place": "0"}]
    + [{"act": "tick", "place": -1}, {"act": "tick", "place": True}, {"act": "tick", "place": 1.5}, {"act": ["tick"], "place": 1}],
)  # fmt: skip
def test_a_forged_click_says_nothing(data: object) -> None:
    assert Told.of(data, ("tick", "ask")) is None
    assert PaperClick.of(data, ("tick", "ask")) is None


@pytest.mark.parametrize("paper", ["", "x" * 3000, 7, None, ["2101.00001"]])
def test_a_click_on_a_paper_tells_its_id(paper: object) -> None:
    assert PaperClick.of({"act": "tick", "paper": paper, "on": True}, ("tick",)) is None
    assert PaperClick.of({"act": "tick", "paper": "2101.00001", "on": "yes"}, ("tick",)) == PaperClick(
        "tick", "2101.00001", False
    )


def test_rows_hold_no_markup_of_papers() -> None:
    """Titles, names, venues, abstracts, links and warnings are text, in the BibTeX too."""
    evil = Paper(
        **{**{n: getattr(HOSTILE, n) for n in HOSTILE.__slots__}, "flags": (HOSTILE.title,), "categories": ("<b>",)}
    )
    page = shown(shelf_html(Look(), Shelf((evil, PAPERS[3]), 1, 1, 2, 2), {evil.id}, may_remove=True))
    links = [value for name, value in page.attributes if name == "href"]
    assert not any("javascript" in str(link) for link in links), "paper 4 has such a link"
    assert "<script>window.hacked=1</script>" in page.text
    twins = shown(twins_html([MaybeOne(evil, PAPERS[0], "the same title")], more=True, may_remove=True))
    assert "Both have the same title" in twins.text and "the first 1" in twins.text


def test_visitors_have_no_buttons_to_take_away() -> None:
    shelf = Shelf(PAPERS[:2], 1, 1, 2, 2)
    assert 'data-act="remove"' in shelf_html(Look(), shelf, (), True)
    assert 'data-act="remove"' not in shelf_html(Look(), shelf, (), False)
    assert "data-act" not in twins_html([MaybeOne(*PAPERS[:2], "the same abstract")], False, False)


def test_empty_and_nothing_fits() -> None:
    assert shelf_html(Look(), Shelf(), (), True) == EMPTY
    assert "No paper fits" in shelf_html(Look("x"), Shelf(papers=4), (), True)
    assert fitting_words(Look(), Shelf()) == "The library is empty."
    assert fitting_words(Look(), Shelf(fitting=1, papers=1)) == "1 paper."
    assert fitting_words(Look("x"), Shelf(fitting=1234, papers=100_000)) == "1,234 of 100,000 papers fit."
    assert fitting_words(Look("x"), Shelf(fitting=1, papers=2)) == "1 of 2 papers fits."


def test_the_entry_to_cite_by() -> None:
    entry = bibtex(PAPERS[0])
    assert entry.startswith("@article{2101.00001,") and "abstract" not in entry and "José Muñoz" in entry
