"""What every live source promises, against a server that speaks arXiv's and the hub's protocols: asked politely, asked
again when it stumbles, and what cannot be had costs only itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Service
from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, SourceError
from ingest.live import live_papers
from ingest.live.polite import Manners
from ingest.reading import read_inputs
from ingest.set_aside import SetAside
from tests import live_server
from tests.conftest import service_in
from tests.live_server import Entry, Fault, LiveServer, entries, item

MANY, SIZE = 25, 10
NOON = datetime(2026, 11, 25, 12, tzinfo=timezone.utc).timestamp()
WAYS = {
    "query": ["arxiv", "cat:cs.CL AND abs:retrieval"],
    "ids": [f"arxiv:2401.{number:05}" for number in range(1, MANY + 1)],
    "day": ["hf-daily"],
}
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "newt"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>'
)


@dataclass
class Time:
    """Time that passes only where somebody sleeps."""

    at: float = 100.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Live:
    """A live source over the server, and what it said."""

    server: LiveServer
    time: Time = field(default_factory=Time)
    said: list[str] = field(default_factory=list)

    def start(
        self, words: Sequence[str], most: int | None = None, date: str | None = None, **more: Any
    ) -> Iterator[Paper | BadRecord]:
        kept = {name: more.pop(name) for name in ("state", "told") if name in more}
        manners = Manners(
            self.server.arxiv_url,
            self.server.url,
            page_size=SIZE,
            sleep=self.time.sleep,
            clock=lambda: self.time.at,
            now=lambda: NOON + self.time.at,
        )
        manners = Manners(**{**{name: getattr(manners, name) for name in manners.__slots__}, **more})
        found = live_papers(words, most=most, date=date, manners=manners, report=self.said.append, **kept)
        assert found is not None
        return found

    def __call__(self, words: Sequence[str], **more: Any) -> tuple[list[Paper], list[BadRecord]]:
        records = list(self.start(words, **more))
        return [r for r in records if isinstance(r, Paper)], [r for r in records if isinstance(r, BadRecord)]


@pytest.fixture
def live() -> Iterator[Live]:
    """A server with 25 papers, of arXiv and in the hub's list of today."""
    papers = entries(MANY)
    with LiveServer(papers, {"2026-11-25": [item(n) for n in range(1, MANY + 1)]}, most_items=SIZE) as server:
        yield Live(server)


def numbers(papers: Sequence[Paper]) -> list[int]:
    return [int(paper.id.split(".")[1]) for paper in papers]


# --- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_all_papers_come(live: Live, way: str) -> None:
    """Each paper comes once, under its arXiv id, with what a record holds."""
    papers, bad = live(WAYS[way])
    assert not bad and sorted(numbers(papers)) == list(range(1, MANY + 1))
    paper = next(paper for paper in papers if paper.id == "2401.00003")
    assert paper.title == "Pond 3: a survey"
    assert paper.abstract == "We count the newts of pond 3 by ear. Retrieval of newts is hard."
    assert paper.authors == ("Ada Newt", "Bo Olm")
    assert (paper.year, paper.published, paper.url) == (2024, "2024-01-04", "https://arxiv.org/abs/2401.00003")


@pytest.mark.parametrize("way", WAYS)
def test_requests_are_apart(live: Live, way: str) -> None:
    """One request at a time, three seconds after the one before, by a client that says who it is."""
    live(WAYS[way])
    assert len(live.server.asked) >= 3
    assert live.time.slept == [3.0] * (len(live.server.asked) - 1)
    assert all(asked.agent.startswith("askpapers/") for asked in live.server.asked)


