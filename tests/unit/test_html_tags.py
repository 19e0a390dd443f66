"""HTML made plain: entities, tags and what is hidden between them; and what only looks like HTML."""

from __future__ import annotations

import pytest

from ingest.html_tags import unescaped
from ingest.normalize import clean_abstract, clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("AT&amp;T &lt; R&amp;amp;D", "AT&T < R&D"),
        ("&amp;amp;lt;5", "<5"),
        ("&#945; &#x3B1; &alpha; &bgr;", "α α α β"),
        ("caf&eacute;&nbsp;au&#160;lait", "café au lait"),
        ("&#146;quoted&#148;", "’quoted”"),
        ("&ldquo;x&rdquo; &ndash; &hellip;", "“x” – …"),
        ("null&#0;, &#xD800; and &#1114112;", "null, and"),
        ("R&D, Q&A; H&E; &nosuch; & more", "R&D, Q&A; H&E; &nosuch; & more"),
    ],
)
def test_entities(raw: str, clean: str) -> None:
    """Entities become characters however often they were escaped; what is none stays."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("a<br/>b<br>c", "a b c"),
        ("H<sub>2</sub>O at 10<sup>-3</sup>", "H2O at 10^-3"),
        ("<i>in vitro</i> and <b>bold</b>", "in vitro and bold"),
        ('<a href="https://example.org">link</a>', "link"),
        ("<jats:title>Aim</jats:title><jats:p>Newts.</jats:p>", "Aim: Newts."),
        ("<mml:math><mml:mi>x</mml:mi></mml:math>", "x"),
        ("&lt;p&gt;One.&lt;/p&gt;", "One."),
        ("x<!-- nothing -->y", "x y"),
        ("x<script>alert(1)</script>y", "x y"),
        ("x<SCRIPT a=b>alert(1)</SCRIPT >y", "x y"),
        ("x<style>p {}</style>y", "x y"),
        ("<![CDATA[inside]]>", "inside"),
        ("<div style='color:white'>seen now</div>", "seen now"),
        ("<STRONG>loud</STRONG>", "loud"),
    ],
)
def test_tags(raw: str, clean: str) -> None:
    """Tags go, blocks stay apart, scripts and comments go with what is in them."""
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d",
        "a<b and c>d",
        "Foo<T>, List<int> and Map<K, V>",
        "<think> and </think>, <unk>, <s> and </s>, <eos>",
        "p<0.05 or p>0.1",
        "T --> C and <t_f>=1.26",
        "<html> is the first tag",
        "x <!-- never closed",
        "a <i> alone",
    ],
)
def test_what_only_looks_like_tags(text: str) -> None:
    """Comparisons, generic types, tokens in brackets and lone names stay."""
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<title>Abstract</title><p>We study newts…</p>", "We study newts…"),
        ("<title>Abstract</title>\n<p>We study newts.</p>", "We study newts."),
        ("<p>no sentence end</p>", "no sentence end"),
        ("<p>newts and</p> <p>toads</p>", "newts and toads"),
        (
            "<sec><title>Background</title><p>Newts swim.</p></sec><sec><title>Methods:</title><p>We look</p></sec>",
            "Background: Newts swim. Methods: We look",
        ),
        (
            "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aims</jats:title><jats:p>Newts.</jats:p></jats:sec>",
            "Aims: Newts.",
        ),
        ("<abstract><title>ABSTRACT</title><sec><title>Why?</title><p>Newts.</p></sec></abstract>", "Why? Newts."),
        ("<title><bold>Results</bold></title><p>They swim.</p>", "Results: They swim."),
        ("<h3>Results</h3><p>They swim.</p>", "Results: They swim."),
        ('<title id="t1">Results.</title><p id="p1">They swim.</p>', "Results. They swim."),
        ("&lt;title&gt;Aim&lt;/title&gt;&lt;p&gt;newts&lt;/p&gt;", "Aim: newts"),
        ("<TITLE>Aim</TITLE><P>newts</P>", "Aim: newts"),
    ],
)
def test_sections(raw: str, clean: str) -> None:
    """The headings of sections become labels, as those of PubMed; that of the abstract itself goes; no tag is left."""
    assert clean_abstract(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("We parse the <title> of a page and its <p> blocks.", "We parse the <title> of a page and its <p> blocks."),
        ("<title>On Newts</title>", "On Newts"),
        ("The <title>On Newts</title> is short.", "The On Newts is short."),
    ],
)
def test_what_heads_no_section(raw: str, clean: str) -> None:
    """A heading without a paragraph is text as any other, and a lone name in brackets stays."""
    assert clean_text(raw) == clean


def test_unescaped_takes_one_level_of_entities() -> None:
    """An escaped ampersand is read through, other text is not touched."""
    assert unescaped("&amp;lt;b&gt; <b> $x$") == "<b> <b> $x$"
