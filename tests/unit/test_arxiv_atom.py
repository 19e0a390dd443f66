"""Reading arXiv's Atom feed from a file: the answer of its API and its daily feed, and their broken entries."""

from __future__ import annotations

import io

import pytest

from app.core.domain import BadRecord, Paper
from ingest.live.arxiv_feed import read_page
from ingest.sources import arxiv_atom

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">
  <id>https://arxiv.org/api/newts</id>
  <title>arXiv Query: search_query=all:newts</title>
  <updated>2024-02-03T00:00:00Z</updated>
  <opensearch:totalResults>2</opensearch:totalResults>
"""
WHOLE = """  <entry>
    <id>http://arxiv.org/abs/2101.00001v2</id>
    <title>On newts &amp; what they do
  at night</title>
    <updated>2021-03-04T10:00:00Z</updated>
    <link href="https://arxiv.org/abs/2101.00001v2" rel="alternate" type="text/html"/>
    <link href="https://arxiv.org/pdf/2101.00001v2" rel="related" type="application/pdf" title="pdf"/>
    <link title="doi" href="https://doi.org/10.1234/NEWT" rel="related"/>
    <summary>Newts swim
at 5 m/s.
</summary>
    <category term="q-bio.PE" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>
    <published>2021-01-02T11:00:00Z</published>
    <arxiv:comment>9 pages</arxiv:comment>
    <arxiv:primary_category term="q-bio.PE"/>
    <arxiv:journal_ref>Lett. Pond 5 (2023)</arxiv:journal_ref>
    <author><name>Ada Newt</name><arxiv:affiliation>University of Ponds</arxiv:affiliation></author>
    <author><name>Bo Olm</name></author>
    <arxiv:doi>10.1234/NEWT</arxiv:doi>
  </entry>
"""
END = "</feed>\n"
DAILY = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
<id>http://rss.arxiv.org/atom/cs.CL</id>
<entry><id>oai:arXiv.org:2101.00002v1</id><title>On Toads</title><updated>2021-01-03T05:00:00+00:00</updated>
<link href="https://arxiv.org/abs/2101.00002"/>
<summary>arXiv:2101.00002v1 Announce Type: replace-cross
Abstract: Toads walk.</summary><category term="cs.CL"/><published>2021-01-03T00:00:00-04:00</published>
<arxiv:announce_type>new</arxiv:announce_type><dc:creator>Ada Newt, Bo Olm</dc:creator></entry></feed>
"""


def entry(number: int, title: str, *more: str) -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/2101.{number:05}v1</id><title>{title}</title><summary>{title} swim.</summary>"
        f"{''.join(more)}</entry>\n"
    )


def read(text: str) -> list[Paper | BadRecord]:
    return list(arxiv_atom.papers(io.StringIO(text, newline=""), "feed.xml"))


