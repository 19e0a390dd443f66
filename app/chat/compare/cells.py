"""What an abstract says on a point: the sentence that speaks of it, or that none does.

A cell is filled only by a sentence that fits words for the point (see `says`), or, for a point in the person's own words,
shares those words or comes near them. Better an empty cell than a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.adapters.sentences import own_sentences
from app.chat.compare.clauses import clause
from app.chat.compare.numbers import DATA_KINDS, Figure, common_kinds, figures, kinds_asked, normalised
from app.chat.compare.says import FINDS, GOES_ON, HOPES, OTHERS, OUTCOME, OWN, PROPOSES, RULES, Says
from app.core.domain import Evidence, Quote, Sentence
from app.core.errors import EmbedderAwayError
from app.core.findings import Cell
from app.core.names import introduced_names, name_key
from app.core.ports import KeywordIndex, MakesVectors, Vectors

# From this sum of signs on a sentence says what is proposed, whatever its words.
_PROPOSES_SURELY = 0.6
# A sentence speaks of a point in the person's own words if it has this share of the words, or comes this near, or both
# by half.
_WORDS, _NEAR, _HALF_WORDS, _HALF_NEAR = 0.6, 0.45, 0.3, 0.3


@dataclass(frozen=True, slots=True)
class Read:
    """An abstract taken apart: its sentences, their vectors (None while no embedder works), their figures, the terms of
    each, and which of them says what is proposed."""

    evidence: Evidence
    sentences: tuple[Sentence, ...]
    vectors: Vectors | None
    terms: tuple[frozenset[str], ...]
    figures: tuple[tuple[Figure, ...], ...]
    names: frozenset[str] = field(default_factory=frozenset)
    proposal: int = 0
    proposes: bool = False
    detail: int | None = None


def read(
    evidence: Sequence[Evidence], labels: Mapping[str, str], embedder: MakesVectors, keyword: KeywordIndex
) -> list[Read]:
    """Every abstract taken apart; all sentences are embedded at once. `labels` are what the papers are called, by id."""
    found = [own_sentences(item.paper.abstract) for item in evidence]
    texts = [sentence.text for own in found for sentence in own]
    try:
        vectors = embedder.embed(texts) if texts else None
    except EmbedderAwayError:
        vectors = None
    at, out = 0, []
    for item, own in zip(evidence, found, strict=True):
        names = introduced_names(item.paper.title, item.paper.abstract) | {name_key(labels[item.paper.id])}
        part = vectors[at : at + len(own)] if vectors is not None else None
        at += len(own)
        terms = tuple(frozenset(keyword.terms(sentence.text)) for sentence in own)
        own_figures = tuple(figures(sentence.text) for sentence in own)
        weights = {term: keyword.idf(term) for term in keyword.terms(item.paper.title)}
        titled = [sum(w for term, w in weights.items() if term in t) / (sum(weights.values()) or 1) for t in terms]
        proposal, sure = _proposal(own, names, titled)
        detail = _detail(own, proposal, names)
        out.append(Read(item, own, part, terms, own_figures, names, proposal, sure, detail))
    return out


def _proposal(own: Sequence[Sentence], names: frozenset[str], titled: Sequence[float]) -> tuple[int, bool]:
    """Which sentence says what the paper proposes, and whether that is sure; `titled` are the shares of the title's words
    in each."""

    def says(place: int) -> float:
        text = own[place].text
        opening = "".join(name_key(word) for word in text.split()[:10])
        named = any(name in name_key(text) for name in names)
        return (
            1.0 * bool(PROPOSES.search(text))
            + 0.4 * named
            + 0.4 * any(name in opening for name in names)
            + 0.3 * bool(OWN.search(text))
            + 0.6 * titled[place]
        )

    def score(place: int) -> float:
        text = own[place].text
        against = 0.5 * bool(OTHERS.search(text)) + 0.4 * ("http" in text) + 0.2 * bool(FINDS.search(text))
        return says(place) - against - 0.5 * place / len(own) - 0.6 * text.endswith("?")

    best = max(range(len(own)), key=score, default=0)
    return best, bool(own) and says(best) >= _PROPOSES_SURELY


def _detail(own: Sequence[Sentence], proposal: int, names: frozenset[str]) -> int | None:
    """Which sentence behind the proposal says how it works, if one does."""
    for place in range(proposal + 1, min(proposal + 3, len(own))):
        text = own[place].text
        if OTHERS.search(text) or OUTCOME.search(text) or "http" in text or text.endswith("?"):
            continue
        of_it = bool(OWN.search(text)) or any(name in name_key(text) for name in names)
        if of_it or (place == proposal + 1 and GOES_ON.match(text)):
            return place
    return None


def column(aspect: str, papers: Sequence[Read], embedder: MakesVectors, keyword: KeywordIndex) -> list[Cell]:
    """The cells of one point, a paper each. For figures the same kinds are taken from all papers where they have them."""
    rule = RULES.get(aspect)
    kinds = kinds_asked(aspect)
    vectors = _vectors(rule.like if rule else (aspect.removeprefix("number of "),), embedder)
    weights = {term: keyword.idf(term) for term in keyword.terms(aspect.removeprefix("number of "))}
    shared = common_kinds([[f for own in item.figures for f in own] for item in papers], kinds) if kinds else ()
    chosen = []
    for item in papers:
        scored = [_score(aspect, rule, item, place, vectors, weights) for place in range(len(item.sentences))]
        if kinds:
            scored = _with_figures(aspect, item, scored, shared)
        best = _best(scored)
        if aspect == "method" and best == [item.proposal]:
            best += [place for place in [item.detail] if place is not None]
        chosen.append(best)
    named = [[f for place in places for f in item.figures[place]] for item, places in zip(papers, chosen, strict=True)]
    return [_cell(item, places, shared, named) for item, places in zip(papers, chosen, strict=True)]


def _vectors(texts: Sequence[str], embedder: MakesVectors) -> Vectors | None:
    try:
        return embedder.embed(list(texts))
    except EmbedderAwayError:
        return None


def _score(
    aspect: str, rule: Says | None, item: Read, place: int, like: Vectors | None, weights: Mapping[str, float]
) -> float:
    """How well a sentence speaks of the point; 0 if it does not."""
    text = item.sentences[place].text
    near = float(np.max(like @ item.vectors[place])) if like is not None and item.vectors is not None else 0.0
    if rule is None:
        total = sum(weights.values())
        words = sum(w for term, w in weights.items() if term in item.terms[place]) / total if total else 0.0
        speaks = words >= _WORDS or near >= _NEAR or (words >= _HALF_WORDS and near >= _HALF_NEAR)
        return words + near if speaks else 0.0
    proposed = aspect == "method" and item.proposes and place == item.proposal
    if not (proposed or rule.pattern.search(text)):
        return 0.0
    return max(0.01, 0.3 + near + _standing(aspect, rule, item, place))


def _standing(aspect: str, rule: Says, item: Read, place: int) -> float:
    """What the sentence's place and words add: results come after the proposal, what is wrong with others' work is no
    limit of this one."""
    text, last = item.sentences[place].text, max(1, len(item.sentences) - 1)
    others, own, after = bool(OTHERS.search(text)), bool(OWN.search(text)), place >= item.proposal
    surely = 0.3 if rule.surely and rule.surely.search(text) else 0.0
    if aspect == "task":
        return (
            0.3 * own
            + 0.3 * (place <= item.proposal)
            - 0.4 * (place > item.proposal + 1)
            - 0.2 * bool(FINDS.search(text) and after)
        )
    if aspect == "method":
        return 2.0 if place == item.proposal else 0.2 * own - 0.6 * others
    if aspect == "results":
        figures_there = any(figure.kind in {"percent", "fold", "score"} for figure in item.figures[place])
        of_it = own or any(name in name_key(text) for name in item.names)
        if not after or text.endswith("?") or not (surely or figures_there or (of_it and not HOPES.search(text))):
            return -9.0
        if others and not surely and not own:
            return -9.0
        return (
            surely + 0.35 * figures_there + 0.2 * place / last - 0.5 * (place == item.proposal) - 0.3 * ("http" in text)
        )
    if aspect == "limits":
        return -9.0 if not after or (others and not own) or place == item.proposal else 0.2 * place / last
    if aspect == "data":
        of_it = own or any(name in name_key(text) for name in item.names)
        return -9.0 if others and not of_it else _data_figures(item.figures[place]) + 0.1 * after
    return 0.2 * own + 0.2 * after - 0.3 * others + 0.2 * any(name in name_key(text) for name in item.names)


def _data_figures(found: Sequence[Figure]) -> float:
    """How much the figures of a sentence say of data; many a task is none."""
    return max((0.3 if figure.kind == "tasks" else 0.5 for figure in found if figure.kind in DATA_KINDS), default=0.0)


def _with_figures(aspect: str, item: Read, scored: Sequence[float], shared: Sequence[str]) -> list[float]:
    """The scores once more, where a point asks for figures: a sentence with one of the kinds that the others give too
    comes first; "number of" and sizes are given by nothing else."""
    only = aspect == "size" or aspect.startswith("number of ")
    out = []
    for place, score in enumerate(scored):
        kinds = {figure.kind for figure in item.figures[place]}
        rank = next((i for i, kind in enumerate(shared) if kind in kinds), None)
        if rank is None:
            out.append(0.0 if only else score)
        elif score > 0 or only:
            out.append(max(score, 0.1) + 1.0 - 0.15 * rank)
        else:
            out.append(0.0)
    return out


def _best(scored: Sequence[float]) -> list[int]:
    """The best sentence; with it the next best, where it is about as good and figures are what counts."""
    order = sorted((place for place, score in enumerate(scored) if score > 0.05), key=lambda place: -scored[place])
    return order[:1]


def _cell(item: Read, places: Sequence[int], shared: Sequence[str], named: Sequence[Sequence[Figure]]) -> Cell:
    if not places:
        return Cell()
    quotes = tuple(Quote(s.text, s.start, s.end) for s in (item.sentences[place] for place in places))
    parts = []
    for place in places:
        kinds = shared[:1] or (*DATA_KINDS, "percent", "fold", "score")
        wanted = [figure for figure in item.figures[place] if figure.kind in kinds]
        parts.append(clause(item.sentences[place].text, [(figure.start, figure.end) for figure in wanted]))
        others = [figure for own in named for figure in own]
        written = dict.fromkeys(plain for figure in wanted if shared and (plain := normalised(figure, others)))
        if written:
            parts[-1] = f"{parts[-1]} ({'; '.join(written)})"
    return Cell(" ".join(parts), quotes)
