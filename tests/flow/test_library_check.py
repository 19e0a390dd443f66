"""Questions about the whole library: the real embedder over the starter library, invented ones, a model over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.adapters.verdict_file import VerdictFile
from app.bootstrap import Service
from app.chat import answerable, generate
from app.chat.checking.answer import Looked
from app.chat.checking.by_model import ModelCheck
from app.chat.checking.library import Reach, check_library
from app.chat.resting import RestingEmbedder
from app.chat.search import Search
from app.core.domain import Paper, Plan
from app.core.errors import EmbedderError
from app.core.events import Checking
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import Embedder
from tests.bench.aggregate import arxiv_ids, cases_of, score
from tests.conftest import DATA, service_in, settings_for
from tests.scripted_server import Reply, Request, ScriptedServer

OVOR, LANE, NEWT = "2402.04129", "2405.15633", "newt1"


def check(service: Service | Search, question: str, filters: Filters = EVERY_PAPER, **more: Any) -> Looked:
    search = service if isinstance(service, Search) else service.chain.searching
    *_, last = check_library(search, Plan("aggregate", question), filters, more.pop("markers", {}), **more)
    assert isinstance(last, Looked)
    return last


def cited(answer: Looked) -> set[str]:
    return {citation.paper.id for citation in answer.citations}


def abstracts(service: Service) -> dict[str, str]:
    return {paper.id: paper.abstract for paper in service.papers()}


@pytest.mark.parametrize(
    "question", ["Which papers release code?", "How many papers are about continual learning, name them"]
)
def test_the_answer_is_of_one_piece(starter: Service, question: str) -> None:
    """The count, how complete it is, and for each paper its quote, letter by letter, under a marker that is its own."""
    answer = check(starter, question)
    texts, record = abstracts(starter), answer.checked
    yes = [v for v in record.verdicts if v.verdict == "yes"]
    near = [v for v in record.verdicts if v.verdict == "unclear" and v.marker]
    assert answer.text.startswith(f"{len(yes)} of 47 papers (checked 47 of 47):")
    assert bool(near) == ("Near to it, though not in these words:" in answer.text)
    assert (record.checked, record.candidates, record.papers, record.by) == (47, 47, 47, "rule")
    assert [e.marker for e in answer.evidence] == list(range(1, len(yes) + len(near) + 1)) and len(yes) > 3
    assert {v.paper.id: v.marker for v in [*yes, *near]} == {e.paper.id: e.marker for e in answer.evidence}
    for verdict in [*yes, *near]:
        assert verdict.quotes
        assert all(texts[verdict.paper.id][q.start : q.end] == q.text for q in verdict.quotes)
    for claim in answer.claims:
        assert claim.verdict == "supported" and answer.text[claim.start : claim.end].endswith(f"[{claim.markers[0]}]")
        assert answer.text[claim.start : claim.end].startswith(claim.text)


def test_it_says_how_far_it_is_and_stops_when_told(starter: Service) -> None:
    """A counter that only grows and ends with all; closed in between, it says nothing more."""
    plan = Plan("aggregate", "Which papers release code?")
    events = list(check_library(starter.chain.searching, plan, EVERY_PAPER, {}))
    counts = [event for event in events if isinstance(event, Checking)]
    assert [c.done for c in counts] == [10, 20, 30, 40, 47] and {c.total for c in counts} == {47}
    assert [c.yes for c in counts] == sorted(c.yes for c in counts)
    half = check_library(starter.chain.searching, plan, EVERY_PAPER, {})
    next(half)
    half.close()  # type: ignore[attr-defined]
    assert list(half) == []


def test_filters_and_given_papers(starter: Service) -> None:
    """Only papers that fit are looked at, and counted among those; three given papers are three."""
    since = check(starter, "Which papers release code?", Filters(since="2024"))
    years = {paper.id: paper.year or 0 for paper in starter.papers()}
    assert cited(since) and all(years[i] >= 2024 for i in cited(since))
    assert since.checked.papers == sum(year >= 2024 for year in years.values()) and "from 2024 on" in since.text
    three = check(starter, "which of these release code?", Filters(ids=(OVOR, LANE, "2405.15604")))
    assert cited(three) == {OVOR, LANE} and "2 of these 3 papers (checked 3 of 3)" in three.text
    without = check(starter, "Which papers release code?", excluded=[OVOR])
    assert OVOR not in cited(without) and without.checked.papers == 46


def test_markers_of_the_conversation_stay(starter: Service) -> None:
    """A paper that has a marker keeps it."""
    answer = check(starter, "Which papers are about class-incremental learning?", markers={7: LANE})
    assert {e.paper.id: e.marker for e in answer.evidence}[LANE] == 7


def test_both_and_either_and_not(starter: Service) -> None:
    """Both is in each, either is all of them, and what does not say it is the rest."""
    prompts, lifelong = (
        check(starter, "Which papers use prompts?"),
        check(starter, "Which papers treat continual learning?"),
    )
    both = check(starter, "Which papers treat both continual learning and prompts?")
    assert cited(both) and cited(both) <= cited(prompts) & cited(lifelong)
    code, silent = check(starter, "Which papers release code?"), check(starter, "Which papers do not release code?")
    says = {v.paper.id for v in code.checked.verdicts if v.verdict == "yes"}
    rest = {v.paper.id for v in silent.checked.verdicts if v.verdict == "yes"}
    assert says.isdisjoint(rest) and len(says) + len(rest) == 47
    assert "not listed here" in silent.text and len(silent.evidence) == 30


@pytest.mark.parametrize("question", ["Which papers are about quantum computing?", "Is there a paper on glaciers?"])
def test_an_honest_no(starter: Service, question: str) -> None:
    """What nothing is near to is said not to be here, with the papers that come nearest and no citation."""
    answer = check(starter, question)
    assert (answer.status, answer.reason, answer.citations) == ("abstained", "not_in_library", ())
    assert "None of the 47 abstracts says so (checked 47 of 47)" in answer.text and len(answer.evidence) == 3


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("Has anyone taken an English language model and reused it to fill in protein sequences?", "2210.07144"),
        ("which work swaps in a tiny set of finetuned weights and keeps nearly all the performance", "2302.06600"),
    ],
)
def test_one_paper_looked_for_in_other_words_is_quoted(starter: Service, question: str, paper: str) -> None:
    """Words that no abstract uses find it by meaning, and its sentences are quoted."""
    answer = check(starter, question)
    assert answer.status == "answered" and answer.citations[0].paper.id == paper
    assert answer.citations[0].quotes


def test_yes_to_a_yes_or_no_question(starter: Service) -> None:
    """It is said, with the paper."""
    answer = check(starter, "Does any paper deal with music?")
    assert answer.text.startswith("Yes: 1 of 47 papers") and len(answer.citations) == 1


@pytest.fixture(scope="module")
def pond(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Service:
    """Sixty invented papers on newts, toads and bread; a third of them on newts, one in ten with code."""
    service = service_in(tmp_path_factory.mktemp("pond"), model_cache)
    subjects = ("newts and how their limbs grow again", "toads in dry summers", "bread and its crust")
    papers = []
    for number in range(60):
        subject = subjects[number % 3]
        code = " Our code is at https://github.com/pond/work." if number % 10 == 0 else ""
        text = f"We study {subject}, case {number}. It takes [7] weeks to see.{code}"
        papers.append(
            Paper(f"p{number}", f"Notes on {subject.split()[0]}, part {number}", text, year=2000 + number % 20)
        )
    service.library.ingest(papers)
    service.library.embed()
    return service


def test_a_library_of_another_field(pond: Service) -> None:
    """Subjects that no thesaurus knows are found by their own words; a bracket in a quote is no marker."""
    answer = check(pond, "How many papers treat newts?")
    assert cited(answer) == {f"p{n}" for n in range(0, 60, 3)} and answer.text.startswith("20 of 60 papers")
    assert set(re.findall(r"\[(\d+)\]", answer.text)) == {str(e.marker) for e in answer.evidence}
    code = check(pond, "Which papers about toads release code?")
    assert cited(check(pond, "Which papers release code?")) == {f"p{n}" for n in range(0, 60, 10)}
    assert code.checked.checked == 60


def test_a_large_library_is_not_looked_at_whole(pond: Service) -> None:
    """Only the most probable are, which is said, with how to see all."""
    answer = check(pond, "Which papers treat newts?", reach=Reach(every=50, most=8))
    assert answer.checked.checked == 8 and answer.checked.papers == 60 and answer.checked.candidates >= 20
    assert "checked 8 of 60" in answer.text and "askpapers search" in answer.text
    assert cited(answer) <= {f"p{n}" for n in range(0, 60, 3)}


# --- a model ------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


def model_of(
    server: ScriptedServer, starter: Service, folder: Path, models: Path, **more: Any
) -> tuple[Service, ModelCheck]:
    """A service whose model is the scripted server, and how to check with it."""
    settings = settings_for(folder, models, llm="compatible:tiny", llm_base_url=server.url, llm_timeout_s=5.0)
    service = Service(settings, starter.library)
    chain = service.chain

    def ask(system: str, user: str) -> str:
        return generate.whole_text(chain.model, generate.messages(system, user))

    return service, ModelCheck(ask, "tiny", chain.tokens.count, 4096, 800, **more)


def verdicts_for(*wanted: str) -> Any:
    """What a good model replies: yes with a quote to abstracts that hold one of these words, no to the others."""

    def reply(request: Request) -> Reply:
        user = request.body["messages"][-1]["content"]
        lines = []
        for number, text in re.findall(r'<abstract number="(\d+)">(.*?)</abstract>', user, re.DOTALL):
            words = next((w for w in wanted if w in text), "")
            start = text.find(words)
            lines.append(f'{number}: yes - "{text[start : start + 40]}"' if words else f"{number}: no")
        return Reply(text="\n".join(lines))

    return reply


def test_the_model_has_the_word(
    server: ScriptedServer, starter: Service, starter_folder: Path, model_cache: Path, tmp_path: Path
) -> None:
    """Its verdicts count, in a few calls; asked again, none is made, for they were kept."""
    cache = VerdictFile(tmp_path / "verdicts.sqlite")
    service, model = model_of(server, starter, starter_folder, model_cache, cache=cache)
    server.enqueue(*[verdicts_for("Minecraft", "jazz")] * 20)
    answer = check(service, "Which papers are playful?", model=model)
    playful = {i for i, text in abstracts(starter).items() if "Minecraft" in text or "jazz" in text}
    assert cited(answer) == playful and answer.checked.by == "tiny" and "by tiny" in answer.text
    calls = len(server.chats)
    assert 3 < calls < 20
    again = check(service, "which papers are  playful", model=model)
    assert cited(again) == playful and len(server.chats) == calls
    cache.close()


def test_what_the_model_cannot_show_is_left_open(
    server: ScriptedServer, starter: Service, starter_folder: Path, model_cache: Path
) -> None:
    """A model that says yes to all without a true quote convinces nobody; one that talks falls back on the rule."""
    service, model = model_of(server, starter, starter_folder, model_cache)
    lines = "\n".join(f'{n}: yes - "this paper is about everything you want"' for n in range(1, 13))

    def reply(request: Request) -> Reply:
        playful = "playful" in request.body["messages"][-1]["content"]
        return Reply(text=lines if playful else "These are all very good papers.")

    server.enqueue(*[reply] * 40)
    assert not check(service, "Which papers are playful?", model=model).citations
    talked = check(service, "Which papers release code?", model=model)
    assert cited(talked) == cited(check(starter, "Which papers release code?")) and talked.checked.by == "rule"


def test_a_model_that_fails_costs_no_answer(
    server: ScriptedServer, starter: Service, starter_folder: Path, model_cache: Path
) -> None:
    """The server answers with errors: the rule's verdicts stand, and it is not asked for every batch."""
    service, model = model_of(server, starter, starter_folder, model_cache)
    answer = check(service, "Which papers release code?", model=model)
    assert cited(answer) == cited(check(starter, "Which papers release code?"))


