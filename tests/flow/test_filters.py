"""Filters from the command line to the answer, over the starter library."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question
from app.core.events import AnswerReady, StepDone
from app.core.filters import Filters
from tests.commands import Askpapers


@pytest.fixture
def askpapers(starter_folder: Path, model_cache: Path) -> Askpapers:
    return Askpapers(starter_folder, model_cache)


def answered(service: Service, text: str, filters: Filters) -> tuple[Answer, dict[str, object]]:
    """The answer, and what the plan's step says."""
    events = list(service.ask(Question(text, filters=filters)))
    plan = next(event.data for event in events if isinstance(event, StepDone) and event.name == "plan")
    assert isinstance(events[-1], AnswerReady)
    return events[-1].answer, plan


FILTERED = [
    (["--since", "2024"], Filters(since="2024")),
    (["--until", "2022-06"], Filters(until="2022-06")),
    (["--year", "2023"], Filters(since="2023", until="2023")),
    (["--year", "2022-2023", "--category", "cs"], Filters(since="2022", until="2023", categories=("cs",))),
    (["--author", "D. Herremans", "--author", "Chen"], Filters(authors=("D. Herremans", "Chen"))),
    (["--author", "Herremans", "--author", "Colton", "--all-authors"], Filters(all_authors=("Herremans", "Colton"))),
    (["--venue", "neurips"], Filters(venues=("neurips",))),
    (["--from-source", "JSONL"], Filters(sources=("jsonl",))),
    (["--not-flagged"], Filters(flagged=False)),
    (["--flagged"], Filters(flagged=True)),
    (["--id", "2210.07144", "--id", "unknown"], Filters(ids=("2210.07144", "unknown"))),
]


@pytest.mark.parametrize(("options", "filters"), FILTERED)
def test_search_gives_what_fits_and_all_of_it(
    askpapers: Askpapers, starter: Service, options: list[str], filters: Filters
) -> None:
    """With words and without, every paper that fits comes and no other; without words the newest first."""
    fitting = {paper.id: paper for paper in starter.papers() if filters.fits(paper)}
    listed = [row["paper"] for row in askpapers("search", "-k", "100", "--json", *options).json]
    assert {paper["id"] for paper in listed} == set(fitting) and len(listed) == len(fitting)
    dates = [fitting[paper["id"]].published or str(fitting[paper["id"]].year) for paper in listed]
    assert dates == sorted(dates, reverse=True)
    found = starter.search("language models", 100, filters)
    assert {item.paper.id for item in found} == set(fitting)


def test_filters_do_not_change_the_order(starter: Service) -> None:
    """The papers that fit come in the order they have among all; the words' scores stay what they are."""
    filters = Filters(since="2023", categories=("cs.CL",))
    query = "How is forgetting avoided when tasks come one after another?"
    for retriever in starter.chain.retrievers:
        everything = retriever.search(query, 1000)
        fit = starter.library.keyword.fitting(filters).of({hit.paper_id for hit in everything})
        expected = [(hit.chunk_id, pytest.approx(hit.score, abs=1e-5)) for hit in everything if hit.paper_id in fit]
        assert len(expected) > 5
        assert [(hit.chunk_id, hit.score) for hit in retriever.search(query, 1000, filters)] == expected


@pytest.mark.parametrize(
    "options",
    [
        ["--since", "20xx"],
        ["--until", "2023-13"],
        ["--year", "2023-2020"],
        ["--since", "2024", "--until", "2023"],
        ["--year", "2023", "--since", "2022"],
        ["--author", " "],
        ["--venue", "?!"],
        ["--all-authors"],
        ["--category", ""],
    ],
)
@pytest.mark.parametrize("command", ["search", "ask"])
def test_values_that_say_nothing(askpapers: Askpapers, command: str, options: list[str]) -> None:
    """A value that cannot be meant is refused with what to type instead, before anything is asked."""
    assert options[:2][-1] in askpapers(command, "newts", *options).refused()


