"""Comparisons over the starter library with the real embedder: sides, table, text, and how good they are.

The questions of tests/data/answers/compare-*.jsonl are ours; the rules were written looking at the dev half only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap import Service
from app.chat.cite import CitationStream
from app.chat.compare.aspects import STANDARD
from app.chat.compare.table import compared
from app.chat.verify import verify
from app.core.domain import Plan, Question, title_key
from app.core.errors import EmbedderAwayError
from app.core.events import AnswerReady
from app.core.findings import NOT_STATED
from tests.commands import Askpapers
from tests.comparing import Compare, compare
from tests.conftest import service_in
from tests.conversation import DATA
from tests.scripted_server import Reply, ScriptedServer

OVOR, TAME, IBCL, REPROG, LANE = "2402.04129", "2210.03869", "2310.02995", "2210.07144", "2405.15633"


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("How does OVOR differ from the one that summarizes patch tokens?", (OVOR, LANE)),
        ("Compare the antibody paper with the paper that switches between task experts", (REPROG, TAME)),
        ("OVOR vs. TAME vs. IBCL", (OVOR, TAME, IBCL)),
        ("Compare the antibody paper, TAME, IBCL and OVOR", (REPROG, TAME, IBCL, OVOR)),
        ("Compare the survey with the book", ("2405.15604", "2302.08575")),
        ("temporary forgetting and TAME: what is each for?", ("2406.00053", TAME)),
        ("Is dynamic logits fusion cheaper than OVOR?", ("2406.15480", OVOR)),
    ],
)
def test_sides_are_found(starter: Service, question: str, papers: tuple[str, ...]) -> None:
    """Names, descriptions, and both together, in the order of the question."""
    found = compare(starter, question)
    assert found.plan.kind == "compare" and found.plan.named == papers and not found.plan.missing
    assert tuple(item.paper.id for item in found.evidence) == papers


def test_a_description_is_said_to_be_read(starter: Service) -> None:
    """Which paper a description was taken for stands before the answer."""
    found = compare(starter, "Compare OVOR with the paper that switches between task expert networks")
    assert "is read as TAME." in found.text.split("\n\n")[0]


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Compare OVOR with the paper on volcanoes of Iceland", "the paper on volcanoes of Iceland"),
        ("Compare FlashAttention-3 and TAME", "FlashAttention-3"),
    ],
)
def test_a_side_that_is_not_there_is_said_first(starter: Service, question: str, missing: str) -> None:
    """The library holds one side only: that is the first sentence, and only that side is shown."""
    found = compare(starter, question)
    assert found.plan.missing == (missing,) and len(found.evidence) == 1
    assert found.text.startswith(f"This library holds no paper on “{missing}”.")


def test_nobody_is_no_side(starter: Service) -> None:
    """A baseline is no paper that is missing."""
    assert compare(starter, "How does OVOR compare with a plain baseline?").plan.missing == ()


def test_subjects_share_alike(starter: Service) -> None:
    """Two subjects, as many papers for each, turn about."""
    found = compare(starter, "What is the difference between in-context learning and fine-tuning?")
    assert found.plan.sides == ("in-context learning", "fine-tuning")
    assert len(found.evidence) == 8


def test_eight_papers_each_have_their_say(starter: Service) -> None:
    """Three to eight papers work as two do; one more is said to have had no room."""
    found = compare(starter, "Compare TAME, IBCL, OVOR, Injongo, Painter, RoHM, UGR, UDR and ZIP-FIT")
    assert found.compared is not None and len(found.compared.table.rows) == 8
    assert all(citation.quotes for citation in found.compared.citations)
    assert "no room for “ZIP-FIT”" in found.text


def test_a_look_up_stays_one(starter: Service) -> None:
    """A question on one paper is no comparison, whatever it holds of "and" and "or"."""
    for question in (
        "What does OVOR keep, prompts or samples?",
        "Does ReprogBERT need more data or less?",
        "How does TAME work?",
    ):
        assert compare(starter, question).compared is None, question


@pytest.mark.parametrize(
    "question",
    [
        "Compare TAME, IBCL and OVOR",
        "Compare OVOR and MULTI-LANE on cost and limits",
        "How many tasks do BoX and OPT-IML Bench have?",
        "How do OVOR and MULTI-LANE differ in the way prompts are handled?",
    ],
)
def test_everything_is_quoted_word_for_word(starter: Service, question: str) -> None:
    """Cells, citations and text hold pieces of the abstracts and nothing else; offsets are exact."""
    found = compare(starter, question)
    assert found.compared is not None
    abstracts = {item.marker: item.paper.abstract for item in found.evidence}
    table = found.compared.table
    for row in table.rows:
        assert len(row.cells) == len(table.aspects)
        for cell in row.cells:
            assert (cell.text == NOT_STATED) == (not cell.quotes)
            assert all(abstracts[row.marker][q.start : q.end] == q.text for q in cell.quotes)
            pieces = re.findall(r"“(?:… )?(.*?)(?: …)?”", cell.text)
            assert all(piece in abstracts[row.marker] for piece in pieces) and (pieces or not cell.quotes)
    for words, marker in re.findall(r"^- “(.*)” \[(\d+)\]$", found.compared.text, re.MULTILINE):
        assert words in abstracts[int(marker)]
    whole = CitationStream(list(abstracts))
    whole.feed(found.text)
    whole.finish()
    assert whole.text == found.text and not whole.unknown
    checked = verify(found.compared.text, found.evidence, starter.chain.embedder, starter.chain.keyword)
    assert {claim.verdict for claim in checked.claims if claim.markers} == {"supported"}
    for citation in found.compared.citations:
        assert all(abstracts[citation.marker][q.start : q.end] == q.text for q in citation.quotes)


def test_figures_asked_of_both_stand_side_by_side(starter: Service) -> None:
    """The same kind of figure is found in both abstracts."""
    found = compare(starter, "Natural Instructions vs OPT-IML Bench: how many tasks does each one contain?")
    assert found.compared is not None and found.compared.table.aspects == ("number of tasks",)
    texts = [row.cells[0].text for row in found.compared.table.rows]
    assert "61 " in texts[0] and "2000 NLP tasks" in texts[1]


def test_what_others_lack_is_no_limit_of_the_paper(starter: Service) -> None:
    """OVOR's abstract tells what is wrong with pools of prompts, and nothing that is wrong with OVOR."""
    found = compare(starter, "Compare OVOR and Injongo on limits")
    assert found.compared is not None
    ovor, injongo = (row.cells[0] for row in found.compared.table.rows)
    assert ovor.text == NOT_STATED
    assert "low-resource" in injongo.text


