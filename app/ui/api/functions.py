"""The public functions: `search_papers`, `get_paper`, `ask`, `compare_papers`. Their docstrings are what API docs and
MCP clients show, so they speak to those who call them; their types are read at run time (no postponed annotations)."""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api

from app.core.domain import Answer as AnswerRecord
from app.core.domain import Correction, Question
from app.core.events import AnswerReady
from app.core.filters import Filters
from app.core.reading import READABLE
from app.core.when import check_order, parse_when
from app.ui.answer_json import answer_to_json, turns_from_json
from app.ui.api.failures import ApiError, as_api_error, write_status
from app.ui.api.inputs import AskGiven, CompareGiven, PaperGiven, SearchGiven, checked
from app.ui.api.papers import found_paper, searched, whole_paper
from app.ui.api.shapes import Answer, SearchResult, WholePaper
from app.ui.door.caller import caller_of, scope_of
from app.ui.door.limits import Limits
from app.ui.service import ChatService, FindsPapers
from app.ui.stream import drained

AT_ONCE = 16  # answers being made for the API; the page has its own places
T = TypeVar("T")


class PublicApi:
    """The functions for one service. Holds no state of a caller, only how many answers are being made."""

    def __init__(self, service: ChatService, limits: Limits) -> None:
        self._service, self._limits, self._running = service, limits, 0

    @property
    def functions(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """What can be called, by name."""
        if isinstance(self._service, FindsPapers):
            functions: list[Callable[..., Awaitable[Any]]] = [
                self.search_papers,
                self.get_paper,
                self.ask,
                self.compare_papers,
            ]
        else:
            functions = [self.ask]
        return {function.__name__: _told(function) for function in functions}

    def draw(self) -> None:
        """Make them API and MCP tools. Call inside a Blocks context, before anything else has their names."""
        for name, function in self.functions.items():
            # Outside the queue: one request, one reply, and MCP calls need no second connection to ourselves.
            api(function, api_name=name, queue=False)

    async def search_papers(
        self,
        request: gr.Request,
        query: str,
        k: int = 10,
        since: str = "",
        until: str = "",
        author: str = "",
        category: str = "",
    ) -> SearchResult:
        """Find the papers of the library that fit a query best, with their abstracts. No model writes anything.

        Args:
            query: What the papers are about, in a few words.
            k: How many papers to give, 1 to 100.
            since: Only papers from this year, month or day on, as 2023, 2023-05 or 2023-05-14.
            until: Only papers up to this year, month or day.
            author: Only papers by this person.
            category: Only papers of this category, as cs.CL.
        """
        given = checked(SearchGiven, query=query, k=k, since=since, until=until, author=author, category=category)
        filters = Filters(
            since=parse_when(given.since) if given.since else "",
            until=parse_when(given.until) if given.until else "",
            authors=(given.author,) if given.author else (),
            categories=(given.category,) if given.category else (),
        )
        check_order(filters.since, filters.until)
        if not given.query and not filters:
            raise ApiError("There is nothing to search for. Give a query or a filter.", 400)
        return await asyncio.to_thread(searched, self._finder, given.query, given.k, filters)

    async def get_paper(self, request: gr.Request, id: str) -> WholePaper:
        """Give one paper of the library with its abstract.

        Args:
            id: Its id, as search_papers and answers give it: an arXiv id, a DOI or the library's own.
        """
        given = checked(PaperGiven, id=id)
        return whole_paper(await asyncio.to_thread(found_paper, self._finder, given.id))

    async def ask(self, request: gr.Request, question: str, history: list[dict[str, Any]] | None = None) -> Answer:
        """Answer a question from the abstracts of the library, with citations. The status is answered, abstained (the
        library or the abstracts do not say) or clarify (the question is asked back, with choices). Each citation has the
        sentences it rests on, each claim a verdict.

        Args:
            question: The question, in ordinary words. It may name papers, and filters such as "since 2023".
            history: Earlier answers of the conversation, oldest first, as this function gave them.
        """
        self._check_length(question)
        given = checked(AskGiven, question=question, history=history)
        turns = turns_from_json(given.history or [])
        return await self._answered(request, Question(given.question, turns))

    async def compare_papers(self, request: gr.Request, papers: list[str], aspects: list[str] | None = None) -> Answer:
        """Compare two to eight papers of the library, point by point. The answer has a table whose cells are quotes from
        the abstracts or say that the abstract does not state it.

        Args:
            papers: The ids of the papers, as search_papers gives them.
            aspects: The points to compare them on, as "data" or "results"; the usual ones if none are given.
        """
        given = checked(CompareGiven, papers=papers, aspects=aspects)
        found = [await asyncio.to_thread(found_paper, self._finder, each) for each in given.papers]
        ids = tuple(dict.fromkeys(paper.id for paper in found))
        if len(ids) < 2:
            raise ApiError("These are one and the same paper. Give the ids of two or more.", 400)
        on = f" on {', '.join(given.aspects)}" if given.aspects else ""
        text = f"Compare {' and '.join(f'“{paper.title}”' for paper in found)}{on}"
        self._check_length(on)
        correction = Correction("compare", ids, tuple(given.aspects) if given.aspects else None)
        return await self._answered(request, Question(text, unread=READABLE, correction=correction))

    @property
    def _finder(self) -> FindsPapers:
        assert isinstance(self._service, FindsPapers)
        return self._service

    def _check_length(self, text: object) -> None:
        if isinstance(text, str) and (words := self._limits.too_long(text)):
            raise ApiError(words, 400)

    async def _answered(self, request: gr.Request, question: Question) -> Answer:
        if self._running >= AT_ONCE:
            raise ApiError(f"{AT_ONCE} questions are being answered already. Ask again in a few seconds.", 503, 5)
        if refused := self._limits.refusal(caller_of(request)):
            raise ApiError(refused.words, 429, refused.wait)
        self._running += 1
        try:
            return answer_to_json(await self._last(question))
        finally:
            self._running -= 1

    async def _last(self, question: Question) -> AnswerRecord:
        """The answer that the events end with."""
        stream = drained(lambda: self._service.ask(question))
        answer: AnswerRecord | None = None
        try:
            async with aclosing(stream.batches()) as batches:
                async for batch in batches:
                    answer = next((each.answer for each in batch if isinstance(each, AnswerReady)), answer)
        finally:
            stream.leave()
        if answer is None:
            raise RuntimeError("the service ended without AnswerReady")
        return answer


def _told(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The function with its errors in words, and for MCP its result as JSON: there Gradio sends what `str` makes of it."""

    @functools.wraps(function)
    async def told(request: gr.Request, *arguments: Any) -> Any:
        try:
            result = await function(request, *arguments)
        except Exception as error:
            failure = as_api_error(error)
            write_status(request, failure)
            raise failure from None
        return json.dumps(result, ensure_ascii=False) if _over_mcp(request) else result

    return told


def _over_mcp(request: gr.Request) -> bool:
    return "/gradio_api/mcp" in str(scope_of(request).get("path", ""))
