"""A question that names nothing and that nothing in the library answers, after others: "what is the threshold about?". It most
likely goes on about the papers spoken of last, if these say what it asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.adapters.sentences import own_sentences
from app.adapters.strange import asked_words, said_of
from app.chat.condense import Talk
from app.chat.search import Search
from app.core.domain import Kind, Plan
from app.core.errors import EmbedderAwayError

# A paper says what is asked if it has so much of the words, and another as well if it has so little less of them.
_SAYS, _AS_WELL = 0.5, 0.15
MOST = 4
_AND, _SAYS_A_LITTLE = re.compile(r"^\W*(?:and|also|so|then|but|ok(?:ay)?)\b", re.IGNORECASE), 0.3


def goes_on(plan: Plan, missing: Sequence[str], talk: Talk, search: Search, text: str = "") -> Plan | None:
    """The plan of a look-up that goes on about the papers spoken of last without saying so, with a note that tells whose
    answer it is; None if it does not. `text` is what was typed: after "and" less is enough."""
    if not talk.turns or plan.kind != "lookup" or plan.named or missing:
        return None
    papers = goes_on_about(plan.query, talk.focus(), search, _SAYS_A_LITTLE if _AND.match(text) else _SAYS)
    if not papers:
        return None
    labels = tuple(map(talk.handle_of, papers))
    note = f"Read as a question on {' and '.join(labels)}."
    kind: Kind = "compare" if len(papers) > 1 else "lookup"
    return replace(plan, kind=kind, named=papers, labels=labels, notes=(*plan.notes, note))


def goes_on_about(query: str, spoken_of: Sequence[str], search: Search, enough: float = _SAYS) -> tuple[str, ...]:
    """Those of the papers `spoken_of` (ids, the one that is meant most first) that say what `query` asks for; the first alone
    if it asks for nothing in words of its own ("how small is that part exactly?"); none if it is about something else."""
    papers = search.store.get(spoken_of[:MOST])
    words = asked_words(query, search.keyword)
    if not papers or not words:
        return tuple(papers)[:1]
    try:
        said = {
            paper.id: said_of(
                words, [paper.title, *(s.text for s in own_sentences(paper.abstract))], search.keyword, search.embedder
            ).whole
            for paper in papers.values()
        }
    except EmbedderAwayError:
        return ()
    best = max(said.values())
    return tuple(i for i in papers if said[i] >= best - _AS_WELL) if best >= enough else ()
