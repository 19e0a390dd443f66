"""Counts and lists answered from the list of papers, and filters read from questions, from end to end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Paper, Question
from app.core.events import AnswerReady, StepDone
from app.core.filters import Filters
from app.core.reading import READABLE
from app.ui.markup import chat_html
from tests.commands import Askpapers
from tests.conftest import service_in
from tests.conversation import ask


@pytest.fixture
def askpapers(starter_folder: Path, model_cache: Path) -> Askpapers:
    return Askpapers(starter_folder, model_cache)


def rows(answer: Answer) -> dict[str, int]:
    """The table of an answer."""
    cells = [line.strip("|").split("|") for line in answer.text.splitlines() if line.startswith("|")]
    return {name.strip(): int(number.replace(",", "")) for name, number in cells[2:]}


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("how many papers from 2023?", Filters(since="2023", until="2023")),
        ("How many papers by Chen?", Filters(authors=("Chen",))),
        ("how many papers in cs.CL since 2024?", Filters(since="2024", categories=("cs.CL",))),
        ("how many papers at NeurIPS?", Filters(venues=("NeurIPS",))),
        ("how many papers have been published since 2022 by Raffel or Chen?", Filters("2022", "", ("Raffel", "Chen"))),
        ("how many flagged papers are there?", Filters(flagged=True)),
    ],
)
def test_how_many(starter: Service, text: str, filters: Filters) -> None:
    """The number is exact, no model is asked, and few papers are shown with their markers."""
    fitting = {paper.id for paper in starter.papers() if filters.fits(paper)}
    answer = ask(starter, text)
    number = len(fitting) or "no"
    assert answer.text.startswith(f"This library holds {number} paper"), answer.text
    assert [step["name"] for step in answer.trace["steps"]][-1] == "records" and answer.kind == "meta"
    assert {citation.paper.id for citation in answer.citations} == (fitting if len(fitting) <= 10 else set())
    assert all(f"[{citation.marker}]" in answer.text for citation in answer.citations)


def test_papers_of_a_person(starter: Service) -> None:
    """A list has every paper that fits, the newest first, each with its marker."""
    answer = ask(starter, "papers by Chen")
    fitting = [paper for paper in starter.papers() if Filters(authors=("Chen",)).fits(paper)]
    assert len(answer.citations) == len(fitting) > 3 and answer.kind == "aggregate"
    years = [citation.paper.year or 0 for citation in answer.citations]
    assert years == sorted(years, reverse=True)


def test_tables(starter: Service) -> None:
    """Papers per year, category and author are counted exactly, with filters and without."""
    papers = list(starter.papers())
    assert rows(ask(starter, "papers per year")) == Counter(str(paper.year) for paper in papers)
    recent = Counter(c for paper in papers if (paper.year or 0) >= 2024 for c in paper.categories)
    assert rows(ask(starter, "how many papers per category since 2024?")) == recent
    authors = Counter(name for paper in papers if (paper.year or 0) >= 2023 for name in paper.authors)
    top = rows(ask(starter, "who wrote most papers since 2023?"))
    assert len(top) == 10 and all(authors[name] == number for name, number in top.items())
    assert list(top.values()) == sorted(top.values(), reverse=True)
    assert max(top.values()) == max(authors.values())


def test_the_newest_and_the_years(starter: Service) -> None:
    """The newest paper is shown with its day; the years the library covers are counted; a single best one is named."""
    newest = max(starter.papers(), key=lambda paper: paper.published or "")
    answer = ask(starter, "what is the newest paper?")
    assert [citation.paper.id for citation in answer.citations] == [newest.id]
    assert str(newest.published) in answer.text
    assert "2018" in rows(ask(starter, "which years does the library cover?"))
    assert ask(starter, "which year has the most papers?").text == "2023 with 18 papers."


def test_nothing_fits(starter: Service) -> None:
    """Who is not here is said to be not here, and two conditions that no paper meets together are counted apart."""
    answer = ask(starter, "which papers by Bengio use prompts?")
    assert (answer.status, answer.reason) == ("abstained", "not_in_library")
    assert answer.text == "This library holds no paper by Bengio."
    answer = ask(starter, "papers by Raffel in 2018")
    assert answer.text.startswith("This library holds") and answer.text.endswith("none that is all of this.")


def test_a_follow_up_keeps_the_question(starter: Service) -> None:
    """ "and since 2024?" asks the question before again, of fewer papers."""
    answer = ask(starter, "how many papers by Chen?", "and since 2024?")
    filters = Filters(since="2024", authors=("Chen",))
    assert {c.paper.id for c in answer.citations} == {paper.id for paper in starter.papers() if filters.fits(paper)}
    assert answer.standalone_question == "how many papers by Chen from 2024 on?"


def events(service: Service, question: Question) -> tuple[Answer, StepDone]:
    """The answer, and the plan's step."""
    told = list(service.ask(question))
    assert isinstance(told[-1], AnswerReady)
    return told[-1].answer, next(e for e in told if isinstance(e, StepDone) and e.name == "plan")


