"""A follow-up becomes a question that stands alone; a question that stands alone stays as it is."""

from __future__ import annotations

import pytest

from app.bootstrap import Service
from app.chat.condense import Condensed, condense_by_rule, usable_rewrite
from app.chat.resolve import resolve
from app.core.domain import Turn
from app.core.names import handle

OVOR, LANE, TAME, IBCL, PAINTER = "2402.04129", "2405.15633", "2210.03869", "2310.02995", "2212.02499"

ON_OVOR = Turn("What is OVOR?", "What is OVOR?", "It is … [1]", {1: OVOR}, (OVOR,))
ON_BOTH = Turn("Compare TAME and IBCL", "Compare TAME and IBCL", "… [1] … [2]", {1: IBCL, 2: TAME}, (IBCL, TAME))
ON_SECOND = Turn("what about the second one's data?", "IBCL's data?", "… [1]", {1: IBCL}, (IBCL,))
ON_PROMPTS = Turn(
    "which papers use prompts?", "which papers use prompts?", "…", {1: LANE, 2: OVOR, 3: PAINTER}, (LANE, OVOR, PAINTER)
)
SAID_NOTHING = Turn("What GPU did MULTI-LANE use?", "What GPU did MULTI-LANE use?", "They do not say.", {2: LANE}, ())
# A model may cite others beside the paper in question, and those first.
CITED_TWO = Turn("What is OVOR?", "What is OVOR?", "Unlike [2] … [1]", {1: OVOR, 2: LANE}, (LANE, OVOR))


WITHOUT_FIRST = Turn(
    "Compare TAME and IBCL", "Compare TAME and IBCL", "… [1] … [2]", {1: TAME, 2: IBCL}, (TAME, IBCL), excluded=(TAME,)
)
ONE_DESCRIBED = Turn(
    "Compare OVOR and patch tokens", "Compare OVOR and patch tokens", "…", {1: OVOR, 2: LANE}, (OVOR, LANE)
)

ICM_LORA = "2501.17635"
SKILLS = "2302.06600"
ON_SKILLS = Turn(
    "who localises skills", "who localises skills", "A small subset does most [1].", {1: SKILLS}, (SKILLS,)
)
ASKED_WHAT_BUILDS = Turn(
    "Which papers build a generator for LoRA weights?",
    "Which papers build a generator for LoRA weights?",
    "…",
    {1: ICM_LORA},
    (ICM_LORA,),
)


def condensed(service: Service, text: str, *history: Turn) -> Condensed:
    """The rule, wired as the chain wires it."""
    store, keyword = service.library.store, service.library.keyword

    def handle_of(paper_id: str) -> str:
        paper = store.get([paper_id])[paper_id]
        return handle(paper.title, paper.abstract)

    named = resolve(text, keyword, store)
    return condense_by_rule(
        text,
        history,
        named,
        handle_of,
        lambda earlier: resolve(earlier, keyword, store),
        known=lambda word: bool(keyword.search(word, 1)),
    )


