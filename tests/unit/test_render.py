"""What answers and papers look like as HTML, Markdown and JSON, and that none of them can do harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.domain import Answer, Citation, Claim, Evidence, ModelInfo, Paper, PaperRef, Quote, Turn
from app.core.errors import InputError
from app.core.events import AnswerReady, StepDone
from app.core.filters import Filters
from app.core.reading import Reading
from app.core.shown import shown as as_shown
from app.ui.answer_json import answer_to_json, turns_from_json
from app.ui.cards import merged_spans, safe_url
from app.ui.conversation import Conversation
from app.ui.render import (
    answer_html,
    answer_markdown,
    chat_html,
    claim_notes,
    dense_note,
    error_html,
    evidence_html,
    filters_note,
    question_html,
    reference_line,
)
from tests.html_page import HOSTILE, Page


def paper(abstract: str, **more: object) -> Paper:
    return Paper(**{"id": "p1", "title": "A title", "abstract": abstract, **more})  # type: ignore[arg-type]


def card(abstract: str, *spans: tuple[int, int], **more: object) -> str:
    one = paper(abstract, **more)
    quotes = tuple(Quote(abstract[start:end], start, end) for start, end in spans)
    return evidence_html([Evidence(1, one, "p1#0", 0.5)], [Citation(1, one.ref, quotes)])


def answer(text: str = "Yes [1].", **more: object) -> Answer:
    base: dict[str, object] = {
        "question": "Is it?",
        "standalone_question": "Is it so?",
        "kind": "lookup",
        "status": "answered",
        "text": text,
        "model": ModelInfo("openai", "gpt-test"),
    }
    return Answer(**{**base, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    page = Page(chat_html(text, {1})).check()
    assert "img" not in page.tags
    for one in (card(text), card("A.", title=text, authors=(text,), venue=text, url=text)):
        Page(one).check()
    Page(question_html(text)).check()
    Page(error_html(text, text)).check()
    claims = (Claim(text, (1,), "unsupported", (text,)),)
    shown = Page(answer_html(answer(text, claims=claims), {1}, [StepDone("plan", text)])).check()
    assert "img" not in shown.tags


@given(st.text(st.sampled_from("*_`|#>-+1.) \n[]()!<&\"'\\~ahttps:/é🙂"), max_size=120))
@example("**a *b** c*")
@example("`" * 5 + "a" + "`" * 4)
@example("- a\n  - b\n - c\n1. d\n\n- e")
def test_any_markdown_is_well_formed(text: str) -> None:
    html = chat_html(text, {1, 11})
    Page(html).check()
    assert "\n" not in html


def test_a_long_nasty_text_takes_linear_time() -> None:
    import time

    for piece in ("*a ", "[", "`" * 3 + "a" + "`" * 2, "# #", "  |", "_", "![", "> ", "- ", "**a_"):
        begun = time.thread_time()
        chat_html(piece * (40_000 // len(piece)))
        assert time.thread_time() - begun < 2, piece


def test_basic_markdown_remains() -> None:
    html = chat_html("## Head\n\n**b** and *i*\n\n- one\n- two\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n```\na\n\nb\n```")
    for piece in (
        "<h4>Head</h4>",
        "<strong>b</strong>",
        "<em>i</em>",
        "<li>one</li>",
        "<td>2</td>",
        "a&#10;&#10;b",
    ):
        assert piece in html
    assert chat_html("snake_case_name stays, 2 * 3 * 4 too") == "<p>snake_case_name stays, 2 * 3 * 4 too</p>"
    assert chat_html("3. c\n4. d") == '<ol start="3"><li>c</li><li>d</li></ol>'


def test_known_markers_link_to_their_card_and_no_others() -> None:
    html = chat_html("Both [1][2], not [9], not [x], not `[1]`.", {1, 2})
    assert re.findall(r'href="#evidence-(\d+)"', html) == ["1", "2"]
    assert "not [9], not [x], not <code>[1]</code>" in html
    assert re.findall(r'href="#evidence-(\d+)"', chat_html("| [1] |\n|---|\n| *[2]* |", {1, 2})) == ["1", "2"]


def test_a_link_cannot_pose_as_a_marker() -> None:
    html = chat_html("[2](https://elsewhere.invalid)", {2})
    assert html.count("<a ") == 1
    assert 'href="#evidence-2"' in html
    assert "(https://elsewhere.invalid)" in html


def test_an_answer_links_to_nowhere_else() -> None:
    """An address in an answer may carry away what was asked: it is seen, not clicked. Papers have links of their own."""
    html = chat_html('[the "paper"](https://a.invalid/x?a=1&b=2)')
    assert html == "<p>the &quot;paper&quot; (https://a.invalid/x?a=1&amp;b=2)</p>"
    assert "<a" not in chat_html("https://a.invalid/bare")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://arxiv.org/abs/1", True),
        ("HTTP://a.invalid", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" https://a.invalid", False),
        ("//a.invalid", False),
        ("https://", False),
        ("ftp://a.invalid", False),
        ("http://[bad", False),
        ("", False),
        (None, False),
    ],
)
def test_only_http_links_leave_the_page(url: str | None, good: bool) -> None:
    assert (safe_url(url) is not None) == good
    assert ("Open on" in card("A.", url=url)) == good


def test_cited_sentences_are_marked_exactly() -> None:
    abstract = "Café 🙂 first. Zweiter Satz mit ü. <Third> & last."
    start = abstract.index("Zweiter")
    end = abstract.index(" <Third>")
    assert "<mark>Zweiter Satz mit ü.</mark>" in card(abstract, (start, end))
    third = abstract.index("<Third>")
    assert "<mark>&lt;Third&gt; &amp; last.</mark>" in card(abstract, (third, len(abstract)))
    assert Page(card(abstract, (0, 6))).check().text.count(abstract) == 1


def test_overlapping_spans_are_one() -> None:
    assert merged_spans([(5, 9), (0, 3), (2, 6), (20, 40), (7, 7)], 30) == [(0, 9), (20, 30)]
    assert card("abcdefgh", (0, 4), (2, 6)).count("<mark>") == 1


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=6))
def test_marking_loses_no_text(abstract: str, spans: list[tuple[int, int]]) -> None:
    abstract = as_shown(abstract)  # with a mark for each character that is never shown
    one = paper(abstract)
    quotes = tuple(Quote(abstract[start:end], start, end) for start, end in spans if 0 <= start <= end)
    html = evidence_html([Evidence(1, one, "c", 1.0)], [Citation(1, one.ref, quotes)])
    shown = re.search(r'<p class="ap-abstract" dir="auto">(.*?)</p>', html, re.DOTALL)
    assert shown
    assert Page(shown[1]).text == abstract
    marked = "".join(Page(piece).text for piece in re.findall("<mark>(.*?)</mark>", shown[1], re.DOTALL))
    wanted = [
        character
        for place, character in enumerate(abstract)
        if any(start <= place < end for start, end in ((q.start, q.end) for q in quotes))
    ]
    assert marked == "".join(wanted)


def test_a_quote_that_no_longer_fits_is_not_marked() -> None:
    one = paper("The abstract was rewritten.")
    stale = Citation(1, one.ref, (Quote("The old words", 0, 13),))
    other = Citation(1, PaperRef("another", "Another"), (Quote("The abstract", 0, 12),))
    shown = evidence_html([Evidence(1, one, "c", 1.0)], [stale])
    assert "<mark>" not in shown
    assert "is-cited" in shown
    assert "is-unused" in evidence_html([Evidence(1, one, "c", 1.0)], [other])


def test_what_only_earlier_answers_cite_is_marked_otherwise() -> None:
    """The newest answer's sentences are marked; those of answers before it in another way, and a paper that only they cite
    is not called cited."""
    evidence = [Evidence(n, paper("One thing. Another thing.", id=f"p{n}"), f"c{n}", 1 / n) for n in (1, 2)]
    one, another = Quote("One thing.", 0, 10), Quote("Another thing.", 11, 25)
    before = [Citation(1, evidence[0].paper.ref, (one, another)), Citation(2, evidence[1].paper.ref, (one,))]
    html = evidence_html(evidence, [Citation(1, evidence[0].paper.ref, (one,))], {1, 2}, before=before)
    first, second = html.split('id="evidence-2"')
    assert "<mark>One thing.</mark>" in first and first.count("<mark>") == 1 and "1 passage cited" in first
    assert 'class="is-earlier" title="Cited earlier in this conversation">Another thing.</mark>' in first
    assert "Not cited" in second and "<mark" not in second
    earlier = evidence_html(evidence, [], {1}, before=before).split("Earlier in this conversation")[1]
    assert "<mark>One thing.</mark>" in earlier and "1 passage cited" in earlier


def test_cards_say_what_is_cited_and_what_is_not() -> None:
    evidence = [Evidence(n, paper(f"Abstract {n}.", id=f"p{n}"), f"c{n}", 1 / n) for n in (1, 2, 3)]
    cited = [Citation(2, evidence[1].paper.ref, (Quote("Abstract 2.", 0, 11),))]
    html = evidence_html(evidence, cited, {1, 2})
    assert html.index('id="evidence-2"') < html.index('id="evidence-1"') < html.index('id="evidence-3"')
    assert html.count("Not cited") == 2
    assert "Earlier in this conversation" in html
    waiting = evidence_html(evidence, cited, {1, 2}, pending=True)
    assert "<mark>" not in waiting
    assert waiting.count("is-pending") == 2
    assert evidence_html([]) == ""


def test_a_paper_only_an_earlier_answer_cites_does_not_stand_before_those_the_newest_cites() -> None:
    """The panel begins with what the newest answer rests on, whatever numbers the papers have."""
    evidence = tuple(Evidence(n, paper(f"Abstract {n}.", id=f"p{n}"), f"c{n}", 1 / n) for n in (1, 2))
    cited = [Citation(e.marker, e.paper.ref, (Quote(e.paper.abstract, 0, 11),)) for e in evidence]
    talk = Conversation()
    for number in (1, 2):
        done = replace(answer(f"Yes [{number}].", citations=(cited[number - 1],)), evidence=evidence[:number])
        talk = talk.asking("And?").after(AnswerReady(done)).finished()
    html = talk.panel()
    assert html.index('id="evidence-2"') < html.index("Earlier in this conversation") < html.index('id="evidence-1"')


def test_at_most_four_authors_are_named() -> None:
    assert "A, B, C, D et al." in card("x", authors=tuple("ABCDE"))
    assert "A, B, C, D<" in card("x", authors=tuple("ABCD"))


def test_answer_as_markdown_has_its_references() -> None:
    first = PaperRef("1", "Title one", ("A", "B", "C", "D", "E"), 2020, "https://a.invalid/1")
    second = PaperRef("2", "Really?", (), None, "javascript:alert(1)")
    done = answer("Yes [2][1].", citations=(Citation(2, second), Citation(1, first), Citation(1, first)))
    assert answer_markdown(done) == (
        "Yes [2][1].\n\nReferences\n\n[1] A, B, C, D et al. (2020). Title one. https://a.invalid/1\n[2] Really?"
    )
    assert answer_markdown(answer("No.", status="abstained")) == "No."


def test_a_title_cannot_steer_a_terminal() -> None:
    line = reference_line(1, PaperRef("1", "\x1b[2JTitle\nnext\u202e", ("A\x07",), 2020))
    assert line == "[1] A (2020). [2JTitle next."


ODD = "looks like instructions to a language model"


@pytest.mark.parametrize("marked", [True, False])
def test_a_flagged_paper_says_so_on_its_card(marked: bool) -> None:
    """Cited or not, above the abstract and outside the fold; a paper without flags has no such line."""
    one = paper("The abstract.", flags=(ODD, "held invisible characters"))
    citations = [Citation(1, one.ref, ())] if marked else []
    html = evidence_html([Evidence(1, one, "p1#0", 0.5), Evidence(2, paper("Fine.", id="p2"), "p2#0", 0.4)], citations)
    assert Page(html).check().text.count(f"⚠ This text {ODD}; held invisible characters") == 1
    assert html.index("ap-flags") < html.index("ap-abstract")
    assert "<details>" not in html[: html.index("ap-flags")]
    assert html.count("ap-flags") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_flags_stay_text(text: str) -> None:
    """A flag is read from the library, where somebody may have put anything."""
    html = card("A.", flags=(text,))
    assert Page(html).check().text.count("⚠") == 1
    assert text in Page(html).text


def test_references_end_with_the_flags() -> None:
    """On one line, without control characters."""
    ref = PaperRef("1", "Title", ("A B",), 2020, "https://a.invalid/1", (ODD, "odd\nand\x1b[2J odder"))
    assert reference_line(3, ref) == f"[3] A B (2020). Title. https://a.invalid/1 ⚠ {ODD}; odd and[2J odder"


def test_flagged_papers_named_without_a_citation_are_told_below() -> None:
    """Only those whose title stands in the text and whose reference does not."""
    evidence = tuple(
        Evidence(n, paper("A.", id=f"p{n}", title=f"Title {n}", flags=(ODD,) if n != 2 else ()), f"p{n}#0", 0.5)
        for n in (1, 2, 3, 4)
    )
    cited = (Citation(4, evidence[3].paper.ref),)
    said = answer_markdown(answer("Near:\n\n- Title 1\n- Title 2\n- Title 4", evidence=evidence, citations=cited))
    assert said.split("\n\n")[2:] == ["References", f"[4] Title 4. ⚠ {ODD}", f"⚠ {ODD} (“Title 1”)"]
    assert answer_markdown(answer("Nothing.", evidence=evidence)) == "Nothing."


def test_a_part_of_the_index_is_said_below_the_answer() -> None:
    """As of the step that looked; nothing when the index was whole, or when no step looked."""
    for embedded, words in ((62, "dense index 62 %"), (0, "dense index 0 %"), (100, "")):
        steps = [
            StepDone("plan", "p"),
            StepDone("retrieve", "r", {"dense_index": {"embedded": embedded, "papers": 100}}),
        ]
        html = answer_html(answer(), {1}, steps)
        Page(html).check()
        assert (f'">{words}</span>' in html) == bool(words)
        assert ("ap-dense" in html) == bool(words)
        assert dense_note(steps) == (f"{words}: papers not in it yet are found by their words only." if words else "")
    assert dense_note([]) == dense_note([StepDone("retrieve", "r", {"dense_index": None})]) == ""


def test_doubtful_statements_are_named() -> None:
    claims = (
        Claim("Fine.", (1,), "supported"),
        Claim("It has 42 parts.", (1,), "unsupported", ("number 42 not found",)),
        Claim("It is half true.", (1,), "partly", ("name FOO not found",)),
        Claim("Said by nobody.", (), "unsupported"),
    )
    done = answer(claims=claims)
    notes = claim_notes(done)
    assert notes[0] == "“It has 42 parts.” — not supported by the cited abstract: number 42 not found"
    assert "only partly supported by the cited abstract: name FOO not found" in notes[1]
    assert "no abstract is cited for this" in notes[2]
    html = answer_html(done, {1})
    assert html.count("<q>") == 3
    assert 'role="note"' in html
    assert "1 of 4 statements found" in html


def test_no_answer_looks_calm() -> None:
    html = answer_html(answer("Nothing here.", status="abstained", reason="not_in_library"), ())
    assert "ap-calm" in html
    assert "Not in your library" in html
    assert "ap-error" not in html
    assert "ap-copy" not in html


READINGS = (
    Reading(Filters(sources=("jsonl",)), "ingested from jsonl"),
    Reading(Filters(since="2023", until="2024"), "from 2023 to 2024", "2023-2024", 7, 16),
    Reading(Filters(authors=("<b>Lee\x1b[2J</b>",)), "by <b>Lee\x1b[2J</b>", "by <b>Lee</b>", 20, 33),
)


def test_filters_are_said_below_the_answer() -> None:
    """Every answer says which papers it was asked of, as text."""
    answer = replace(full_answer(), filters=READINGS)
    html = answer_html(answer, {1})
    assert "Only papers ingested from jsonl from 2023 to 2024 by &lt;b&gt;Lee" in html
    assert "<b>" not in html and "\x1b" not in html
    assert "ap-filters" not in answer_html(full_answer(), {1})


def test_filters_read_are_told_with_the_way_out() -> None:
    """The terminal says what was read from the question, not what was given, and how to leave it out."""
    said = filters_note(READINGS, "--as-typed")
    assert said.startswith("Filters read from the question: from 2023 to 2024; by <b>Lee[2J</b> (leave them out with")
    assert filters_note(READINGS[:1], "--as-typed") == filters_note(()) == ""


def test_filters_in_json() -> None:
    """A condition is one object a field: with its value, its words, and where it comes from."""
    assert answer_to_json(replace(full_answer(), filters=READINGS[:2]))["filters"] == [
        {
            "field": "sources",
            "value": ["jsonl"],
            "words": "ingested from jsonl",
            "read_from": "",
            "origin": "given",
        },
        {
            "field": "since",
            "value": "2023",
            "words": "from 2023 to 2024",
            "read_from": "2023-2024",
            "origin": "question",
        },
        {
            "field": "until",
            "value": "2024",
            "words": "from 2023 to 2024",
            "read_from": "2023-2024",
            "origin": "question",
        },
    ]


def test_asking_again_without_a_filter() -> None:
    """The last question takes its own place again, without its answer and with the filters that are not wanted; only
    filters that were read can be left out, and only of a question that was answered."""
    first = Conversation().asking("What is it?").after(AnswerReady(full_answer())).finished()
    assert first.readings == ()
    asked = first.asking("papers 2023-2024 by Lee")
    assert asked.readings == ()
    second = asked.after(AnswerReady(replace(full_answer(), filters=READINGS))).finished()
    assert second.readings == READINGS[1:]
    again = second.asking_without(READINGS[1])
    assert again.messages == first.messages and again.turns == first.turns
    assert (again.question().text, again.question().unread) == ("papers 2023-2024 by Lee", ("since", "until"))
    left = again.after(AnswerReady(replace(full_answer(), filters=READINGS[2:]))).finished()
    assert left.asking_without(READINGS[2]).question().unread == ("since", "until", "authors")
    assert asked.ended_early("").readings == ()
    assert Conversation().asking_without(READINGS[1]).draft is None


def full_answer() -> Answer:
    one = paper("Café 🙂 is served. It is good.", authors=("É. A",), year=2021, url="https://a.invalid")
    two = paper("Second.", id="p2")
    quote = Quote("It is good.", 18, 29)
    assert one.abstract[18:29] == quote.text
    return answer(
        citations=(Citation(1, one.ref, (quote,)),),
        claims=(Claim("Yes.", (1,), "supported"),),
        evidence=(Evidence(1, one, "p1#0", 0.75), Evidence(2, two, "p2#0", float("nan"))),
        trace={"score": np.float32(0.5), "ids": ("a", "b"), "step": StepDone("plan", "Planned"), 3: {1}},
    )


def test_json_has_exactly_the_public_shape() -> None:
    value = answer_to_json(full_answer())
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert list(value) == [
        *("schema", "id", "question", "standalone_question", "kind", "status", "reason", "text"),
        *("citations", "claims", "evidence", "filters", "table", "checked", "choices", "pinned", "excluded"),
        *("model", "usage", "reasoning", "notices", "trace"),
    ]
    assert value["schema"] == 1
    assert value["citations"] == [
        {
            "marker": 1,
            "paper": {
                "id": "p1",
                "title": "A title",
                "authors": ["É. A"],
                "year": 2021,
                "url": "https://a.invalid",
                "flags": [],
            },
            "quotes": [{"text": "It is good.", "start": 18, "end": 29}],
        }
    ]
    assert value["claims"] == [
        {
            "text": "Yes.",
            "markers": [1],
            "verdict": "supported",
            "problems": [],
            "start": 0,
            "end": 0,
            "attributed": False,
        }
    ]
    assert (value["table"], value["checked"], value["choices"]) == (None, None, [])
    assert value["evidence"][0] == {
        "marker": 1,
        "paper_id": "p1",
        "chunk_id": "p1#0",
        "score": 0.75,
        "text": "Café 🙂 is served. It is good.",
        "flags": [],
    }
    assert value["evidence"][1]["score"] is None
    assert value["model"] == {"provider": "openai", "name": "gpt-test"}
    assert value["trace"]["score"] == 0.5
    assert value["trace"]["3"] == [1]


def test_json_round_trip_gives_the_turn() -> None:
    done = full_answer()
    value = json.loads(json.dumps(answer_to_json(done)))
    assert turns_from_json(value) == (done.as_turn(),)
    assert turns_from_json([value, value]) == (done.as_turn(),) * 2
    assert turns_from_json([]) == ()


def test_a_partial_answer_is_enough() -> None:
    assert turns_from_json({"question": "Q", "text": "A"}) == (Turn("Q", "Q", "A"),)


def test_messages_become_turns() -> None:
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "First."},
        {"role": "assistant", "content": "And more."},
        {"role": "user", "content": "Two?"},
    ]
    assert turns_from_json(messages) == (
        Turn("One?", "One?", "First.\n\nAnd more."),
        Turn("Two?", "Two?", ""),
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        3,
        True,
        [1],
        [[]],
        {},
        {"question": "Q"},
        {"question": 1, "text": "A"},
        {"question": "Q", "text": "A", "evidence": {}},
        {"question": "Q", "text": "A", "evidence": [{"marker": "1", "paper_id": "p"}]},
        {"question": "Q", "text": "A", "evidence": [{"marker": True, "paper_id": "p"}]},
        {"question": "Q", "text": "A", "citations": [{"marker": 1}]},
        [{"role": "tool", "content": "x"}],
        [{"role": "user", "content": ["x"]}],
        [{"role": "user", "content": "x"}, {"question": "Q", "text": "A"}],
    ],
)
def test_any_other_history_is_refused_with_a_hint(value: object) -> None:
    with pytest.raises(InputError) as caught:
        turns_from_json(value)
    assert "JSON" in caught.value.hint
    assert "history" in str(caught.value)
