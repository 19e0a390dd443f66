"""Digests: since when, which sentences, and that nothing of a paper is more than text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.domain import Paper, Quote
from app.core.errors import InputError
from app.digest.collect import by_groups, by_topics, collected
from app.digest.key_sentences import key_sentences
from app.digest.records import Digest, DigestGroup, Entry
from app.digest.since import parse_since
from app.ui.digest_html import digest_page
from app.ui.digest_text import digest_markdown, summary_words
from tests.fake_service import HOSTILE, PAPERS

NOW = datetime(2026, 11, 26, 15, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("typed", "since"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(hours=24)),
        (" 2 W ", NOW - timedelta(weeks=2)),
        ("2026-11-26", datetime(2026, 11, 26, tzinfo=NOW.tzinfo)),
        ("2026/5", datetime(2026, 5, 1, tzinfo=NOW.tzinfo)),
        ("2025", datetime(2025, 1, 1, tzinfo=NOW.tzinfo)),
    ],
)
def test_since(typed: str, since: datetime) -> None:
    assert parse_since(typed, NOW) == since


@pytest.mark.parametrize(
    "typed", ["", "0d", "-1d", "d", "7", "7m", "7 days ago", "2026-13-01", "2026-11-27", "2027", "999999w", "７d"]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_since(typed, NOW)
    assert "24h, 7d, 2w" in refused.value.hint


@given(st.integers(1, 900), st.sampled_from("hdwHDW"))
def test_a_stretch_is_that_long(number: int, unit: str) -> None:
    hours = {"h": 1, "d": 24, "w": 168}[unit.lower()]
    assert NOW - parse_since(f"{number}{unit}", NOW) == timedelta(hours=number * hours)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parse_since(text, NOW) <= NOW
    except InputError as refused:
        assert refused.hint


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.id)
def test_key_sentences_stand_in_the_abstract(paper: Paper) -> None:
    quotes = key_sentences(paper)
    assert 1 <= len(quotes) <= 2
    assert all(paper.abstract[q.start : q.end] == q.text for q in quotes)
    assert [q.start for q in quotes] == sorted({q.start for q in quotes})


def test_key_sentences_are_the_contribution_and_the_result() -> None:
    assert [q.text for q in key_sentences(PAPERS[0])] == [
        "We introduce Sparrow, a model with block-sparse attention.",
        "On the LongRead benchmark Sparrow reaches 71.3 % accuracy, 4.2 points above the dense baseline.",
    ]
    assert key_sentences(Paper("1", "T", "...")) == ()


class Shelf(dict[str, Paper]):
    def get(self, ids: list[str]) -> dict[str, Paper]:  # type: ignore[override]
        return {each: self[each] for each in ids if each in self}


SHELF = Shelf({paper.id: paper for paper in PAPERS})
IDS = list(SHELF)


def test_a_paper_is_told_once_under_its_likeliest_topic() -> None:
    said = {"attention": {IDS[0]: 0.9, IDS[1]: 0.4}, "retrieval": {IDS[1]: 0.8, IDS[0]: 0.1}, "speech": {}}
    groups = by_topics(IDS, list(said), lambda topic, ids: said[topic])
    assert groups == [("attention", [IDS[0]]), ("retrieval", [IDS[1]])]
    digest = collected(NOW - timedelta(days=1), NOW, IDS, SHELF, groups)
    assert [entry.marker for entry in digest.entries] == [1, 2] and digest.outside == 2
    assert "2 of them are on none of the topics asked for" in summary_words(digest)


def test_few_papers_and_those_without_vectors_are_one_group() -> None:
    assert by_groups(IDS, SHELF, None) == [("New papers", IDS)] and by_groups([], SHELF, None) == []


def test_a_digest_is_short_and_says_what_it_leaves_out() -> None:
    many = Shelf({f"p{n}": Paper(f"p{n}", f"Paper {n}", "We show it.") for n in range(9)})
    digest = collected(NOW, NOW, list(many), many, [("All", list(many))])
    assert len(digest.entries) == 5 and "and 4 more papers on this" in digest_markdown(digest)


def test_what_nobody_added() -> None:
    assert summary_words(Digest(NOW, NOW)) == "Nothing new since 2026-11-26 15:30."


def test_nothing_of_a_paper_or_model_is_markup() -> None:
    quote = Quote(HOSTILE.abstract, 0, len(HOSTILE.abstract))
    group = DigestGroup("<b>Topic</b> [x](javascript:y)", (Entry(1, HOSTILE, (quote,)),))
    told = DigestGroup(
        "Told", (Entry(2, PAPERS[0]),), text="<img src=x onerror=y> said [2], not [7]. ![p](https://t.invalid)"
    )
    digest = Digest(NOW, NOW, 2, (group, told), topics=("<i>",), notes=("<u>note</u>",))
    html, text = digest_page(digest), digest_markdown(digest)
    for tag in ("<script", "<img", "<svg", "<b>", "<u>", "<i>", 'href="javascript', 'onmouseover="w'):
        assert tag not in html, tag
    assert '<a href="#digest-2">[2]</a>' in html and 'href="#digest-7"' not in html
    assert (
        'href="https://arxiv.org/abs/2101.00001"' in html
        and "tracker.invalid/two" not in html.split("href=", 1)[1][:20]
    )
    assert "![p](" not in text.replace("\\!", "").replace("!\\[", "") and "<img" not in text.replace("\\<", "")
    assert "[2] Ada Lind" in text
