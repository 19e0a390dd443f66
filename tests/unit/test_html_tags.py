"""HTML made plain: entities, tags and what is hidden between them; and what only looks like HTML."""

from __future__ import annotations

import pytest

from ingest.html_tags import unescaped
from ingest.normalize import clean_text


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
        ("<jats:title>Aim</jats:title><jats:p>Newts.</jats:p>", "Aim Newts."),
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


def test_unescaped_takes_one_level_of_entities() -> None:
    """An escaped ampersand is read through, other text is not touched."""
    assert unescaped("&amp;lt;b&gt; <b> $x$") == "<b> <b> $x$"
