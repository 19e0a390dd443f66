"""Citations in a streamed answer: known markers only, in one spelling, wherever the stream is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.chat.cite import UNCITED, CitationStream, statements

KNOWN = {1, 2, 3, 4, 5}


def cited(*deltas: str) -> str:
    """The final text of an answer that came in these deltas."""
    stream = CitationStream(KNOWN)
    for delta in deltas:
        stream.feed(delta)
    stream.finish()
    return stream.text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It is fast [1].", "It is fast [1]."),
        ("It is fast [1][2].", "It is fast [1][2]."),
        ("It is fast [1, 3-5].", "It is fast [1][3][4][5]."),
        ("It is fast [1; 2 and 4].", "It is fast [1][2][4]."),
        ("It is fast [2–4].", "It is fast [2][3][4]."),
        ("It is fast 【1】.", "It is fast [1]."),
        ("It is fast【2†source】.", "It is fast[2]."),
        ("It is fast [^1].", "It is fast [1]."),
        ("It is fast [[1]].", "It is fast [1]."),
        ("It is fast [1](https://example.org/1).", "It is fast [1]."),
        ("It is fast [1, 99].", "It is fast [1]."),
        ("It is fast [1][99].", "It is fast [1]."),
    ],
)
def test_known_markers_come_in_one_spelling(written: str, shown: str) -> None:
    """Every spelling of a citation becomes [n][m]; unknown numbers beside known ones go without a trace."""
    assert cited(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It is fast [99].", "It is fast. [uncited]"),
        ("It is fast. [99] It is small [1].", "It is fast. [uncited] It is small [1]."),
        ("It is fast.[99] It is small [1].", "It is fast. [uncited] It is small [1]."),
        ("It is fast 【7】. Small it is not.", "It is fast. [uncited] Small it is not."),
        ("It is fast [[99]](https://example.org).", "It is fast. [uncited]"),
        ("It is fast [6-9].", "It is fast. [uncited]"),
        ("- It is fast [99]\n- It is small [1]", "- It is fast [uncited]\n- It is small [1]"),
        ("| speed | fast [99] |\n", "| speed | fast [uncited] |\n"),
        ("# Speed [99]\nFast [1].", "# Speed [uncited]\nFast [1]."),
    ],
)
def test_a_sentence_that_lost_all_markers_says_so(written: str, shown: str) -> None:
    """An invented citation is taken out, and its sentence is never left looking fine."""
    assert cited(written) == shown


def test_the_invented_numbers_are_told() -> None:
    """The trace can say which markers the model made up."""
    stream = CitationStream({1})
    stream.feed("Fast [1, 7]. Small [98].")
    stream.finish()
    assert stream.unknown == [7, 98]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("Both say so [1] and [99].", "Both say so [1]."), ("Both say so [99] and [1].", "Both say so [1].")],
)
def test_no_word_is_left_dangling(written: str, shown: str) -> None:
    """When one of "[1] and [99]" goes, its "and" goes too."""
    assert cited(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Call `a[99]` first.",
        "```python\na[99] = b[1]\n```\nDone.",
        "```\nnever closed a[99]",
        "As $x_{[99]}$ shows.",
        "As $$\nx_{[99]}\n$$ shows.",
        r"As \(x_{[99]}\) and \[y_{[98]}\] show.",
        "See [the code](https://example.org/a[99]b).",
        "Scaled to [0, 1] and [0,100].",
        "It was written in [2023] and [sic].",
        "It costs $5 or $6.",
        "An array[i] and a list [a, b].",
    ],
)
def test_what_is_no_citation_is_left_alone(text: str) -> None:
    """Code, formulas, links, money, years and intervals pass unchanged."""
    assert cited(text) == text


def test_money_hides_no_marker() -> None:
    """Two dollar signs in a sentence do not make a formula of what stands between them."""
    assert cited("It costs $5 [99] and $6 [1].") == "It costs $5 and $6 [1]."
    assert cited("From $a month [99] to $b.") == "From $a month to $b. [uncited]"


@pytest.mark.parametrize("at", range(1, 60))
def test_a_marker_split_over_two_deltas(at: int) -> None:
    """Wherever one answer is cut in two, the same text comes out."""
    text = "Fast [1, 3-5] and【2†source】, [1](https://x.org/a) `b[99]` $c$ [99]."
    assert cited(text[:at], text[at:]) == "Fast [1][3][4][5] and[2], [1] `b[99]` $c$."


PIECES = st.sampled_from(
    [
        *(
            "[1]",
            "[99]",
            "[1, 3-5]",
            "[^2]",
            "[[1]]",
            "【1】",
            "【2†source】",
            "[0, 1]",
            "[1](",
            "](https://a.b/c)",
            "![",
        ),
        *(
            "`a[99]`",
            "```\na[99]\n```",
            "$x_[99]$",
            "$$\nx[99]\n$$",
            "\\(x[99]\\)",
            "\\[x\n[99]\\]",
            "[see](http://a.b/[99])",
        ),
        *("`", "```", "``", "$", "$$", "\\", "\\(", "\\)", "\\[", "\\]", "[", "]", "(", ")", "【", "】", "†", "^"),
        *(
            " ",
            "  ",
            "\n",
            "\t",
            ".",
            ",",
            "-",
            "–",
            "and",
            "1",
            "7",
            "99",
            "word",
            "Word. Next",
            "é🙂",
            "x" * 199,
            "1, " * 40,
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14), st.lists(st.integers(1, 9), min_size=1, max_size=6))
@example(["`", "x" * 199, "x" * 199, "[99]", "`"], [1])
@example(["\\(", "x" * 199, "[99]", "\\)"], [1])
@example(["[", "1, " * 40, "7", "]"], [1])
@example(["$$", "a[99]", "\n", "$$"], [1])
def test_any_cut_of_the_stream_gives_the_same_text(pieces: list[str], sizes: list[int]) -> None:
    """What is shown depends on what the model wrote, never on how the network cut it."""
    text = "".join(pieces)
    deltas, at = [], 0
    while at < len(text):
        size = sizes[len(deltas) % len(sizes)]
        deltas.append(text[at : at + size])
        at += size
    whole, cut = CitationStream(KNOWN), CitationStream(KNOWN)
    shown_whole = whole.feed(text) + whole.finish()
    shown_cut = "".join([*map(cut.feed, deltas), cut.finish()])
    assert (shown_cut, cut.text, cut.unknown) == (shown_whole, whole.text, whole.unknown)


WORDS = st.sampled_from(["fast", "slow.", "Small, ", "It is so. ", "\n- ", " and ", "(as said) ", "4.2 %", "| a | "])
MARKS = st.lists(st.integers(1, 120), min_size=1, max_size=3).map(lambda ns: "[" + ", ".join(map(str, ns)) + "]")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(WORDS, MARKS | st.just("")), max_size=8))
def test_only_known_markers_remain(parts: list[tuple[str, str]]) -> None:
    """Whatever numbers a model cites, the text ends with those of the evidence alone."""
    text = cited("".join(word + mark for word, mark in parts))
    assert {int(n) for n in re.findall(r"\[(\d+)\]", text)} <= KNOWN
    assert not re.search(r"\[[\d,; -]*,[\d,; -]*\]|[\ue000-\uf8ff]", text)


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters="[]【】\ue000", exclude_categories=("Cc", "Cf"))
        | st.sampled_from("\n\t\u200d"),
        max_size=300,
    )
)
def test_text_without_brackets_passes_unchanged(text: str) -> None:
    """Citing touches nothing but citations."""
    assert cited(*text) == text


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    """Escapes, other control characters and turns of direction leave the text, however they are cut up."""
    assert cited(*"Red \x1b[31mnewts\x1b[0m \u202ekcab\u202c\x07\n[1]\r") == "Red [31mnewts[0m kcab\n[1]"


def test_text_is_held_back_only_while_it_may_become_a_marker() -> None:
    """A reader sees the words at once and a bracket as soon as it is clear what it is."""
    stream = CitationStream(KNOWN)
    assert stream.feed("It is fast ") == "It is fast"
    assert stream.feed("[") == ""
    assert stream.feed("1]") == ""
    assert stream.feed(" and") == " [1] and"


def parts(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(s.text, s.markers) for s in statements(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is fast [1]. It is small [2].", [("It is fast.", (1,)), ("It is small.", (2,))]),
        ("It is fast. [1] It is small. [2][3]", [("It is fast.", (1,)), ("It is small.", (2, 3))]),
        ("It is fast.[1] aTLAS is small [2].", [("It is fast.", (1,)), ("aTLAS is small.", (2,))]),
        ("He said “it works.” [1] Then he left [2].", [("He said “it works.”", (1,)), ("Then he left.", (2,))]),
        ("- Fast [1]\n- “Small.” [2]\n", [("Fast", (1,)), ("“Small.”", (2,))]),
        ("1. Fast. [1]\n2. Small.", [("Fast.", (1,)), ("Small.", ())]),
        ("> Quoted words. [2]", [("Quoted words.", (2,))]),
        ("## Speed [1]\nIt is fast.", [("Speed", (1,)), ("It is fast.", ())]),
        ("| speed | 4 [1] |\n|---|---|\n| size | 5 [2] |", [("| speed | 4 |", (1,)), ("| size | 5 |", (2,))]),
        ("Lee et al. [1] and Fig. [2] show it.", [("Lee et al. and Fig. show it.", (1, 2))]),
        ("Fast [1], small [1].", [("Fast, small.", (1,))]),
        ("Call `a[1]` or $b[2]$ [3].", [("Call `a[1]` or $b[2]$.", (3,))]),
        ("```\na sentence of code [1]\n```\nDone [2].", [("Done.", (2,))]),
        (f"It is fast. {UNCITED} It is small [1].", [("It is fast.", ()), ("It is small.", (1,))]),
        ("[1]\n", []),
        ("", []),
    ],
)
def test_statements(text: str, found: list[tuple[str, tuple[int, ...]]]) -> None:
    """A marker belongs to its sentence, one after the full stop to the sentence before it; layout is no sentence."""
    assert parts(text) == found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(WORDS, MARKS | st.just("")), max_size=8))
def test_statements_stand_in_order_where_they_say(pieces: list[tuple[str, str]]) -> None:
    """Spans do not overlap, and every word of a statement stands in its span."""
    text = cited("".join(word + mark for word, mark in pieces))
    end = 0
    for statement in statements(text):
        assert end <= statement.start < statement.end <= len(text)
        span = text[statement.start : statement.end]
        assert [w for w in re.findall(r"\w+", statement.text) if w not in span] == []
        assert statement.markers == tuple(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", span)))
        end = statement.end