def test_stopping_keeps_what_was_decided(
    server: ScriptedServer, starter: Service, starter_folder: Path, model_cache: Path, tmp_path: Path
) -> None:
    """Closed after the first counter, no further call is made, and the verdicts so far need none next time."""
    cache = VerdictFile(tmp_path / "verdicts.sqlite")
    service, model = model_of(server, starter, starter_folder, model_cache, cache=cache)
    server.enqueue(*[verdicts_for("Minecraft")] * 40)
    plan = Plan("aggregate", "Which papers are playful?")
    events = check_library(service.chain.searching, plan, EVERY_PAPER, {}, model)
    next(events)
    events.close()  # type: ignore[attr-defined]
    stopped = len(server.chats)
    check(service, "Which papers are playful?", model=model)
    total = len(server.chats)
    fresh = VerdictFile(tmp_path / "other.sqlite")
    check(
        service,
        "Which papers are playful?",
        model=model_of(server, starter, starter_folder, model_cache, cache=fresh)[1],
    )
    assert 0 < stopped < total and total - stopped < len(server.chats) - total + 1
    cache.close()
    fresh.close()


# --- the real page ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_real_page(listing_page: Path, tmp_path: Path, model_cache: Path) -> None:
    """Recall 0.8 at precision 0.7, on each part of our questions, and nothing found for what is not there."""
    service = service_in(tmp_path / "page", model_cache)
    service.ingest_files([listing_page])
    service.library.embed()
    cases = cases_of(DATA / "aggregate.jsonl")
    for split in ("dev", "test", "fresh"):
        result = score(service, [case for case in cases if case["split"] == split], arxiv_ids())
        assert sum(result.recalls) / len(result.recalls) >= 0.8
        assert sum(result.precisions) / len(result.precisions) >= 0.7
        assert result.abstained == result.absent
    service.library.close()