def test_a_point_that_no_abstract_speaks_of_is_said(starter: Service) -> None:
    """Asked for code that neither paper has, the text says so."""
    found = compare(starter, "Compare UGR and VacancySBERT on speed")
    assert found.compared is not None
    assert "Not stated in these abstracts: speed." in found.compared.text


def test_words_alone_make_a_table_too(starter: Service) -> None:
    """While the embedder is away, the same papers get a table by their words."""

    class Away:
        def embed(self, texts: list[str]) -> np.ndarray:
            raise EmbedderAwayError("It is away.", "Start it.")

    found = compare(starter, "Compare TAME and OVOR")
    plan = Plan("compare", "Compare TAME and OVOR", found.plan.named, found.plan.labels)
    again = compared("Compare TAME and OVOR", plan, found.evidence, Away(), starter.chain.keyword)
    assert again.table.aspects == STANDARD
    assert all(any(cell.quotes for cell in row.cells) for row in again.table.rows)


def _measured(
    half: str, ask: Callable[[str], Compare], titles: dict[str, str], name: str, capsys: pytest.CaptureFixture[str]
) -> tuple[float, float]:
    """The shares of questions whose papers are all cited, and of facts that stand in the answers."""
    rows = [json.loads(line) for line in (DATA / "answers" / f"compare-{half}.jsonl").read_text("utf-8").splitlines()]
    whole, facts, failed = 0, [], []
    for row in rows:
        found = ask(row["question"])
        cited = {title_key(c.paper.title) for c in found.compared.citations} if found.compared else set()
        good = {titles[paper] for paper in row["papers"]} <= cited
        whole += good
        failed += [] if good else [row["id"]]
        text = found.text.lower()
        facts += [any(way.lower() in text for way in fact.split("|")) for fact in row["facts"]]
    with capsys.disabled():
        print(
            f"\n{name}, {half}: all cited {whole}/{len(rows)}, facts {sum(facts)}/{len(facts)}; not: {' '.join(failed)}",
            end=" ",
        )
    return whole / len(rows), sum(facts) / len(facts)


