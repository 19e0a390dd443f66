"""A real HTTP server on the loopback address that answers as arXiv's API and as the hub's daily papers do.

Open one with `LiveServer()`, put papers in `entries` and `listings`, spoil answers with `enqueue(...)` (the next ones) or
`spoil(page, ...)` (that page, whenever it is asked for), point the code under test at `arxiv_url` and `hub_url`, and look
at what came in `asked`. All records are invented; their shapes, and those of the errors, are the real ones.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from tests.loopback import LoopbackHandler, LoopbackServer

WEB_PAGE = "<!doctype html><html><head><title>Down</title></head><body><p>Back soon<br></body></html>"


@dataclass(frozen=True)
class Reply:
    """An answer. Of its body only the share `sent` goes out, `delay_s` after the question, a piece every `drip_s`; with
    `reset` the connection is cut without any."""

    status: int = 200
    body: str = ""
    kind: str = "application/atom+xml; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip_s: float = 0.0
    sent: float = 1.0
    reset: bool = False


# What becomes of the good answer.
Fault = Callable[[Reply], Reply]


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    agent: str
    words: Mapping[str, str]

    @property
    def page(self) -> int:
        """The first result (arXiv) or the number of the page (the hub)."""
        return int(self.words.get("start") or self.words.get("p") or 0)

    @property
    def ids(self) -> list[str]:
        return self.words.get("id_list", "").split(",") if self.words.get("id_list") else []


@dataclass(frozen=True)
class Entry:
    """A paper of arXiv, whose abstract says its version."""

    id: str
    title: str
    abstract: str
    published: date = date(2024, 1, 16)
    versions: int = 1
    category: str = "cs.CL"
    doi: str | None = None
    authors: tuple[str, ...] = ("Ada Newt", "Bo Olm")


def entries(many: int, first: int = 1, **more: Any) -> list[Entry]:
    """So many papers, the newest first."""
    return [
        Entry(
            f"2401.{number:05}",
            f"Pond {number}: a survey",
            f"We count the newts of pond {number} by ear. Retrieval of newts is hard.",
            date(2024, 1, 1) + timedelta(days=number),
            **more,
        )
        for number in range(first + many - 1, first - 1, -1)
    ]


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        words = dict(parse_qsl(address.query, keep_blank_values=True, strict_parsing=True))
        reply = self.server_under_test.answer(Asked(address.path, self.headers.get("user-agent", ""), words))
        stopping = self.server_under_test.stopping
        stopping.wait(reply.delay_s)
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.kind, "Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in _pieces(body[: int(len(body) * reply.sent)], 40 if reply.drip_s else 1):
            self.wfile.write(piece)
            stopping.wait(reply.drip_s)


@dataclass
class LiveServer(LoopbackServer):
    """`entries` lie in any order. An unknown id is simply left out (`unknown`: "absent"), counted all the same
    ("counted"), given as an entry with nothing in it ("hollow") or refused with the whole request ("refused").
    `error_status` is that of error feeds. Pages of the hub hold at most `most_items`."""

    handler = _Handler

    entries: list[Entry] = field(default_factory=list)
    listings: dict[str, list[Any]] = field(default_factory=dict)
    unknown: str = "absent"
    error_status: int = 400
    most_items: int = 100
    total: int | None = None
    asked: list[Asked] = field(default_factory=list)
    _next: deque[Fault] = field(default_factory=deque)
    _at: dict[int, deque[Fault]] = field(default_factory=dict)

    def enqueue(self, *faults: Fault) -> None:
        """Spoil the next answers with these, one each."""
        self._next.extend(faults)

    def spoil(self, page: int, *faults: Fault) -> None:
        """Spoil the next answers that hold this page (see `Asked.page`), one each."""
        self._at.setdefault(page, deque()).extend(faults)

    @property
    def arxiv_url(self) -> str:
        return f"{self.url}/api/query"

    @property
    def pages(self) -> list[int]:
        """Which pages were asked for, in order."""
        return [asked.page for asked in self.asked]

    def forget(self) -> None:
        """What was asked so far."""
        self.asked.clear()

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        good = self._arxiv(asked) if asked.path == "/api/query" else self._hub(asked)
        for faults in (self._next, self._at.get(asked.page)):
            if faults:
                return faults.popleft()(good)
        return good

    # --- arXiv ------------------------------------------------------------------------------------------------------

    def _arxiv(self, asked: Asked) -> Reply:
        start, size = int(asked.words.get("start", 0)), int(asked.words.get("max_results", 10))
        query = asked.words.get("search_query", "")
        if wrong := _malformed(query) or next(
            (f"incorrect id format for {i}" for i in asked.ids if not _ID.match(i)), ""
        ):
            return self._error(wrong)
        if asked.ids:
            known = [found for name in asked.ids if (found := self._entry(name))]
            lost = [name for name in asked.ids if not self._entry(name)]
            if lost and self.unknown == "refused":
                return self._error(f"incorrect id format for {lost[0]}")
            shown = known + (
                [f"<entry><id>http://arxiv.org/abs/{n}</id><title/><summary/></entry>" for n in lost]
                if self.unknown == "hollow"
                else []
            )
            total = len(known) + (len(lost) if self.unknown != "absent" else 0)
        else:
            found = sorted((e for e in self.entries if _matches(query, e)), key=lambda e: e.published, reverse=True)
            assert asked.words["sortBy"] == "submittedDate" and asked.words["sortOrder"] == "descending"
            shown, total = [entry_xml(e, e.versions) for e in found], len(found)
        total = total if self.total is None else self.total
        return Reply(body=feed(shown[start : start + size], total, start, size))

    def _entry(self, name: str) -> str | None:
        match = re.fullmatch(r"(.*?)(?:v([0-9]+))?", name)
        assert match
        for entry in self.entries:
            if entry.id == match[1] and int(match[2] or 1) <= entry.versions:
                return entry_xml(entry, int(match[2] or entry.versions))
        return None

    def _error(self, words: str) -> Reply:
        return Reply(self.error_status, feed([error_xml(words)], 1, 0, 1))

    # --- the hub ----------------------------------------------------------------------------------------------------

    def _hub(self, asked: Asked) -> Reply:
        if asked.path != "/api/daily_papers":
            return Reply(404, '{"error":"Not Found"}', "application/json")
        listing = asked.words.get("date") or asked.words["sort"]
        if listing > "2026-11-25" and listing[0].isdigit():
            wrong = {"error": "✖ Invalid input: date must not be in the future\n  → at date"}
            return Reply(400, json.dumps(wrong), "application/json; charset=utf-8")
        size = min(int(asked.words.get("limit", 50)), self.most_items)
        items = self.listings.get(listing, [])[asked.page * size : (asked.page + 1) * size]
        return Reply(body=json.dumps(items), kind="application/json; charset=utf-8")


_ID = re.compile(r"(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7})(?:v[0-9]+)?$")


def _malformed(query: str) -> str:
    if query.count("(") != query.count(")") or query.count('"') % 2:
        return f"Invalid query string: '{query}'"
    return ""


def _matches(query: str, entry: Entry) -> bool:
    for term in query.split(" AND "):
        where, _, word = term.partition(":")
        text = {"cat": entry.category, "ti": entry.title, "abs": entry.abstract}.get(
            where, f"{entry.title} {entry.abstract}"
        )
        if word.strip('"').lower() not in text.lower():
            return False
    return True


def feed(entries: Iterable[str], total: int, start: int = 0, size: int = 10) -> str:
    """A feed as arXiv sends it."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom">\n'
        "  <id>https://arxiv.org/api/k2vTzEwXq0Pondss3m</id>\n"
        f"  <title>arXiv Query: start={start}&amp;max_results={size}</title>\n"
        "  <updated>2026-11-25T00:00:00Z</updated>\n"
        '  <link href="https://arxiv.org/api/query?search_query=x" type="application/atom+xml"/>\n'
        f"  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n" + "".join(entries) + "</feed>\n"
    )


