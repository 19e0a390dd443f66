"""Each sentence against the abstracts it cites: never positive by default, and a wrong figure is always caught."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.keyword import TantivyKeywordIndex
from app.chat.verify import Checked, verify
from app.core.domain import Evidence, Paper
from app.core.ports import Embedder, KeywordIndex
from app.core.report import Changes

SPARROW = Paper(
    "2101.00001",
    "Sparrow: Block-Sparse Attention for Long Documents",
    "Transformers read long documents slowly, because attention grows with the square of the length. We introduce "
    "Sparrow, a model with block-sparse attention over weights in [0, 1]. On LongRead Sparrow reaches 71.3 % accuracy, "
    "4.2 points above the dense baseline. It was trained on three corpora with 12,000 books.",
    ("Ada Lind",),
    2021,
)
FINCH = Paper(
    "2203.00002",
    "Finch: Reading Books with Short Windows",
    "Long inputs need not be read whole. Finch retrieves at most eight passages and reads them in a window of 512 tokens.",
    ("Priya Nair",),
    2022,
)
EVIDENCE = (Evidence(1, SPARROW, "a#0", 1.0), Evidence(2, FINCH, "b#0", 0.9))


@pytest.fixture(scope="module")
def keyword(tmp_path_factory: pytest.TempPathFactory) -> KeywordIndex:
    index = TantivyKeywordIndex(tmp_path_factory.mktemp("verify") / "keyword")
    index.apply(Changes((SPARROW, FINCH), (), 1), "papers of this test")
    return index


@pytest.fixture(scope="module")
def check(embedder: Embedder, keyword: KeywordIndex):  # type: ignore[no-untyped-def]
    return lambda text: verify(text, EVIDENCE, embedder, keyword)


@pytest.mark.parametrize(
    "text",
    [
        "“On LongRead Sparrow reaches 71.3 % accuracy, 4.2 points above the dense baseline.” [1]",
        "- “We introduce Sparrow, a model with block-sparse attention over weights in (0, 1).” [1]",
        "Sparrow is a model that uses block-sparse attention [1].",
        "The accuracy of Sparrow on LongRead is 71.3% [1].",
        "It was trained on 3 corpora with 12000 books [1].",
        "Finch reads no more than eight retrieved passages in a 512-token window [2].",
    ],
)
def test_what_the_abstract_says_is_supported(check, text: str) -> None:  # type: ignore[no-untyped-def]
    """A quote, a paraphrase, the same figure in another spelling."""
    (claim,) = check(text).claims
    assert (claim.verdict, claim.problems) == ("supported", ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("On LongRead Sparrow reaches 73.1 % accuracy, 4.2 points above the dense baseline [1].", "number 73.1"),
        ("On LongRead Sparrow reaches 71.3 % accuracy, 4 [1].", "number 4 "),
        ("On LongRead Sparrow reaches 71 [1].", "number 71 "),
        ("It was trained on three corpora with 12 [1].", "number 12 "),
        ("On LongRead LongSparrow2 reaches 71.3 % accuracy [1].", "name LongSparrow2"),
        ("Sparrow beats GigaFinch on LongRead [1].", "name GigaFinch"),
        ("Finch retrieves at most eight passages and reads them in a window of 512 tokens [1].", "number 512"),
        ("Sparrow was first tried by farmers in the south [1].", "no sentence of the cited abstract says this"),
    ],
)
def test_what_it_does_not_say_is_unsupported_and_why(check, text: str, problem: str) -> None:  # type: ignore[no-untyped-def]
    """A wrong figure, part of a figure, a name of elsewhere, the other paper's sentence: each is named."""
    (claim,) = check(text).claims
    assert claim.verdict == "unsupported"
    assert any(told.startswith(problem) for told in claim.problems), claim.problems


def test_any_one_of_the_cited_papers_may_have_the_figure(check) -> None:  # type: ignore[no-untyped-def]
    """With two markers a figure of either is fine, and each citation gets its own quote."""
    checked = check("Sparrow reaches 71.3 % accuracy and Finch has a window of 512 tokens [1][2].")
    assert [c.verdict for c in checked.claims] == ["supported"]
    assert [(c.marker, len(c.quotes)) for c in checked.citations] == [(1, 1), (2, 1)]