@pytest.fixture(scope="module")
def titles(starter: Service) -> dict[str, str]:
    return {paper.id: title_key(paper.title) for paper in starter.papers()}


def test_how_good_comparisons_are(starter: Service, titles: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Over the starter library every paper is cited and the facts asked for stand in the answer."""
    for half in ("dev", "test"):
        cited, facts = _measured(half, lambda q: compare(starter, q), titles, "starter", capsys)
        assert cited >= 0.86 and facts >= 0.78


@pytest.mark.slow
def test_how_good_comparisons_of_real_abstracts_are(
    listing_page: Path, model_cache: Path, tmp_path: Path, titles: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same over the page our first user pasted."""
    service = service_in(tmp_path / "page", model_cache)
    service.ingest_files([listing_page])
    for half in ("dev", "test"):
        cited, facts = _measured(half, lambda q: compare(service, q), titles, "real page", capsys)
        assert cited >= 0.86 and facts >= 0.78


# --- with a model, and on the command line --------------------------------------------------------------------------


def test_a_model_writes_and_the_table_stands_below(server: ScriptedServer, build: Callable[..., Service]) -> None:
    """One call, told of every side by its marker; its words first, then the table of quotes; each sentence is checked."""
    server.enqueue(
        Reply(
            text="OVOR uses virtual outliers to tighten the classifier's decision boundaries [1]. "
            "MULTI-LANE drops prompt selection altogether [2]. Both are twice as fast [1][7]."
        )
    )
    question = Question("How does OVOR differ from MULTI-LANE on results?")
    answer = next(e.answer for e in build(judge="off").ask(question) if isinstance(e, AnswerReady))
    prompt = "\n".join(message["content"] for message in server.chats[0]["messages"])
    assert "[1] OVOR; [2] MULTI-LANE" in prompt and "results" in prompt
    assert (
        answer.kind == "compare" and answer.table and [row.label for row in answer.table.rows] == ["OVOR", "MULTI-LANE"]
    )
    above, below = answer.text.split("\n\n| |", 1)
    assert above.startswith("OVOR uses virtual outliers") and "[7]" not in answer.text
    assert all(cell in below for cell in ("OVOR [1]", "MULTI-LANE [2]"))
    assert {citation.paper.id for citation in answer.citations} == {OVOR, LANE}
    verdicts = {claim.text.split()[0]: claim.verdict for claim in answer.claims}
    assert verdicts["OVOR"] == "supported" and verdicts["Both"] == "unsupported"


def test_ask_writes_the_table(starter_folder: Path, model_cache: Path, tmp_path: Path) -> None:
    """`--table` keeps the table as the kind its name ends in, and says where; the answer is printed all the same."""
    run = Askpapers(starter_folder, model_cache)
    for name, first in (("table.csv", ",data,results"), ("table.md", "| | data | results |")):
        done = run("ask", "Compare OVOR and TAME on data and results", "--table", tmp_path / name)
        assert done.code == 0 and f"The table is in {tmp_path / name}" in done.err and "**OVOR**" in done.out
        lines = (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].lower().endswith(first.lower()), lines[0]
        rows = "\n".join(lines[1:])
        assert "OVOR" in rows and "TAME" in rows and "CIFAR-100 and ImageNet-R" in rows
