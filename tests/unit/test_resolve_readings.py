"""What a stretch of a question is read as, how sure that is, and what is said to be missing: on invented papers whose
names lie close together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.naming import PAPERS, Shelf, mentioning, paper, shelf_of

TIDE, ALBERTINE, KELP2, KELP, GULL, LESS = (f"21{n:02}.{n:05}" for n in range(1, 7))
SAND, LANTERN, COTIDE, SAILORS = "2107.00007", "2108.00008", "2109.00009", "2111.00011"
DOI, WAVE1, WAVE2, MUD = "10.1234/kelp.55", "2112.00012", "2113.00013", "2201.00014"
LEES = (ALBERTINE, KELP2, GULL, LESS)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The invented papers."""
    return shelf_of(tmp_path_factory.mktemp("shelf"), PAPERS)


@pytest.mark.parametrize(
    ("how", "paper", "questions"),
    [
        ("name", TIDE, ["What is TideBERT?", "what is tidebert", "tide bert's loss", "TideBERTs", "Tide-BERT", "WHAT IS TIDEBERT?",
                        "“TideBERT”", "does TideBERT use 3 tables", "What does TideBERT do on 3 tasks?", "tide-bert"]),
        ("name", KELP, ["What is KelpLM?", "kelp lm", "kelplm's data"]),
        ("name", KELP2, ["What is KelpLM 2?", "kelplm2", "KelpLM-2", "kelp-lm 2", "KelpLM2's data"]),
        ("name", GULL, ["instructgull", "instruct gull", "Instruct Gull", "How does Instruct-Gull follow orders?"]),
        ("name", LANTERN, ["what is lantern", "Lantern 3 times faster?", "In Lantern, what is doubled?"]),
        ("fuzzy name", TIDE, ["What is TideBRET?", "what is tidebret", "TdieBERT", "What does TideBERRT read?"]),
        ("fuzzy name", SAND, ["SandPaniter", "sandpainer", "What is SanddPainter?"]),
        ("fuzzy name", ALBERTINE, ["ALBERTNIE", "what is albertne"]),
        ("fuzzy name", GULL, ["what is instructgul?", "Instruct-Gulll"]),
        ("title", TIDE, ["summarize reading harbour logs with bidirectional encoders",
                         "TideBERT: Reading Harbour Logs with Bidirectional Encoders", '"Reading Harbour Logs"']),
        ("title", LESS, ["Less Is More for Alignment of Compasses", "what does less is more for alignment say about data?",
                         "'less is more for alignment of compasses'"]),
        ("title", SAILORS, ["what do sailors ask", "the paper what do sailors ask?"]),
        ("title", MUD, ["the mooring anchors in mud paper", "mooring anchors in mud: an empirical study of chains"]),
        ("fuzzy title", LESS, ["less is more for aligment", "less is more for aligment of compases"]),
        ("fuzzy title", TIDE, ["reading harbor logs with bidirectionnal encoders", "summarize reading harbour logs wiht bidirectonal encoders"]),
        ("author and year", TIDE, ["Raffel 2021", "raffel 2021", "What does Raffel's paper say?", "raffel's paper", "the paper by Raffel",
                                   "the paper by Raffel from 2021", "Raffel and Lee (2021)", "Ines Raffel 2021", "Raffel et al.",
                                   "what does Raffel et al., 2021 show", "the 2021 paper by Raffel", "Raffel's 2021 paper"]),
        ("author and year", KELP, ["Lee 2022", "lee 2022", "How does Lee (2022) train?", "the 2022 paper by Lee"]),
        ("author and year", KELP2, ["Eva Lee 2023"]),
        ("author and year", ALBERTINE, ["Kim and Lee 2023", "Kim & Lee, 2023"]),
        ("author and year", GULL, ["Lee and Kim 2023", "(Lee and Kim, 2023)"]),
        ("author and year", SAND, ["van der Berg 2020", "Berg 2020"]),
        ("author and year", LANTERN, ["Muñoz 2019", "Munoz (2019)", "munoz et al 2019"]),
        ("author and year", SAILORS, ["Okafor, Diaz, and Braun (2024)", "Okafor et al. (2024)", "Okafor and colleagues 2024"]),
        ("id", TIDE, ["2101.00001", "arXiv:2101.00001v3", "arxiv: 2101.00001", "https://arxiv.org/abs/2101.00001v2",
                      "what does https://arxiv.org/pdf/2101.00001v2.pdf say?", "10.48550/arXiv.2101.00001"]),
        ("id", DOI, ["10.1234/KELP.55", "https://doi.org/10.1234/kelp.55.", "is doi:10.1234/kelp.55, new?", "(10.1234/kelp.55)"]),
        ("marker", ALBERTINE, ["[2]", "Does [2] help?", "paper 2", "what is paper #2 about", "【2】"]),
    ],
)  # fmt: skip
def test_a_stretch_is_read_as_its_paper(shelf: Shelf, how: str, paper: str, questions: list[str]) -> None:
    """Every way to write a name leads to the one paper, is called by its kind, and nothing is said to be missing."""
    for question in questions:
        found = shelf.named(question, {1: TIDE, 2: ALBERTINE, 3: KELP})
        assert [(r.how, r.papers) for r in found.readings] == [(how, (paper,))], question
        assert (found.papers, found.missing, found.several) == ((paper,), (), ()), question
        reading = found.readings[0]
        assert question[reading.start : reading.end] == reading.text and 0 < reading.confidence <= 1


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        # another number, another letter in a part in capitals, something before or behind: another name
        ("What is KelpLM 3?", "KelpLM 3"),
        ("What is KelpLM-3?", "KelpLM-3"),
        ("What is KelpLN?", "KelpLN"),
        ("Does Lantern 2 work?", "Lantern 2"),
        ("What is TideBERT XL?", "TideBERT XL"),
        ("is TideBERT+ better?", "TideBERT+"),
        ("What is TideBART?", "TideBART"),
        ("What is AlTideBERT?", "AlTideBERT"),
        ("What is ALBERT?", "ALBERT"),
        ("What is BERT?", "BERT"),
        ("What is CoCoTide?", "CoCoTide"),
        ("What is GPT-3?", "GPT-3"),
        ("what is esm-3", "esm-3"),
        ("What is Instruct-Owl?", "Instruct-Owl"),
        ("What is InstructGulp?", "InstructGulp"),
        ("What is T5?", "T5"),
        # nobody here uses the word, and the question is about it
        ("what is llava", "llava"),
        ("how does mamba work", "mamba"),
        ("explain flashattention", "flashattention"),
        ("tell me about toolformer", "toolformer"),
        ("the longformer paper", "longformer"),
        ("what is photosynthesis?", "photosynthesis"),
        ("what does the Transformer-XL paper propose?", "Transformer-XL"),
        ("What BLEU does Attention Is All You Need report?", "Attention Is All You Need"),
        ('what is "attention is all you need"', "attention is all you need"),
        ("Vaswani 2017", "Vaswani 2017"),
        ("What did Vaswani et al. 2017 propose?", "Vaswani et al. 2017"),
        ("(Kingma & Ba, 2015)", "Kingma & Ba, 2015"),
        ("Okafor 2023", "Okafor 2023"),
        ("Raffel and Kim 2021", "Raffel and Kim 2021"),
        ("arXiv:2101.99999", "arXiv:2101.99999"),
        ("10.1234/nope.1", "10.1234/nope.1"),
        ("[9]", "[9]"),
    ],
)
def test_a_near_miss_is_missing_for_certain(shelf: Shelf, question: str, missing: str) -> None:
    """Another name is not the one that is here, however alike, and the person's own words say which is missing."""
    found = shelf.named(question, {1: TIDE})
    assert (found.papers, found.missing, found.certain) == ((), (missing,), (missing,))


