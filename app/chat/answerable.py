"""Does a small library hold what a question about one subject asks for? By small trees over what is known of the best papers:
`signals` and what is made of them, as for whole-library questions, and the closer look that `relevance` takes.

`tests/bench/weigh.py` fits it on our own questions over a library of 47 papers; a library of far more has a nearest paper for
anything, so there `relevance` decides alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from app.adapters.strange import asked_words
from app.chat import relevance
from app.chat.checking.look import look
from app.chat.checking.parts import Part, Property
from app.chat.checking.signals import NAMES
from app.chat.checking.vectors import SENTENCES
from app.chat.checking.weighed import log_odds, weights
from app.chat.closer import Closer, nearest_sentence
from app.chat.relevance import Relevance
from app.chat.resolve import Named
from app.chat.search import Search
from app.core.domain import RankedPaper
from app.core.errors import EmbedderAwayError
from app.core.filters import Filters
from app.core.ports import KeywordIndex, Vectors

# Of so many of the best papers the numbers are taken; of libraries up to so many papers they are to be trusted.
_BEST, MOST_PAPERS = 8, 400
_LOOKED_AT = 12
# How probable it must be that a question is answered which has a name that nobody here uses. Of the questions to build with that
# have one, 9 of 11 that the library answers reach it, and 3 of 173 that it does not (they were fitted on, too).
SURE_ALTHOUGH_MISSING = 0.75
# Below this no list of papers that come near is shown: none of 11 such lists to build with that were in order is, and two of 4
# that were not.
HARDLY = 0.1
_NOBODY = Named((), (), (), ())
# The numbers after those of `signals`, the best of each.
MORE_NAMES = (
    "cosine of a sentence",
    "words said",
    "words said at once",
    "words said, both",
    "strangeness",
    "score",
    "cosine",
    "coverage",
    "words",
    "length",
    "unknown words",
    "rare pair",
)


# The numbers after those: how probable the best papers of a list on the question are.
LIST_NAMES = ("log-odds of the best paper", "probability of the second")


def numbers(query: str, ranked: Sequence[RankedPaper], judged: Relevance, search: Search) -> Vectors:
    """What is known of the best papers for `query`, of shape (`signals.NAMES` + MORE_NAMES + LIST_NAMES,). `judged` is what
    `relevance` says of them. Raises EmbedderAwayError."""
    table, closer = parts_of(query, ranked, judged, search)
    return joined(table, closer, weights().probabilities(table))


def parts_of(
    query: str, ranked: Sequence[RankedPaper], judged: Relevance, search: Search
) -> tuple[Vectors, tuple[float, ...]]:
    """The `signals` of the best papers for `query`, and the numbers of MORE_NAMES. Raises EmbedderAwayError."""
    papers = [item.paper for item in ranked[:_BEST]]
    asked = Property(query, (Part("topic", query, query),))
    looked = look(replace(search, reranker=None), asked, papers, SENTENCES)
    if not looked.near:
        raise EmbedderAwayError("The embedder is away.", "Words alone have to do.")
    return looked.table()[1], closer_numbers(query, ranked, judged, search)


def joined(table: Vectors, closer: Sequence[float], chances: np.ndarray) -> Vectors:
    """The numbers of a question, from its parts and how probable each of its papers is for a list on it."""
    best = sorted([*chances, 0.0], reverse=True)
    return np.asarray([*table.max(axis=0), *closer, log_odds(best[0]), best[1]], np.float32)


def closer_numbers(query: str, ranked: Sequence[RankedPaper], judged: Relevance, search: Search) -> tuple[float, ...]:
    """Those of MORE_NAMES. Raises EmbedderAwayError."""
    keyword = search.keyword
    closer, words = Closer(query, ranked, search.embedder), asked_words(query, keyword)
    said = closer.said(words, keyword) if words else []
    return (
        closer.sentence,
        max((each.whole for each in said), default=0.0),
        max((each.at_once for each in said), default=0.0),
        max(((each.whole + each.at_once) / 2 for each in said), default=0.0),
        closer.strangeness(keyword),
        judged.score,
        judged.cosine,
        judged.coverage,
        len(words),
        len(query.split()),
        _unknown(words, keyword),
        closer.says_rare_pair(words, keyword),
    )


def _unknown(words: Sequence[str], keyword: KeywordIndex) -> float:
    """The share (0 to 1), by rarity, of these words that no paper uses."""
    rarity = {word: max(keyword.idf(term) for term in keyword.terms(word)) for word in words}
    total = sum(rarity.values())
    return sum(own for word, own in rarity.items() if not keyword.search(word, 1)) / total if total else 0.0


def answerable(
    query: str, ranked: Sequence[RankedPaper], judged: Relevance, search: Search, missing: bool = False
) -> bool:
    """Whether the best papers hold what is asked; as `judged` where the library is large or the embedder is away. With a
    name in it that is `missing` here, it must be all the surer."""
    if not ranked or search.keyword.count() > MOST_PAPERS or all(item.cosine is None for item in ranked):
        return judged.relevant
    try:
        return weights().answerable(numbers(query, ranked, judged, search), SURE_ALTHOUGH_MISSING * missing)
    except EmbedderAwayError:
        return judged.relevant


def holds(text: str, search: Search, filters: Filters) -> bool:
    """Whether the library holds what a question asks that tells its one paper by a description; yes of a large one."""
    ranked, judged = _judged(text, search, filters)
    return answerable(text, ranked, replace(judged, relevant=True), search)


def improbable(text: str, search: Search, filters: Filters) -> bool:
    """Whether it is so improbable that the library holds what a list is asked of that papers near to it are no answer; no of a
    large library."""
    if search.keyword.count() > MOST_PAPERS:
        return False
    ranked, judged = _judged(text, search, filters)
    if not ranked or all(item.cosine is None for item in ranked):
        return False
    try:
        return float(weights().asked.probabilities(numbers(text, ranked, judged, search)[None])[0]) < HARDLY
    except EmbedderAwayError:
        return False


def _judged(text: str, search: Search, filters: Filters) -> tuple[Sequence[RankedPaper], Relevance]:
    """The best papers for a text that names none, and what `relevance` says of them."""
    ranked = search.search(text, _LOOKED_AT, (), filters)
    closest = partial(nearest_sentence, text, ranked, search.embedder)
    return ranked, relevance.judge(text, ranked, "lookup", _NOBODY, search.keyword, nearest_sentence=closest)


__all__ = ["LIST_NAMES", "MORE_NAMES", "NAMES", "answerable", "holds", "improbable", "joined", "numbers", "parts_of"]
