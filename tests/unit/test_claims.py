"""Each rule of the verdict by itself: what it catches, and the true wordings that it must leave alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.adapters.sentences import sentences
from app.bootstrap import Service
from app.chat.claims import named
from app.chat.claims.check import Finding, check
from app.chat.claims.fit import Meanings, bare
from app.core.domain import Paper
from app.core.ports import Embedder

HERON = Paper(
    "2301.00001",
    "Heron: Cheap Retrieval for Long Reports",
    "Heron retrieves passages of long reports for English questions without any fine-tuning. On DeepDocs Heron reaches "
    "79.3% accuracy with a 2.4x speed-up, and the baseline StorkNet reaches 70.1%. Heron outperforms StorkNet on three data "
    "sets of up to 20 million words. Precision rises from 41% to 63%, and recall rises by 5 percentage points. "
    "It needs 512 MB of memory and answers in 30 ms. Earlier systems fail on unseen layouts and are expensive to train. "
    "The authors use natural language processing tools and train on 8 GPUs for two days.",
    ("Ada Lind", "Bo Ek"),
    2023,
)
CRANE = Paper(
    "2302.00002",
    "Crane: Reading Tables with Few Examples",
    "Crane answers questions about tables from four examples. It doubles the accuracy of TableBird on WikiGrid, and uses "
    "no external tools.",
    ("Cy Moe",),
    2023,
)


@pytest.fixture(scope="module")
def finding(embedder: Embedder):  # type: ignore[no-untyped-def]
    meanings = Meanings(embedder)
    return lambda claim, *papers: check(claim, papers or (HERON,), [], meanings)


TRUE = [
    "Heron's accuracy on DeepDocs is 79.3 percent.",
    "The paper reports that Heron is 2.4 times faster.",
    "Heron beats StorkNet on three data sets.",
    "StorkNet is outperformed by Heron on three data sets.",
    "StorkNet falls behind Heron on three data sets.",
    "According to the authors, precision goes from 41% to 63%.",
    "Recall improves by five percentage points.",
    "On DeepDocs the accuracy of Heron is about 79%, that of StorkNet about 70%.",
    "It takes 512 MB and 30 milliseconds per answer.",
    "Heron needs no fine-tuning to retrieve passages of long reports.",
    "Earlier systems do not work on layouts they have not seen.",
    "The data sets have at most 20 million words.",
    "Lind and Ek train on eight GPUs for 2 days (2023).",
    "The authors use NLP tools.",
]
FALSE = [
    ("Heron's accuracy on DeepDocs is 73.9 percent.", "number 73.9"),
    ("Heron beats StorkNet on five data sets.", "number five"),
    ("On DeepDocs Heron reaches 70.1% accuracy, and the baseline StorkNet reaches 79.3%.", "numbers"),
    ("Precision rises from 63% to 41%.", "exchanges"),
    ("Heron is 2.4% faster.", "number 2.4%"),
    ("Recall rises by 5%.", "number 5%"),
    ("It needs 512 GB of memory.", "number 512"),
    ("It answers in 30 s.", "number 30"),
    ("The data sets have up to 20 billion words.", "number 20"),
    ("The data sets have at least 20 million words.", "number 20 million is at least"),
    ("StorkNet outperforms Heron on three data sets.", "exchanges"),
    ("Heron is outperformed by StorkNet on three data sets.", "exchanges"),
    ("Heron underperforms StorkNet on three data sets.", "exchanges"),
    ("Heron does not outperform StorkNet on three data sets.", "says"),
    ("Heron retrieves passages of long reports with fine-tuning.", "says"),
    ("Earlier systems fail on seen layouts.", "says"),
    ("Earlier systems are cheap to train.", "says"),
    ("Recall falls by 5 percentage points.", "says"),
    ("Egret retrieves passages of long reports without any fine-tuning, as DeepDocs and HeronX do.", "name HeronX"),
    ("Heron retrieves passages of long reports for German questions.", "name German"),
    ("On WikiGrid Heron reaches 79.3% accuracy.", "name WikiGrid"),
    ("According to the Crane paper, recall rises by 5 percentage points.", "name Crane"),
    ("The sea is deep and full of fish.", "no sentence"),
]


@pytest.mark.parametrize("claim", TRUE)
def test_a_true_wording_is_not_flagged(finding, claim: str) -> None:  # type: ignore[no-untyped-def]
    """Other words, other units of the same size, the passive, figures in words, rounded figures that say so."""
    found: Finding = finding(claim)
    assert found.verdict in {"supported", "partly"} and not found.problems, found.problems


@pytest.mark.parametrize(("claim", "problem"), FALSE)
def test_a_false_one_is_and_says_why(finding, claim: str, problem: str) -> None:  # type: ignore[no-untyped-def]
    """A changed figure, unit, bound, name, side, direction or negation."""
    found: Finding = finding(claim)
    assert found.verdict == "unsupported" and any(told.startswith(problem) for told in found.problems), found.problems


def test_a_quote_must_be_verbatim(finding) -> None:  # type: ignore[no-untyped-def]
    """Marks of quotation promise the abstract's own words; "..." may stand for some."""
    good = finding("Heron “retrieves passages of long reports … without any fine-tuning”.")
    wrong = finding("Heron “retrieves all passages of long reports without any fine-tuning”.")
    assert not good.problems
    assert wrong.verdict == "partly" and "quote" in wrong.problems[0]


