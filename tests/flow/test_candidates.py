"""Every paper that may be about a query, paged, with a reason each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.bootstrap import Service
from app.chat.candidates import candidates
from app.chat.relevance import LISTED
from app.cli import cli
from app.core.domain import Paper, Question
from app.core.events import AnswerReady
from app.core.filters import Filters
from tests.conftest import service_in

POND = "Newts"
TOPICS = ("stars and their dust", "bread and how it rises", "the law of the sea", "chess openings", "old harpsichords")


def newt(number: int) -> Paper:
    return Paper(
        f"newt{number}",
        f"Limb regrowth in newts, part {number}",
        f"Newts regrow lost limbs. Cells at the wound of newt {number} divide and the limb grows again.",
        ("Ada Lind",),
        2000 + number % 20,
    )


def other(number: int) -> Paper:
    topic = TOPICS[number % len(TOPICS)]
    return Paper(
        f"other{number}", f"Notes on {topic}, volume {number}", f"We write about {topic} and about nothing else."
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """Thirty papers on newts among seventy on other things; tests do not write to it."""
    folder = tmp_path_factory.mktemp("candidates")
    service = service_in(folder, model_cache)
    service.library.ingest([*map(newt, range(30)), *map(other, range(70))])
    service.library.embed()
    service.library.close()
    return folder


@pytest.fixture
def service(folder: Path, model_cache: Path) -> Service:
    return service_in(folder, model_cache)


def ids(service: Service, query: str, **given: Any) -> list[str]:
    return [c.ranked.paper.id for c in service.candidates(query, **given).items]


def test_all_of_a_topic_and_hardly_more(service: Service) -> None:
    """Every paper on newts is a candidate, each once; those on other things are not."""
    found = ids(service, "which papers study how newts regrow limbs?")
    assert set(found) == {f"newt{n}" for n in range(30)} and len(found) == 30


def test_the_most_probable_first(service: Service) -> None:
    """In falling order of probability, none under the line, the same each time; a lower line gives more."""
    first = service.candidates("regrowth of limbs in newts")
    probabilities = [c.probability for c in first.items]
    assert probabilities == sorted(probabilities, reverse=True) and min(probabilities) >= LISTED
    assert first == service.candidates("regrowth of limbs in newts")
    everything = service.candidates("regrowth of limbs in newts", at_least=0.0)
    assert (len(everything.items), everything.looked_at, everything.papers) == (100, 100, 100)
    assert everything.items[: len(first.items)] == first.items


def test_within_filters(service: Service) -> None:
    """Only papers that fit are candidates, and they are counted among those that fit."""
    found = service.candidates("how do newts regrow limbs?", Filters(since="2010"))
    wanted = {f"newt{n}" for n in range(30) if n % 20 >= 10}
    assert {c.ranked.paper.id for c in found.items} == wanted and found.papers == len(wanted)
    assert not service.candidates("newts", Filters(venues=("Nowhere",))).items


def test_a_list_longer_than_the_first_look(service: Service) -> None:
    """Where the first look ends among candidates, the lists are read deeper until they do not."""
    asked = "how do newts regrow limbs?"
    shallow = candidates(service.chain.searching, asked, depth=5)
    deep = service.candidates(asked)
    assert [(c.ranked.paper.id, c.probability) for c in shallow.items] == [
        (c.ranked.paper.id, c.probability) for c in deep.items
    ]


def test_papers_without_vectors_are_found_by_words(tmp_path: Path, model_cache: Path) -> None:
    """While vectors are still being made, and where there are none at all, words decide; nothing else is looked at."""
    service = service_in(tmp_path / "half", model_cache)
    service.library.ingest([*map(newt, range(5)), *map(other, range(5))])
    service.library.embed()
    service.library.ingest([*map(newt, range(5, 10)), *map(other, range(5, 40))])
    assert set(ids(service, "newts regrow limbs")) == {f"newt{n}" for n in range(10)}
    bare = service_in(tmp_path / "bare", model_cache)
    bare.library.ingest([*map(newt, range(5)), *map(other, range(5))])
    found = bare.candidates("newts regrow limbs")
    assert {c.ranked.paper.id for c in found.items} == {f"newt{n}" for n in range(5)}
    assert all(c.ranked.cosine is None for c in found.items)


def test_far_papers_are_not_looked_at(service: Service) -> None:
    """The list is read no deeper than a candidate can lie, and a paper that only words find is compared, too."""
    found = candidates(service.chain.searching, "how do newts regrow limbs?", depth=40)
    assert len(found.items) == 30 and found.looked_at < 100


def test_a_named_paper_comes_first(starter: Service) -> None:
    """A paper that the query names is a candidate whatever its probability, before all others."""
    found = candidates(starter.chain.searching, "2402.04129 and antibodies").items
    assert found[0].named and found[0].ranked.paper.id == "2402.04129"
    assert not any(c.named for c in found[1:])


def test_nothing_to_look_for(starter: Service) -> None:
    """Signs alone, or a subject that no paper has, give no candidate."""
    assert not starter.candidates("?!").items
    assert not starter.candidates("sourdough bread baking temperature").items


def run(folder: Path, model_cache: Path, *arguments: str) -> Result:
    environment = {
        "ASKPAPERS_DATA_DIR": str(folder),
        "ASKPAPERS_MODEL_CACHE": str(model_cache),
        "ASKPAPERS_LLM": "extractive",
    }
    return CliRunner(env=environment).invoke(cli, ["search", *arguments])


def test_pages_on_the_command_line(folder: Path, model_cache: Path) -> None:
    """The pages together are the whole list, each paper with its probability, its words and its sentence."""
    seen: list[str] = []
    for page in (1, 2, 3):
        done = run(
            folder, model_cache, "how do newts regrow limbs?", "--all", "-k", "12", "--page", str(page), "--json"
        )
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert (told["total"], told["page"], told["pages"], told["library"]) == (30, page, 3, 100)
        for record in told["papers"]:
            assert record["rank"] == len(seen) + 1
            assert record["probability"] >= LISTED
            assert set(record["reason"]["words"]) >= {"newts", "limbs"} and "limb" in record["reason"]["sentence"]
            seen.append(record["paper"]["id"])
    assert len(set(seen)) == 30


def test_what_a_person_reads(folder: Path, model_cache: Path) -> None:
    """How many there are, and for each why; a page that is not there is said to be none."""
    done = run(folder, model_cache, "how do newts regrow limbs?", "--all", "-k", "2")
    assert "30 papers of 100 may be about this; page 1 of 15." in done.output
    assert "relevant" in done.stdout and "(newts, regrow, limbs)" in done.stdout and "“" in done.stdout
    past = run(folder, model_cache, "how do newts regrow limbs?", "--all", "--page", "9")
    assert past.exit_code != 0 and "page 9" in str(past.exception) + past.output
    bare = run(folder, model_cache, "--all", "--since", "2001")
    assert bare.exit_code != 0 and "--all needs a query" in str(bare.exception) + bare.output


def test_explained(folder: Path, model_cache: Path) -> None:
    """Each line says the places in the lists, what is shared, and how probably the paper is relevant."""
    done = run(folder, model_cache, "newts regrow limbs", "-k", "3", "--explain")
    lines = [line for line in done.stdout.splitlines() if line.startswith("     score")]
    assert len(lines) == 3
    assert all("rank" in line and "3 of 3 words" in line and line.endswith("%") for line in lines)


def test_a_list_question_says_how_many_there_are(service: Service) -> None:
    """Every paper is looked at, and the answer says how many of how many."""
    events = list(service.ask(Question("Which papers study how newts regrow limbs?")))
    answer = next(e.answer for e in events if isinstance(e, AnswerReady))
    assert answer.kind == "aggregate" and "30 of 100 papers (checked 100 of 100)" in answer.text
    assert answer.checked is not None and answer.checked.checked == 100