def test_what_is_read_is_told_and_kept_to(starter: Service) -> None:
    """The plan, its title and the answer tell every filter; the evidence fits; what is left out is not applied."""
    text = "papers since 2024 on prompts"
    answer, plan = events(starter, Question(text))
    assert [(r.text, r.words, r.origin) for r in answer.filters] == [("since 2024", "from 2024 on", "question")]
    assert "from 2024 on" in plan.title and plan.data["filters"] == {"since": "2024"}
    assert answer.evidence and all((item.paper.year or 0) >= 2024 for item in answer.evidence)
    answer, plan = events(starter, Question(text, unread=READABLE))
    assert answer.filters == () and plan.data["filters"] == {}
    assert any((item.paper.year or 0) < 2024 for item in answer.evidence)
    assert answer.standalone_question == "papers on prompts"


def test_in_the_terminal(askpapers: Askpapers) -> None:
    """What was read is said on stderr with the option that leaves it out, and stands in the JSON."""
    done = askpapers("ask", "how many papers from 2023 by Chen?", "--json")
    assert "Filters read from the question: from 2023; by Chen (leave them out with --as-typed)" in done.err
    assert [(f["field"], f["value"], f["words"], f["origin"]) for f in done.json["filters"]] == [
        ("since", "2023", "from 2023", "question"),
        ("until", "2023", "from 2023", "question"),
        ("authors", ["Chen"], "by Chen", "question"),
    ]
    done = askpapers("ask", "how many papers from 2023 by Chen?", "--json", "--as-typed")
    assert "Filters read" not in done.err and done.json["filters"] == []
    done = askpapers("ask", "which papers are there?", "--since", "2025", "--json")
    assert [(f["field"], f["origin"]) for f in done.json["filters"]] == [("since", "given")]
    assert "Filters read" not in done.err and len(done.json["citations"]) == 4


def test_in_a_search(askpapers: Askpapers, starter: Service) -> None:
    """A search reads its query too, finds among what fits, and lists what fits if nothing else is asked."""
    done = askpapers("search", "prompts since 2024", "--json")
    assert "from 2024 on" in done.err
    assert done.json and all(row["paper"]["year"] >= 2024 for row in done.json)
    typed = askpapers("search", "prompts since 2024", "--json", "--as-typed", "-k", "47")
    assert "Filters" not in typed.err and any(row["paper"]["year"] < 2024 for row in typed.json)
    listed = {row["paper"]["id"] for row in askpapers("search", "papers by Chen", "--json").json}
    assert listed == {paper.id for paper in starter.papers() if Filters(authors=("Chen",)).fits(paper)}


def test_stats_by(askpapers: Askpapers) -> None:
    """`library stats` counts by one thing alone, of the papers that fit."""
    assert askpapers("library", "stats", "--by", "year", "--since", "2024", "--json").json == {
        "papers": 18,
        "year": {"2024": 14, "2025": 4},
    }
    out = askpapers("library", "stats", "--by", "category", "--author", "Chen").out
    assert out.startswith("7 papers by Chen in ") and "  cs.CL: " in out


def test_names_are_shown_as_text(tmp_path: Path, model_cache: Path) -> None:
    """A venue or a category with Markdown, HTML or table signs in it stays one cell of plain text."""
    service = service_in(tmp_path / "odd", model_cache)
    venue, category = "*A* | <b>B</b> [1]\n`C`", "_x_ <script>"
    odd = Paper("1", "Odd", "Newts swim.", ("Ada Newt",), 2024, venue=venue, categories=(category,))
    service.library.ingest([odd, Paper("2", "Even", "Olms hide.", ("Bo Olm",), 2023)])
    for text in ("top venues", "which categories are there?"):
        html = chat_html(ask(service, text).text, {1})
        assert html.count("<td>") == 2 and "<b>" not in html and "<em>" not in html and "<script>" not in html
        assert "ap-marker" not in html
    service.library.close()
