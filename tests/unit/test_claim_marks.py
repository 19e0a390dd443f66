"""Doubtful sentences are underlined where they stand, whatever Markdown they stand in, and nothing else changes."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.claim_marks import Mark, marked_html
from app.ui.markup import chat_html
from tests.html_page import HOSTILE, Page

WORDS = "not in the cited abstract"


def mark(text: str, sentence: str, why: str = "why not") -> Mark:
    start = text.index(sentence)
    return Mark(start, start + len(sentence), "unsupported", WORDS, why)


def marked(text: str, *sentences: str) -> str:
    return marked_html(text, [mark(text, each) for each in sentences], {1, 2})


def underlined(html: str) -> str:
    """The text that has a line below it."""
    return "".join(re.findall(r'<span class="ap-claim[^>]*>([^<]*)</span>', html))


@pytest.mark.parametrize(
    ("text", "sentence", "line"),
    [
        ("One fact [1]. Another fact [2]. A third.", "Another fact [2].", "Another fact ."),
        ("It has **42 parts** in *all* [1].", "It has **42 parts** in *all* [1].", "It has 42 parts in all ."),
        ("**All of it is bold [1].**", "All of it is bold [1].", "All of it is bold ."),
        ("**Half bold. Half** not.", "Half bold.", "Half bold."),
        ("- one\n- two is wrong [1].\n- three", "- two is wrong [1].", "two is wrong ."),
        ("> quoted and wrong", "> quoted and wrong", "quoted and wrong"),
        ("1. first\n2. second", "2. second", "second"),
        ("### A heading", "### A heading", "A heading"),
        ("| A | B |\n|---|---|\n| x | 7 [1] |", "| x | 7 [1] |", "x7 "),
        ("Over two\nlines [1]. Not this.", "Over two\nlines [1].", "Over twolines ."),
        ("See `code [1]` here.", "See `code [1]` here.", "See code [1] here."),
        ("A & B < C.", "A & B < C.", "A &amp; B &lt; C."),
    ],
)
def test_the_whole_sentence_and_only_it_is_underlined(text: str, sentence: str, line: str) -> None:
    """Whatever tags it stands in; markers keep their look, and what a line begins with its meaning."""
    html = marked(text, sentence)
    assert underlined(html) == line
    bare = re.sub(r'<span class="ap-sr">.*?</span>', "", html)
    assert re.sub(r"</?span[^>]*>", "", bare) == chat_html(text, {1, 2})
    Page(html).check()


def test_it_is_said_in_words_too() -> None:
    """Once a sentence, for a screen reader; the reasons are in the tooltip, escaped."""
    text = "It has **42** parts [1]. So it is [2]."
    html = marked_html(text, [mark(text, "It has **42** parts [1].", 'no "42" <there>')], {1, 2})
    assert html.count(f'<span class="ap-sr"> ({WORDS})</span>') == 1
    assert html.index("ap-sr") < html.index("So it is")
    assert 'title="no &quot;42&quot; &lt;there&gt;"' in html


@pytest.mark.parametrize("span", [(0, 0), (5, 3), (-4, 5), (3, 99)])
def test_places_that_are_none_mark_nothing(span: tuple[int, int]) -> None:
    """A claim that is not of the text has no place, and a wrong one must not break the answer."""
    assert marked_html("Some text.", [Mark(*span, "partly", WORDS, "why")]) == "<p>Some text.</p>"


def test_of_two_that_overlap_the_first_counts() -> None:
    """No character is doubted twice."""
    html = marked_html("abcdef", [Mark(2, 6, "partly", WORDS, "b"), Mark(0, 4, "unsupported", WORDS, "a")])
    assert underlined(html) == "abcd"


def test_the_text_cannot_fence_sentences_itself() -> None:
    """The characters that fence are taken out of what a model wrote."""
    text = "\U000f0000Not doubted\U000ffffd. \U000f0001Doubted."
    html = marked(text, "Doubted.")
    assert underlined(html) == "Doubted."
    assert "\U000f0000" not in html and "\U000ffffd" not in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_sentences_stay_text(text: str) -> None:
    """A marked sentence is as harmless as any other, and so are the reasons."""
    html = marked_html(f"{text} end.", [Mark(0, len(text), "unsupported", WORDS, text)], {1})
    assert "img" not in Page(html).check().tags


PIECES = st.text(st.sampled_from("*_`|#>-+1.) \n[]()!<&\"'\\~ahé🙂"), max_size=80)


@given(PIECES, st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=5))
def test_any_marks_in_any_text_leave_it_well_formed(text: str, spans: list[tuple[int, int]]) -> None:
    """Tags stay nested, no fence is left over, and no letter is lost."""
    html = marked_html(text, [Mark(start, end, "partly", WORDS, "why") for start, end in spans], {1})
    Page(html).check()
    assert not re.search("[\U000f0000-\U000fffff]", html)
    assert html.count("é") == chat_html(text, {1}).count("é")


def test_many_marks_take_linear_time() -> None:
    """A long answer with every sentence doubted is ready at once."""
    text = "It is so [1]. " * 3000
    marks = [Mark(at, at + 13, "partly", WORDS, "why") for at in range(0, len(text), 14)]
    begun = time.thread_time()
    assert marked_html(text, marks, {1}).count("ap-sr") == 3000
    assert time.thread_time() - begun < 2
