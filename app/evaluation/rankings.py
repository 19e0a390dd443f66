"""Asking every query of a collection: each retriever alone, their fusion, and the search as a person has it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.domain import RankedPaper
from app.core.errors import EmbedderAwayError
from app.core.ports import Retriever
from app.evaluation.collection import JudgedQuery

FUSED, SEARCH = "fused", "search"

# So many queries are asked one way, then the next way: what else the computer does meanwhile then slows all alike, and
# none finds warm what another has just worked out for the same query.
_IN_TURN = 25

Progress = Callable[[int, int], None]
Ask = Callable[[str, int], Sequence[str]]


class SaysHow(Protocol):
    """What a search says about itself."""

    def words_only(self, ranked: Sequence[RankedPaper]) -> str:
        """Why these papers were found by words only; nothing if they were not."""


class Searches(Protocol):
    """What is measured of a chain (see `app.chat.chain`)."""

    @property
    def retrievers(self) -> Sequence[Retriever]:
        """The single retrievers."""

    def search(self, query: str, k: int) -> list[RankedPaper]:
        """The k best papers by all of them."""

    def find(self, query: str, k: int) -> list[RankedPaper]:
        """The same with the papers first that the query names."""

    @property
    def searching(self) -> SaysHow:
        """The search behind both."""


@dataclass(frozen=True, slots=True)
class Rankings:
    """What one way to search found: for each query the ids, best first, and the seconds it took."""

    name: str
    found: tuple[tuple[str, ...], ...]
    seconds: tuple[float, ...]


def ask_all(
    chain: Searches,
    queries: Sequence[JudgedQuery],
    depth: int,
    progress: Progress = lambda done, total: None,
) -> list[Rankings]:
    """The rankings of every way to search, `depth` papers deep.

    Raises EmbedderAwayError if the dense retriever could not be asked; words alone are no measure of both."""
    ways: dict[str, Ask] = {retriever.name: _alone(retriever) for retriever in chain.retrievers}
    ways |= {FUSED: _ids(chain, chain.search), SEARCH: _ids(chain, chain.find)}
    found: dict[str, list[tuple[str, ...]]] = {name: [] for name in ways}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for ask in ways.values():
        ask(queries[0].text, depth)  # opens what is opened at first use, which is no cost of a query
    for at in range(0, len(queries), _IN_TURN):
        together = queries[at : at + _IN_TURN]
        for name, ask in ways.items():
            for query in together:
                started = time.perf_counter()
                ids = ask(query.text, depth + query.is_paper)
                seconds[name].append(time.perf_counter() - started)
                found[name].append(tuple([i for i in ids if not (query.is_paper and i == query.id)][:depth]))
        progress(at + len(together), len(queries))
    return [Rankings(name, tuple(found[name]), tuple(seconds[name])) for name in ways]


def _alone(retriever: Retriever) -> Ask:
    """Papers by one retriever; asked for more where several hits are of one paper."""

    def ask(text: str, depth: int) -> Sequence[str]:
        asked = depth
        while True:
            hits = retriever.search(text, asked)
            papers = _once(hit.paper_id for hit in hits)
            if len(papers) >= depth or len(hits) < asked:
                return papers[:depth]
            asked *= 2

    return ask


def _ids(chain: Searches, search: Callable[[str, int], list[RankedPaper]]) -> Ask:
    def ask(text: str, depth: int) -> Sequence[str]:
        ranked = search(text, depth)
        if ranked and (trouble := chain.searching.words_only(ranked)):
            raise EmbedderAwayError(f"The embedder did not work, so only words were searched. {trouble}", "Try again")
        return _once(item.paper.id for item in ranked)

    return ask


def _once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
