"""Finding papers for a query: retrieve -> fuse -> rerank, if there is a reranker; papers that it names come first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.chat import abstain, several
from app.chat.rank import fuse, ranked_papers
from app.chat.rerank import RestingReranker
from app.chat.resolve import Named, resolve
from app.chat.resting import RestingEmbedder
from app.chat.retrieve import POOL, retrieve
from app.core.domain import RankedPaper
from app.core.filters import EVERY_PAPER, Filters
from app.core.names import handle
from app.core.ports import KeywordIndex, PaperStore, Retriever

# A paper whose name may stand in a longer query for a thing comes first if it has this share of the best score, or if
# the query has at most so many terms besides names. On SciFact's train claims names then cost nothing, while putting
# every name first costs 0.06 of nDCG@10 (`docs/retrieval.md`).
NEARLY_BEST, LITTLE_MORE = 0.7, 2
SURELY_MEANT = frozenset({"id", "marker", "author and year"})


@dataclass(frozen=True, slots=True)
class Search:
    """The search of one library. Deterministic: the same library and query give the same papers in the same order."""

    store: PaperStore
    keyword: KeywordIndex
    embedder: RestingEmbedder
    retrievers: Sequence[Retriever]
    reranker: RestingReranker | None = None

    def search(
        self,
        query: str,
        k: int,
        named: Sequence[str] = (),
        filters: Filters = EVERY_PAPER,
        perhaps: Collection[str] = (),
    ) -> list[RankedPaper]:
        """The k best papers for `query` that fit `filters`, papers `named` first whether they fit or not; without the
        papers' relevance being judged. Those of `named` that are named `perhaps` come first only if they are also
        nearly the best."""
        lists = retrieve(query, self.retrievers, max(POOL, k), filters)
        fused = fuse(lists)
        if perhaps and fused:
            near = {item.paper_id for item in fused if item.score >= NEARLY_BEST * fused[0].score}
            named = [paper for paper in named if paper in near or paper not in perhaps]
        # Where only papers that were named are wanted, there is nothing to put in order.
        reranker = self.reranker if k > len(named) else None
        depth = max(k, reranker.depth) if reranker else k
        papers = self.store.get(list(dict.fromkeys([*named, *(item.paper_id for item in fused[:depth])])))
        ranked = ranked_papers(fused, papers, named, lists.get("dense", ()))
        if reranker:
            ranked = reranker.reranked(query, ranked, named)
        return ranked[: max(k, len(named))]

    def find(self, query: str, k: int, filters: Filters = EVERY_PAPER) -> list[RankedPaper]:
        """Search as a person means it: papers the query names come first, if they fit. Without words, filters alone
        give the newest papers that fit."""
        if not any(character.isalnum() for character in query):
            newest = self.keyword.newest(k, filters) if filters else []
            return [RankedPaper(paper, f"{i}#0", 0.0) for i, paper in self.store.get(newest).items()]
        if not self.keyword.count():
            return []
        named = resolve(query, self.keyword, self.store)
        first = several.first_named(query, named, self.keyword, k)
        fitting = [i for i, paper in self.store.get(first).items() if filters.fits(paper)]
        return self.search(query, k, fitting, filters, self._perhaps(query, named))[:k]

    def named(self, query: str) -> list[str]:
        """The papers that a query names and surely means."""
        found = resolve(query, self.keyword, self.store)
        unsure = self._perhaps(query, found)
        return [paper for paper in found.papers if paper not in unsure]

    def _perhaps(self, query: str, named: Named) -> set[str]:
        """The papers whose name may stand in the query for a thing of the field: "CRP is high before surgery" is
        seldom about the one paper that goes by CRP, while "CRP" or "what is CRP?" asks for nothing else."""
        spans = [(r.start, r.end) for r in named.readings if r.papers]
        rest = "".join(c if not any(s <= at < e for s, e in spans) else " " for at, c in enumerate(query))
        if len(set(self.keyword.terms(rest))) <= LITTLE_MORE:
            return set()
        unsure = {p for r in named.readings if r.how not in SURELY_MEANT for p in r.papers}
        return unsure - {p for r in named.readings if r.how in SURELY_MEANT for p in r.papers}

    def outside(self, query: str, filters: Filters) -> str:
        """One sentence on the papers that a query names though they do not fit, or nothing."""
        if not filters or not self.keyword.count():
            return ""
        named = self.store.get(resolve(query, self.keyword, self.store).papers)
        return abstain.outside_note([handle(p.title, p.abstract) for p in named.values() if not filters.fits(p)])

    def words_only(self, ranked: Sequence[RankedPaper]) -> str:
        """Why these papers were found by words only; nothing if they were not."""
        return self.embedder.trouble if all(item.cosine is None for item in ranked) else ""

    def not_reranked(self, ranked: Sequence[RankedPaper], named: Sequence[str] = ()) -> str:
        """Why the reranker did not put these papers in order; nothing if it did, or had nothing to do."""
        return self.reranker.why_not(ranked, named) if self.reranker else ""