@pytest.mark.parametrize(
    ("history", "text", "alone", "papers"),
    [
        ([ON_OVOR], "and its code?", "OVOR's code?", (OVOR,)),
        ([ON_OVOR], "Which data sets is it tested on?", "Which data sets is OVOR tested on?", (OVOR,)),
        ([ON_OVOR], "does this method need a pool?", "Does OVOR need a pool?", (OVOR,)),
        ([ON_OVOR], "what data was used to evaluate it?", "What data was used to evaluate OVOR?", (OVOR,)),
        ([ON_OVOR], "In the experiments with rather long sequences of tasks, how much does it gain?",
         "In the experiments with rather long sequences of tasks, how much does OVOR gain?", (OVOR,)),
        ([ON_OVOR], "limitations?", "limitations — OVOR?", (OVOR,)),
        ([ON_OVOR], "how does it differ from MULTI-LANE?", "How does OVOR differ from MULTI-LANE?", (OVOR,)),
        ([ON_OVOR], "how much better is it than HuggingGPT?", "How much better is OVOR than HuggingGPT?", (OVOR,)),
        ([ON_OVOR], "what about MULTI-LANE?", "What is MULTI-LANE?", (LANE,)),
        ([CITED_TWO], "and its code?", "OVOR's code?", (OVOR,)),
        ([CITED_TWO], "how accurate is their approach?", "How accurate is OVOR's approach?", (OVOR,)),
        ([ON_OVOR, SAID_NOTHING], "and its code?", "MULTI-LANE's code?", (LANE,)),
        ([ON_BOTH], "which metrics are reported for the second one?", "which metrics are reported for IBCL?", (IBCL,)),
        ([ON_BOTH], "does the former need task ids?", "does TAME need task ids?", (TAME,)),
        ([ON_BOTH], "and the latter's data?", "IBCL's data?", (IBCL,)),
        ([ON_BOTH], "what is the first evaluated on, and the 2nd one?", "what is TAME evaluated on, and IBCL?", (TAME, IBCL)),
        ([ON_BOTH], "are both of them open source?", "Are TAME and IBCL open source?", (TAME, IBCL)),
        ([ON_BOTH, ON_SECOND], "and the first one?", "TAME's data?", (TAME,)),
        ([ON_BOTH], "and in terms of speed?", "Compare TAME and IBCL in terms of speed", (TAME, IBCL)),
        ([ON_BOTH], "summarise the second paper in one sentence", "summarise IBCL in one sentence", (IBCL,)),
        ([ON_OVOR], "what are the main ideas?", "what are the main ideas — OVOR?", (OVOR,)),
        ([ON_BOTH], "how many tasks does each have?", "How many tasks does TAME and IBCL have?", (TAME, IBCL)),
        ([ON_OVOR, SAID_NOTHING], "what do they have in common?", "What do OVOR and MULTI-LANE have in common?", (OVOR, LANE)),
        ([ON_OVOR], "and which data sets are used?", "which data sets are used — OVOR?", (OVOR,)),
        ([ON_OVOR], "what did people say there?", "What did people say in OVOR?", (OVOR,)),
        ([WITHOUT_FIRST], "what does the other need?", "what does IBCL need?", (IBCL,)),
        ([ONE_DESCRIBED], "what about the second?", "What is MULTI-LANE?", (LANE,)),
        ([ON_BOTH, ON_SECOND], "and the other one?", "TAME's data?", (TAME,)),
        ([ON_BOTH, ON_SECOND], "its code?", "IBCL's code?", (IBCL,)),
        ([ON_PROMPTS], "what does the second one propose?", "what does OVOR propose?", (OVOR,)),
        ([ON_PROMPTS], "and the last paper?", None, (PAINTER,)),
        ([ON_PROMPTS], "the last two", None, (OVOR, PAINTER)),
        ([ON_PROMPTS], "what do these papers have in common?", None, (LANE, OVOR, PAINTER)),
        ([ON_PROMPTS], "is the second better than the first?", "is OVOR better than MULTI-LANE?", (OVOR, LANE)),
        ([ON_BOTH], "which is newer?", "which of TAME and IBCL is newer?", (TAME, IBCL)),
        ([ON_BOTH], "not TAME, OVOR", "Compare OVOR and IBCL", (OVOR, IBCL)),
        ([ON_BOTH], "what about OVOR?", "Compare TAME and IBCL and OVOR", (TAME, IBCL, OVOR)),
        ([ON_OVOR], "no, I meant MULTI-LANE", "What is MULTI-LANE?", (LANE,)),
        ([ON_OVOR, ON_BOTH], "back to OVOR", "What is OVOR?", (OVOR,)),
        ([ON_OVOR, ON_BOTH], "and what about the first paper we talked about?", "What is OVOR?", (OVOR,)),
        ([ON_OVOR], "same question for TAME", "What is TAME?", (TAME,)),
        ([ON_OVOR], "why?", "What is OVOR? Why?", (OVOR,)),
        ([ON_OVOR], "do the authors release code?", "Do the authors of OVOR release code?", (OVOR,)),
        ([ON_OVOR], "How does this compare to TAME?", "How does OVOR compare to TAME?", (OVOR,)),
        ([ASKED_WHAT_BUILDS], "What type of network is that generator?", "What type of network is that generator — ICM-LoRA?", (ICM_LORA,)),
        ([ON_SKILLS], "What share is kept with that small subset?", "What share is kept with that small subset — “Task-Specific Skill Localization in Fine-tuned Language Models”?", (SKILLS,)),
        ([ON_OVOR], "no, I mean numbers, average gain", "numbers, average gain — OVOR?", (OVOR,)),
        ([ON_OVOR], "how many tasks exactly?", "how many tasks exactly — OVOR?", (OVOR,)),
    ],
)  # fmt: skip
def test_words_that_point_back_become_names(
    starter: Service, history: list[Turn], text: str, alone: str | None, papers: tuple[str, ...]
) -> None:
    """Pronouns, positions and bare words get the paper they mean: by the order the person typed, else the answer's."""
    found = condensed(starter, text, *history)
    assert (found.papers, found.changed, found.unclear) == (papers, True, False)
    assert alone is None or found.text == alone