def entry_xml(entry: Entry, version: int) -> str:
    """An entry as arXiv writes it: hard line breaks in title and abstract, links, arXiv's own elements."""
    address = f"arxiv.org/abs/{entry.id}v{version}"
    updated = entry.published + timedelta(days=30 * (version - 1))
    abstract = escape(entry.abstract) + (f" Version {version}." if version > 1 else "")
    authors = "".join(
        f"    <author>\n      <name>{escape(name)}</name>\n"
        "      <arxiv:affiliation>University of Ponds</arxiv:affiliation>\n    </author>\n"
        for name in entry.authors
    )
    doi = f'    <link rel="related" href="https://doi.org/{entry.doi}" title="doi"/>\n    <arxiv:doi>{entry.doi}</arxiv:doi>\n'
    return (
        f"  <entry>\n    <id>http://{address}</id>\n"
        f"    <title>{escape(entry.title).replace(': ', ':' + chr(10) + '      ')}</title>\n"
        f"    <updated>{updated.isoformat()}T09:30:01Z</updated>\n"
        f'    <link href="https://{address}" rel="alternate" type="text/html"/>\n'
        f'    <link href="https://{address.replace("/abs/", "/pdf/")}" rel="related" type="application/pdf" title="pdf"/>\n'
        f"    <summary>  {abstract.replace('. ', '.' + chr(10))}\n    </summary>\n"
        f'    <category term="{entry.category}" scheme="http://arxiv.org/schemas/atom"/>\n'
        '    <category term="cs.IR" scheme="http://arxiv.org/schemas/atom"/>\n'
        f"    <published>{entry.published.isoformat()}T18:14:35Z</published>\n"
        "    <arxiv:comment>12 pages, 3 ponds</arxiv:comment>\n"
        f'    <arxiv:primary_category term="{entry.category}"/>\n'
        f"{doi if entry.doi else ''}{authors}  </entry>\n"
    )


