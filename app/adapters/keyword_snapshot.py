"""The keyword index as it was at one moment, and reading papers' ids from it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import tantivy

from app.adapters.keyword_filters import any_of, condition
from app.core.filters import Filters

Occur, Query = tantivy.Occur, tantivy.Query

# A conversation asks with one filter again and again, and several go on at once.
_FILTERS_KEPT = 16
# So many papers of equal scores are looked at to choose the first by id. Reading one takes 2 microseconds.
_MOST_EQUAL = 2000
# So many papers are asked for at first where nobody knows how many have some of the words.
_FIRST_COVERING = 4096


@dataclass(frozen=True)
class TantivyMatching:
    """The `Matching` port: the papers that fitted when it was made, whatever is written afterwards."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    query: tantivy.Query | None

    @cached_property
    def _count(self) -> int:
        if self.query is None:
            return self.all_papers
        # By a search, since papers replaced or deleted are still in the index for a while.
        return int(self.searcher.search(self.query, 1).count or 0)  # type: ignore[attr-defined]

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        return tuple(sorted(ids_of(self.searcher, self.query or Query.all_query(), self.all_papers)))

    def __len__(self) -> int:
        return self._count

    @property
    def all_papers(self) -> int:
        return int(self.searcher.num_docs)

    def ids(self) -> tuple[str, ...]:
        return self._ids

    def of(self, ids: Collection[str]) -> set[str]:
        if self.query is None or not ids:
            return set(ids)
        both = [(Occur.Must, self.query), (Occur.Must, any_of(self.schema, "id", ids))]
        return set(ids_of(self.searcher, Query.boolean_query(both), len(ids)))


@dataclass(frozen=True)
class Snapshot:
    """What one searcher sees, and the filters it was last asked for."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    _asked: dict[Filters, TantivyMatching] = field(default_factory=dict)

    def fitting(self, filters: Filters) -> TantivyMatching:
        found = self._asked.get(filters)
        if found is None:
            found = TantivyMatching(self.schema, self.searcher, condition(self.schema, self.searcher, filters))
            if len(self._asked) >= _FILTERS_KEPT:
                self._asked.clear()
            self._asked[filters] = found
        return found

    def covering(self, weights: Mapping[str, float], filters: Filters, at_least: float) -> dict[str, float]:
        """See `KeywordIndex.covering`."""
        total = sum(weights.values())
        if total <= 0:
            return {}
        parts = (
            (Occur.Should, Query.const_score_query(Query.term_query(self.schema, "text", term), weight))
            for term, weight in weights.items()
        )
        query = Query.boolean_query([*parts])
        if (wanted := self.fitting(filters).query) is not None:
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, wanted)])
        papers, most = int(self.searcher.num_docs), _FIRST_COVERING
        while True:
            hits = self.searcher.search(query, most, count=False).hits
            if len(hits) < most or most >= papers or float(hits[-1][0] or 0.0) < at_least * total:
                break
            most *= 4
        shares = ((address, min(1.0, float(score or 0.0) / total)) for score, address in hits)
        # Single precision: a paper that has all of them may come out a little under 1.
        found = {str(self.searcher.doc(a).get_first("id")): share for a, share in shares if share >= at_least - 1e-6}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def best(self, query: tantivy.Query, k: int, by: str | None = None) -> list[tuple[str, float]]:
        """(paper id, score) of the k best, best first; with `by` the value of that field is the score. Equal scores
        come in the order of ids, also those of which only some are among the k, so that a run can be repeated: the
        index gives them as they were written. (Of thousands of equal ones it is left at that.)"""
        k = min(k, int(self.searcher.num_docs))
        if k <= 0:
            return []
        most = k + 1
        while True:
            hits = self.searcher.search(query, most, count=False, order_by_field=by).hits
            if len(hits) < most or hits[-1][0] != hits[k - 1][0] or most > _MOST_EQUAL:
                break
            most *= 4
        last = hits[k - 1][0] if len(hits) > k else None
        above = [hit for hit in hits if last is None or hit[0] >= last]
        found = [
            (str(self.searcher.doc(address).get_first("id")), -math.inf if score is None else float(score))
            for score, address in above
        ]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]


def ids_of(searcher: tantivy.Searcher, query: tantivy.Query, most: int) -> list[str]:
    """The ids of at most so many papers, in no order."""
    hits = searcher.search(query, max(1, most), count=False).hits
    return [str(searcher.doc(address).get_first("id")) for _, address in hits]