def test_a_sentence_without_a_marker_gets_the_one_of_the_paper_that_bears_it_out(check) -> None:  # type: ignore[no-untyped-def]
    """The marker is added to the text, the claim says that it was, and its quote is cited."""
    checked = check("Here they are. Finch retrieves at most eight passages. Both are used in schools.")
    assert checked.text == (
        "Here they are. [uncited] Finch retrieves at most eight passages [2]. Both are used in schools. [uncited]"
    )
    first, second, third = checked.claims
    assert (second.markers, second.verdict, second.attributed) == ((2,), "supported", True)
    assert [(c.verdict, c.problems, c.attributed) for c in (first, third)] == [("unchecked", ("uncited",), False)] * 2
    assert [(c.marker, len(c.quotes)) for c in checked.citations] == [(2, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "Finch retrieves at most nine passages.",
        "Sparrow retrieves at most eight passages.",
        "On LongRead it is fast [uncited].",
        "Reading is good for everybody.",
    ],
)
def test_a_sentence_that_no_paper_bears_out_is_marked_and_never_positive(check, text: str) -> None:  # type: ignore[no-untyped-def]
    """A wrong figure or name keeps a paper from being cited for it."""
    checked = check(text)
    (claim,) = checked.claims
    assert (claim.markers, claim.verdict, claim.problems) == ((), "unchecked", ("uncited",))
    assert checked.text.count("[uncited]") == 1 and checked.citations == ()


@pytest.mark.parametrize(
    "text",
    [
        "The abstract does not state its size [2].",
        "Its size is not stated in the abstract.",
        "This library holds no paper on “X”.",
        "Yes [1].",
    ],
)
def test_saying_nothing_is_no_fault(check, text: str) -> None:  # type: ignore[no-untyped-def]
    """ "Not stated" cannot be found in an abstract, so it is neither supported nor held against the answer."""
    (claim,) = check(text).claims
    assert (claim.verdict, claim.problems) == ("unchecked", ())


def test_not_stated_covers_no_wrong_figure(check) -> None:  # type: ignore[no-untyped-def]
    """A figure out of nowhere is caught also where the sentence says that something is not stated."""
    (claim,) = check("It has 99 layers, but their size is not stated [1].").claims
    assert claim.verdict == "unsupported"


def test_layout_claims_nothing_and_its_markers_cite(check) -> None:  # type: ignore[no-untyped-def]
    """Headings, the head of a table and lead-ins are no claims; the rows of the table are."""
    checked = check(
        "## Speed and size of both [1]\n**Sparrow and the Finch** [2]\nThese are their figures:\n\n"
        "| What it is | Sparrow [1] | Finch [2] |\n|---|:-:|---|\n| accuracy on LongRead | 71.3 % [1] | not stated |\n"
    )
    assert [c.text for c in checked.claims] == ["| accuracy on LongRead | 71.3 % | not stated |"]
    assert [c.marker for c in checked.citations] == [1, 2]


def test_citations_are_in_reading_order_with_exact_quotes(check) -> None:  # type: ignore[no-untyped-def]
    """Each citation has its paper and the sentences it rests on, once each, cut out of the abstract exactly."""
    checked: Checked = check(
        "Finch retrieves at most eight passages [2]. Sparrow reaches 71.3 % accuracy on LongRead [1]. "
        "It was trained on three corpora [1]. Sparrow's accuracy on LongRead is 4.2 points above the baseline [1]."
    )
    assert [(c.marker, c.paper) for c in checked.citations] == [(2, FINCH.ref), (1, SPARROW.ref)]
    finch, sparrow = (c.quotes for c in checked.citations)
    assert [q.text for q in finch] == [FINCH.abstract.split(". ", 1)[1]]
    assert len(sparrow) == 2 and sparrow[0].text.startswith("On LongRead") and sparrow[1].text.startswith("It was")
    assert all(SPARROW.abstract[q.start : q.end] == q.text for q in sparrow)


def test_a_marker_without_paper_cites_nothing(check) -> None:  # type: ignore[no-untyped-def]
    """Should a number slip through that the evidence does not have, the sentence is uncited."""
    checked = check("Sparrow reads long documents [7].")
    assert (checked.claims[0].verdict, checked.claims[0].problems, checked.citations) == ("unchecked", ("uncited",), ())


@settings(max_examples=30, deadline=None)
@given(number=st.integers(100, 9999), digits=st.integers(0, 9))
def test_no_invented_figure_passes(check, number: int, digits: int) -> None:  # type: ignore[no-untyped-def]
    """Whatever figure replaces the true one, the sentence is unsupported, unless an abstract has it."""
    figure = f"{number}.{digits}"
    (claim,) = check(
        f"On LongRead Sparrow reaches {figure} % accuracy, 4.2 points above the dense baseline [1]."
    ).claims
    assert (claim.verdict == "unsupported") == (float(figure) not in {2021.0, 12000.0})
