"""Names on their way through the chain: exact ones first, several fits said or asked back, typing errors put right."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question
from app.core.events import AnswerReady, StepDone
from tests.conftest import service_in
from tests.conversation import ask
from tests.naming import PAPERS, mentioning, paper

TIDE, KELP, WAVE1, WAVE2 = "2101.00001", "2104.00004", "2112.00012", "2113.00013"
NEWTS = [
    paper(
        f"newt{n}",
        f"Pond Study {n}",
        f"The pond of study {n} holds {n} newts. Their colour is {colour}.",
        "Ada Newt",
        2020,
    )
    for n, colour in enumerate("red green blue brown grey black white pink ochre".split(), start=1)
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Service:
    """The invented papers, nine more by one author of one year, and many that mention a system."""
    service = service_in(tmp_path_factory.mktemp("naming") / "library", model_cache)
    service.library.ingest([*PAPERS, *NEWTS, *mentioning("TideBERT", 40)])
    return service


def cited(answer: Answer) -> list[str]:
    return [citation.paper.id for citation in answer.citations]


@pytest.mark.parametrize(
    "query", ["TideBERT", "tidebert accuracy", "TideBRET", "compare with TideBERT on task", "Raffel 2021"]
)
def test_a_named_paper_is_found_first(service: Service, query: str) -> None:
    """However many mention the name and however well their words fit, its own paper is the first."""
    assert service.search(query, 5)[0].paper.id == TIDE


def test_a_name_of_many_brings_those_first(service: Service) -> None:
    """A search for an author and a year gives that author's papers of that year, best fitting first."""
    found = [item.paper.id for item in service.search("Newt 2020 ochre", 4)]
    assert found[0] == "newt9" and all(paper.startswith("newt") for paper in found)


def test_a_few_fits_are_said_before_the_answer(service: Service) -> None:
    """A name of two papers is answered for both, and the answer begins by saying so."""
    answer = ask(service, "What does TAMEWAVE do?")
    said = "“TAMEWAVE: Training Agents by Waves”, “TAMEWAVE: Taming the Surface of the Sea”"
    assert answer.text.startswith(f"“TAMEWAVE” fits 2 papers here: {said}.")
    assert (answer.status, set(cited(answer))) == ("answered", {WAVE1, WAVE2})


def test_a_typing_error_is_put_right_in_words(service: Service) -> None:
    """A mistyped name is answered for the paper it stands for, and the reader sees what it was read as."""
    answer = ask(service, "What does TideBRET read?")
    assert answer.text.startswith("“TideBRET” is read as TideBERT.")
    assert answer.claims and not any("is read as" in claim.text for claim in answer.claims), "what we say is no claim"
    assert cited(answer)[:1] == [TIDE]


def test_the_plan_step_tells_the_readings(service: Service) -> None:
    """Each reading with its papers, its confidence and its kind is in the step's data."""
    events = service.ask(Question("How does TAMEWAVE differ from TideBERT?"))
    data = next(event.data for event in events if isinstance(event, StepDone) and event.name == "plan")
    assert [(r["text"], r["how"]) for r in data["readings"]] == [("TAMEWAVE", "name"), ("TideBERT", "name")]
    assert [(r["text"], r["papers"]) for r in data["several"]] == [("TAMEWAVE", [WAVE1, WAVE2])]
    assert all(0 < r["confidence"] <= 1 for r in data["readings"])


def test_too_many_fits_are_asked_back(service: Service) -> None:
    """Nine papers of one author and year: the answer asks which, shows eight by title with markers, and claims nothing."""
    answer = ask(service, "What colour is it in Newt 2020?")
    assert (answer.status, answer.kind, answer.reason, answer.claims) == ("clarify", "clarify", "unclear_question", ())
    assert answer.text.startswith("“Newt 2020” fits 9 papers here, 8 of them shown. Which one do you mean?")
    assert len(answer.evidence) == 8 and all(
        f"[{e.marker}]" in answer.text and e.paper.title in answer.text for e in answer.evidence
    )


@pytest.mark.parametrize("reply", ["[3]", "the third one", "paper 3"])
def test_the_person_answers_with_a_marker_or_a_place(service: Service, reply: str) -> None:
    """What was asked first is then answered for the paper chosen."""
    first = ask(service, "What colour are they in Newt 2020?")
    chosen = first.evidence[2]
    answer = ask(service, "What colour are they in Newt 2020?", reply)
    assert (answer.status, cited(answer)) == ("answered", [chosen.paper.id])
    assert "olour" in answer.standalone_question and "fits 9" not in answer.text


def test_many_fits_beside_a_paper_that_is_named(service: Service) -> None:
    """Where the question names a paper for certain too, that one is looked at and the doubt is said."""
    answer = ask(service, "Does TideBERT read what Newt 2020 read?")
    assert answer.evidence[0].paper.id == TIDE and "“Newt 2020” fits 9 papers here" in answer.text


def test_events_end_in_one_answer(service: Service) -> None:
    """A question back is shown as any answer is: evidence, text, the answer."""
    names = [type(event).__name__ for event in service.ask(Question("Newt 2020"))]
    assert names[-3:] == ["EvidenceReady", "TextDelta", AnswerReady.__name__]
