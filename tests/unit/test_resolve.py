"""Which papers of the starter library a question names, and which names it uses that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import Service
from app.chat.resolve import Named, resolve
from app.core.domain import Paper
from tests.conftest import service_in

OVOR, LANE, REPROG, CODEGEN2, MT0 = "2402.04129", "2405.15633", "2210.07144", "2305.02309", "2211.01786"


def named(service: Service, text: str, **markers: str) -> Named:
    given = {int(number.removeprefix("m")): paper for number, paper in markers.items()}
    return resolve(text, service.library.keyword, service.library.store, given)


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("What is OVOR's loss?", (OVOR,)),
        ("what does ovor regularize?", (OVOR,)),
        ("What do OVORs keep?", (OVOR,)),
        ("reprog bert diversity", (REPROG,)),
        ("which step does multi lane drop?", (LANE,)),
        ("codegen 2 sizes", (CODEGEN2,)),
        ("compare MULTI-LANE and OVOR", (LANE, OVOR)),
        ("Which languages does xP3 cover?", (MT0,)),
        ("2402.04129", (OVOR,)),
        ("arXiv:2402.04129v2, what is it about?", (OVOR,)),
        ("What did Muennighoff (2022) release?", (MT0,)),
        ("What did Muennighoff et al. 2022 release?", (MT0,)),
        ("Summarise Is It Really Long Context if All You Need Is Retrieval", ("2407.00402",)),
        ('Summarise "is it really long context"', ("2407.00402",)),
        ("what is natural instructions", ("2104.08773",)),
        ("prepacking vs the pretraining task diversity paper", ("2404.09529", "2306.15063")),
    ],
)
def test_papers_are_found_by_what_people_call_them(starter: Service, question: str, papers: tuple[str, ...]) -> None:
    """A possessive, a plural, lower case, spaces, a title, an id, an author: each names its paper, in the question's order."""
    found = named(starter, question)
    assert found.papers == papers
    assert found.missing == ()


def test_a_marker_names_the_paper_it_stands_for(starter: Service) -> None:
    """[2] is the paper that had marker 2 in this conversation; an unknown marker is a missing name."""
    assert named(starter, "Does [2] use prompts?", m1=OVOR, m2=LANE).papers == (LANE,)
    assert named(starter, "Does [7] use prompts?", m1=OVOR).missing == ("[7]",)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What is HuggingGPT's planner?", "HuggingGPT"),
        ("what does 9912.00001 say?", "9912.00001"),
        ("What does 10.1000/xyz123 say?", "10.1000/xyz123"),
        ("How deep is the network of He et al. 2015?", "He et al. 2015"),
        ("What did Vaswani (2017) propose?", "Vaswani (2017)"),
        ("How many heads has Attention Is All You Need?", "Attention Is All You Need"),
        ("what does the GPT-4o paper report?", "GPT-4o"),
        ("who are the authors of the DSIR paper", "DSIR"),
    ],
)
def test_a_name_nobody_uses_is_missing_for_certain(starter: Service, question: str, missing: str) -> None:
    """What the library does not hold is reported as the person wrote it."""
    found = named(starter, question)
    assert found.papers == ()
    assert found.missing == found.certain == (missing,)


def test_names_of_list_questions_are_topics(starter: Service) -> None:
    """Whoever asks for papers that use something does not ask for one paper that names it."""
    for question in ("Which papers build on LoRA?", "papers on methods such as LoRA", "who evaluates with GPT-4o?"):
        assert named(starter, question).papers == ()


def test_a_phrase_of_one_paper_beside_a_name(starter: Service) -> None:
    """ "Temporary forgetting" is in no title, but one paper alone speaks of it."""
    found = named(starter, "temporary forgetting and TAME: what are they for?")
    assert set(found.papers) == {"2406.00053", "2210.03869"}


def test_a_proper_noun_may_be_anything(starter: Service) -> None:
    """A place is unknown, but not for certain the name of a paper."""
    found = named(starter, "how is the weather in Paris?")
    assert (found.missing, found.certain) == (("Paris",), ())


@pytest.mark.parametrize(
    "question",
    [
        "What training instructions work best?",
        "Which papers use prompts?",
        "how many tasks are there in all",
        "In 2023, which methods merge models?",
        "Does an LLM help with NLP?",
        "Is CIFAR-100 used?",
        "how do I choose data for fine-tuning?",
    ],
)
def test_ordinary_words_are_not_names(starter: Service, question: str) -> None:
    """Words that are also part of a name, years and common abbreviations name no paper and are not missing."""
    found = named(starter, question)
    assert (found.papers, found.missing) == ((), ())


def test_one_side_found_the_other_missing(starter: Service) -> None:
    """A comparison with a stranger keeps both: the paper that is there and the name that is not."""
    found = named(starter, "ReprogBERT vs ESM-2: which is more diverse?")
    assert (found.papers, found.missing) == ((REPROG,), ("ESM-2",))


def test_spans_are_where_the_names_stand(starter: Service) -> None:
    """Each span is the stretch of the question that named something, in order and without overlap."""
    text = "How does OVOR differ from HuggingGPT?"
    found = named(starter, text)
    assert [(text[s:e], ids) for s, e, ids in found.spans] == [("OVOR", (OVOR,)), ("HuggingGPT", ())]


def test_a_common_word_is_a_name_only_where_it_is_written_as_one(tmp_path: Path, model_cache: Path) -> None:
    """Where many papers use the word, "Lantern" with a capital is the system and "a lantern" is a lantern."""
    others = [Paper(f"p{i}", f"Light number {i}", f"We compare a lantern with lamp {i}.") for i in range(6)]
    service = service_in(tmp_path / "lamps", model_cache)
    service.library.ingest([Paper("own", "Lantern: Seeing in the Dark", "Lantern lights the way."), *others])
    assert named(service, "What does Lantern light?").papers == ("own",)
    assert named(service, "how bright is a lantern?").papers == ()


@pytest.mark.parametrize(
    ("question", "papers", "missing"),
    [
        ("jiuzhang 3.0 synthetic data", (), ("jiuzhang 3.0",)),
        ("JiuZhang 2.0: how many tasks?", ("2306.11027",), ()),
        ("jiuzhang 2 in short", ("2306.11027",), ()),
        ("How many of JiuZhang 5 tasks are solved?", (), ("JiuZhang 5",)),
    ],
)
def test_another_version_is_another_paper(
    starter: Service, question: str, papers: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    """What calls itself 2.0 is no 3.0; of what gives itself no version nothing is known."""
    found = named(starter, question)
    assert (found.papers, found.missing) == (papers, missing)


def test_the_authors_of_what_nobody_uses(starter: Service) -> None:
    """Who asks for the authors of something means its paper."""
    assert named(starter, "What do the authors of Toolformer say about tools?").certain == ("Toolformer",)
    assert named(starter, "Who are the people behind Painter?").missing == ()