def error_xml(words: str) -> str:
    """What arXiv sends in place of an entry."""
    return (
        f"  <entry>\n    <id>https://arxiv.org/api/errors#{escape(words).replace(' ', '_')}</id>\n"
        f"    <title>Error</title>\n    <summary>{escape(words)}</summary>\n"
        "    <updated>2026-11-25T00:00:00Z</updated>\n"
        '    <link href="https://arxiv.org/api/errors" rel="alternate" type="text/html"/>\n'
        "    <author><name>arXiv api core</name></author>\n  </entry>\n"
    )


def item(number: int, **more: Any) -> dict[str, Any]:
    """A paper as the hub lists it; `more` replaces fields of the paper."""
    title, summary = (
        f"Pond {number}: a survey",
        f"We count the newts of pond {number} by ear.\nRetrieval of newts is hard.",
    )
    day = (date(2024, 1, 1) + timedelta(days=number)).isoformat()
    user = {
        "_id": "64f0c1",
        "avatarUrl": "/avatars/newt.svg",
        "isPro": False,
        "fullname": "Eve Eft",
        "user": "eft",
        "type": "user",
    }
    paper = {
        "id": f"2401.{number:05}",
        "authors": [
            {"_id": "65a1f0", "name": "Ada Newt", "hidden": False},
            {"_id": "65a1f1", "user": user, "name": "Bo Olm", "status": "claimed_verified", "hidden": False},
        ],
        "publishedAt": f"{day}T18:14:35.000Z",
        "submittedOnDailyAt": "2026-11-20T01:02:03.456Z",
        "title": title,
        "submittedOnDailyBy": user,
        "summary": summary,
        "upvotes": 17,
        "discussionId": "65a1f2",
        "ai_summary": "Newts are counted.",
        "ai_keywords": ["newts"],
    }  # fmt: skip
    return {
        "paper": {**paper, **more},
        "publishedAt": "2026-11-20T00:00:00.000Z",
        "title": title,
        "summary": summary,
        "thumbnail": "https://cdn.example/thumbnail.png",
        "numComments": 2,
        "submittedBy": user,
        "isAuthorParticipating": False,
    }


# --- faults -----------------------------------------------------------------------------------------------------------


def status(code: int, retry_after: str | None = None, body: str = "") -> Fault:
    """Another answer with this status."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return lambda good: Reply(code, body, "text/html", headers)


def text(body: str, kind: str = "text/html") -> Fault:
    """Status 200 and another body."""
    return lambda good: replace(good, status=200, body=body, kind=kind)


def broken_off(good: Reply) -> Reply:
    """Less than the announced length, then the end."""
    return replace(good, sent=0.6)


def cut_short(good: Reply) -> Reply:
    """A body that is not whole, announced with the length it has."""
    return replace(good, body=good.body[: int(len(good.body) * 0.6)])


def reset(good: Reply) -> Reply:
    """The connection is cut."""
    return replace(good, reset=True)


def silent(seconds: float) -> Fault:
    """Nothing comes for so long."""
    return lambda good: replace(good, delay_s=seconds)


def dripping(seconds: float) -> Fault:
    """The answer comes in many small pieces, so many seconds apart."""
    return lambda good: replace(good, drip_s=seconds)


def without_entries(good: Reply) -> Reply:
    """arXiv's empty page: all as it should be, but for the entries."""
    return replace(good, body=re.sub(r"  <entry>.*</entry>\n", "", good.body, flags=re.DOTALL))


def with_entries(most: int) -> Fault:
    """A page with fewer entries than asked for."""

    def spoiled(good: Reply) -> Reply:
        found = re.findall(r"  <entry>.*?</entry>\n", good.body, re.DOTALL)
        return replace(good, body=good.body.replace("".join(found), "".join(found[:most])))

    return spoiled


def replaced(old: str, new: str) -> Fault:
    """Something in the body stands otherwise."""

    def spoiled(good: Reply) -> Reply:
        assert old in good.body
        return replace(good, body=good.body.replace(old, new))

    return spoiled


# --- the server -------------------------------------------------------------------------------------------------------


def _pieces(body: bytes, many: int) -> Sequence[bytes]:
    size = max(1, -(-len(body) // many))
    return [body[at : at + size] for at in range(0, len(body), size)]
