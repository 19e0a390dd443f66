"""Splitting an abstract: nothing is lost, every chunk fits, offsets are exact."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.sentences import sentences
from app.core.domain import Chunk, Paper
from app.core.ports import Embedder
from app.core.recipe import embedded_text
from ingest.split import split

LIMIT = 12


def count(text: str) -> int:
    """Tokens as a word-piece tokenizer counts: a long word is several."""
    return sum(-(-len(word) // 6) for word in re.findall(r"\w+|[^\w\s]", text)) + 2


def chunks_of(abstract: str, title: str = "On newts", limit: int = LIMIT) -> list[Chunk]:
    return split(Paper("id/1", title, abstract), count, limit)


WORDS = st.one_of(
    st.sampled_from(
        [
            "newts",
            "swim.",
            "We",
            "show",
            "e.g.",
            "大规模模型",
            "🙂",
            "naïve",
            "(i)",
            "x" * 90,
            "Fig. 3.",
            "http://a.b/c.",
        ]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Z", "C")), min_size=1, max_size=8),
)
ABSTRACTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)


@settings(max_examples=120, deadline=None)
@given(ABSTRACTS, st.integers(6, 60))
def test_chunks_tile_the_abstract_and_fit(abstract: str, limit: int) -> None:
    """Joined, the chunks are the abstract; each is the text at its offsets, is not empty and fits with the title."""
    chunks = chunks_of(abstract, limit=limit)
    assert "".join(chunk.text for chunk in chunks) == abstract
    assert [chunk.start for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]
    for number, chunk in enumerate(chunks):
        assert chunk.text == abstract[chunk.start : chunk.end] != ""
        assert (chunk.id, chunk.paper_id, chunk.index) == (f"id/1#{number}", "id/1", number)
        assert count(embedded_text("On newts", chunk.text)) <= limit


@settings(max_examples=60, deadline=None)
@given(ABSTRACTS)
def test_a_fitting_abstract_stays_whole(abstract: str) -> None:
    """An abstract that fits with its title is one chunk, and one token less of room makes it more."""
    room = count(embedded_text("On newts", abstract))
    assert len(chunks_of(abstract, limit=room)) == 1
    if room > count(embedded_text("On newts", "")) + 1:
        assert len(chunks_of(abstract, limit=room - 1)) > 1


def test_cuts_stand_between_sentences() -> None:
    """When every sentence fits, all cuts are at the start of a sentence and the chunks are packed full."""
    abstract = "Newts swim fast. Toads walk home. Frogs jump far. Eels glide by. Olms hide."
    chunks = chunks_of(abstract, limit=13)
    starts = [*(sentence.start for sentence in sentences(abstract)), len(abstract)]
    assert len(chunks) == 3
    assert {chunk.start for chunk in chunks} <= set(starts)
    for chunk, following in zip(chunks, chunks[1:], strict=False):
        longer = abstract[chunk.start : starts[starts.index(following.start) + 1]]
        assert count(embedded_text("On newts", longer)) > 13


def test_a_long_sentence_is_cut_between_words() -> None:
    """A sentence over the limit is cut at spaces, so no word is torn."""
    abstract = "newts and " * 40 + "toads."
    words = [word for chunk in chunks_of(abstract) for word in chunk.text.split()]
    assert words == abstract.split()
    assert len(chunks_of(abstract)) > 5


def test_a_word_longer_than_the_window_is_cut_inside() -> None:
    """One endless word is cut between characters, and every piece still fits."""
    chunks = chunks_of("x" * 500)
    assert len(chunks) > 1
    assert max(count(embedded_text("On newts", chunk.text)) for chunk in chunks) <= LIMIT


def test_a_title_that_fills_the_window() -> None:
    """When the title leaves no room the abstract is still stored whole, in few chunks."""
    abstract = "Newts swim. " * 100
    chunks = chunks_of(abstract, title="word " * 50)
    assert "".join(chunk.text for chunk in chunks) == abstract
    assert all(chunk.text for chunk in chunks)
    assert len(chunks) <= 101


def test_an_endless_sentence_ends_soon() -> None:
    """A "sentence" of 200,000 characters is cut without counting all of it again for every piece."""
    counted = 0

    def counting(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text) // 5 + 2

    abstract = "newt " * 40_000
    chunks = split(Paper("1", "On newts", abstract), counting, 256)
    assert "".join(chunk.text for chunk in chunks) == abstract
    assert counted < 40 * len(abstract)


def test_real_tokens(embedder: Embedder) -> None:
    """With the real tokenizer a long abstract gives chunks that its window holds."""
    abstract = "Tokenization of bioluminescent salamanders remains unsolved, naïvely speaking. " * 40
    chunks = split(Paper("1", "Salamanders", abstract), embedder.count_tokens, embedder.max_tokens)
    counts = [embedder.count_tokens(embedded_text("Salamanders", chunk.text)) for chunk in chunks]
    assert len(chunks) > 1
    assert max(counts) <= embedder.max_tokens
    assert min(counts[:-1]) > embedder.max_tokens * 0.8
