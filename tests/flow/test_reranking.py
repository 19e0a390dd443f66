"""Search and answers with a reranker: its order, what is said when it is away, and nothing at all unless it is set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap import Service
from app.chat.chain import Chain
from app.chat.rerank import DEPTH, RestingReranker
from app.core.domain import Answer, Question, RankedPaper
from app.core.errors import RerankerError, SettingsError
from app.core.events import AnswerReady, StepDone
from app.doctor import Finding, examine
from app.ui.render import answer_html, rerank_note
from tests.commands import Askpapers
from tests.conftest import service_in
from tests.embedding_server import Reply
from tests.fake_reranker import WordsReranker
from tests.rerank_server import MODEL, RerankServer, fit

QUERY = "learning without forgetting earlier tasks"


@pytest.fixture
def server() -> Iterator[RerankServer]:
    """A llama.cpp server with a reranking model."""
    with RerankServer("llama.cpp") as opened:
        yield opened


@pytest.fixture
def words() -> WordsReranker:
    return WordsReranker()


@pytest.fixture
def chain(starter: Service, words: WordsReranker) -> Chain:
    """The starter library's chain, with a reranker."""
    return replace(starter.chain, reranker=RestingReranker(lambda: words))


def ids(found: list[RankedPaper]) -> list[str]:
    return [item.paper.id for item in found]


def fits(found: list[RankedPaper], query: str) -> list[float]:
    return [fit(query, f"{item.paper.title}. {item.paper.abstract}") for item in found]


def asked(chain: Chain, text: str) -> tuple[Answer, list[StepDone]]:
    events = list(chain.ask(Question(text)))
    last = events[-1]
    assert isinstance(last, AnswerReady)
    return last.answer, [event for event in events if isinstance(event, StepDone)]


def found_step(steps: list[StepDone]) -> StepDone:
    return next(step for step in steps if step.name == "retrieve")


# --- its order --------------------------------------------------------------------------------------------------------


def test_search_comes_in_its_order(starter: Service, chain: Chain, words: WordsReranker) -> None:
    """The best thirty stand in the reranker's order, the others below as they stood; a short list is cut from it."""
    plain = starter.chain.search(QUERY, 40)
    done = chain.search(QUERY, 40)
    assert len(plain) == 40 and sorted(ids(done)) == sorted(ids(plain))
    assert ids(done[DEPTH:]) == ids(plain[DEPTH:])
    best = sorted(plain[:DEPTH], key=lambda item: -fits([item], QUERY)[0])
    assert ids(done[:DEPTH]) == ids(best) != ids(plain[:DEPTH])
    assert [item.reranked for item in done] == [*fits(best, QUERY), *[None] * 10]
    assert all(item.reranked is None for item in plain)
    for k in (1, 3, 10):
        assert ids(chain.search(QUERY, k)) == ids(best[:k])
    assert {len(texts) for _, texts in words.asked} == {DEPTH}
    assert chain.searching.not_reranked(done) == ""


def test_named_papers_come_first(starter: Service, chain: Chain, words: WordsReranker) -> None:
    """A paper that the query names leads, unscored; a comparison of named papers asks nobody."""
    found = chain.find("ReprogBERT and antibody design", 5)
    assert found[0].paper.id == "2210.07144" and found[0].reranked is None
    assert all(item.reranked is not None for item in found[1:])
    assert not any("ReprogBERT" in text.partition(".")[0] for text in words.asked[0][1])
    words.asked.clear()
    answer, _ = asked(chain, "How does OVOR differ from MULTI-LANE?")
    assert [c.paper.id for c in answer.citations][:2] == ["2402.04129", "2405.15633"]
    assert words.asked == []


