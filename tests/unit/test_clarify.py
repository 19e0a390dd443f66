"""Asking which paper is meant, and reading which was chosen."""

from __future__ import annotations

import pytest

from app.bootstrap import Service
from app.chat import clarify
from app.chat.condense import Talk
from app.chat.describe import Described, described
from app.chat.resolve import resolve
from app.core.domain import Turn
from app.core.findings import Choice
from app.core.names import handle

UGR, UDR, OVOR, TAME = "2304.14856", "2305.04320", "2402.04129", "2210.03869"
ASKED = "What does the retriever paper propose?"
CHOICES = (
    Choice("“A Unified Generative Retriever” (Jiangui Chen et al., 2023)", "What does UGR propose?", 3),
    Choice("“Unified Demonstration Retriever” (Xiaonan Li et al., 2023)", "What does UDR propose?", 4),
)
LAST = Turn(ASKED, ASKED, "Which one?", {3: UGR, 4: UDR}, (UGR, UDR), choices=CHOICES)


def talk_of(service: Service, *history: Turn) -> Talk:
    store, keyword = service.library.store, service.library.keyword

    def handle_of(paper_id: str) -> str:
        paper = store.get([paper_id])[paper_id]
        return handle(paper.title, paper.abstract)

    return Talk.of(history, lambda text: resolve(text, keyword, store), handle_of)


def told(service: Service, text: str) -> Described | None:
    """The description in a question, as the chain reads it."""
    library = service.library
    return described(text, resolve(text, library.keyword, library.store), service.chain.searching)


@pytest.mark.parametrize(
    ("reply", "paper"),
    [
        ("4", UDR),
        ("[3]", UGR),
        ("1", UGR),
        ("option 2", UDR),
        ("the second", UDR),
        ("the first one please", UGR),
        ("UDR", UDR),
        ("I mean UGR", UGR),
        ("generative", UGR),
        ("the one by Li", UDR),
        ("the demonstration one", UDR),
        ("What does UDR propose?", UDR),
    ],
)
def test_a_reply_chooses(starter: Service, reply: str, paper: str) -> None:
    """By marker, place, name, words of its line, or the question itself, as a click asks it."""
    chosen = clarify.picked(reply, LAST, talk_of(starter, LAST))
    assert chosen is not None and chosen.papers == (paper,)
    assert chosen.text == f"What does {'UGR' if paper == UGR else 'UDR'} propose?"


@pytest.mark.parametrize("reply", ["both", "all of them", "I don't know"])
def test_who_does_not_choose_is_answered_for_all(starter: Service, reply: str) -> None:
    """Every paper that was offered is then asked of."""
    chosen = clarify.picked(reply, LAST, talk_of(starter, LAST))
    assert chosen is not None and chosen.papers == (UGR, UDR)
    assert chosen.text == "What does UGR and UDR propose?"


@pytest.mark.parametrize(
    "reply", ["what is OVOR?", "9", "retriever", "the third", "does UDR release code?", "never mind", "2023"]
)
def test_another_question_chooses_nothing(starter: Service, reply: str) -> None:
    """A question of its own, a number that stands for nothing, and words that fit every choice are no choice."""
    assert clarify.picked(reply, LAST, talk_of(starter, LAST)) is None
    assert clarify.picked("1", Turn(ASKED, ASKED, "…"), talk_of(starter)) is None


@pytest.mark.parametrize(
    ("text", "papers"),
    [
        (ASKED, {UGR, UDR}),
        ("what does the music paper say?", {"2502.04522"}),
        ("the diffusion paper, what does it do?", {"2401.08570"}),
        ("What does the paper that adds virtual outliers report?", {OVOR}),
        ("summarise the survey of how text is generated", {"2405.15604"}),
        ("how does the motion reconstruction method work?", {"2401.08570"}),
        ("what's the main idea of the forgetting paper", {"2309.10105", "2406.00053"}),
        ("Give me the results of the continual learning paper.", {"2310.02995", "2210.03869"}),
        ("what does the finetuning paper find?", {"2211.01786", "2302.06600"}),
        ("explain the long context paper", {"2407.00402"}),
        ("in the continual learning paper, what is the trick?", {"2310.02995", "2210.03869"}),
        ("explain the theory in that ICL paper", {"2306.15063", "2406.00053"}),
    ],
)
def test_a_description_tells_its_papers(starter: Service, text: str, papers: set[str]) -> None:
    """One paper where it is clear which, all that fit about equally where it is not."""
    found = told(starter, text)
    assert found is not None and set(found.papers) == papers


