"""Room for every paper of a comparison in a small window: where whole abstracts do not fit, each gives up sentences, and
none is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.adapters.sentences import sentences
from app.chat.budget import TEMPLATE_TOKENS, describe
from app.core.domain import Citation, Evidence

EXCERPT, GAP = "(Excerpt) ", " … "


def equal_shares(
    evidence: Sequence[Evidence],
    prompt_tokens: int,
    count: Callable[[str], int],
    window: int,
    answer_tokens: int,
    best: Sequence[Citation] = (),
) -> list[Evidence]:
    """The evidence as a prompt may show it: whole where all of it fits, else the same number of sentences of every
    paper at most, in their order, marked as excerpts. Those that `best` quotes stay longest, then those that come first.
    At least one sentence of each is kept. Only for showing: quotes point into the whole abstracts."""
    room = window - answer_tokens - prompt_tokens - TEMPLATE_TOKENS
    wanted = {citation.marker: [quote.start for quote in citation.quotes] for citation in best}
    longest = max((len(sentences(item.paper.abstract)) for item in evidence), default=0)
    for most in range(longest, 0, -1):
        shown = [_excerpt(item, most, wanted) for item in evidence]
        if most == 1 or sum(count(describe(item)) + 2 for item in shown) <= room:
            return shown
    return list(evidence)


def _excerpt(item: Evidence, most: int, wanted: Mapping[int, Sequence[int]]) -> Evidence:
    found = sentences(item.paper.abstract)
    if len(found) <= most:
        return item
    first = [start for start in wanted.get(item.marker, ()) if any(s.start == start for s in found)]
    order = list(dict.fromkeys([*first, *(s.start for s in found)]))[:most]
    kept = [place for place, sentence in enumerate(found) if sentence.start in order]
    text = EXCERPT
    for at, place in enumerate(kept):
        gap = "" if at == 0 else " " if kept[at - 1] == place - 1 else GAP
        text += f"{gap}{found[place].text}"
    return replace(item, paper=replace(item.paper, abstract=text))