def titles(text: str) -> list[str]:
    """The title of each paper, and for a bad record the line it is said to begin on."""
    return [r.title if isinstance(r, Paper) else f"line {r.line}" for r in read(text)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_field(end: str) -> None:
    """All fields of an entry arrive in the paper; the feed's own title and id do not."""
    assert read((HEAD + WHOLE + END).replace("\n", end)) == [
        Paper(
            id="2101.00001",
            title="On newts & what they do at night",
            abstract="Newts swim at 5 m/s.",
            authors=("Ada Newt", "Bo Olm"),
            year=2021,
            url="https://arxiv.org/abs/2101.00001",
            doi="10.1234/newt",
            categories=("q-bio.PE", "cs.CL"),
            venue="Lett. Pond 5 (2023)",
            published="2021-01-02",
            source="arxiv-atom",
            version=2,
            updated="2021-03-04",
        )
    ]


def test_a_file_and_the_live_source_agree() -> None:
    """The same feed read from a file and fetched from arXiv gives the same paper, so that doing both changes nothing."""
    [saved] = read(HEAD + WHOLE + END)
    [fetched] = read_page((HEAD + WHOLE + END).encode(), "arXiv").records
    assert isinstance(saved, Paper) and isinstance(fetched, Paper)
    assert saved.fingerprint == fetched.fingerprint


def test_the_daily_feed() -> None:
    """What arXiv announces each day has its own way of ids, authors and summaries."""
    [found] = read(DAILY)
    assert isinstance(found, Paper)
    assert (found.id, found.version, found.abstract) == ("2101.00002", 1, "Toads walk.")
    assert (found.authors, found.published) == (("Ada Newt", "Bo Olm"), "2021-01-03")


def test_an_error_that_arxiv_reports() -> None:
    """An answer that says what is wrong with the request is no paper, and its words are kept."""
    error = (
        "<entry><id>http://arxiv.org/api/errors#incorrect_id</id><title>Error</title>"
        "<summary>incorrect id format for newt</summary></entry>"
    )
    [bad] = read(HEAD + error + END)
    assert isinstance(bad, BadRecord) and "incorrect id format for newt" in bad.reason


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (entry(2, "Toads").replace("</title>", ""), "mismatched tag"),
        (entry(2, "Toads").replace("</entry>", ""), "well-formed"),
        (entry(2, "Toads &newt;"), "entity"),
        (entry(2, "Toads", "<pond:x/>"), "unbound prefix"),
        (entry(2, ""), "no title"),
        (entry(2, "Toads").replace("summary", "x"), "no abstract"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_broken_entry_costs_no_other(broken: str, reason: str, place: int) -> None:
    """It is reported with line and reason, and set aside with the namespaces of its file."""
    parts = [entry(1, "Newts"), entry(3, "Olms")]
    parts.insert(place, broken)
    found = read(HEAD + "".join(parts) + END)
    [bad] = [record for record in found if isinstance(record, BadRecord)]
    assert [r.title for r in found if isinstance(r, Paper)] == ["Newts", "Olms"]
    assert (bad.line, reason in bad.reason) == (7 + place, True), bad
    assert isinstance(bad.raw, str) and bad.raw.strip() == broken.strip()
    mended = bad.opening + WHOLE + bad.closing
    assert arxiv_atom.recognise(mended) > 0.9
    assert titles(mended) == ["On newts & what they do at night"]


def test_prefixes_and_namespaces_on_the_entry() -> None:
    """A feed whose elements carry a prefix, and an entry that declares its own namespaces, are read."""
    text = HEAD.replace("xmlns=", "xmlns:a=") + WHOLE
    for tag in (
        "feed",
        "entry",
        "id",
        "title",
        "summary",
        "author",
        "name",
        "link",
        "category",
        "published",
        "updated",
    ):
        text = text.replace(f"<{tag}", f"<a:{tag}").replace(f"</{tag}", f"</a:{tag}")
    assert titles(text + "</a:feed>") == ["On newts & what they do at night"]
    alone = WHOLE.replace(
        "<entry>", "<entry xmlns='http://www.w3.org/2005/Atom' xmlns:arxiv='http://arxiv.org/schemas/atom'>"
    )
    assert titles(alone) == ["On newts & what they do at night"]


def test_a_feed_that_breaks_off_or_is_empty() -> None:
    """Both are said; of a feed that breaks off in an entry the entry is bad."""
    assert titles((HEAD + entry(1, "Newts") + WHOLE)[:-50]) == ["Newts", "line 8"]
    [_, last] = read(HEAD + WHOLE)
    assert isinstance(last, BadRecord) and "breaks off" in last.reason
    [bad] = read(HEAD + END)
    assert isinstance(bad, BadRecord) and "found nothing" in bad.reason


def test_other_feeds() -> None:
    """An entry without arXiv id keeps the address that it links to."""
    other = '<entry><id>urn:1</id><title>On Efts</title><link href="https://pond.example/1"/><content>Efts wait.</content></entry>'
    [found] = read(HEAD + other + END)
    assert isinstance(found, Paper) and found.url == "https://pond.example/1"


def test_namespaces_that_are_none() -> None:
    """A declaration that no XML can hold is left out, and the entries are read."""
    for declared in (
        "pond='\udcff'",
        "pond='\x02'",
        "pond='&lol;'",
        "pond='ü'",
        "pond=''",
        "xml='x'",
        "xmlns='x'",
        "ü='x'",
    ):
        text = HEAD.replace("<feed", f"<feed xmlns:{declared}") + WHOLE + END
        assert titles(text) == ["On newts & what they do at night"]