@pytest.mark.parametrize(
    "question",
    [
        "what is finetuning",
        "what is quantisation",
        "explain tokenisers",
        "what is RAG?",
        "what is rag",
        "how does a retriever work",
        "what is a quantizer",
        "What are GPT-4 and ESM-2?",
        "what is esm 2",
        "explain atention",
        "can you explain to me how this works",
        "tell me about yourself",
        "explain yourself",
        "tell me about the weather",
        "In 2023, which models are best?",
        "What is new since May 2023?",
        "Does an LLM help with NLP?",
        "Which papers by Lee 2023 use attention?",
        "what is the effect of reinforcement learning on examples",
        "x[12345] is not a marker",
    ],
)
def test_other_words_are_neither_named_nor_missing(shelf: Shelf, question: str) -> None:
    """Another form, another spelling, an abbreviation or an error of a word the library has is no stranger, and talk
    names nothing."""
    found = shelf.named(question)
    assert (found.papers, found.missing, found.readings) == ((), (), ())


@pytest.mark.parametrize(
    ("question", "text", "papers"),
    [
        ("What did Lee 2023 propose?", "Lee 2023", LEES),
        ("the 2023 paper by Lee", "the 2023 paper by Lee", LEES),
        ("Lee et al. (2023)", "Lee et al. (2023)", (KELP2, GULL, LESS)),
        ("what is tamewave", "tamewave", (WAVE1, WAVE2)),
        ("TAMEWAVES", "TAMEWAVES", (WAVE1, WAVE2)),
        ("tamwave", "tamwave", (WAVE1, WAVE2)),
    ],
)
def test_several_fits_are_reported(shelf: Shelf, question: str, text: str, papers: tuple[str, ...]) -> None:
    """A name of several papers stands for all of them, says so, and is less sure than that of one."""
    found = shelf.named(question)
    assert [(r.text, r.papers) for r in found.several] == [(text, papers)]
    assert found.papers == papers


