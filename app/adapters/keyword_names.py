"""Look-ups of the keyword index by which a person's words for a paper are understood: what papers are called, names
and words a typing error away, titles that share words.

None of them reads papers: each is a few look-ups in tantivy's dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence

import tantivy

from app.adapters.keyword_snapshot import Snapshot
from app.core.typos import forgiven

# So many papers of one name, or near one word, are read at most.
_MOST_NEAR = 100
# Spelling out an abbreviation is looked for where papers are few. In a large library somebody has written the
# abbreviation itself, and the look-up, which goes through all words with these initials, would take 150 ms.
_FEW_PAPERS = 1000
# Words of a question that are looked for in titles; the rarest tell most.
_MOST_WORDS, _MOST_STRANGE = 10, 3


class NameLookups:
    """Part of `TantivyKeywordIndex`."""

    _now: Snapshot
    _schema: tantivy.Schema
    _analyze: tantivy.TextAnalyzer

    def _ids(self, query: tantivy.Query, k: int) -> list[tuple[str, float]]:
        raise NotImplementedError

    def count(self) -> int:
        raise NotImplementedError

    def _has_term(self, field: str, term: str) -> bool:
        """Quicker than a search, but papers replaced or deleted may still count."""
        return int(self._now.searcher.doc_freq(field, term)) > 0

    def by_called(self, keys: Sequence[str]) -> dict[str, list[str]]:
        found = {}
        for key in dict.fromkeys(keys):
            if self._has_term("called", key):
                query = tantivy.Query.term_query(self._schema, "called", key)
                found[key] = sorted(paper_id for paper_id, _ in self._ids(query, _MOST_NEAR))
        return {key: ids for key, ids in found.items() if ids}

    def names_near(self, key: str, edits: int) -> list[str]:
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, self._near(field, key, edits, boost))
                for field, boost in (("called", 2.0), ("name", 1.0))
            ]
        )
        return [paper_id for paper_id, _ in self._ids(query, _MOST_NEAR)]

    def words_near(self, word: str, edits: int) -> list[str]:
        stems = self._analyze.analyze(word)
        if len(stems) != 1:
            return []
        return [paper_id for paper_id, _ in self._ids(self._near("text", stems[0], edits), _MOST_NEAR)]

    def _near(self, field: str, term: str, edits: int, boost: float = 1.0) -> tantivy.Query:
        near = tantivy.Query.fuzzy_term_query(self._schema, field, term, min(max(edits, 0), 2))
        return tantivy.Query.const_score_query(near, boost)

    def titles_like(self, words: Sequence[str], k: int) -> list[str]:
        searcher = self._now.searcher
        typed = {stem: word for word in words for stem in self._analyze.analyze(word)}
        counted = sorted((int(searcher.doc_freq("title", stem)), stem) for stem in typed)
        known = [stem for papers, stem in counted if papers]
        strange = [stem for papers, stem in counted if not papers and forgiven(len(typed[stem]))]
        parts = [tantivy.Query.term_query(self._schema, "title", stem) for stem in known[:_MOST_WORDS]]
        parts += [self._near("title", stem, forgiven(len(typed[stem])), 5.0) for stem in strange[:_MOST_STRANGE]]
        if not parts or k <= 0:
            return []
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
        return [paper_id for paper_id, _ in self._ids(query, k)]

    def spells_out(self, letters: str) -> bool:
        if not (2 <= len(letters) <= 6 and letters.isascii() and letters.isalpha()) or self.count() > _FEW_PAPERS:
            return False
        words: list[str | tuple[int, str]] = [f"{letter}.*" for letter in letters.lower()]
        return bool(self._ids(tantivy.Query.regex_phrase_query(self._schema, "text", words), 1))
