"""Papers from arXiv's API: by id, or the newest that match a query."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError, SourceError
from ingest.live.arxiv_feed import Page, read_page
from ingest.live.ledger import Ledger, ToldOf
from ingest.live.polite import Manners, RefusedError, Site, Stumble

# After so many broken pages in a row no other is asked for.
_MOST_BROKEN = 3
_AGAIN = "run the same command again to fetch what is missing"

Records = Iterator[Paper | BadRecord]
Report = Callable[[str], None]


def by_ids(ids: Sequence[str], manners: Manners, report: Report) -> Records:
    """The papers of these ids, a request for each `page_size`. An id without a paper becomes a BadRecord."""
    return _by_ids(_Api(manners, report, "arxiv"), list(ids))


def by_query(query: str, most: int, manners: Manners, report: Report, state: Path | None, told: ToldOf) -> Records:
    """The newest papers that match, at most `most`. A page that cannot be had becomes a BadRecord.

    Raises InputError with arXiv's words if it does not understand the query, SourceError if nothing came at all.
    """
    ledger = Ledger(state, (manners.arxiv_url, query, most, manners.page_size), manners.now, told)
    return _Walk(_Api(manners, report, f'arxiv "{query}"'), query, most, ledger).records()


class _Api:
    """Requests to the API, and what they give."""

    def __init__(self, manners: Manners, report: Report, where: str) -> None:
        self.manners, self.report, self.where = manners, report, where
        self._site = Site("arXiv", manners.arxiv_url, manners, report)

    def papers(self, ids: Sequence[str]) -> Page:
        """What arXiv has of these ids. How many there should be cannot be told: its total may count unknown ids."""
        asked = {"id_list": ",".join(ids), "start": "0", "max_results": str(len(ids))}
        return self._page(asked, partial(read_page, where=self.where))

    def page(self, query: str, start: int, size: int, known: int) -> Page:
        """Results `start` to `start + size - 1`. `known` is how many results there are, if an earlier page said so:
        arXiv gives empty and short pages in the middle of a list, and has what belongs there when asked again.

        Raises Stumble, with what came as its part, if fewer results came than there should be.
        """
        from arxiv import SortCriterion, SortOrder

        asked = {
            "search_query": query,
            "sortBy": SortCriterion.SubmittedDate.value,
            "sortOrder": SortOrder.Descending.value,
            "start": str(start),
            "max_results": str(size),
        }
        return self._page(asked, partial(_whole_page, where=self.where, start=start, size=size, known=known))

    def _page(self, asked: dict[str, str], read: Callable[[bytes], Page]) -> Page:
        """Errors of arXiv come as a feed, with HTTP 200 or 400."""
        try:
            return self._site.get(asked, read)
        except RefusedError as refused:
            try:
                page = read_page(refused.body, self.where)
            except Stumble:
                raise refused from None
            if page.error is None:
                raise
            return page

    def nothing(self, why: Exception) -> SourceError:
        """The error where nothing at all could be had but this one."""
        return why if isinstance(why, SourceError) else self._site.lost(str(why))


def _whole_page(content: bytes, where: str, start: int, size: int, known: int) -> Page:
    page = read_page(content, where)
    expected = min(size, (page.total or known) - start)
    if page.error is None and len(page.records) < expected:
        came = f"only {len(page.records)} of {expected} results came" if page.records else "the page was empty"
        raise Stumble(came, part=page)
    return page


def _by_ids(api: _Api, ids: list[str]) -> Records:
    size = api.manners.page_size
    # True: what the answer lacks is asked for once more, since arXiv may just have stumbled.
    waiting = deque((ids[at : at + size], True) for at in range(0, len(ids), size))
    came = False
    while waiting:
        asked, again = waiting.popleft()
        try:
            page = api.papers(asked)
        except (Stumble, SourceError) as error:
            if not came:
                raise api.nothing(error) from error
            if not isinstance(error, Stumble):  # nobody is there any more
                asked = [*asked, *(name for names, _ in waiting for name in names)]
                waiting.clear()
            for name in asked:
                yield BadRecord(api.where, 0, f'"{name}" could not be fetched: {_plain(error)}; {_AGAIN}')
            continue
        came = True
        yield from page.records
        missing = [name for name in asked if not page.answers(name)]
        if page.error is not None:
            wrong = [name for name in asked if _is_named(name, page.error)]
            for name in wrong or asked:
                yield BadRecord(api.where, 0, f'arXiv refuses "{name}": {page.error}')
            missing = [name for name in missing if wrong and name not in wrong]
        elif not again:
            for name in missing:
                yield BadRecord(api.where, 0, f'arXiv does not know "{name}"')
            missing = []
        if missing:
            waiting.appendleft((missing, again and page.error is not None))


def _is_named(name: str, words: str) -> bool:
    return re.search(rf"(?<![\w./]){re.escape(name)}(?!\w|\.\d)", words) is not None


def _plain(error: Exception) -> str:
    return str(error).rstrip(".")


class _Walk:
    """The pages of a query, from the newest paper on."""

    def __init__(self, api: _Api, query: str, most: int, ledger: Ledger) -> None:
        self.api, self.query, self.most, self.ledger = api, query, most, ledger
        self.total: int | None = None
        self.tried = set(ledger.done)

    def records(self) -> Records:
        if self.ledger.done:
            self.api.report(
                f"going on where it stopped: {len(self.ledger.done)} pages of this query are in the library already"
            )
        broken = in_a_row = 0
        trouble = ""
        while (start := self._next()) is not None:
            self.tried.add(start)
            try:
                page, trouble = self._page(start)
            except SourceError as error:  # nobody is there any more
                if self.total is None:
                    raise
                yield self._lost(start, self._last, _plain(error))
                return
            if self.total is None and (page.total or not trouble):
                self._begin(page.total, start)
            yield from self._taken(start, page, whole=not trouble)
            if not trouble:
                in_a_row = 0
                continue
            yield self._lost(start, min(start + self._size, self._last), trouble)
            broken, in_a_row = broken + 1, in_a_row + 1
            if in_a_row == _MOST_BROKEN:
                if self.total is not None and (rest := self._next()) is not None:
                    yield self._lost(rest, self._last, f"{_MOST_BROKEN} pages in a row were broken")
                break
        if self.total is None and trouble:
            raise self.api.nothing(Stumble(trouble))
        if not broken:
            self.ledger.finish()

    @property
    def _size(self) -> int:
        return self.api.manners.page_size

    @property
    def _last(self) -> int:
        """How many results are wanted, as far as is known."""
        return self.most if self.total is None else min(self.most, self.total)

    def _next(self) -> int | None:
        return next((start for start in range(0, self._last, self._size) if start not in self.tried), None)

    def _page(self, start: int) -> tuple[Page, str]:
        """What came of a page, and what is wrong with it."""
        known = (self.ledger.total or 0) if self.total is None else self.total
        try:
            page = self.api.page(self.query, start, min(self._size, self.most - start), known)
        except Stumble as stumble:
            part = stumble.part if isinstance(stumble.part, Page) else Page(0)
            return part, str(stumble)
        except RefusedError as error:
            if self.total is None:
                raise
            return Page(0), _plain(error)
        if page.error is None:
            return page, ""
        if self.total is None:
            raise InputError(
                f'arXiv does not understand "{self.query}": {page.error.rstrip(".")}.',
                'Write it as arXiv does, for example: askpapers ingest arxiv "cat:cs.CL AND abs:retrieval"',
            )
        return page, f"arXiv says: {page.error}"

    def _begin(self, total: int, start: int) -> None:
        """The first page that came says how many results there are."""
        self.total = total
        if total != self.ledger.total:
            self.tried = {start} | (self.tried - self.ledger.done)
        self.ledger.begin(total)
        words = f"the newest {self._last:,} are fetched" if self._last < total else "all are fetched"
        self.api.report(f"arXiv has {total:,} papers for this; {words}" if total else "arXiv has no papers for this")

    def _taken(self, start: int, page: Page, whole: bool) -> Records:
        records = page.records[: self.most - start]
        papers = [record for record in records if isinstance(record, Paper)]
        if whole and len(papers) == len(records):
            self.ledger.note(start, papers)
        yield from records

    def _lost(self, start: int, end: int, why: str) -> BadRecord:
        return BadRecord(self.api.where, 0, f"of results {start + 1:,} to {end:,} not all came: {why}; {_AGAIN}")