def test_several_markers_are_not_several_fits(shelf: Shelf) -> None:
    """ "[1, 3]" and "papers 1 and 3" name two papers, each for certain."""
    for question in ("compare [1, 3]", "compare [1] and [3]", "compare papers 1 and 3", "[1][3]"):
        found = shelf.named(question, {1: TIDE, 2: ALBERTINE, 3: KELP})
        assert (found.papers, found.several) == ((TIDE, KELP), ()), question
    assert shelf.named("[1-3]", {1: TIDE, 2: ALBERTINE, 3: KELP}).papers == (TIDE, ALBERTINE, KELP)
    assert shelf.named("[1, 9]", {1: TIDE}).missing == ("[9]",)
    assert shelf.named("what is paper 2 about").missing == ()


def test_an_exact_name_beats_a_mistyped_one(tmp_path: Path) -> None:
    """Where a word is the exact name of one paper and an error away from another's, it is the exact one."""
    shelf = shelf_of(
        tmp_path / "two",
        [paper("a", "DriftNet: Nets", "DriftNet drifts."), paper("b", "DraftNet: Nets", "DraftNet drafts.")],
    )
    assert [(r.papers, r.how) for r in shelf.named("What is DraftNet?").readings] == [(("b",), "name")]
    assert [(r.papers, r.how) for r in shelf.named("What is DrfitNet?").readings] == [(("a",), "fuzzy name")]


@pytest.mark.parametrize(
    "question", ["What is TideBERT?", "what is tidebert", "tidebert", "tide bert accuracy on logs"]
)
def test_a_name_that_many_mention_is_still_its_papers(tmp_path: Path, question: str) -> None:
    """Of hundreds of papers that compare with a system, the one that goes by its name is the one meant, in capitals or
    without: a word that everybody writes as a name is one."""
    shelf = shelf_of(tmp_path / "many", [*PAPERS, *mentioning("TideBERT", 300)])
    assert shelf.named(question).papers == (TIDE,)


def test_a_word_of_the_field_is_no_name(tmp_path: Path) -> None:
    """Where a dozen papers have a word in their titles' heads and many more use it, nobody is named by it."""
    heads = [paper(f"h{n:02}", f"ShoalTune: Way {n}", f"We extend ShoalTune, way {n}.") for n in range(12)]
    shelf = shelf_of(tmp_path / "field", [*heads, *mentioning("ShoalTune", 200)])
    found = shelf.named("What is ShoalTune?")
    assert (found.papers, found.missing, found.several) == ((), (), ())


def test_more_than_five_fits_are_a_question_back(tmp_path: Path) -> None:
    """Seven papers of one name are reported but none of them is taken as named."""
    heads = [
        paper(f"h{n:02}", f"ShoalTune: Way {n}", f"We extend ShoalTune, way {n}.", "Ada Newt", 2020) for n in range(7)
    ]
    shelf = shelf_of(tmp_path / "seven", heads)
    for question in ("What is ShoalTune?", "Newt 2020"):
        found = shelf.named(question)
        assert found.papers == found.missing == () and [len(r.papers) for r in found.several] == [7]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            "TideBERT TideBRET Lee 2023 [2] less is more for aligment what compare and vs 2101.00001v2 ' \" ( 3 + é".split(
                " "
            )
        ),
        max_size=9,
    )
)
def test_readings_stand_where_they_say(shelf: Shelf, words: list[str]) -> None:
    """Whatever is asked: offsets are exact, readings do not overlap unless they are the same stretch, papers are those of
    the readings with few fits, and the same question gives the same answer."""
    question = " ".join(words)
    found = shelf.named(question, {2: ALBERTINE})
    assert found == shelf.named(question, {2: ALBERTINE})
    for reading in found.readings:
        assert question[reading.start : reading.end] == reading.text and reading.papers
    spans = sorted({(r.start, r.end) for r in found.readings})
    assert all(one[1] <= two[0] for one, two in zip(spans, spans[1:], strict=False))
    assert set(found.papers) <= {p for r in found.readings for p in r.papers}
    assert set(found.certain) <= set(found.missing)
