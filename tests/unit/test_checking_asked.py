"""What a whole-library question asks of each paper."""

from __future__ import annotations

import time

import pytest

from app.chat.checking.asked import property_of
from app.chat.checking.clause import clause_of
from app.chat.checking.of_all import asks_of_all, nothing_else
from app.chat.checking.parts import Property


def kinds(asked: Property) -> list[tuple[str, str]]:
    return [(part.kind, part.subject) for part in asked.parts]


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("Which papers release code?", "release code"),
        ("how many papers merge fine-tuned models, name them", "merge fine-tuned models"),
        ("Could you list all of the papers here that deal with frogs?", "that deal with frogs"),
        ("which of these use diffusion, and what are they?", "use diffusion"),
        ("Does any paper in this library treat toads?", "treat toads"),
        ("Which works involve infilling, in whatever domain?", "involve infilling"),
        ("I'd like to see the works on retrieval models.", "on retrieval models"),
        ("papers evaluating on toads", "evaluating on toads"),
    ],
)
def test_the_clause_is_what_is_asked(question: str, clause: str) -> None:
    """Who is asked of, and what is to be done with the list, are no part of it."""
    assert clause_of(question) == clause


@pytest.mark.parametrize(
    ("question", "kind", "what"),
    [
        ("Which papers release code?", "release", {"code"}),
        ("Which papers make their models and data publicly available?", "release", {"models", "data"}),
        ("Which papers link to GitHub?", "release", {"link"}),
        ("Which papers are surveys?", "type", {"survey"}),
        ("Which papers introduce a new dataset?", "type", {"dataset"}),
        ("Are there any position papers?", "type", {"position"}),
        ("List all papers whose contributions include a new dataset or a benchmark.", "type", {"dataset", "benchmark"}),
        ("new dataset or benchmark introduced - how many and which", "type", {"dataset", "benchmark"}),
        ("which are only overview / position / book", "type", {"survey", "position"}),
        ("Which papers report improvements in percent?", "figure", {"percent", "better"}),
        ("Which abstracts give numbers?", "figure", set()),
        ("Which papers claim state-of-the-art results?", "claim", set()),
        ("Which methods need no additional training?", "training", set()),
        ("Which papers are about code generation?", "topic", set()),
    ],
)
def test_each_kind_is_told_by_its_words(question: str, kind: str, what: set[str]) -> None:
    """A plain property is of its kind; anything else is a topic."""
    (part,) = property_of(question).parts
    assert (part.kind, part.what) == (kind, what) and not part.negated


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("everything to do with newts / toads", ["newts"]),
        ("newts, any kind (green, spotted): all papers", ["newts"]),
        ("Which papers offer, besides ponds, some new map?", ["map"]),
        ("Which papers do experiments or build data for newts?", ["experiments for newts", "newts"]),
        ("Which papers try their method on newts?", ["newts"]),
        ("Which papers take several ponds and put their newts together?", ["take several ponds and put their newts together"]),
        ("List every paper that counts a large number of newts or toads in the ponds", ["counts a large number of newts"]),
        ("List the papers with 10 billion newts or more, by number", [""]),
        ("Which papers treat some kind of newt?", ["newt"]),
        ("Which papers say that some newts hop?", ["newts hop"]),
        ("newts as the main topic, not just used on the side. list", ["newts"]),
        ("In which papers did people, and not only machines, weigh newts?", ["people weigh newts"]),
        ("newts (the green kind): all papers", ["newts"]),
        ("not english only. who", ["languages other than English"]),
        ("Which papers openly admit that newts hop?", ["newts hop"]),
    ],
)  # fmt: skip
def test_what_is_asked_without_what_is_beside_it(question: str, subjects: list[str]) -> None:
    assert [part.subject for part in property_of(question).parts] == subjects


def test_the_other_of_two_last_words_is_of_the_same() -> None:
    """ "Tasks that are phrased as instructions or prompts" are no prompts of any kind."""
    (part,) = property_of("Which papers train on many tasks that are phrased as instructions or prompts?").parts
    assert part.others == ("many tasks that are phrased as prompts",)


def test_a_list_of_names_of_which_some_are_missing() -> None:
    """Where one of several is not here, the others are still asked for."""
    question = "Which papers fine-tune Gull, Tern or Skua models?"
    assert not nothing_else(question, ("Skua",)) and not nothing_else(question, ())
    assert nothing_else("Which papers use Skua?", ("Skua",))


def test_words_that_belong_to_each_of_a_list() -> None:
    """Verbs share their object, and nouns what they are of."""
    (verbs,) = property_of("List all papers that merge, combine or add up fine-tuned weights").parts
    assert verbs.subject == "merge fine-tuned weights"
    assert verbs.others == ("combine fine-tuned weights", "add up fine-tuned weights")
    (doing,) = property_of("Everything on weighing or counting green newts").parts
    assert (doing.subject, doing.others) == ("weighing green newts", ("counting green newts",))
    (inside,) = property_of("Which papers study newts or toads in cold or shallow ponds?").parts
    assert (inside.subject, inside.others) == ("newts in cold or shallow ponds", ("toads in cold or shallow ponds",))
    (named,) = property_of("Which abstracts name a newt such as Gull or Tern-something?").parts
    assert (named.subject, named.others) == ("newt", ("Gull", "Tern"))
    (nouns,) = property_of("Which papers warn about risks or limits of language models?").parts
    assert nouns.others == ("limits of language models",) and nouns.subject.endswith("risks of language models")