@pytest.mark.parametrize(
    "text",
    [
        "why does the language model forget earlier tasks?",
        "which papers merge models?",
        "what does the first paper say?",
        "what does the walrus paper propose?",
        "What is OVOR?",
        "compare the retriever paper with OVOR",
        "is there a paper on music?",
        "what is the best method for merging?",
        "how does the method work?",
    ],
)
def test_what_is_no_description_of_a_paper_is_left_alone(starter: Service, text: str) -> None:
    """A word like "model" in a question about something else, a place, a name, an absent subject."""
    assert told(starter, text) is None


def test_papers_that_may_be_meant_as_well(starter: Service) -> None:
    """What fits less well than the one that is answered for is told beside it, unless the question tells it apart."""
    found = told(starter, "explain the long context paper")
    assert found is not None and found.others[0] == "2502.20766"
    sure = told(starter, "what does the music paper say?")
    assert sure is not None and sure.others == ()
    several = told(starter, ASKED)
    assert several is not None and several.others == ()
    library = starter.library
    offered = clarify.others_than(found, library.store, talk_of(starter).handle_of)
    assert [(paper, choice.question) for paper, choice in offered][:1] == [("2502.20766", "explain FlexPrefill")]
    merging = told(starter, "tell me about the model merging paper")
    assert merging is not None and {"2501.17635", "2407.02880"} & set(merging.others)
    beside = told(starter, "does the retriever method need any labelled examples?")
    assert beside is not None and beside.papers == () and {UGR, UDR} <= set(beside.others)


def test_the_dataset_paper_is_one_of_those_that_bring_a_dataset(starter: Service) -> None:
    """A kind of paper beside "paper" is all papers of that kind; "the book" the one that calls itself so."""
    found = told(starter, "Describe the dataset paper")
    assert found is not None and "2502.09814" in found.papers
    book = told(starter, "what does the book cover?")
    assert book is None or book.papers == ("2302.08575",)


def test_the_name_takes_the_place_of_the_description(starter: Service) -> None:
    """Choosing asks the same question, with the paper's name in it."""
    found = told(starter, ASKED)
    assert found is not None
    ask = clarify.ask_described(found, talk_of(starter).handle_of)
    assert set(ask.questions) == {"What does UGR propose?", "What does UDR propose?"}
    parts = ask.parts(starter.library.store, {1: OVOR, 2: UDR})
    assert [(choice.marker, choice.question) for choice in parts["choices"]] == [
        (3, "What does UGR propose?"),
        (2, "What does UDR propose?"),
    ]
    assert "[2]" in parts["text"] and parts["text"].startswith("“the retriever paper” fits 2 papers here.")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("how well does it work?", "How well does OVOR work?"),
        ("which datasets did they use?", "Which datasets did OVOR use?"),
        ("what are its limitations?", "What are OVOR's limitations?"),
        ("what does the second paper say?", "what does OVOR say?"),
        ("the main results?", "The main results — OVOR?"),
        ("which one is better?", "What is OVOR?"),
        ("why?", "What is OVOR?"),
    ],
)
def test_a_question_that_points_at_nothing_is_asked_of_a_paper(text: str, asked: str) -> None:
    """Whatever points at nothing gets the name of the paper chosen."""
    assert clarify.question_on(text, "OVOR", OVOR) == asked


def test_the_papers_of_the_conversation_are_offered(starter: Service) -> None:
    """Those that were spoken of come first; without any, some of the library that go by a name, and none is cited."""
    store, keyword = starter.library.store, starter.library.keyword
    before = Turn("compare TAME and OVOR", "compare TAME and OVOR", "…", {1: TAME, 2: OVOR}, (TAME, OVOR))
    ask = clarify.ask_unclear("the third one", talk_of(starter, before), store, keyword)
    assert ask.papers == (TAME, OVOR) and not ask.samples
    samples = clarify.ask_unclear("how well does it work?", talk_of(starter), store, keyword)
    assert 2 <= len(samples.papers) <= 6 and samples.samples
    assert samples.parts(store, {})["citations"] == () and len(samples.parts(store, {})["choices"]) == len(
        samples.papers
    )