def test_an_answer_rests_on_it(chain: Chain) -> None:
    """The evidence comes in the reranker's order, and the trace says so with each score."""
    answer, steps = asked(chain, f"what helps {QUERY}?")
    step = found_step(steps)
    assert step.title.endswith(", reranked")
    scores = [hit["reranked"] for hit in step.data["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert answer.status == "answered" and rerank_note(steps) == ""


def test_the_judgement_does_not_suffer(starter: Service, words: WordsReranker) -> None:
    """What the library does not hold is still declined, and what it does hold still answered."""
    chain = replace(starter.chain, reranker=RestingReranker(lambda: words))
    for question, status in (
        ("who won the football championship last summer?", "abstained"),
        ("how do I bake sourdough bread?", "abstained"),
        ("how can prompts be learned without rehearsal?", "answered"),
        ("generating music with transformers", "answered"),
    ):
        assert asked(starter.chain, question)[0].status == asked(chain, question)[0].status == status


# --- away -------------------------------------------------------------------------------------------------------------


def test_away(starter: Service, chain: Chain, words: WordsReranker) -> None:
    """The order without it stands, the answer says why, and the next question does not ask it."""
    words.error = RerankerError("The reranker sleeps", "Wake it")
    plain = starter.chain.search(QUERY, 10)
    done = chain.search(QUERY, 10)
    assert done == plain
    assert chain.searching.not_reranked(done) == "The reranker sleeps. Wake it."
    answer, steps = asked(chain, f"what helps {QUERY}?")
    assert len(words.asked) == 1, "it was asked while it should have been left alone"
    assert found_step(steps).title.endswith(", not reranked")
    assert rerank_note(steps) == "Not reranked: The reranker sleeps. Wake it."
    assert "Not reranked: The reranker sleeps" in answer_html(answer, {1}, steps)
    assert answer.text == asked(starter.chain, f"what helps {QUERY}?")[0].text
    words.error = None
    assert chain.reranker
    chain.reranker._until = 0.0
    assert all(item.reranked is not None for item in chain.search(QUERY, 10))


def test_a_question_that_needs_none_says_nothing_of_it(chain: Chain, words: WordsReranker) -> None:
    """While it is away, an answer about named papers alone has nothing to excuse."""
    words.error = RerankerError("The reranker sleeps", "Wake it")
    chain.search(QUERY, 10)
    assert rerank_note(asked(chain, "How does OVOR differ from MULTI-LANE?")[1]) == ""


# --- set and not set --------------------------------------------------------------------------------------------------


def test_off_by_default(server: RerankServer, starter_folder: Path, model_cache: Path) -> None:
    """Without ASKPAPERS_RERANKER nothing is asked, though its address is set, and nothing is said."""
    service = service_in(starter_folder, model_cache, reranker_base_url=server.base_url)
    found = service.search(QUERY, 10)
    _, steps = asked(service.chain, QUERY)
    assert service.chain.reranker is None and server.asked == []
    assert all(item.reranked is None for item in found) and service.not_reranked(found) == ""
    assert rerank_note(steps) == "" and "rerank" not in found_step(steps).title
    assert all("reranked" not in hit for hit in found_step(steps).data["hits"])


def test_set_in_the_environment(server: RerankServer, starter_folder: Path, model_cache: Path) -> None:
    """`search --explain` and `--json` show the server's score; a dead server is said on stderr, and papers come."""
    askpapers = Askpapers(starter_folder, model_cache, {})
    before = askpapers("search", QUERY, "--json").json
    assert all("reranked" not in hit for hit in before)
    askpapers.settings |= {"RERANKER": f"compatible:{MODEL}", "RERANKER_BASE_URL": server.base_url}
    found = askpapers("search", QUERY, "--json").json
    scores = [hit["reranked"] for hit in found]
    assert scores == sorted(scores, reverse=True) and [h["paper"] for h in found] != [h["paper"] for h in before]
    done = askpapers("search", QUERY, "-k", "2", "--explain")
    assert done.out.count(", reranked ") == 2 and f"reranked {scores[0]:.3f}" in done.out and done.err == ""
    server.reranks = False
    done = askpapers("search", QUERY, "--json")
    assert done.json == before
    assert "Not reranked: The reranker" in done.err and "--reranking" in done.err
    done = askpapers("ask", QUERY)
    assert done.code == 0 and "Not reranked: The reranker" in done.err


def test_a_server_that_hangs(server: RerankServer, starter_folder: Path, model_cache: Path) -> None:
    """A person waits for it once and no longer than was set."""
    server.enqueue(Reply(delay_s=5.0))
    service = service_in(
        starter_folder, model_cache, reranker="compatible", reranker_base_url=server.url, reranker_timeout_s=0.4
    )
    assert service.paper_count() and service.chain
    service.chain.embedder.embed(["open the embedder before the clock starts"])
    started = time.monotonic()
    for _ in range(3):
        found = service.search(QUERY, 5)
        assert len(found) == 5 and "within 0.4 s" in service.not_reranked(found)
    assert time.monotonic() - started < 4.5
    assert len(server.asked) == 1


def test_a_setting_that_is_none(starter_folder: Path, model_cache: Path) -> None:
    """A reranker named wrongly is said before anything is searched, with what to type."""
    service = service_in(starter_folder, model_cache, reranker="bge-reranker-base")
    with pytest.raises(SettingsError, match='"bge-reranker-base" is none of'):
        service.search(QUERY, 5)
    done = Askpapers(starter_folder, model_cache, {"RERANKER": "tei"})("search", QUERY)
    assert "ASKPAPERS_RERANKER_BASE_URL" in done.refused()


# --- doctor -----------------------------------------------------------------------------------------------------------


def doctor(folder: Path, model_cache: Path, **more: object) -> Finding | None:
    findings = list(examine(service_in(folder, model_cache, **more)))
    return next((finding for finding in findings if finding.what == "reranker"), None)


def test_doctor(server: RerankServer, starter_folder: Path, model_cache: Path) -> None:
    """It is looked at only where it is set; one that is away, or scores at random, is said with what to do."""
    assert doctor(starter_folder, model_cache) is None
    set_so = {"reranker": f"compatible:{MODEL}", "reranker_base_url": server.base_url}
    well = doctor(starter_folder, model_cache, **set_so)
    assert well and well.ok and f"compatible:{MODEL} scored two texts" in well.words
    server.enqueue(lambda found: [{**item, "relevance_score": 0.25} for item in found])
    odd = doctor(starter_folder, model_cache, **set_so)
    assert odd and not odd.ok and "0.250" in odd.words and "cross-encoder" in odd.hint
    server.reranks = False
    away = doctor(starter_folder, model_cache, **set_so)
    assert away and not away.ok and "--reranking" in away.hint