def test_nothing_to_search_for(askpapers: Askpapers) -> None:
    """Neither words nor filters: that is said."""
    assert "nothing to search for" in askpapers("search").refused()


def test_search_says_what_is_outside(askpapers: Askpapers) -> None:
    """A paper named in the query that does not fit is not shown, and that is said; so is a filter nothing fits."""
    done = askpapers("search", "OVOR", "--until", "2022", "--json")
    assert "2402.04129" not in {row["paper"]["id"] for row in done.json}
    assert "“OVOR” is outside the filter." in done.err
    done = askpapers("search", "OVOR", "--until", "1999", "--json")
    assert done.json == [] and "papers until 1999 were asked for" in done.err


def test_json_has_what_the_text_has(askpapers: Askpapers) -> None:
    """Rank, score, paper, retrievers and cosine stand in the JSON as in the explained text."""
    row = askpapers("search", "OVOR", "-k", "1", "--json").json[0]
    text = askpapers("search", "OVOR", "-k", "1", "--explain").out
    assert row["paper"]["title"] in text and row["paper"]["url"] in text
    assert f"cosine {row['cosine']:.3f}" in text and f"score {row['score']:.3f}" in text


def test_an_answer_keeps_to_its_filters(starter: Service) -> None:
    """Whatever an answer rests on fits; the plan says the filters, those in the question too."""
    filters = Filters(since="2024", categories=("cs.LG",))
    for question in (
        "How is forgetting avoided in continual learning?",
        "Which papers treat continual learning?",
        "How do prompt pools differ from a single prompt in continual learning?",
        "papers from 2024",
    ):
        answer, plan = answered(starter, question, filters)
        assert all(filters.fits(item.paper) for item in answer.evidence), question
        assert answer.evidence, question
        read = {"until": "2024"} if question == "papers from 2024" else {}
        assert plan["filters"] == {"since": "2024", "categories": ["cs.LG"], **read}


def test_nothing_fits(starter: Service) -> None:
    """Where nothing fits, the answer says what was asked for; where something does but says nothing on it, that too."""
    answer, _ = answered(starter, "How is forgetting avoided in continual learning?", Filters(until="1999"))
    assert answer.status == "abstained" and answer.text == "This library holds no paper until 1999."
    answer, _ = answered(starter, "How do glaciers calve in summer?", Filters(since="2025"))
    assert answer.status == "abstained"
    assert answer.text.startswith(
        "Nothing in this library from 2025 on answers that. The nearest papers from 2025 on are:"
    )


def test_a_named_paper_outside_is_shown_and_said(starter: Service) -> None:
    """Who names a paper gets it, with the word that it does not fit."""
    for question in ("What does OVOR propose?", "Who wrote OVOR?", "How does OVOR differ from ReprogBERT?"):
        answer, _ = answered(starter, question, Filters(until="2022"))
        assert answer.status == "answered", question
        assert "2402.04129" in {item.paper.id for item in answer.evidence}, question
        assert "“OVOR” is outside the filter." in answer.text, question
    answer, _ = answered(starter, "What does OVOR propose?", Filters(since="2024"))
    assert "outside" not in answer.text


def test_how_many_papers(starter: Service) -> None:
    """Questions about the library count what fits."""
    answer, _ = answered(starter, "How many papers are in the library?", Filters(since="2025"))
    assert answer.text.startswith("The library holds 4 papers from 2025 on.")


def test_threads_find_what_one_finds(starter: Service) -> None:
    """Sixteen at once get the same papers, scores and order as one after the other, with filters and without."""
    asked = [
        (query, filters)
        for query in ("continual learning without rehearsal", "OVOR", "music generation", "protein sequences")
        for filters in (Filters(), Filters(since="2023"), Filters(categories=("cs.CL",), flagged=False))
    ]
    alone = [starter.search(query, 10, filters) for query, filters in asked]
    with ThreadPoolExecutor(16) as threads:
        together = list(threads.map(lambda one: starter.search(one[0], 10, one[1]), asked * 4))
    assert together == alone * 4