def test_the_questions_are_sound() -> None:
    """Ids are of the starter library, no paper both must and may be cited, and no question stands in two parts."""
    known, cases = set(arxiv_ids().values()), cases_of(DATA / "aggregate.jsonl")
    for case in cases:
        assert set(case["must"]) | set(case["may"]) <= known and not set(case["must"]) & set(case["may"])
    assert len({case["question"] for case in cases}) == len(cases) == len({case["id"] for case in cases})
    assert json.dumps(cases)


def test_the_starter_library(starter: Service) -> None:
    """The digests tell less than the abstracts; most of what ours say is found all the same."""
    cases = [case for case in cases_of(DATA / "aggregate.jsonl") if case["split"] == "test"]
    result = score(starter, cases)
    assert sum(result.recalls) / len(result.recalls) >= 0.7
    assert sum(result.precisions) / len(result.precisions) >= 0.7


def test_years_in_words_go_with_a_property(starter: Service) -> None:
    """The filter is read out of the question, and what is left of it still asks for code."""
    read = starter.read("which papers since 2024 release code?")
    answer = check(starter, read.query, read.filters)
    assert cited(answer) == cited(check(starter, "Which papers release code?", Filters(since="2024"))) != set()


def test_while_the_embedder_is_away(starter: Service) -> None:
    """Words alone still find what they say, and an honest no stays one."""

    def away() -> Embedder:
        raise EmbedderError("The server is away.", "Start it.")

    chain = starter.chain
    resting = RestingEmbedder(away)
    dense = replace(chain.retrievers[0], embedder=resting)  # type: ignore[type-var]
    search = Search(chain.store, chain.keyword, resting, (dense, chain.keyword))
    assert {OVOR, LANE} <= cited(check(search, "Which papers are about class-incremental learning?"))
    assert check(search, "Which papers are about quantum computing?").status == "abstained"


def test_what_is_only_near_to_something_improbable_is_no_answer(
    starter: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Papers near to what is asked are listed as such, but not where the library most probably holds nothing of it."""
    question = (
        "Several hospitals want to train one model together, without any patient record leaving the house. "
        "Which of these papers help?"
    )
    near = check(starter, question)
    assert near.status == "answered" and near.text.startswith("None of the")
    monkeypatch.setattr(answerable, "HARDLY", 1.0)
    no = check(starter, question)
    assert (no.status, no.reason) == ("abstained", "not_in_library") and no.citations == ()