@pytest.mark.parametrize(
    "question",
    ["Which papers do not release code?", "which papers don't release their code?", "papers that never release code"],
)
def test_a_no_is_read(question: str) -> None:
    """A negated property is the same property, turned round."""
    (part,) = property_of(question).parts
    assert (part.kind, part.what, part.negated) == ("release", {"code"}, True)


def test_without_training_is_no_negation() -> None:
    """What works without training states that; it does not merely keep silent about training."""
    (part,) = property_of("Which papers work without training?").parts
    assert (part.kind, part.negated) == ("training", False)


def test_both_and_either() -> None:
    """ "Both ... and" asks for two things, "or" for one of two, each without the verb they share."""
    assert kinds(property_of("Which papers treat both frogs and newts?")) == [("topic", "frogs"), ("topic", "newts")]
    (part,) = property_of("Which papers use frogs or newts?").parts
    assert (part.subject, part.others) == ("frogs", ("newts",))
    mixed = property_of("Which papers introduce a dataset and release code?")
    assert [kind for kind, _ in kinds(mixed)] == ["type", "release"] and mixed.every
    assert not property_of("Which papers release code or are surveys?").every


def test_two_verbs_with_one_object_are_one_thing() -> None:
    """ "Select or filter training data" is not about selecting anything."""
    (part,) = property_of("Which papers select or filter training data?").parts
    assert (part.subject, part.others) == ("select training data", ("filter training data",))
    (both,) = property_of("Which papers select and filter training data?").parts
    assert both.subject == "select and filter training data"


def test_other_words_in_brackets_or_dashes() -> None:
    """What stands aside says the same in other words."""
    (part,) = property_of("Which papers had people (raters, participants) judge frogs?").parts
    assert part.subject == "had people judge frogs" and part.others == ("raters", "participants")


def test_a_survey_of_something_is_both() -> None:
    """A survey of newts is a survey and about newts; a survey of a whole field is a survey."""
    assert kinds(property_of("Which papers are surveys of newts?")) == [
        ("type", "surveys of newts"),
        ("topic", "newts"),
    ]
    assert kinds(property_of("Which papers are overviews of a whole field?"))[0][0] == "type"
    assert len(property_of("Which papers are overviews of a whole field?").parts) == 1


def test_a_bound_on_a_figure() -> None:
    """ "More than 100 billion parameters" is met by 175B and by nothing smaller, nor by papers or tokens."""
    (part,) = property_of("any paper with models of more than 100 billion parameters?").parts
    assert part.amount is not None
    assert part.amount.met_by("We train models of 30B and 175B.") and part.amount.met_by("from 1.3B - 175B")
    assert not part.amount.met_by("We train 13B models.") and not part.amount.met_by("We read 200 papers.")
    (tasks,) = property_of("Which papers use more than 20 tasks?").parts
    assert tasks.amount and tasks.amount.met_by("over twenty different tasks")
    assert not tasks.amount.met_by("exactly 20 tasks") and not tasks.amount.met_by("32k task instances")


def test_how_it_is_asked() -> None:
    """Whether the number or a yes is wanted."""
    assert property_of("How many papers treat frogs?").counts and not property_of("Which treat frogs?").counts
    assert property_of("Does any paper treat frogs?").yes_no and not property_of("Which papers treat frogs?").yes_no


@pytest.mark.parametrize(
    "question",
    [
        "Which papers release code?",
        "who uses a diffusion model?",
        "Papers that end with an outlook",
        "list everything on newts",
        "is there a paper on newts?",
        "does any of them use newts?",
        "in what papers are the prompts learned?",
        "which of these release code?",
    ],
)
def test_asks_of_all(question: str) -> None:
    """These are about every paper."""
    assert asks_of_all(question)


@pytest.mark.parametrize(
    "question",
    ["What does ToadNet do?", "How does OlmBERT differ from ToadNet?", "why do newts regrow limbs?", "thanks"],
)
def test_asks_of_one(question: str) -> None:
    """These are not."""
    assert not asks_of_all(question)


@pytest.mark.parametrize(
    "question", ["?", "which papers", "or and or", "which papers do not", "()", "both and", "-- x --"]
)
def test_scraps_are_read_somehow(question: str) -> None:
    """Nothing that can be typed breaks the reading, and there is always a part."""
    assert property_of(question).parts


@pytest.mark.parametrize("scrap", [" , ", "x - y - ", "which papers and ", "not ", "name them ", "( ", "  !?"])
def test_long_questions_are_read_quickly(scrap: str) -> None:
    """The longest question there may be takes no time to speak of, whatever it repeats."""
    begun = time.thread_time()
    property_of((scrap * 4000)[:4000])
    assert time.thread_time() - begun < 1.0


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ('Which papers have the word "newt" in their title?', {"newt"}),
        ("titles with in-pond or inpond in them", {"in-pond", "inpond"}),
        ("How many titles mention Gull?", {"Gull"}),
        ("Which papers whose title contains newts and toads?", {"newts", "toads"}),
    ],
)
def test_words_of_titles(question: str, words: set[str]) -> None:
    """Asked of the titles alone, not of what the papers are about."""
    (part,) = property_of(question).parts
    assert (part.kind, part.what) == ("title", words)
    assert asks_of_all(question)