def test_each_part_must_be_in_the_paper_it_names(finding) -> None:  # type: ignore[no-untyped-def]
    """With two papers cited, what is said of one may not be what the other says."""
    assert not finding("Heron needs 512 MB of memory, while Crane uses four examples.", HERON, CRANE).problems
    swapped = finding("Crane needs 512 MB of memory, while Heron uses four examples.", HERON, CRANE)
    assert swapped.verdict == "unsupported"


def test_what_says_nothing_is_unchecked(finding) -> None:  # type: ignore[no-untyped-def]
    """ "Not stated" is neither right nor wrong."""
    assert finding("The abstract doesn't mention its licence.").verdict == "unchecked"


@pytest.mark.parametrize(
    ("claim", "left"),
    [
        ("“The authors report that Heron wins.”", "Heron wins."),
        ("According to the paper by Lind et al., Heron wins", "Heron wins"),
        ("In contrast, the study shows that Heron wins", "Heron wins"),
        ("Authors of old trained herons", "Authors of old trained herons"),
    ],
)
def test_who_says_it_is_no_part_of_what_is_said(claim: str, left: str) -> None:
    """Lead-ins are taken off before a claim is compared."""
    assert bare(claim).rstrip(".") == left.rstrip(".")


def test_a_name_may_be_written_in_other_ways() -> None:
    """Plurals, hyphens, parts of compounds and initials of words are the same name; another version is not."""
    assert named.absent("StorkNets, Stork-Net and a Heron-based system use NLP", [HERON]) == []
    assert named.absent("It beats StorkNet2 and GPT", [HERON]) == ["StorkNet2", "GPT"]


@pytest.mark.parametrize("sentence", [s.text for paper in (HERON, CRANE) for s in sentences(paper.abstract)])
@pytest.mark.parametrize("lead", ["", "The authors report that ", "According to the paper, "])
def test_a_verbatim_sentence_is_always_supported(finding, sentence: str, lead: str) -> None:  # type: ignore[no-untyped-def]
    """Whatever it says, and whoever is said to say it."""
    paper = HERON if sentence in HERON.abstract else CRANE
    assert finding(f"{lead}{sentence}", paper).verdict == "supported"


@settings(max_examples=40, deadline=None)
@given(
    at=st.integers(0, 10),
    number=st.one_of(st.integers(2, 99_999).map(str), st.decimals(2, 999, places=1).map(str)),
)
def test_a_figure_of_elsewhere_is_always_caught(finding, at: int, number: str) -> None:  # type: ignore[no-untyped-def]
    """Put for any figure of any sentence, in digits, if the abstract has it nowhere."""
    assume(not re.search(rf"(?<![\d.]){re.escape(number)}(?![\d]|\.\d)", HERON.abstract))
    assume(float(number) not in {2, 3, 8, 2023})
    places = [(s.text, m) for s in sentences(HERON.abstract) for m in re.finditer(r"\d+(?:\.\d+)?", s.text)]
    text, match = places[at % len(places)]
    found: Finding = finding(text[: match.start()] + number + text[match.end() :])
    assert found.verdict == "unsupported", (text, number)


def test_a_repository_named_as_a_system_is_a_name(starter: Service) -> None:
    """A word of three parts that another paper goes by is no ordinary one, however it is written."""
    papers = {paper.id: paper for paper in starter.library.store.papers()}
    cited, keyword = papers["2310.00726"], starter.library.keyword
    assert named.of_library("Sorting gets better with icl-task-diversity.", [cited], keyword) == ["icl-task-diversity"]
    assert named.of_library("A state-of-the-art result on sorting.", [cited], keyword) == []