@pytest.mark.parametrize(
    ("history", "text"),
    [
        ([], "What is OVOR?"),
        ([], "continual learning"),
        ([], "prompt tuning?"),
        ([], "What is the first paper on prompt pools?"),
        ([], "On the other hand, do prompts help?"),
        ([], "Is OVOR the first method to use one prompt?"),
        ([], "TAME vs IBCL, does the latter need task ids?"),
        ([], "Is it possible to merge models?"),
        ([ON_OVOR], "Is it possible to merge models?"),
        ([ON_OVOR], "is it safe to take ibuprofen and paracetamol together?"),
        ([ON_OVOR], "How does MULTI-LANE handle its prompts?"),
        ([ON_OVOR], "why do transformers fail on sequences longer than those they trained on?"),
        ([ON_OVOR], "Which papers merge models by weight arithmetic?"),
        ([ON_BOTH], "what about ImprovNet, did they run a listening study too?"),
        ([ON_BOTH], "Which of the other methods use replay?"),
        ([ON_BOTH], "What is the latter half of training for?"),
        ([ON_OVOR], "and how do transformers generalise to long inputs?"),
        ([ON_OVOR], "which papers use LoRA in their adapters?"),
        ([ON_OVOR], "diffusion models?"),
        ([ON_OVOR], "which year has the most papers?"),
        ([ON_OVOR], "list all papers"),
        ([], "how are models evaluated?"),
        ([], "which datasets are used?"),
        ([], "how is a model trained?"),
        ([], "which models outperform the baselines?"),
        ([], "how many tasks are there?"),
        ([], "does it help to add virtual outliers?"),
        ([], "what does the sparsity paper propose?"),
        ([], "elastic weight consolidation - how do they pick lambda"),
        ([], "how do they generate music from melodies?"),
    ],
)
def test_a_question_that_stands_alone_is_untouched(starter: Service, history: list[Turn], text: str) -> None:
    """Words that look like pointing but do not, or point inside the sentence, change nothing."""
    assert condensed(starter, text, *history) == Condensed(text)


@pytest.mark.parametrize(
    ("history", "text"),
    [
        ([], "the second one"),
        ([], "and the latter?"),
        ([], "what about the other one?"),
        ([], "why?"),
        ([ON_OVOR], "the second one"),
        ([ON_OVOR], "and the other one?"),
        ([ON_BOTH], "what about the third one?"),
        ([ON_PROMPTS], "how well does it work?"),
        ([ON_PROMPTS], "and its code?"),
        ([ON_PROMPTS], "any drawbacks?"),
        ([], "how well does it work?"),
        ([], "which datasets did they use?"),
        ([], "compare them"),
        ([], "what does the paper propose?"),
        ([], "what's the performance like?"),
        ([], "any drawbacks?"),
        ([], "what were the results"),
        ([], "how many parameters?"),
        ([], "can you explain the approach?"),
        ([], "did they release the code?"),
        ([], "which loss do they use?"),
        ([], "does it outperform the state of the art?"),
        ([], "which model is best?"),
        ([], "which approach works best?"),
        ([], "how does it compare to prior work"),
        ([], "who is the first author"),
        ([], "Explain the second paper in more detail"),
        ([], "What is the difference between them?"),
        ([], "Explain the main figure."),
        ([], "What problem does the first stage of the model solve?"),
        ([], "github link pls"),
        ([], "What did the authors conclude?"),
        ([], "Which models did they release in the end?"),
        ([], "tldr?"),
        ([], "can i download the dataset somewhere?"),
        ([], "does it beat the baseline?"),
        ([], "why does that happen?"),
        ([], "hi! could you sum it up in two sentences for my supervisor please"),
        ([], "I don't get the second step of their algorithm, can u walk me through it"),
        ([], "By what percentage does the proposed approach improve over the state of the art?"),
    ],
)
def test_pointing_at_nothing_is_unclear(starter: Service, history: list[Turn], text: str) -> None:
    """A position the conversation does not have is asked back, not guessed."""
    assert condensed(starter, text, *history) == Condensed(text, unclear=True)


