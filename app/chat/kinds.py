"""Papers told by their kind alone: "the survey", "the benchmark", "the dataset paper"."""

from __future__ import annotations

import re

from app.adapters.sentences import own_sentences
from app.chat.checking.parts import Part
from app.chat.checking.signs import sign_of, title_shows
from app.chat.search import Search
from app.core.filters import EVERY_PAPER, Filters

# Nouns that need no more words to mean a paper of a kind, and what kind.
BARE_KINDS = {
    **dict.fromkeys(("survey", "review", "overview", "tutorial", "book"), "survey"),
    "benchmark": "benchmark",
    "competition": "competition",
    "position paper": "position",
}
# "The dataset" alone is that of a paper; "the dataset paper" brings one.
KINDS = {**BARE_KINDS, "dataset": "dataset", "data set": "dataset", "corpus": "dataset", "position": "position"}
# What a paper of some kinds calls itself.
CALLS_ITSELF = {
    **dict.fromkeys(("survey", "review"), "survey review overview"),
    **dict.fromkeys(("dataset", "data set", "benchmark", "corpus"), "dataset benchmark corpus suite"),
    "competition": "competition challenge",
    **dict.fromkeys(("overview", "tutorial", "book"), "survey review overview book tutorial"),
    **dict.fromkeys(("position paper", "position"), "position paper argue"),
}
_MOST = 20


def papers_of_kind(noun: str, search: Search, filters: Filters = EVERY_PAPER, titled: bool = False) -> list[str]:
    """The papers (ids) of the kind that `noun` (a key of `KINDS`) tells; those that call themselves so, if there are any.
    `titled`: those whose titles say it are enough."""
    kind = KINDS[noun]
    part = Part("type", noun, noun, frozenset({kind}))
    sign = sign_of(part)
    hits = search.keyword.search(CALLS_ITSELF.get(noun, noun), _MOST, filters)
    papers = list(search.store.get(list(dict.fromkeys(hit.paper_id for hit in hits))).values())
    called = re.compile(rf"\b(?:this|our|the present)\s+(?:[\w-]+\s+){{0,3}}{re.escape(noun)}\b", re.IGNORECASE)
    own = [paper for paper in papers if kind == "survey" and called.search(paper.abstract)]
    in_title = [paper for paper in papers if title_shows(part, paper.title)]
    found = [
        paper
        for paper in papers
        if paper in in_title or (sign and any(sign(sentence.text) >= 1 for sentence in own_sentences(paper.abstract)))
    ]
    return [paper.id for paper in own or (in_title if titled else []) or found]
