"""What an answer shows beside its text: plan, table, verdicts, doubts, full texts, how it came about, what is read out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.core.domain import Answer, Claim, Evidence, ModelInfo, Paper, PaperRef, Plan, Quote, Reason
from app.core.events import StepDone
from app.core.filters import Filters
from app.core.findings import NOT_STATED, Cell, Comparison, LibraryCheck, PaperVerdict, Row
from app.core.reading import Reading
from app.ui.checked_html import checked_html, checked_words
from app.ui.how_html import how_html
from app.ui.markup import chat_html
from app.ui.plan_html import plan_html, plan_words
from app.ui.render import answer_html, running_html
from app.ui.spoken import spoken
from app.ui.table_export import table_csv, table_markdown
from app.ui.table_html import comparison_html, downloads_html
from tests.fake_answers import hostile_parts
from tests.html_page import HOSTILE, Page

ABSTRACT = "It reaches 71.3 % accuracy. It costs little."
REF = PaperRef("p1", "Title one", ("A",), 2021, "https://a.invalid/1")
OTHER = PaperRef("p2", "Title two")
TABLE = Comparison(
    ("accuracy", "cost"),
    (
        Row(1, REF, "One", (Cell("71.3 %", (Quote(ABSTRACT[:27], 0, 27),)), Cell("costs little", (Quote("costs little", 31, 43),)))),
        Row(2, OTHER, "Two", (Cell(), Cell("half", (Quote("half", 0, 4),)))),
    ),
)  # fmt: skip
CHECK = LibraryCheck(
    (PaperVerdict(REF, "yes", (Quote("It is.", 0, 6),), 1), PaperVerdict(OTHER, "no"), PaperVerdict(OTHER, "unclear")),
    3,
    3,
    3,
)


def answer(text: str = "Yes [1].", **more: object) -> Answer:
    base: dict[str, object] = {"kind": "lookup", "status": "answered", "model": ModelInfo("openai", "gpt-test")}
    return Answer("Is it?", "Is it?", text=text, **{**base, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (
            Plan("compare", "q", ("a", "b"), ("A", "B"), aspects=("method", "data", "results")),
            "Comparing A and B on method, data and results",
        ),
        (Plan("compare", "q", ("a",), ("A",), ("Crane",)), "Comparing A and Crane (not in your library)"),
        (Plan("compare", "q", sides=("pools", "single prompts")), "Comparing pools and single prompts"),
        (Plan("compare", "q"), "Comparing the papers that fit best"),
        (Plan("lookup", "q", ("a",), ("A",)), "Looking up A"),
        (Plan("lookup", "q"), "Looking up what fits your question best"),
        (Plan("aggregate", "q"), "Looking through the whole library"),
        (Plan("chat", "q"), ""),
    ],
)
def test_the_plan_in_words(plan: Plan, words: str) -> None:
    """Kind, papers, points, and what the library does not hold."""
    assert plan_words(plan) == words


def test_the_plan_stands_above_the_answer_with_its_filters() -> None:
    """While it is written too; an answer without plan and filters has no such line."""
    plan = Plan("lookup", "q", ("a",), ("<b>A</b>",))
    readings = (Reading(Filters(since="2023"), "from 2023 on"),)
    html = answer_html(answer(filters=readings), {1}, (), plan)
    assert html.index("Looking up &lt;b&gt;A&lt;/b&gt;") < html.index("Only papers from 2023 on") < html.index("Yes")
    assert "Looking up" in running_html("", (), "Reading", plan) and "Looking up" in running_html("So", (), "", plan)
    assert "ap-plan" not in answer_html(answer(), {1})
    assert len(plan_words(Plan("lookup", "q", ("a",), ("x" * 500,)))) < 120


def test_a_table_says_what_each_of_its_cells_is_about() -> None:
    """Both heads have their scope; the quote stands below a value that is shorter, with a marker that leads to the card;
    what is not stated is said."""
    html = comparison_html(TABLE, {1})
    page = Page(html).check()
    assert "Comparison of One and Two" in page.text
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 2
    assert f"<q>{ABSTRACT[:27]}</q>" in html and "<q>costs little</q>" not in html
    assert html.count('href="#evidence-1"') == 3 and "#evidence-2" not in html
    assert html.count(f'<td class="ap-none">{NOT_STATED}</td>') == 1
    assert 'tabindex="0"' in html and "aria-label" in html


def test_the_table_of_the_text_is_not_shown_twice() -> None:
    """A text that has one is enough; all three kinds can be saved."""
    written = "| | accuracy |\n|---|---|\n| One [1] | 71.3 % [1] |"
    for text in (written, "No table."):
        html = answer_html(answer(text, table=TABLE), {1})
        assert html.count("<table>") == 1
        assert html.count("ap-save") == 3
    assert "ap-save" not in answer_html(answer(written), {1})


def test_a_table_in_the_text_has_heads_too() -> None:
    """Where the corner is empty a row begins with what it is about; what is not stated is told from values."""
    html = chat_html(f"| | data |\n|---|---|\n| One | {NOT_STATED} |\n| Two | &lt;b&gt; \\| \\<i> |")
    assert '<th scope="row">One</th>' in html and "<td></td>" in html
    assert f'<td class="ap-none">{NOT_STATED}</td>' in html
    assert "<td>&lt;b&gt; | &lt;i&gt;</td>" in html
    assert "scope=\"row\"" not in chat_html("| a | b |\n|---|---|\n| c | d |")  # fmt: skip


def test_saved_files_are_the_very_text() -> None:
    """What the button saves is what the export gives, escaped on its way."""
    table = Comparison(("<cost>",), (Row(1, REF, "&One", (Cell('"x"'),)),))
    page = Page(downloads_html(table)).check()
    csv_text = "\n".join(table_csv(table).splitlines())  # a page knows one end of line
    assert csv_text in page.text and table_markdown(table).strip() in page.text


def test_a_look_through_the_library_says_how_complete_it_is() -> None:
    """Counts of all three verdicts; of candidates, if not all papers were looked at."""
    assert checked_words(CHECK) == "Checked 3 of 3 papers: 1 yes, 1 no, 1 unclear"
    part = replace(CHECK, checked=3, candidates=60, papers=1500)
    assert checked_words(part) == "Checked 3 of 60 that may be meant, of 1,500 papers: 1 yes, 1 no, 1 unclear"


def test_verdicts_are_folded_but_never_hidden() -> None:
    """Folded where the text shows every paper that is meant, open where it does not; quotes stand below a yes."""
    folded = checked_html(CHECK, {1}, {1})
    Page(folded).check()
    assert '<details class="ap-verdicts">' in folded
    assert '<details class="ap-stance is-yes" open>' in folded and '<details class="ap-stance is-no">' in folded
    assert "<q>It is.</q>" in folded and 'href="#evidence-1"' in folded
    assert '<details class="ap-verdicts" open>' in checked_html(CHECK, {1}, ())
    assert '<details class="ap-verdicts" open>' in answer_html(answer("One paper.", checked=CHECK), {1})
    assert '<details class="ap-verdicts">' in answer_html(answer("One paper [1].", checked=CHECK), {1})
    many = LibraryCheck((PaperVerdict(OTHER, "no"),) * 900, 900, 900, 900)
    assert checked_html(many, (), ()).count("<li") == 200 and "and 700 more" in checked_html(many, (), ())


def test_doubts_are_marked_in_the_text_and_explained() -> None:
    """Unsupported and partly supported sentences have lines of their own, and a legend says what they mean."""
    text = "It has 42 parts [1]. Half of it holds [1]. This is true [1]."
    claims = (
        Claim("It has 42 parts.", (1,), "unsupported", ("number 42 not found",), 0, 20),
        Claim("Half of it holds.", (1,), "partly", (), 21, 42),
        Claim("This is true.", (1,), "supported", (), 43, 60),
        Claim("Of a cell.", (1,), "unsupported"),
    )
    html = answer_html(answer(text, claims=claims), {1})
    Page(html).check()
    assert html.count(" (not in the cited abstract)") == 1
    assert html.count(" (only partly in the cited abstract)") == 1
    assert "This is true <a" in html
    assert 'class="ap-legend"' in html and "number 42 not found" in html
    assert "ap-legend" not in answer_html(answer(text, claims=claims[2:]), {1})


PAPERS = (
    Paper("p1", "Title <one>", ABSTRACT, url="https://a.invalid/1"),
    Paper("p2", "Title two", ABSTRACT, url="javascript:alert(1)"),
)
EVIDENCE = tuple(Evidence(n, paper, f"{paper.id}#0", 0.5) for n, paper in enumerate(PAPERS, start=1))


def test_what_an_abstract_does_not_say_may_stand_in_the_full_text() -> None:
    """Links for the papers the question names, if a browser may open them; none where it names none or is answered."""
    no = answer("It does not say.", status="abstained", reason="abstract_does_not_say", evidence=EVIDENCE)
    html = answer_html(no, {1, 2}, (), Plan("lookup", "q", ("p1", "p2"), ("One", "Two")))
    Page(html).check()
    assert "The abstracts do not say" in html and 'href="https://a.invalid/1"' in html
    assert "The full text may say it:" in html and "javascript" not in html
    assert "ap-full" not in answer_html(no, {1}, (), Plan("lookup", "q", ("p2",), ("Two",)))
    assert "ap-full" not in answer_html(no, {1})
    assert "ap-full" not in answer_html(replace(no, reason="not_in_library"), {1}, (), Plan("lookup", "q", ("p1",), ("One",)))  # fmt: skip


@pytest.mark.parametrize("status", ["answered", "abstained"])
def test_abstracts_that_disagree_are_said_to(status: str) -> None:
    """Whether that is all of the answer or a part of it."""
    html = answer_html(answer("Yes [1], no [2].", status=status, reason="abstracts_disagree"), {1, 2})
    assert '<p class="ap-calm-title">The abstracts disagree</p>' in html


def test_how_it_was_answered() -> None:
    """The steps, the receipt, and a command to copy; an id that is none becomes no command."""
    html = how_html(answer(id="a1b2-c3"), [StepDone("plan", "<b>")], '<p class="ap-receipt">r</p>')
    assert html.index("&lt;b&gt;") < html.index("ap-receipt") < html.index("askpapers replay a1b2-c3")
    Page(html).check()
    for bad in ("x; rm -rf ~", "--help", "<b>", "", "a\nb", "x" * 65):
        assert "replay" not in how_html(answer(id=bad), [StepDone("plan", "p")])
    assert how_html(answer(), []) == ""


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "Answer ready, 0 papers cited."),
        ({"table": TABLE}, "Answer ready with a table, 0 papers cited."),
        ({"checked": CHECK}, "Answer ready, 0 papers cited. Checked 3 of 3 papers: 1 yes, 1 no, 1 unclear."),
        (
            {"claims": (Claim("x", (1,), "unsupported"),)},
            "Answer ready, 0 papers cited. 1 statement needs a closer look.",
        ),
        ({"reason": "abstracts_disagree"}, "The abstracts disagree, 0 papers cited."),
        ({"status": "abstained", "reason": "not_in_library"}, "No answer from your library."),
        ({"status": "abstained", "reason": "abstract_does_not_say"}, "The abstracts do not say."),
        ({"status": "clarify"}, "One question back."),
    ],
)
def test_what_is_read_out(parts: dict[str, object], words: str) -> None:
    """The status line says in words what sighted people see at once."""
    assert spoken(answer(**parts)) == words


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_parts_stay_text(text: str) -> None:
    """Points, labels, cells, titles, quotes, verdicts' makers, choices and ids come from papers, people and models."""
    evil = Paper("evil", text, text, (text,), url=text)
    done = answer(text, evidence=(Evidence(1, evil, "c", 1.0),), **hostile_parts(evil, text))
    plan = Plan("compare", text, ("evil",), (text,), (text,), (text,), aspects=(text,))
    for status, reason in (("answered", None), ("abstained", "abstract_does_not_say"), ("clarify", "unclear_question")):
        told: Reason | None = reason  # type: ignore[assignment]
        html = answer_html(replace(done, status=status, reason=told), {1}, [StepDone("plan", text)], plan)  # type: ignore[arg-type]
        assert "img" not in Page(html).check().tags
        assert "\n" not in re.sub(r"<pre.*?</pre>", "", html)
    Page(plan_html(plan, [Reading(Filters(), text)])).check()