@pytest.mark.parametrize(
    ("reply", "question"),
    [
        ("What is the code of OVOR?", "What is the code of OVOR?"),
        ('  "Where is OVOR’s code?"\n', "Where is OVOR’s code?"),
        ("Rewritten question: Where is ovor's code?", "Where is ovor's code?"),
        ("", None),
        ("?", None),
        ("I am sorry, I cannot do that.", None),
        ("Where is its code?", None),
        ("Sure! Here it is:\nWhere is OVOR's code?", None),
        ("OVOR " * 100, None),
    ],
)
def test_only_a_question_with_the_names_is_a_usable_rewrite(reply: str, question: str | None) -> None:
    """A model's wording counts if it is one short line that names what the rule found; else the rule's stands."""
    assert usable_rewrite(reply, ["OVOR"]) == question


@pytest.mark.parametrize(
    ("text", "manner"),
    [
        ("more details", "in more detail"),
        ("shorter, please", "in fewer words"),
        ("in other words?", "in other, simpler words"),
        ("explain that", "with an explanation"),
        ("give an example", "with an example"),
        ("are you sure?", "with the words of the abstract"),
    ],
)
def test_the_last_question_is_asked_in_another_manner(starter: Service, text: str, manner: str) -> None:
    """What asks for nothing but another answer asks the last question again, and says how."""
    found = condensed(starter, text, ON_OVOR)
    assert (found.text, found.papers, found.manner) == ("What is OVOR?", (OVOR,), manner)


def test_a_list_is_asked_of_one_by_one(starter: Service) -> None:
    """ "which of them" after a list is a question to each of its papers, which names them for whoever reads it."""
    found = condensed(starter, "which of them releases code?", ON_PROMPTS)
    assert (found.within, found.asked) == ((LANE, OVOR, PAINTER), "Which papers release code?")
    assert found.text == "which of MULTI-LANE, OVOR and Painter releases code?"


def test_it_after_several_papers_may_be_any_of_them(starter: Service) -> None:
    """After a comparison "it" is the first, and the others are kept to be offered; after one paper nothing is."""
    found = condensed(starter, "does it lose any accuracy?", ON_BOTH)
    assert (found.text, found.papers, found.others) == ("Does TAME lose any accuracy?", (TAME,), (IBCL,))
    assert condensed(starter, "any drawbacks?", ON_BOTH).others == (IBCL,)
    assert condensed(starter, "does it lose any accuracy?", ON_OVOR).others == ()


@pytest.mark.parametrize(
    ("asked", "unclear"),
    [
        ("Enumerate the works on prompts, all of them", True),
        ("prompts: which papers?", True),
        ("anything on prompts?", True),
        ("Which paper is on prompts?", False),
    ],
)
def test_it_after_a_list_however_it_was_asked_for(starter: Service, asked: str, unclear: bool) -> None:
    """No paper of a list is meant more than another; where one paper was asked for, the first is."""
    last = Turn(asked, asked, "three", {1: LANE, 2: OVOR, 3: PAINTER}, (LANE, OVOR, PAINTER))
    assert condensed(starter, "does it need labelled frogs?", last).unclear is unclear


@pytest.mark.parametrize(
    ("text", "papers"),
    [
        ("only the biomedical ones", (LANE, OVOR, PAINTER)),
        ("the vision ones?", (LANE, OVOR, PAINTER)),
        ("the 2023 ones", ()),
    ],
)
def test_some_ones_of_a_list(starter: Service, text: str, papers: tuple[str, ...]) -> None:
    """They are looked for among what was listed; those of a year are a filter, which is read elsewhere."""
    assert condensed(starter, text, ON_PROMPTS).within == papers
