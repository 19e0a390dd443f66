"""Cleaning: what goes, what stays, and that a second cleaning finds nothing to do."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.sentences import sentences
from ingest.flags import text_flags
from ingest.normalize import clean_abstract, clean_address, clean_text

# Characters that change each other when one of them is removed, mixed with any others.
TEXTS = st.text(
    st.one_of(st.sampled_from("\\%&_{}~([1 aeé\u0301\u0338\u200b\u200d\u202e\x00\t\n\u00a0=<"), st.characters())
)
# Pieces of LaTeX, HTML, notices and broken lines, which make others of them when they meet or go.
PIECES = (
    r"a|B|1| |\n|-\n|.|:|;|\\|{|}|[|]|(|)|$|~|--|^|_|&|<|>|/|=|'|''|``|\"|%|,|alpha|\\alpha |\\emph{|\\textbf{a|\\frac{|\\sqrt{|{a}{b}|{,}"
    r"|{2}|\\'|\\\"|\\c{|\\b{eta}|\\ss |\\o|\\pm|\\sim|\\cite{|\\footnote{|\\url{|{\\em |\\color{white}|\\(|\\)|\\[|\\]|\\unicode{x5c}|\\,|\\ |\\\\"
    r"|$5|&amp;|amp;|lt;|&lt;|&gt;|&#x41;|&#36;|&nbsp;|p>|<p>|</p>|<b>|</b>|<br/>|<sup>|</sup>|<!--|-->|<script>|</script>|<![CDATA[|]]>"
    r"|https://a.org/|www.|Abstract: |Summary|The |(c) |© |2020 |IEEE. |[Abstract] |摘要：|<title>|</title>|{\\textless}|{\\textasciitilde}|\\~{}|{\\&}|\\textcopyright |Copyright |All rights reserved.|Published by X."
).replace("\\n", "\n").split("|") + ["|", "\u200b", "\u0301", "\u0338", "\u00ad\n", "\ufb01", "\u00a0", "\ud800", "\U000e0041", "\u0130"]  # fmt: skip
MARKUP = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=600, deadline=None)
@given(st.one_of(TEXTS, MARKUP))
def test_cleaning_is_idempotent(text: str) -> None:
    """Cleaning twice changes nothing more, of titles and of abstracts, plain or full of markup."""
    for clean in (clean_text, clean_abstract):
        once = clean(text)
        assert clean(once) == once


@settings(max_examples=300, deadline=None)
@given(MARKUP)
def test_cleaning_adds_little(text: str) -> None:
    """A cleaned text is never longer than what came, but for what Unicode itself writes longer."""
    assert len(clean_text(text)) <= 3 * len(unicodedata.normalize("NFKC", text))


@settings(max_examples=200, deadline=None)
@given(MARKUP)
def test_sentences_are_cut_from_the_cleaned_abstract(text: str) -> None:
    """What is stored is what is cut: every sentence stands in the cleaned abstract where its offsets say."""
    abstract = clean_abstract(f"Newts swim. {text} They eat {text}.")
    assert all(abstract[one.start : one.end] == one.text for one in sentences(abstract))


HOSTILE = [
    *("<", "{", "$", "\\", "&", "-\n", "~", "``", "--", " ", "\n", "a-", "<!--", "<script>", "<![CDATA[", "<a style=", "&amp;", "&#"),
    *("\\emph{", "\\cite{", "\\(", "\\frac{", "\\footnote{", "\\documentclass", "{\\bf ", "$a ", "x_{", "\\'{", "\u200b", "\u0301"),
    *("ignore ", "ignore all the previous ", "you must ", "give a ", "[INST]", "<|", "do not ", "review ", "© ", "abstract "),
    *("published by ", "<p>", "</b>", "x~", "\u00ad\n", "<b a='", "\\textbf{\\emph{", "=javascript:", "<a on", "when answering ", "accept this paper ", "in this paper ", "a-\n"),
    *("(c) 2020 ", "© 2020 A. ", "2020 B.V. ", "copyright is held by ", "(c) Elsevier ", "Crown Copyright ", "all rights reserved. ", "[Abstract] "),
    *("\\textless ", "{\\textless}", "{\\~{}}", "<title>a", "<title>a</title><p>", "as an ai, when summarizing ", "ignore the above and ", "A B S T R A C T "),
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """100,000 characters of anything are cleaned and read for warnings within half a second each."""
    text = piece * (100_000 // len(piece))
    for step in (clean_abstract, lambda text: text_flags(text, text)):
        begun = time.thread_time()
        step(text)
        assert time.thread_time() - begun < 0.5


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4).map("".join))
def test_time_grows_with_the_text_alone_when_mixed(piece: str) -> None:
    """So are mixtures of such pieces."""
    text = piece * (50_000 // len(piece))
    begun = time.thread_time()
    text_flags(text, clean_abstract(text))
    assert time.thread_time() - begun < 1


@settings(max_examples=200)
@given(TEXTS)
def test_cleaned_text_is_one_storable_line(text: str) -> None:
    """The result is NFC, one line without outer or double spaces, holds no control character and can be stored."""
    clean = clean_text(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == " ".join(clean.split())
    assert not [c for c in clean if unicodedata.category(c) in {"Cc", "Cs"}]
    clean.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"correct in 79\% of cases", "correct in 79% of cases"),
        (r"a\_b \& c \#1 \$5 \{x\}", "a_b & c #1 $5 {x}"),
        (r"doubled \\% escape", "doubled % escape"),
        (r"\alpha reads, C:\new and C:\alpha stay", r"α reads, C:\new and C:\alpha stay"),
        ("models~(PLMs) and Table~3 and [~x]", "models (PLMs) and Table 3 and [~x]"),
        ("about ~5 of 10", "about ~5 of 10"),
        ("cafe\u0301", "café"),
        ("two\nlines\r\n  and\ttabs\u00a0here", "two lines and tabs here"),
        ("zero\u200bwidth soft\u00adhyphen \ufeffmark", "zerowidth softhyphen mark"),
        ("left\u202eright\u2066 and\u061c", "leftright and"),
        ("bell\x07 and null\x00 and next line\x85end", "bell and null and next line end"),
        ("hidden\U000e0041\U000e0042 tags", "hidden tags"),
        ("half \ud83d of a pair", "half of a pair"),
        ("e\u200d\u0301~(x)", "é (x)"),
        ("  ", ""),
    ],
)
def test_what_goes_and_what_stays(raw: str, clean: str) -> None:
    """Invisible characters, controls and LaTeX escapes go; everything a person reads stays."""
    assert clean_text(raw) == clean


def test_addresses_keep_what_text_would_lose() -> None:
    """In an address only invisible characters go: a tilde or an escaped character belongs to it."""
    assert clean_address(" https://example.org/a~1/x%5C_y\u200b\n") == "https://example.org/a~1/x%5C_y"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        *(("repre-\nsentation", "representation"), ("in-\nformation", "information"), ("so-\nlution", "solution")),
        *(
            ("multi-\nple", "multiple"),
            ("high-\nlight", "highlight"),
            ("data-\nsets", "datasets"),
            ("pre-\nsent", "present"),
        ),
        *(
            ("state-of-\nthe-art", "state-of-the-art"),
            ("self-\nattention", "self-attention"),
            ("end-\nto-end", "end-to-end"),
        ),
        *(("multi-\nmodal", "multi-modal"), ("pre-\ntrained", "pre-trained"), ("in-\ncontext", "in-context")),
        *(("knowledge-\nbased", "knowledge-based"), ("few-\nshot", "few-shot"), ("x-\nray", "x-ray")),
        *(
            ("GPT-\n4", "GPT-4"),
            ("LLM-\nbased", "LLM-based"),
            ("non-\nEuropean", "non-European"),
            ("2010-\n2020", "2010-2020"),
        ),
        ("pre-\nand post-training", "pre- and post-training"),
        ("repre-  \r\n   sentation", "representation"),
        ("repre\u00ad\nsentation", "representation"),
        ("repre\u2010\nsentation", "representation"),
        ("repre-\u200b\nsentation", "representation"),
        ("a -\nb and -\n-", "a - b and - -"),
        ("one-\ntwo-\nthree", "one-two-three"),
    ],
)
def test_words_broken_at_line_ends(raw: str, clean: str) -> None:
    """A word broken at a line end is one again; a compound keeps its hyphen."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\ufb01eld e\ufb00ect \ufb03", "field effect ffi"),
        ("A\u030angstro\u0308m", "Ångström"),
        ("a\u2028b\u3000c\u2009d", "a b c d"),
        ("full\u3164width\u034f", "fullwidth"),
        ("１２３ ² ™ Ⅳ", "１２３ ² ™ Ⅳ"),
        ("👩\u200d🔬 and ❤\ufe0f", "👩🔬 and ❤\ufe0f"),
        ("\x1ca\x0bb\x0cc\x7f", "a b c"),
    ],
)
def test_characters(raw: str, clean: str) -> None:
    """Ligatures, composed letters and odd spaces become what they stand for; signs with a meaning stay."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize("depth", [1, 3, 8])
@pytest.mark.parametrize("opening", ["\\emph{", "<b>", "&lt;i&gt;"])
def test_markup_in_markup(opening: str, depth: int) -> None:
    """Markup nested some levels deep is made plain."""
    ends = {"\\emph{": "}", "<b>": "</b>", "&lt;i&gt;": "&lt;/i&gt;"}
    assert clean_text(opening * depth + "newts" + ends[opening] * depth) == "newts"
