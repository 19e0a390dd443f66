"""Questions made by rule: what they ask stands in the abstract, and what they call unknown does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.library_view import LibraryView
from app.core.domain import Paper
from app.core.errors import InputError
from app.evaluation.facts import missing_facts
from app.evaluation.made.figures import told_figures
from app.evaluation.made.kept import save_questions
from app.evaluation.made.proposals import proposal_of
from app.evaluation.made.questions import NOT_SAID, NOT_THERE, made_by_rule
from app.evaluation.questions import JudgedQuestion, read_questions
from tests.invented_library import view_of
from tests.made_library import FLAGGED, GULL, HERON, PAPERS, PLANTED, STORK


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryView]:
    view = view_of(tmp_path_factory.mktemp("made"), PAPERS)
    yield view
    view.store.close()  # type: ignore[attr-defined]


def made(view: LibraryView, number: int = 20, seed: int = 0) -> tuple[JudgedQuestion, ...]:
    return made_by_rule(view.store, view.keyword, number, seed)


def abstract(text: str) -> Paper:
    return Paper("p", "A Paper", text)


def test_every_fact_stands_in_the_abstract_of_a_paper_to_cite(view: LibraryView) -> None:
    """Facts are the abstracts' own words, letter by letter or as the matcher folds them."""
    papers = {paper.id: paper for paper in PAPERS}
    asked = made(view)
    facts = [(fact, [papers[i].abstract for i in q.must_cite]) for q in asked for fact in q.facts]
    assert len(facts) >= 5
    for fact, abstracts in facts:
        assert not missing_facts([fact], abstracts)
        assert any(fact[0] in text for text in abstracts)


def test_the_questions_are_what_a_person_would_ask(view: LibraryView) -> None:
    """A value on its data set, a difference, a number of things, what it is, two side by side."""
    texts = {question.turns[0] for question in made(view)}
    assert {
        "What accuracy does HeronNet report on PondQA?",
        "What is HeronNet?",
        "What does the paper “A Study of Noise at the Shore” propose?",
    } <= texts
    assert any(text.startswith("How does ") and "HeronNet" in text and "StorkRank" in text for text in texts)
    assert texts & {
        "By how much does StorkRank reduce reading time?",
        "How many marsh queries does StorkRank report on?",
    }


def test_the_same_seed_gives_the_same_questions(view: LibraryView) -> None:
    """Whole set and order hang on the seed alone."""
    assert made(view, seed=3) == made(view, seed=3)
    assert made(view, seed=3) != made(view, seed=4)


def test_no_more_than_asked_for_and_each_once(view: LibraryView) -> None:
    """The number is a limit, ids and questions are each their own."""
    for number in (1, 2, 5, 40):
        asked = made(view, number)
        assert 0 < len(asked) <= number
        assert len({q.id for q in asked}) == len({q.turns for q in asked}) == len(asked)


def test_flagged_papers_and_planted_sentences_ask_nothing(view: LibraryView) -> None:
    """What speaks to machines gets into no question and no fact."""
    for question in made(view, 40):
        assert FLAGGED.id not in (*question.must_cite, *question.may_cite)
        assert "98.7" not in str(question.facts) and "BarnBench" not in question.turns[0]
    assert not list(told_figures(PLANTED))


def test_what_is_to_be_refused_cannot_be_answered(view: LibraryView) -> None:
    """An absent name is in no paper; a measure that is not said is not in the paper asked about."""
    papers = {paper.id: paper for paper in PAPERS}
    refused = [question for question in made(view) if question.abstain]
    assert {question.type for question in refused} == {NOT_SAID, NOT_THERE}
    for question in refused:
        assert not question.must_cite and not question.facts
        if question.type == NOT_THERE:
            name = next(word.strip("?") for word in question.turns[0].split() if word[0].isupper() and word != "What")
            assert all(name not in f"{paper.title} {paper.abstract}" for paper in PAPERS)
        else:
            (paper,) = question.may_cite
            assert "accuracy" in question.turns[0] and "accuracy" not in papers[paper].abstract


def test_a_name_that_others_use_does_not_name_a_paper(tmp_path: Path) -> None:
    """Where two papers speak of HeronNet, its own is asked about by title."""
    other = Paper("x", "On HeronNet", "We look at HeronNet again. It is as it was.")
    view = view_of(tmp_path, (HERON, other))
    texts = [question.turns[0] for question in made(view) if question.must_cite == (HERON.id,)]
    view.store.close()  # type: ignore[attr-defined]
    assert texts and all("“HeronNet: Waiting for the Right Passage”" in text for text in texts)


@pytest.mark.parametrize(
    ("text", "question", "figure"),
    [
        ("It has 88.2% accuracy on MarshBench.", "What accuracy does {} report on MarshBench?", "88.2%"),
        ("We reach a BLEU score of 31.5 on the ReedMT test set.", "What BLEU score does {} report on ReedMT?", "31.5"),
        ("On CIFAR-100 it gets an F1 of 0.61.", "What F1 does {} report on CIFAR-100?", "0.61"),
        ("The filter improves recall by up to 12 %.", "By how much does {} improve recall?", "12 %"),
        ("We gather 46 languages in 2021.", "How many languages does {} report on?", "46"),
    ],
)
def test_figures_that_can_be_asked_for(text: str, question: str, figure: str) -> None:
    """One figure in its sentence, years and names with digits aside."""
    (told,) = told_figures(abstract(text))
    assert (told.question, told.figure) == (question, figure)


@pytest.mark.parametrize(
    "text",
    [
        "It has 88.2% accuracy, 3.1 more than before.",
        "It has improvements in accuracy of up to 16%.",
        "Accuracy rises by 4.2 points.",
        "It is fast by 9 times.",
        "It has 88.2% accuracy. Without it, accuracy is 71.0%.",
        "It needs 30 minutes.",
        "In 2021 nothing happened.",
        "GPT-4 and CIFAR-100 are names.",
    ],
)
def test_figures_that_have_no_one_right_question(text: str) -> None:
    """Two figures, a difference, the same measure twice, units of time, years and names are left alone."""
    assert not list(told_figures(abstract(text)))


@pytest.mark.parametrize(
    ("text", "name", "what"),
    [
        (HERON.abstract, "HeronNet", "patient passage retriever"),
        (STORK.abstract, "StorkRank", "two-legged passage ranker"),
        (GULL.abstract, "", "wave-aware noise filter"),
        ("We propose a model of tidal waves.", "", "model of tidal waves"),
        ("Fly is a small packet model specially designed for ponds.", "Fly", "packet model"),
        ("We propose a packet recovery scheme called Fly.", "Fly", "packet recovery scheme"),
    ],
)
def test_what_a_paper_says_it_is(text: str, name: str, what: str) -> None:
    """The noun phrase of its own sentence, without praise."""
    found = proposal_of(abstract(text), name)
    assert found is not None and found.what == what and what in text


@pytest.mark.parametrize(
    "text", ["We present a comprehensive study.", "We propose a model.", "Using Fly, the weights are set.", "We present a dataset of 6,423 pairs."]
)  # fmt: skip
def test_what_says_too_little(text: str) -> None:
    """A study, a bare model, a clause that is no apposition, half of a number."""
    assert proposal_of(abstract(text), "Fly") is None


def test_a_saved_file_is_one_that_eval_reads(view: LibraryView, tmp_path: Path) -> None:
    """What is written is what `askpapers eval answers` reads; a file that is there is left alone."""
    path = tmp_path / "questions.jsonl"
    save_questions(made(view), path)
    assert read_questions(path) == made(view)
    with pytest.raises(InputError, match="there already"):
        save_questions(made(view), path)
