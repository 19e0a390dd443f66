"""Names of systems: what a paper introduces, what a question uses, how two spellings agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.names import GENERIC, family_name, handle, introduced_names, looks_like_name, mentions, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MULTI-LANE", "multi lane"),
        ("OVOR's", "ovor"),
        ("OVOR’s", "OVOR"),
        ("ReprogBERT", "reprog bert"),
        ("TaskMatrix.AI", "taskmatrix ai"),
        ("ＯＶＯＲ", "ovor"),
        ("the models'", "The Models"),
    ],
)
def test_spellings_of_one_name_agree(one: str, other: str) -> None:
    """Case, hyphens, spaces, width and possessives do not make another name."""
    assert name_key(one) == name_key(other)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_a_key_is_its_own_key(name: str) -> None:
    """Making a key twice changes nothing, and a key holds neither spaces nor punctuation."""
    key = name_key(name)
    assert name_key(key) == key
    assert all(c.isalnum() or not c.isascii() for c in key)


@pytest.mark.parametrize(
    "token", ["OVOR", "RoHM", "mT0", "CodeGen2", "aTLAS", "OVOR's", "ZIP-FIT", "GPT-4o", "xP3", "BLOOMZs"]
)
def test_written_like_a_name(token: str) -> None:
    """Odd capitals and digits inside a word mark a name."""
    assert looks_like_name(token)


@pytest.mark.parametrize(
    "token", ["what", "Painter", "2024", "7B", "16k", "3.5", "II", "a", "x", "state-of-the-art", "It's"]
)
def test_not_written_like_a_name(token: str) -> None:
    """Plain words, figures with units and Roman numerals are none."""
    assert not looks_like_name(token)


def test_what_a_paper_introduces() -> None:
    """The head of the title, a coined acronym and the repository are the paper's; what it only mentions is not."""
    abstract = (
        "Models such as BERT forget. We propose Gradual Meadow Learning (GML), which beats EWC on CIFAR-100. "
        "The code is at https://github.com/someone/meadow-kit."
    )
    names = introduced_names("Finchwood: Learning without Forgetting", abstract)
    assert {"finchwood", "gml", "meadowkit"} <= names
    assert not {"bert", "ewc", "learning", "models"} & names


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200))
def test_introduced_names_are_keys_and_never_generic(title: str, abstract: str) -> None:
    """Whatever a paper looks like, its names are keys of two characters or more and no common abbreviations."""
    for name in introduced_names(title, abstract):
        assert len(name) >= 2 and name not in GENERIC and name_key(name) == name


@pytest.mark.parametrize(
    ("title", "abstract", "called"),
    [
        ("Finchwood: Learning without Forgetting", "", "Finchwood"),
        ("Less is more: Small Prompts", "We introduce TINY-LANE. TINY-LANE is small.", "TINY-LANE"),
        ("On the Length of Papers", "We read papers.", "“On the Length of Papers”"),
        (
            "Cheap Adapters",
            "Adapters (BORA) cost. We propose Mini BORA (MI-BORA). A ZZAE makes BORA weights; a ZZAE and a ZZAE. MI-BORA is a BORA.",
            "MI-BORA",
        ),
    ],
)
def test_handle(title: str, abstract: str, called: str) -> None:
    """People call a paper by the name in its title, else by what its abstract names, else by its title."""
    assert handle(title, abstract) == called


def marked(question: str) -> set[str]:
    return {m.text for m in mentions(question) if m.marked}


def test_what_is_marked_as_a_name() -> None:
    """Odd capitals, quotes and proper nouns are marked; the first word of a sentence and plain words are not."""
    assert marked("Which loss does HuggingGPT use?") == {"HuggingGPT"}
    assert "reading books fast" in marked('What is in "reading books fast"?')
    assert marked("Does Paris win?") == {"Paris"}
    assert marked("Which methods forget less?") == set()


def test_a_title_in_title_case_is_certain() -> None:
    """Four capitalised words in a row can only be a title; a single proper noun may be anything."""
    sure = {m.text for m in mentions("Summarise Reading Long Books Fast for me, says Paris") if m.certain}
    assert "Reading Long Books Fast" in sure
    assert "Paris" not in sure


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_a_mention_stands_where_it_says(question: str) -> None:
    """Offsets are exact, and longer mentions come before shorter ones."""
    found = mentions(question)
    assert all(question[m.start : m.end] == m.text and name_key(m.text) == m.key for m in found)
    lengths = [m.end - m.start for m in found]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("family", "authors"),
    [
        (
            "muller",
            ["Bo Müller", "Müller, Bo", "Bo Muller Jr.", "MÜLLER", "von Müller, Bo", "Bo Müller, Jr.", "Muller BA"],
        ),
        ("li", ["Xu Li", "Li, X.", "Li X", "LI"]),
        ("newt", ["A. B. Newt", "A.-B. Newt", "Newt A.B.", "NEWT AB", "Newt's"]),
        ("garciamolch", ["José García-Molch", "Garcia-Molch J"]),
        ("王伟", ["王伟"]),
        ("", ["", ",", " "]),
    ],
)
def test_family_name(family: str, authors: list[str]) -> None:
    """Both orders of a name, with suffix, accent, particle or initials, have one family name."""
    assert {family_name(author) for author in authors} == {family}


def test_counting_numbers_are_no_acronyms() -> None:
    """ "(II) Scope" counts."""
    names = introduced_names(
        "On Two Axes", "We propose two axes: (I) Diffusion and (II) Scope. We present Many Voles (MV)."
    )
    assert "ii" not in names and "mv" in names