FAULTS: dict[str, Fault] = {
    "busy": live_server.status(503),
    "too many requests": live_server.status(429),
    "its own error": live_server.status(500, body=live_server.WEB_PAGE),
    "bad gateway": live_server.status(502),
    "a web page": live_server.text(live_server.WEB_PAGE),
    "plain words": live_server.text("Rate exceeded.", "text/plain"),
    "nothing": live_server.text(""),
    "broken off": live_server.broken_off,
    "cut short": live_server.cut_short,
    "reset": live_server.reset,
    "silent": live_server.silent(0.4),
    "dripping": live_server.dripping(0.04),
    "a bomb": live_server.text(BOMB, "application/xml"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_stumble_is_tried_again(live: Live, way: str, fault: str) -> None:
    """Whatever goes wrong twice, on the first page and again in the middle, all papers come, and each wait is said."""
    live.server.enqueue(FAULTS[fault], FAULTS[fault], lambda good: good, FAULTS[fault])
    papers, bad = live(WAYS[way], answer_within_s=0.3, whole_within_s=0.6)
    assert not bad and sorted(numbers(papers)) == list(range(1, MANY + 1))
    waits = [line for line in live.said if "trying again in" in line]
    assert [re.findall(r"again in ([0-9]+) s", line)[0] for line in waits] == ["3", "6", "3"]
    assert live.time.slept[:2] == [3.0, 6.0], "each wait is longer than the one before"


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_asks_for_time_gets_it(live: Live, way: str) -> None:
    """Retry-After is honoured, in seconds and as a date; what is nonsense counts as none."""
    then = format_datetime(datetime.fromtimestamp(NOON + 100, timezone.utc) + timedelta(seconds=90), usegmt=True)
    live.server.enqueue(
        live_server.status(503, "41"), live_server.status(429, then), live_server.status(503, "when it rains")
    )
    papers, _ = live(WAYS[way])
    assert len(papers) == MANY
    assert live.time.slept[0] == 41.0
    assert live.time.slept[1] == pytest.approx(90.0 - 41.0, abs=1.5)
    assert live.time.slept[2] == 12.0


@pytest.mark.parametrize("way", WAYS)
def test_a_long_wait_is_not_sat_out(live: Live, way: str) -> None:
    """Who is asked to come back in two hours says so at once, and does not ask before."""
    live.server.enqueue(live_server.status(429, "7200"))
    with pytest.raises(SourceError, match="2 hours") as told:
        live(WAYS[way])
    assert len(live.server.asked) == 1 and not live.time.slept
    assert "run the same command again" in told.value.hint


@pytest.mark.parametrize("fault", ["busy", "too many requests", "a web page", "reset"])
@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_is_down_is_said(live: Live, way: str, fault: str) -> None:
    """If nothing at all can be had, the error names the address, and the tries are counted."""
    live.server.enqueue(*[FAULTS[fault]] * 100)
    with pytest.raises(SourceError, match=re.escape(live.server.url)):
        live(WAYS[way])
    assert len(live.server.asked) <= 15


@pytest.mark.parametrize("way", WAYS)
def test_nobody_at_the_address(way: str) -> None:
    """A wrong port is said after a second try, in the words of the system."""
    with LiveServer() as server:
        live = Live(server)
        gone = server.url
    records = live_papers(
        WAYS[way],
        most=None,
        date=None,
        manners=Manners(f"{gone}/api/query", gone, sleep=live.time.sleep),
        report=live.said.append,
    )
    assert records is not None
    with pytest.raises(SourceError, match="connection refused"):
        next(records)
    assert len(live.said) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_goes_away_costs_only_the_rest(live: Live, way: str) -> None:
    """What came before is given, and what did not come is one bad record or more, not an error that loses both."""
    live.server.enqueue(lambda good: good, *[live_server.status(429)] * 100)
    papers, bad = live(WAYS[way])
    assert len(papers) == SIZE and bad
    assert all("HTTP 429" in record.reason and "again" in record.reason for record in bad)
    assert len(live.server.asked) == 1 + 5


@pytest.mark.parametrize("status", [401, 403, 404, 414])
@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_not_asked_again(live: Live, way: str, status: int) -> None:
    """What no other try betters is said at once."""
    live.server.enqueue(live_server.status(status, body=live_server.WEB_PAGE))
    with pytest.raises(SourceError, match=f"HTTP {status}"):
        live(WAYS[way])
    assert len(live.server.asked) == 1


@pytest.mark.parametrize("way", ["query", "day"])
def test_a_broken_page_in_the_middle(live: Live, way: str) -> None:
    """A page that stays broken is a bad record that says which, and the pages behind it come."""
    page = 10 if way == "query" else 1
    live.server.spoil(page, *[live_server.cut_short] * 5)
    papers, [bad] = live(WAYS[way])
    assert len(papers) == MANY - SIZE
    assert live.server.pages.count(page) == 5, "it was tried so often"
    assert ("11 to 20" if way == "query" else "page 2") in bad.reason
    assert "run the same command again" in bad.reason


def test_a_broken_page_of_ids(live: Live) -> None:
    """Ids whose page stays broken are named, one by one."""
    live.server.enqueue(lambda good: good, *[live_server.cut_short] * 5)
    papers, bad = live(WAYS["ids"])
    assert len(papers) == MANY - SIZE
    assert [re.findall(r'"(.+?)"', record.reason)[0] for record in bad] == [f"2401.{n:05}" for n in range(11, 21)]


# --- arXiv by query ---------------------------------------------------------------------------------------------------


def test_the_newest_come_first(live: Live) -> None:
    """Pages are asked for in order, and `most` ends in the middle of one."""
    papers, bad = live(WAYS["query"], most=13)
    assert not bad and numbers(papers) == list(range(25, 12, -1))
    assert [(a.words["start"], a.words["max_results"]) for a in live.server.asked] == [("0", "10"), ("10", "3")]
    assert live.said == ["arXiv has 25 papers for this; the newest 13 are fetched"]


def test_a_hundred_unless_told_otherwise(live: Live) -> None:
    """Without --max it is the newest hundred."""
    live.server.entries = entries(120)
    papers, _ = live(WAYS["query"])
    assert len(papers) == 100


def test_what_arxiv_says_of_a_paper(live: Live) -> None:
    """Version, days, categories, DOI and journal are read, as the file source reads them from the same feed."""
    live.server.entries = [Entry("2401.00001", "Ponds & newts", "Newts < olms.", versions=3, doi="10.1234/pond.7")]
    [paper], _ = live(["arxiv", "all:newts"])
    assert (paper.version, paper.published, paper.updated) == (3, "2024-01-16", "2024-03-16")
    assert (paper.categories, paper.doi, paper.source) == (("cs.CL", "cs.IR"), "10.1234/pond.7", "arxiv")
    assert (paper.title, paper.abstract) == ("Ponds & newts", "Newts < olms. Version 3.")
    Path("feed.xml").write_text(live_server.feed([live_server.entry_xml(live.server.entries[0], 3)], 1), "utf-8")
    [read] = read_inputs(["feed.xml"])
    assert isinstance(read, Paper) and read.fingerprint == paper.fingerprint


def test_no_papers_for_a_query(live: Live) -> None:
    """It is said in words, and is no error."""
    assert live(["arxiv", "abs:unicorn"]) == ([], [])
    assert live.said == ["arXiv has no papers for this"]


@pytest.mark.parametrize("status", [200, 400])
def test_a_query_that_arxiv_does_not_understand(live: Live, status: int) -> None:
    """arXiv's own words come back, however it sends them."""
    live.server.error_status = status
    with pytest.raises(InputError, match=r"does not understand.*Invalid query string") as told:
        live(["arxiv", "cat:cs.CL AND (abs:newt"])
    assert "cat:cs.CL AND abs:retrieval" in told.value.hint
    assert len(live.server.asked) == 1


@pytest.mark.parametrize("fault", [live_server.without_entries, live_server.with_entries(4)])
def test_an_empty_or_short_page_is_asked_for_again(live: Live, fault: Fault) -> None:
    """arXiv now and then sends a page without its entries, or without some: it is not the end of the list."""
    live.server.spoil(10, fault, fault)
    papers, bad = live(WAYS["query"])
    assert not bad and len(papers) == MANY
    assert live.server.pages == [0, 10, 10, 10, 20]


def test_an_empty_page_that_forgets_the_total(live: Live) -> None:
    """Also where the empty page says that there are no results at all."""
    live.server.spoil(10, lambda good: live_server.Reply(body=live_server.feed([], 0)))
    papers, bad = live(WAYS["query"])
    assert not bad and len(papers) == MANY


def test_a_page_that_stays_short(live: Live) -> None:
    """What came of it is taken, and how many are missing is said."""
    live.server.spoil(10, *[live_server.with_entries(4)] * 5)
    papers, [bad] = live(WAYS["query"])
    assert len(papers) == MANY - 6
    assert "11 to 20" in bad.reason and "only 4 of 10" in bad.reason


def test_three_broken_pages_in_a_row_are_enough(live: Live) -> None:
    """The rest is not asked for, and said to be missing."""
    live.server.entries = entries(200)
    for page in range(20, 200, 10):
        live.server.spoil(page, *[live_server.status(500)] * 5)
    papers, bad = live(["arxiv", "cat:cs.CL"], most=200)
    assert len(papers) == 20
    assert [re.findall(r"(\d+) to (\d+)", record.reason)[0] for record in bad] == [
        ("21", "30"), ("31", "40"), ("41", "50"), ("51", "200"),
    ]  # fmt: skip
    assert max(live.server.pages) == 40


def test_more_than_was_asked_for(live: Live) -> None:
    """A server that sends more than a page does not make more papers than were wanted."""
    whole = live_server.feed([live_server.entry_xml(e, 1) for e in live.server.entries], MANY)
    live.server.enqueue(lambda good: live_server.Reply(body=whole))
    papers, _ = live(WAYS["query"], most=5)
    assert len(papers) == 5


BROKEN_ENTRIES = {
    "it has no abstract": ("  We count the newts of pond 25 by ear.\nRetrieval of newts is hard.\n", " "),
    "it has no title": ("Pond 25:\n      a survey", ""),
    "no date": ("<published>2024-01-26T18:14:35Z</published>", ""),
    "Invalid isoformat": ("2024-01-26T18:14:35Z", "last winter"),
}


@pytest.mark.parametrize("why", BROKEN_ENTRIES)
def test_a_broken_entry_costs_only_itself(live: Live, why: str) -> None:
    """It is named, and the page is not fetched again for it."""
    live.server.enqueue(live_server.replaced(*BROKEN_ENTRIES[why]))
    papers, [bad] = live(WAYS["query"])
    assert len(papers) == MANY - 1 and len(live.server.asked) == 3
    assert bad.reason.startswith("2401.00025v1: ") and why in bad.reason


def test_a_broken_entry_can_be_repaired(live: Live, tmp_path: Path) -> None:
    """What is set aside makes a file that is read when the entry is mended."""
    live.server.enqueue(live_server.replaced(*BROKEN_ENTRIES["it has no title"]))
    whole = Live(live.server)
    _, [bad] = live(WAYS["query"])
    kept = SetAside(tmp_path / "set-aside")
    kept.add(bad)
    [name] = kept.close()
    text = Path(name).read_text("utf-8")
    mended = re.sub(r"(<(?:\w+:)?title)(?: ?/>|>\s*</(?:\w+:)?title>)", r"\1>Pond 25: a survey</ns0:title>", text)
    Path(name).write_text(mended, "utf-8")
    [paper] = read_inputs([name])
    assert isinstance(paper, Paper)
    assert paper.fingerprint in {p.fingerprint for p in whole(WAYS["query"])[0]}


def test_deep_nesting_costs_only_its_entry(live: Live) -> None:
    """A thousand elements within each other end in a bad record."""
    deep = "<b>" * 5000 + "</b>" * 5000
    live.server.enqueue(live_server.replaced("    <arxiv:comment>12", f"{deep}    <arxiv:comment>12"))
    papers, bad = live(["arxiv", "cat:cs.CL"], most=3)
    assert len(papers) + len(bad) == 3
    assert all("nested" in record.reason for record in bad)


def test_words_of_arxiv_do_not_steer_the_terminal(live: Live) -> None:
    """Control and bidirectional signs in an error are left out."""
    live.server.enqueue(
        lambda good: live_server.Reply(400, live_server.feed([live_server.error_xml("no\u202e\u009b31m")], 1))
    )
    with pytest.raises(InputError) as told:
        live(WAYS["query"])
    assert str(told.value).isprintable()


# --- arXiv by id ------------------------------------------------------------------------------------------------------


def test_versions_and_old_ids(live: Live) -> None:
    """A version is fetched as named, the newest else; ids from before 2007 are ids as well."""
    live.server.entries = [
        Entry("2401.00001", "Ponds", "Newts.", versions=3),
        Entry("2401.00002", "Lakes", "Olms.", versions=2),
        Entry("hep-th/9901001", "Strings", "Toads."),
        Entry("math/0309136", "Knots", "Frogs."),
    ]
    papers, bad = live(["arxiv:2401.00001v2", "ARXIV:2401.00002", "arxiv:hep-th/9901001,math.GT/0309136"])
    assert not bad
    assert {(p.id, p.version) for p in papers} == {
        ("2401.00001", 2), ("2401.00002", 2), ("hep-th/9901001", 1), ("math/0309136", 1),
    }  # fmt: skip
    assert len(live.server.asked) == 1


@pytest.mark.parametrize("unknown", ["absent", "counted", "hollow", "refused"])
def test_an_unknown_id_is_said(live: Live, unknown: str) -> None:
    """However arXiv tells it, the id is named and its neighbours come; it is asked for a second time at most."""
    live.server.unknown = unknown
    papers, [bad] = live(["arxiv:2401.00001", "arxiv:2401.09999", "arxiv:2401.00002"])
    assert numbers(papers) == [1, 2]
    assert '"2401.09999"' in bad.reason and "arXiv" in bad.reason
    assert len(live.server.asked) == 2 and len(live.time.slept) == 1


@pytest.mark.parametrize("unknown", ["absent", "counted", "hollow", "refused"])
def test_only_an_unknown_id(live: Live, unknown: str) -> None:
    """Alone, an unknown id is a bad record as well, and no broken server."""
    live.server.unknown = unknown
    papers, [bad] = live(["arxiv:2401.09999"])
    assert not papers and '"2401.09999"' in bad.reason


def test_an_unknown_version(live: Live) -> None:
    """A version that there is not is not another one."""
    papers, [bad] = live(["arxiv:2401.00001v7"])
    assert not papers and '"2401.00001v7"' in bad.reason


def test_an_id_that_was_only_left_out_once(live: Live) -> None:
    """What an answer lacks is asked for once more, and then it comes."""
    live.server.enqueue(live_server.with_entries(2))
    papers, bad = live(["arxiv:2401.00001", "arxiv:2401.00002", "arxiv:2401.00003"])
    assert not bad and numbers(papers) == [1, 2, 3]
    assert [asked.ids for asked in live.server.asked][1] == ["2401.00003"]


# --- the hub ----------------------------------------------------------------------------------------------------------


def test_a_day_and_its_pages(live: Live) -> None:
    """The day is today (UTC) unless given; pages are asked for until one brings nothing."""
    papers, _ = live(["hf-daily"])
    assert [asked.words["date"] for asked in live.server.asked] == ["2026-11-25"] * 4
    assert live.server.pages == [0, 1, 2, 3]
    assert numbers(papers) == list(range(1, MANY + 1))
    assert {paper.source for paper in papers} == {"hf-daily"}


def test_a_server_that_does_not_count_pages(live: Live) -> None:
    """Whoever sends the whole day for every page is asked twice, not for ever."""
    live.server.most_items = 100
    day = live_server.Reply(body=json.dumps(live.server.listings["2026-11-25"]), kind="application/json")
    live.server.enqueue(*[lambda good: day] * 3)
    papers, _ = live(["hf-daily"])
    assert len(papers) == MANY and len(live.server.asked) == 2


def test_a_day_without_papers(live: Live) -> None:
    """It is said, and is no error."""
    assert live(["hf-daily"], date="2026-11-21") == ([], [])
    assert live.said == ["the hub has no papers for 2026-11-21"]


def test_a_day_that_the_hub_refuses(live: Live) -> None:
    """The hub's own words come back, in one line of plain signs."""
    with pytest.raises(InputError, match="date must not be in the future") as told:
        live(["hf-daily"], date="2027-01-01")
    assert "2027-01-01" in str(told.value) and str(told.value).isprintable()


def test_trending(live: Live) -> None:
    """The trending list is asked for by its order, and ends at a hundred papers unless told otherwise."""
    live.server.listings["trending"] = [item(number) for number in range(1, 300)]
    assert len(live(["hf-daily"], date="trending")[0]) == 100
    assert {asked.words["sort"] for asked in live.server.asked} == {"trending"}
    live.server.forget()
    assert numbers(live(["hf-daily"], date="trending", most=SIZE)[0]) == list(range(1, SIZE + 1))
    assert live.server.pages == [0], "nothing is asked that is not wanted"


MALFORMED: dict[str, Any] = {
    "no abstract": item(99, summary=None),
    "empty abstract": item(99, summary=" "),
    "no title": {"paper": {"id": "2401.00099", "summary": "Newts."}},
    "no object": "2401.00099",
    "a list": [item(99)],
    "nothing": None,
    "authors that are none": item(99, authors=7),
    "a title that is none": {"paper": {"id": "2401.00099", "title": ["x"], "summary": "Newts."}},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_item_costs_only_itself(live: Live, tmp_path: Path, what: str) -> None:
    """It is a bad record, kept as it came; the others of its page come."""
    live.server.listings["2026-11-25"].insert(3, MALFORMED[what])
    papers, [bad] = live(["hf-daily"])
    assert len(papers) == MANY
    assert bad.where == "hf-daily 2026-11-25" and bad.raw
    kept = SetAside(tmp_path)
    kept.add(bad)
    assert [Path(name).suffix for name in kept.close()] == [".jsonl"]


def test_a_malformed_item_can_be_repaired(live: Live, tmp_path: Path) -> None:
    """What is set aside is read when it is mended."""
    live.server.listings["2026-11-25"] = [item(99, summary="?")]
    _, [bad] = live(["hf-daily"])
    kept = SetAside(tmp_path)
    kept.add(bad)
    [name] = kept.close()
    Path(name).write_text(Path(name).read_text("utf-8").replace('"?"', '"Newts swim."'), "utf-8")
    [paper] = read_inputs([name])
    assert isinstance(paper, Paper) and paper.id == "2401.00099"


def test_text_that_no_file_can_hold(live: Live, tmp_path: Path, model_cache: Path) -> None:
    """Half a character in JSON ends in a paper or a bad record, and the rest is stored."""
    live.server.listings["2026-11-25"].insert(0, item(98, title="Pond \ud800", summary="Newts \udfff swim."))
    live.server.listings["2026-11-25"].insert(0, item(99, id="\ud800", summary=None))
    service = service_in(tmp_path / "library", model_cache)
    report = service.library.ingest(live.start(["hf-daily"]))
    assert report.new >= MANY and report.new + len(report.bad) == MANY + 2


def test_a_paper_that_is_not_from_arxiv(live: Live) -> None:
    """It keeps the hub's page as its link."""
    live.server.listings["2026-11-25"] = [item(1, id="newts-of-the-moor")]
    [paper], _ = live(["hf-daily"])
    assert paper.id.startswith("title:") and paper.url == "https://huggingface.co/papers/newts-of-the-moor"


@pytest.mark.parametrize("order", [("day", "query"), ("query", "day")])
def test_one_paper_from_both(live: Live, tmp_path: Path, model_cache: Path, order: tuple[str, str]) -> None:
    """The hub's papers and arXiv's are the same papers, and arXiv's later version is not undone by the hub's text."""
    live.server.entries = entries(MANY, versions=2)
    service = service_in(tmp_path / "library", model_cache)
    for way in order:
        service.library.ingest(live.start(WAYS[way]))
    assert service.paper_count() == MANY
    [paper] = service.library.store.get(["2401.00007"]).values()
    assert paper.version == 2 and paper.abstract.endswith("Version 2.")


# --- going on after an interruption -------------------------------------------------------------------------------------


class Interrupted(Exception):
    """What stops a run in these tests."""


def until(records: Iterator[Paper | BadRecord], many: int) -> Iterator[Paper | BadRecord]:
    for number, record in enumerate(records):
        if number == many:
            raise Interrupted
        yield record


@pytest.fixture
def service(tmp_path: Path, model_cache: Path) -> Service:
    """An empty library."""
    return service_in(tmp_path / "library", model_cache)


@pytest.fixture
def resumable(live: Live, service: Service) -> Callable[..., Iterator[Paper | BadRecord]]:
    """A query for 210 papers, 21 pages, that notes its pages in the library's folder."""
    live.server.entries = entries(210)

    def start(**more: Any) -> Iterator[Paper | BadRecord]:
        state = service.library.folder / "live"
        return live.start(WAYS["query"], most=210, state=state, told=service.library.store.told, **more)

    return start


@pytest.mark.parametrize("stop", [1, 63, 64, 71, 191, 192, 209])
def test_going_on(live: Live, service: Service, resumable: Callable[..., Any], stop: int) -> None:
    """Stopped anywhere and run again, all papers are there once; exactly the pages that the library holds whole are not
    fetched again."""
    with pytest.raises(Interrupted):
        service.library.ingest(until(resumable(), stop))
    stored = service.paper_count()
    live.server.forget()
    report = service.library.ingest(resumable())
    assert report.new == 210 - stored and service.paper_count() == 210 and not report.bad
    assert live.server.pages == list(range(stored // SIZE * SIZE, 210, SIZE))


def test_stopped_before_the_end_is_noted(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """If all is in the library and only the end was not noted, nothing is fetched, and the run after begins anew."""
    for number, _ in enumerate(records := resumable(), start=1):
        if number == 210:
            break
    service.library.ingest(live.start(WAYS["query"], most=210))
    records.close()
    live.server.forget()
    assert service.library.ingest(resumable()).read == 0
    assert live.server.pages == [] and "21 pages of this query are in the library already" in live.said[-1]
    assert service.library.ingest(resumable()).unchanged == 210


def test_begun_anew_after_the_end(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """A query that came to its end is fetched from the start next time, since there may be new papers."""
    service.library.ingest(resumable())
    live.server.forget()
    assert service.library.ingest(resumable()).unchanged == 210
    assert len(live.server.asked) == 21


def test_only_the_broken_pages_next_time(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """What stayed broken is fetched by the same command, and nothing else."""
    live.server.spoil(130, *[live_server.cut_short] * 5)
    assert len(service.library.ingest(resumable()).bad) == 1
    live.server.forget()
    report = service.library.ingest(resumable())
    assert (report.new, live.server.pages) == (10, [130])
    assert any("going on where it stopped: 20 pages" in line for line in live.said)


def test_a_page_with_a_bad_record_is_not_done(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """It is fetched again after an interruption, so that the bad record is told again."""
    live.server.spoil(0, *[live_server.replaced("Pond 210:\n      a survey", "")] * 2)
    with pytest.raises(Interrupted):
        service.library.ingest(until(resumable(), 100))
    live.server.forget()
    report = service.library.ingest(resumable())
    assert len(report.bad) == 1 and live.server.pages[:2] == [0, 60]


def test_new_papers_move_the_pages(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """If there are other results than before, what was done counts no more, and every paper comes."""
    with pytest.raises(Interrupted):
        service.library.ingest(until(resumable(), 200))
    live.server.entries += entries(15, first=211)
    service.library.ingest(resumable())
    newest = {f"2401.{number:05}" for number in range(16, 226)}
    assert newest <= {paper.id for paper in service.papers()}


def test_a_removed_paper_comes_again(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """The library has the last word on what it holds: the page of a paper that was removed is fetched again."""
    live.server.spoil(200, *[live_server.status(500)] * 5)
    service.library.ingest(resumable())
    service.library.store.write([], ["2401.00165"])
    live.server.forget()
    service.library.ingest(resumable())
    assert live.server.pages == [40, 200] and service.paper_count() == 210


def test_a_day_later_all_is_fetched(live: Live, service: Service, resumable: Callable[..., Any]) -> None:
    """What was noted yesterday counts as nothing."""
    with pytest.raises(Interrupted):
        service.library.ingest(until(resumable(), 200))
    live.server.forget()
    live.time.at += 25 * 3600
    service.library.ingest(resumable())
    assert live.server.pages == list(range(0, 210, SIZE))
