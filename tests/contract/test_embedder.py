"""What every embedder promises, checked on the real one and on the fake that stands in for it elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from app.adapters.embeddings import MiniLMEmbedder
from app.core.ports import Embedder
from tests.embedder_fixture import model_folder
from tests.fake_embedder import HashEmbedder

TEXTS = [
    "Sparse attention scales to long documents.",
    "",
    "We sequence the genome of a newt.",
    "Retrieval grounds answers. " * 30,
    "Żółć naïve 大规模 🙂",
    *(f"Paper number {number} studies {'deep ' * number}networks." for number in range(7)),
]


@pytest.fixture(scope="module", params=["minilm", "hash"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    """Each embedder in turn."""
    return MiniLMEmbedder(model_folder()) if request.param == "minilm" else HashEmbedder()


def test_one_row_a_text(embedder: Embedder) -> None:
    """The result is one float32 row of the promised dimension per text."""
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32


def test_rows_have_length_one(embedder: Embedder) -> None:
    """Every row has length 1, the empty text's too, so that a dot product is the cosine."""
    assert np.allclose(np.linalg.norm(embedder.embed(TEXTS), axis=1), 1.0, atol=1e-5)


def test_no_texts(embedder: Embedder) -> None:
    """No texts give an empty array of the right width."""
    vectors = embedder.embed([])
    assert vectors.shape == (0, embedder.dimension)
    assert vectors.dtype == np.float32


def test_company_does_not_matter(embedder: Embedder) -> None:
    """A text's vector is the same alone, in a batch, and in the batch reversed."""
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    backwards = embedder.embed(TEXTS[::-1])[::-1]
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(together, backwards, atol=1e-5)


def test_bulk_is_the_same_space(embedder: Embedder) -> None:
    """Vectors for papers have the same shape and length as those for questions, point nearly the same way, and do not
    depend on company either."""
    bulk = embedder.embed_bulk(TEXTS)
    assert bulk.shape == (len(TEXTS), embedder.dimension)
    assert bulk.dtype == np.float32
    assert np.allclose(np.linalg.norm(bulk, axis=1), 1.0, atol=1e-5)
    assert ((bulk * embedder.embed(TEXTS)).sum(axis=1) > 0.98).all()
    assert np.allclose(embedder.embed_bulk(TEXTS[::-1])[::-1], bulk, atol=1e-5)
    assert embedder.embed_bulk([]).shape == (0, embedder.dimension)


def test_equal_texts_are_nearest(embedder: Embedder) -> None:
    """A text is nearer to itself than to any other text, and to a paraphrase than to another subject."""
    vectors = embedder.embed(["attention in long documents", "attention over documents", "newt genome"])
    cosines = vectors @ vectors[0]
    assert cosines[0] > cosines[1] > cosines[2]


def test_tokens_grow_with_the_text(embedder: Embedder) -> None:
    """A longer text never takes fewer tokens, and counting goes on past the window."""
    words = ["the", "model", "answers", "every", "question", "about", "papers"] * 100
    counts = [embedder.count_tokens(" ".join(words[:length])) for length in range(0, len(words), 50)]
    assert counts == sorted(counts)
    assert counts[-1] > embedder.max_tokens


def test_a_text_over_the_window_is_cut(embedder: Embedder) -> None:
    """A text over the window is accepted and has the vector of its beginning that fits."""
    room = embedder.max_tokens - embedder.count_tokens("")
    fits = " ".join(["red", "house"][word % 2] for word in range(room))
    assert embedder.count_tokens(fits) == embedder.max_tokens
    cut, whole, other = embedder.embed([fits, fits + " green mice" * 500, fits[: len(fits) // 2] + " green" * room])
    assert np.allclose(cut, whole, atol=1e-5)
    assert not np.allclose(cut, other, atol=1e-2)
