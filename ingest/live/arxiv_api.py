"""Papers from arXiv's API: by id, or the newest that match a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, SourceError
from ingest.live.arxiv_feed import Page, answers, read_page
from ingest.live.ledger import Ledger
from ingest.live.polite import Manners, RefusedError, Site, Stumble, missing, polite_pause

_MOST_BROKEN = 3
_AGAIN = "run the same command again to fetch them"

Records = Iterator[Paper | BadRecord]
Report = Callable[[str], None]


def by_ids(ids: Sequence[str], manners: Manners, report: Report) -> Records:
    """The papers of these ids, a request for each `page_size`. An id without a paper becomes a BadRecord."""
    return _by_ids(_Api(manners, report, "arxiv"), list(ids))


def by_query(query: str, most: int, manners: Manners, report: Report, state: Path | None) -> Records:
    """The newest papers that match, at most `most`. Pages that cannot be read become a BadRecord each.

    Raises InputError with arXiv's words if it does not understand the query.
    """
    api = _Api(manners, report, f'arxiv "{query}"')
    ledger = Ledger(state, (manners.arxiv_url, query, most, manners.page_size), manners.now)
    return _by_query(api, query, most, ledger)


class _Api:
    """Requests to the API, and what they give."""

    def __init__(self, manners: Manners, report: Report, where: str) -> None:
        for package in ("arxiv", "defusedxml", "requests"):
            if not _is_installed(package):
                raise missing(package)
        self.manners, self.report, self.where = manners, report, where
        self._site = Site("arXiv", polite_pause(manners.arxiv_url, manners.pause_s), manners, report)

    def page(self, start: int, size: int, known: int = 0, query: str = "", ids: Sequence[str] = ()) -> Page:
        """Results `start` to `start + size - 1`. `known` is how many results there are, if an earlier page said so:
        arXiv gives empty and short pages in the middle of a list, and has what belongs there when asked again.

        Raises Stumble, with what came as its part, if fewer results came than there should be.
        """
        import arxiv  # type: ignore[import-untyped]

        asked = {
            "search_query": query,
            "id_list": ",".join(ids),
            "sortBy": arxiv.SortCriterion.SubmittedDate.value,
            "sortOrder": arxiv.SortOrder.Descending.value,
            "start": str(start),
            "max_results": str(size),
        }
        read = partial(_whole_page, where=self.where, start=start, size=size, known=known)
        try:
            return self._site.get(self.manners.arxiv_url, {name: text for name, text in asked.items() if text}, read)
        except RefusedError as error:
            try:
                page = read_page(error.body, self.where)
            except Stumble:
                raise error from None
            if page.error is None:
                raise
            return page


def _whole_page(content: bytes, where: str, start: int, size: int, known: int) -> Page:
    page = read_page(content, where)
    expected = min(size, max(page.total, known) - start)
    if page.error is None and len(page.records) < expected:
        came = f"only {len(page.records)} of {expected} results came" if page.records else "the page was empty"
        raise Stumble(came, part=page)
    return page


def _by_ids(api: _Api, ids: list[str]) -> Records:
    while ids:
        asked, ids = ids[: api.manners.page_size], ids[api.manners.page_size :]
        try:
            page = api.page(0, len(asked), ids=asked)
        except Stumble as stumble:
            for name in asked:
                yield BadRecord(api.where, 0, f'"{name}" could not be read: {stumble}; {_AGAIN}')
            continue
        if page.error is not None:
            wrong = [name for name in asked if name in page.error]
            if not wrong:
                raise InputError(f'arXiv refuses "{", ".join(asked)}": {page.error}.', "Check the ids")
            ids = [name for name in asked if name not in wrong] + ids
            for name in wrong:
                yield BadRecord(api.where, 0, f'arXiv does not know "{name}": {page.error}')
            continue
        yield from page.records
        for name in asked:
            if not any(isinstance(record, Paper) and answers(record, name) for record in page.records) and not any(
                isinstance(record, BadRecord) and record.reason.startswith(name) for record in page.records
            ):
                yield BadRecord(api.where, 0, f'arXiv does not know "{name}"')


def _by_query(api: _Api, query: str, most: int, ledger: Ledger) -> Records:
    size, clock = api.manners.page_size, api.manners.clock
    if ledger.done:
        api.report(f"going on where it stopped: {len(ledger.done)} pages of this query are in the library already")
    tried: set[int] = set()
    total: int | None = None
    start = broken = in_a_row = 0
    while start < min(most, most if total is None else total):
        if start in ledger.done or start in tried:
            start += size
            continue
        tried.add(start)
        page, trouble = _page_or_trouble(api, start, min(size, most - start), total or ledger.total or 0, query)
        if total is None and (page.total or not trouble):
            total = page.total
            api.report(f"arXiv has {total:,} papers for this; the newest {min(most, total):,} are fetched")
            if total != ledger.total:
                ledger.begin(total)
                start = 0  # new papers have moved the others: what was done by an earlier run counts no more
        at = clock()
        for record in page.records:
            at = clock()
            yield record
            ledger.asked_after(at)
        if not trouble:
            ledger.hand_over(max(tried) if start == 0 and 0 not in tried else start, at)
            in_a_row = 0
            continue
