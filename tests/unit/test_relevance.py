"""Does the library hold anything on the question? Decided before a model is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bootstrap import Service
from app.chat.relevance import (
    ANSWERED,
    COVERAGE_WEIGHT,
    ENOUGH,
    ENOUGH_AT_MOST,
    LISTED,
    coverage,
    enough,
    judge,
    probability,
    rarity,
)
from app.chat.resolve import Named
from app.core.domain import Kind, Paper, RankedPaper

NOTHING = Named((), (), (), ())
QUERY = "sparrow migration routes"


def ranked(*cosines: float | None, abstract: str = "We talk of other things.") -> list[RankedPaper]:
    return [RankedPaper(Paper(f"p{i}", "A Title", abstract), f"p{i}#0", 0.5, {}, c) for i, c in enumerate(cosines)]


def relevant(service: Service, papers: list[RankedPaper], named: Named = NOTHING, kind: Kind = "lookup") -> bool:
    return judge(QUERY, papers, kind, named, service.library.keyword).relevant


def test_coverage_is_the_weighted_share_of_words(starter: Service) -> None:
    """All words covered is 1, none is 0, and rare words weigh more than common ones."""
    keyword = starter.library.keyword
    terms = keyword.terms("language antibody")
    common, rare = terms
    weights = rarity(terms, keyword)
    assert coverage(weights, terms) == pytest.approx(1)
    assert coverage(weights, []) == 0
    assert 0 < coverage(weights, [common]) < 0.5 < coverage(weights, [rare]) < 1
    assert coverage({}, terms) == 0


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.sampled_from("prompt language model antibody sparrow zebra".split()), max_size=6),
    more=st.booleans(),
)
def test_coverage_grows_with_the_text(starter: Service, words: list[str], more: bool) -> None:
    """Between 0 and 1, and a longer text never covers less."""
    keyword = starter.library.keyword
    query = keyword.terms("sparrow prompt antibody")
    text = keyword.terms(" ".join(words))
    weights = rarity(query, keyword)
    part = coverage(weights, text)
    assert 0 <= part <= 1 + 1e-9
    assert coverage(weights, [*text, *(query if more else [])]) >= part


@given(st.floats(-1, 1.35), st.floats(-1, 1.35), st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_probability_follows_the_score_and_the_size(one: float, other: float, small: int, large: int) -> None:
    """Between 0 and 1, never lower for a better score, never higher in a larger library."""
    low, high = sorted((one, other))
    few, many = sorted((small, large))
    assert 0 < probability(low, few) <= probability(high, few) < 1
    assert probability(low, many) <= probability(low, few)


def test_what_is_answered_is_what_is_enough() -> None:
    """The score that is enough has just the probability at which a question is answered."""
    assert probability(enough(5000), 5000) == pytest.approx(ANSWERED)
    assert ANSWERED < LISTED < 0.1


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ([], False),
        (ranked(0.1, 0.2), False),
        (ranked(0.1, 0.55), True),
        (ranked(0.3, abstract="Sparrow migration routes cross the sea."), True),
        (ranked(0.15, abstract="Sparrow migration routes cross the sea."), False),
        (ranked(None, abstract="Sparrow migration routes cross the sea."), False),
        (ranked(*[0.1] * 5, 0.9), False),
    ],
)
def test_a_question_that_names_nothing(starter: Service, papers: list[RankedPaper], expected: bool) -> None:
    """Near in meaning, or nearly so with the words in common; shared words alone are not enough; the first five count."""
    assert relevant(starter, papers) is expected


def test_names_decide(starter: Service) -> None:
    """A named paper is always worth an answer; only names that are not there never are, however near the rest."""
    found = Named(("p0",), ("X9",), ("X9",), ())
    missing = Named((), ("X9Y",), ("X9Y",), ())
    unsure = Named((), ("Paris",), (), ())
    assert relevant(starter, ranked(0.0), found)
    assert not relevant(starter, ranked(0.9), missing)
    assert relevant(starter, ranked(0.45)) and not relevant(starter, ranked(0.45), unsure)
    assert relevant(starter, ranked(0.6), unsure)


def test_after_a_reranker(starter: Service) -> None:
    """A paper that was among the first five counts though a reranker put it sixth, and the first five of its own order
    count too; without a reranker the sixth does not count, as ever."""

    def reranked(*places: int) -> list[RankedPaper]:
        cosines = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
        cosines[places[0]] = 0.9
        papers = [replace(p, score=1 - i / 10, reranked=0.0) for i, p in enumerate(ranked(*cosines))]
        papers.insert(places[1], papers.pop(places[0]))
        return papers

    assert relevant(starter, reranked(0, 6)) and relevant(starter, reranked(4, 5))
    assert relevant(starter, reranked(6, 0)) and relevant(starter, reranked(5, 4))
    assert not relevant(starter, reranked(5, 6)) and not relevant(starter, reranked(6, 5))
    assert not relevant(starter, [replace(item, reranked=None) for item in reranked(0, 6)])


def test_a_list_question_asks_for_less(starter: Service) -> None:
    """ "Which papers release code?" has no subject a paper could be near to."""
    assert relevant(starter, ranked(0.35), kind="aggregate") and not relevant(starter, ranked(0.35))


def test_the_score_is_that_of_the_best_paper(starter: Service) -> None:
    """The numbers in the trace are the best paper's cosine and coverage, put together as said."""
    keyword = starter.library.keyword
    papers = [*ranked(0.2), *ranked(0.3, abstract="Sparrow routes.")]
    verdict = judge(QUERY, papers, "lookup", NOTHING, keyword)
    assert verdict.cosine == 0.3
    assert 0.5 < verdict.coverage < 0.8
    assert verdict.score == pytest.approx(0.3 + COVERAGE_WEIGHT * verdict.coverage)


def test_a_larger_library_asks_for_more() -> None:
    """The threshold never falls with the number of papers, starts at ENOUGH and ends at ENOUGH_AT_MOST."""
    levels = [enough(papers) for papers in (0, 47, 1200, 5000, 10**6)]
    assert levels == sorted(levels)
    assert levels[0] == levels[1] == ENOUGH
    assert levels[-1] == ENOUGH_AT_MOST


def test_by_words_alone(starter: Service) -> None:
    """Without cosines the words decide: many of them in common are enough, few are not, and an unknown name asks for
    more; names decide as ever."""
    keyword = starter.library.keyword
    found = Named(("p0",), ("X9",), ("X9",), ())
    missing = Named((), ("X9Y",), ("X9Y",), ())
    unsure = Named((), ("Paris",), (), ())
    for abstract, named, expected in (
        ("Sparrow routes of other kinds.", NOTHING, True),
        ("We talk of other things.", NOTHING, False),
        ("We talk of other things.", found, True),
        ("Sparrow migration routes cross the sea.", missing, False),
        ("Sparrow migration routes cross the sea.", unsure, True),
    ):
        papers = ranked(None, abstract=abstract)
        assert judge(QUERY, papers, "lookup", named, keyword, by_words=True).relevant is expected
    assert not judge(QUERY, [], "lookup", NOTHING, keyword, by_words=True).relevant
