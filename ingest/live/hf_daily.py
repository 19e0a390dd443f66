"""The hub's daily papers, of a day or the trending ones.

The protocol is that of `huggingface_hub.HfApi.list_daily_papers`. It is not called: it waits for ever, asks once, sends
a stored token, and one item it cannot read costs the rest of its page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, SourceError
from ingest.live.arxiv_api import Records, Report
from ingest.live.polite import Manners, RefusedError, Site, Stumble, printable
from ingest.sources.json_record import paper_of, reason

# The trending list has no end.
_MOST_TRENDING = 100
_MOST_BROKEN = 3
_DAY = re.compile(r"[12]\d\d\d-[01]\d-[0-3]\d")
_AGAIN = "run the same command again to fetch what is missing"


def daily_papers(listing: str, most: int | None, manners: Manners, report: Report) -> Records:
    """The papers of a day (YYYY-MM-DD) or the `trending` ones, at most `most`. An item that is no paper becomes a
    BadRecord, and so does a page that cannot be had.

    Raises InputError with the hub's words if it refuses the day, SourceError if nothing came at all.
    """
    trending = listing == "trending"
    most = most or (_MOST_TRENDING if trending else None)
    given = 0
    for item in _items(listing, manners, report):
        if isinstance(item, BadRecord):
            yield item
            continue
        yield _record(item, listing)
        given += 1
        if given == most:
            return
    if not given:
        report(f"the hub has no {'trending papers' if trending else f'papers for {listing}'}")


def _items(listing: str, manners: Manners, report: Report) -> Iterator[Any]:
    """Each item once, and a BadRecord for each page that cannot be had: up to a page that brings nothing new, because how many a page holds, and
    whether pages are counted at all, is the server's to say."""
    site = Site("the hub", f"{manners.hub_url.rstrip('/')}/api/daily_papers", manners, report)
    asked = {"sort": "trending"} if listing == "trending" else {"date": listing}
    seen: set[str] = set()
    items: list[Any] = []
    broken = 0
    for page in count():
        try:
            items = site.get({**asked, "limit": str(manners.page_size), "p": str(page)}, _list)
        except (Stumble, SourceError) as error:
            if not page:
                raise _nothing(error, listing, site) from error
            broken += 1
            if isinstance(error, RefusedError) and len(items) < manners.page_size:
                return  # a page behind the last
            yield BadRecord(
                _where(listing), 0, f"page {page + 1} could not be fetched: {str(error).rstrip('.')}; {_AGAIN}"
            )
            if broken == _MOST_BROKEN or not isinstance(error, Stumble):
                return
            continue
        broken = 0
        new = {mark: item for item in items if (mark := _mark(item)) not in seen}
        if not new:
            return
        seen |= new.keys()
        yield from new.values()


def _list(body: bytes) -> list[Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Stumble("the answer is no JSON") from None
    if not isinstance(found, list):
        raise Stumble("the answer is no list of papers")
    return found


def _nothing(error: Exception, listing: str, site: Site) -> Exception:
    if isinstance(error, RefusedError) and error.status == 400:
        return InputError(f'The hub has no list "{listing}": {_words(error.body)}.', "Choose another day, or trending")
    return error if isinstance(error, SourceError) else site.lost(str(error))


def _words(body: bytes) -> str:
    """What the hub says is wrong."""
    try:
        told = str(json.loads(body)["error"])
    except (ValueError, RecursionError, KeyError, TypeError):
        told = ""
    return printable(told).rstrip(".") or "it does not say why"


def _record(item: Any, listing: str) -> Paper | BadRecord:
    try:
        paper = paper_of(item, "hf-daily")
    except (ValueError, RecursionError) as error:
        why = f"{printable(_mark(item), 80)}: {reason(error)}"
        title = printable(str(_inner(item).get("title") or ""))
        return BadRecord(_where(listing), 0, why, title, _json(item), extension=".jsonl")
    paper = replace(paper, url=paper.url or _link(item))
    # The hub keeps the text of the day a paper came out: a later version that the library has is not to give way to it.
    day = _DAY.match(paper.published or "")
    return replace(paper, published=day.group(), updated=day.group()) if day else paper


def _inner(item: Any) -> dict[str, Any]:
    paper = item.get("paper") if isinstance(item, dict) else None
    return paper if isinstance(paper, dict) else {}


def _mark(item: Any) -> str:
    """What tells an item from others."""
    named = _inner(item).get("id")
    return named if isinstance(named, str) else _json(item)


def _json(item: Any) -> str:
    try:
        return json.dumps(item)
    except RecursionError:
        return f'"nested too deeply: {id(item)}"'


def _link(item: Any) -> str | None:
    """The hub's own page, for a paper that is not from arXiv."""
    named = _mark(item)
    return f"https://huggingface.co/papers/{named}" if re.fullmatch(r"[A-Za-z0-9._-]{1,80}", named) else None


def _where(listing: str) -> str:
    return f"hf-daily {listing}"
