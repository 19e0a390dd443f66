"""What the keyword index's look-ups for names promise, on a real tantivy index."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.keyword import TantivyKeywordIndex
from app.core.report import Changes
from tests.naming import PAPERS, paper

TIDE, ALBERTINE, KELP2, KELP = (f"21{n:02}.{n:05}" for n in range(1, 5))
LESS, SAILORS = "2106.00006", "2111.00011"
TALK = paper("talk", "Talking of Logs", "TideBERT is strong. TideBERT is what we test, with TideBERT-like care.")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> TantivyKeywordIndex:
    """The invented papers, and one that only talks about another's system."""
    index = TantivyKeywordIndex(tmp_path_factory.mktemp("names") / "keyword")
    index.apply(Changes((*PAPERS, TALK), (), 1), "a store")
    return index


def test_only_its_own_paper_is_called_by_a_name(index: TantivyKeywordIndex) -> None:
    """A paper that talks about a system may introduce its name, as far as words tell, but does not go by it."""
    assert index.by_called(["tidebert", "kelplm", "nobody"]) == {"tidebert": [TIDE], "kelplm": [KELP]}
    assert index.by_name(["tidebert"]) == {"tidebert": [TIDE, "talk"]}


def test_names_a_few_letters_away(index: TantivyKeywordIndex) -> None:
    """Names within so many errors, a swap being one; those a paper goes by first."""
    assert index.names_near("tidebret", 1) == [TIDE, "talk"]
    assert index.names_near("tidebxyt", 1) == []
    assert index.names_near("tidebxyt", 2)[0] == TIDE
    assert index.names_near("kelplm2", 0) == [KELP2]


def test_words_a_few_letters_away(index: TantivyKeywordIndex) -> None:
    """Words of titles and abstracts, stemmed as they are; more than one word, or none, is near nothing."""
    assert index.words_near("spectrogarms", 1) == ["2105.00005"]
    assert index.words_near("two words", 1) == index.words_near("", 1) == []


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("less is more for alignment", LESS),
        ("less is more for aligment of compases", LESS),
        ("reading harbour logs", TIDE),
        ("saliors ask", SAILORS),
    ],
)
def test_titles_that_share_words(index: TantivyKeywordIndex, words: str, first: str) -> None:
    """The title with most of the words is first, a mistyped word counting as the rare word it stands for."""
    assert index.titles_like(words.split(), 3)[0] == first
    assert len(index.titles_like(words.split(), 1)) == 1


def test_no_words_have_no_titles(index: TantivyKeywordIndex) -> None:
    """Nothing asked, nothing found."""
    assert index.titles_like([], 5) == index.titles_like(["of"], 0) == index.titles_like(["qqqqqqqq"], 5) == []


def test_abbreviations_are_spelled_out(index: TantivyKeywordIndex) -> None:
    """Words with these initials in a row; letters only, and not one alone."""
    assert index.spells_out("RAG") and index.spells_out("rag")
    assert not index.spells_out("XQZ") and not index.spells_out("R2G") and not index.spells_out("R")


def test_large_libraries_do_not_spell_out(tmp_path: Path) -> None:
    """Where it would take long, nobody looks."""
    index = TantivyKeywordIndex(tmp_path / "keyword")
    papers = tuple(paper(f"p{n}", f"Retrieval augmented generation {n}", "Words.") for n in range(1001))
    index.apply(Changes(papers, (), 1), "a store")
    assert not index.spells_out("RAG")
