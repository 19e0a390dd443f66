"""The numbers of a closer look at the best papers for a whole-library question."""

from __future__ import annotations

from functools import partial

from app.chat import closer, relevance
from app.chat.answerable import closer_numbers
from app.chat.checking.look import Look
from app.chat.resolve import Named

_BEST = 12
_NOBODY = Named((), (), (), ())


def closer_look(looked: Look) -> tuple[float, ...]:
    """Those of `answerable.MORE_NAMES`, of the papers that a search finds. Raises EmbedderAwayError."""
    query, ranked, search = looked.question.asked.text, looked.ranked[:_BEST], looked.search
    nearest = partial(closer.nearest_sentence, query, ranked, search.embedder)
    judged = relevance.judge(query, ranked, "aggregate", _NOBODY, search.keyword, nearest_sentence=nearest)
    return closer_numbers(query, ranked, judged, search)
