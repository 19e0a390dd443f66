"""Whatever a server sends, a page ends in papers, bad records or words about the page, never in a traceback."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper
from ingest.live.arxiv_feed import Page, read_page
from ingest.live.hf_daily import daily_papers
from ingest.live.polite import Manners, Stumble
from tests.live_server import LiveServer, Reply, entries, entry_xml, error_xml, feed, item

FEED = feed([entry_xml(entry, 1) for entry in entries(3)], 3).encode()
ERROR = feed([error_xml("incorrect id format for 1")], 1).encode()
PIECES = [
    b"<", b">", b"&", b"&#0;", b"&#x202e;", b"<entry>", b"</entry>", b"<id>", b"<![CDATA[", b"<!--", b"<!DOCTYPE a>",
    b"\x00", b"\xff", b"\xed\xa0\x80", b"2401.99999v9", b"0001-01-01T00:00:00+14:00", b"9" * 30, b"-1", b"", b" ",
    b"<published>", b"xmlns='x'", b"<title/>", b"http://arxiv.org/api/errors#x", b"UTF-16", b"encoding='rot13'",
]  # fmt: skip


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """The page with a few pieces cut out, doubled or put in."""
    page = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(page) + 1)
        to = min(len(page), at + chance.choice([0, 0, 1, 5, 40, 400]))
        page[at:to] = chance.choice([chance.choice(PIECES), bytes(page[at:to]) * 2])
    return bytes(page)


@pytest.mark.parametrize("whole", [FEED, ERROR], ids=["feed", "error"])
def test_mutated_feeds(whole: bytes) -> None:
    """Two thousand spoiled pages each: a page or a stumble, and every record is one or the other."""
    chance = random.Random(20261125)
    read = 0
    for _ in range(2000):
        try:
            page = read_page(mutated(whole, chance), "arxiv")
        except Stumble as stumble:
            assert str(stumble)
        else:
            read += 1
            assert isinstance(page, Page) and all(isinstance(r, Paper | BadRecord) for r in page.records)
            assert page.error is None or (page.error.isprintable() and page.error)
    assert read > 200, "most of what is spoiled is text"


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    """What is no feed at all is a stumble."""
    with pytest.raises(Stumble):
        read_page(body, "arxiv")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">3</opensearch:totalResults>", ">" + "9" * 5000 + "</opensearch:totalResults>"),
        (">3</opensearch:totalResults>", ">-3</opensearch:totalResults>"),
        (">3</opensearch:totalResults>", ">³</opensearch:totalResults>"),
        ("opensearch:totalResults>", "opensearch:items>"),
    ],
)
def test_a_total_that_is_none(old: str, new: str) -> None:
    """A page that does not say how many results there are is no list of results."""
    with pytest.raises(Stumble, match="no list"):
        read_page(FEED.decode().replace(old, new).encode(), "arxiv")


def test_a_date_at_the_edge_of_time() -> None:
    """A day before the first costs only its entry."""
    page = read_page(FEED.replace(b"2024-01-04T18:14:35Z", b"0001-01-01T00:00:00+14:00"), "arxiv")
    assert [isinstance(record, Paper) for record in page.records] == [False, True, True]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["paper", "id", "title", "summary", "authors", "name", "publishedAt", "url", "DOI", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def server() -> Any:
    with LiveServer() as started:
        yield started


def listed(server: LiveServer, body: str) -> list[Paper | BadRecord]:
    """What comes of one page of the hub, and an empty one after it."""
    server.enqueue(lambda good: Reply(body=body, kind="application/json"))
    manners = Manners(hub_url=server.url, pause_s=0.0, tries=1)
    return list(daily_papers("2026-11-20", None, manners, lambda line: None))


@settings(max_examples=30, deadline=None)
@given(items=st.lists(JSON, min_size=1, max_size=60))
def test_any_items(server: LiveServer, items: list[Any]) -> None:
    """Any list of any JSON: a paper or a bad record for each item that is not repeated, and the good one among them."""
    found = listed(server, json.dumps([*items, item(1)]))
    assert all(isinstance(record, Paper | BadRecord) for record in found) and len(found) <= len(items) + 1
    assert any(isinstance(record, Paper) and record.id == "2401.00001" for record in found)


@settings(max_examples=50, deadline=None)
@given(
    where=st.sampled_from(["id", "title", "summary", "authors", "publishedAt", "upvotes", "ai_keywords"]), value=JSON
)
def test_any_field(server: LiveServer, where: str, value: Any) -> None:
    """Any JSON in any field of an item gives one paper or one bad record."""
    [record] = listed(server, json.dumps([item(1, **{where: value})]))
    assert isinstance(record, Paper | BadRecord)


@pytest.mark.parametrize("depth", [50, 500, 900, 950, 5000, 100_000])
def test_nesting(server: LiveServer, depth: int) -> None:
    """However deep an item is nested, it costs at most itself, or is no JSON that can be read."""
    server.listings.clear()
    deep = '{"a":' * depth + "1" + "}" * depth
    try:
        found = listed(server, f"[{json.dumps(item(1))},{deep}]")
    except Exception as error:
        assert "no JSON" in str(error)
        assert depth > 500
    else:
        assert [type(record) for record in found] == [Paper, BadRecord]
