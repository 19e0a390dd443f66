"""Words of a question that a text has nothing for: they tell an absent subject, and a point no abstract speaks of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from app.adapters.strange import asked_words, strange_share
from app.adapters.unsaid import unspoken
from app.bootstrap import Service
from app.chat.closer import SHORT, nearest_sentence
from app.chat.relevance import STRANGE, judge
from app.chat.resolve import Named
from app.core.errors import EmbedderAwayError
from app.core.ports import Embedder, Vectors

NOTHING = Named((), (), (), ())
PICTURES = [
    "We paint pictures from examples.",
    "The model learns from images alone and beats all others on photographs.",
]


class Away:
    """An embedder whose server does not answer."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise EmbedderAwayError("it is away", "start it")


class Counting:
    """An embedder that says how many texts it was given; all of them lie apart."""

    def __init__(self) -> None:
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return np.eye(len(texts), dtype=np.float32)


def test_asked_words_are_what_a_question_is_about(starter: Service) -> None:
    """Neither small words, nor what asks, nor what every paper has; each word once."""
    keyword = starter.library.keyword
    assert asked_words("What does the paper say about audio and about Audio quality?", keyword) == ["audio", "quality"]
    assert asked_words("How does it work, and who are the authors?", keyword) == []


@pytest.mark.parametrize(
    ("words", "strange"),
    [
        (["photographs"], False),
        (["photos"], False),  # another word for it
        (["painting"], False),  # another form of it
        (["zymurgy"], True),
        (["earnings"], True),
    ],
)
def test_a_word_is_strange_if_nothing_like_it_is_there(
    starter: Service, embedder: Embedder, words: list[str], strange: bool
) -> None:
    """The word itself, another form and another word of its meaning are known."""
    assert (strange_share(words, PICTURES, starter.library.keyword, embedder) > 0) == strange


def test_no_vectors_are_made_where_words_tell(starter: Service) -> None:
    """Words that stand in the text, or no text at all, need no embedder."""
    counting = Counting()
    keyword = starter.library.keyword
    assert strange_share(["pictures", "images"], PICTURES, keyword, counting) == 0.0
    assert strange_share([], PICTURES, keyword, counting) == strange_share(["audio"], [], keyword, counting) == 0.0
    assert counting.texts == 0
    assert strange_share(["audio", "pictures"], PICTURES, keyword, counting) == pytest.approx(0.5, abs=0.3)


@pytest.mark.parametrize(
    ("question", "here"),
    [
        ("time series forecasting with transformers", False),
        ("grasping by reinforcement learning", False),
        ("how are job ads matched to skills?", True),
        ("speeding up the prompt phase of LLMs", True),
        ("a reward-free way to train agents in games", True),
        # Long, so odd words are a way of putting it.
        (
            "the one where a transplant of a sliver of weights keeps what a fine-tuned language model learned to do",
            True,
        ),
    ],
)
def test_a_short_question_of_strange_words_needs_a_better_fit(starter: Service, question: str, here: bool) -> None:
    """Topics that lie near the library's field are told from those it holds by the words nobody uses."""
    search = starter.chain.searching
    ranked = search.search(question, 6)
    judged = judge(
        question,
        ranked,
        "lookup",
        NOTHING,
        search.keyword,
        nearest_sentence=lambda: nearest_sentence(question, ranked, search.embedder),
    )
    assert judged.relevant == here


def test_strangeness_is_of_short_questions(starter: Service) -> None:
    """The same words in a long question are not held against it, and none are while nobody makes vectors."""
    search = starter.chain.searching
    short = "sycophancy of whales"
    ranked = search.search(short, 6)
    assert nearest_sentence(short, ranked, search.embedder).strangeness(search.keyword) >= STRANGE
    assert nearest_sentence(short, ranked, Away()).strangeness(search.keyword) == 0.0
    long = f"{short} {' '.join(f'plankton{n}x' for n in 'abcdefg'[: SHORT + 1])}"
    assert nearest_sentence(long, ranked, search.embedder).strangeness(search.keyword) == 0.0


@pytest.mark.parametrize(
    ("asked", "gone"),
    [
        ("does it work for audio recordings?", True),
        ("is it robust to adversarial attacks", True),
        ("which recordings had to be altered?", False),  # asked in words of its own
        ("what does it learn from?", False),
        ("does it beat the others on photos?", False),
        ("how many GPUs were needed?", False),  # left to the rules for figures
        ("is the source code on github?", False),  # and for code
    ],
)
def test_what_an_abstract_does_not_speak_of(starter: Service, embedder: Embedder, asked: str, gone: bool) -> None:
    """A point that no word and no sentence of the paper comes near is none of its abstract's."""
    assert unspoken(asked, "Painting by Example", PICTURES, starter.library.keyword, embedder) == gone


def test_unspoken_says_nothing_while_the_embedder_is_away(starter: Service) -> None:
    """Without vectors nobody can say that a text has nothing like a word."""
    assert not unspoken("does it work for audio?", "Painting", PICTURES, starter.library.keyword, Away())
