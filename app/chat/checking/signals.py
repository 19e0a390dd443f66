"""What speaks for a paper being what a whole-library question asks for, as numbers: what the rule says, how much of the
question's words its title and sentences say, in these words or near ones, and how near they are in meaning.

Each is compared with the best of the papers where the size of the library would tell in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.adapters.sentences import own_sentences
from app.adapters.strange import asked_words, likeness, weights_of
from app.chat.checking import rule
from app.chat.checking.parts import Property
from app.chat.checking.topic import is_empty
from app.core.domain import Paper, RankedPaper
from app.core.findings import Stance
from app.core.ports import KeywordIndex, MakesVectors, Vectors

# In this order the columns of `signals`; the trees of `weighed` go by it.
NAMES = (
    "rule",
    "words of the nearest sentence",
    "words of the title",
    "words of the paper",
    "cosine of the part",
    "cosine of the question",
    "two nearest sentences",
    "cosine of the paper",
    "cosine behind the best",
    "cosine of the paper behind the best",
    "place in the search",
    "like words of the paper",
    "like words of title and sentence",
    "like words of a sentence",
    "like words of the title",
    "like words, the least of them",
    "like words behind the best",
    "like words and cosine of a sentence",
    "best rule",
    "papers by the rule",
    "a plain kind",
    "parts",
    "words",
    "best cosine",
    "best like words",
)
_RULE: Mapping[Stance, float] = {"no": 0.0, "unclear": 0.5, "yes": 1.0}
_MOST_COUNTED = 5
# The cosine of a whole abstract that nobody knows is about so much of that of its nearest sentence.
_OF_SENTENCE = 0.85


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready to be weighed: its parts, what they are held against, the words that say what it is about."""

    asked: Property
    tests: tuple[rule.Test, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, asked: Property, tests: Sequence[rule.Test], keyword: KeywordIndex) -> Asked:
        """With the words of the question that a paper need not say left out, if there are others."""
        words = asked_words(asked.text, keyword)
        telling = [word for word in words if not is_empty(word)]
        return cls(asked, tuple(tests), tuple(telling or words))

    @property
    def statements(self) -> list[str]:
        """What sentences are compared with in meaning: each part's text, each part's subject, the whole."""
        parts = self.asked.parts
        return [*(part.text for part in parts), *(part.subject for part in parts), self.asked.text]


def signals(
    asked: Asked,
    papers: Sequence[Paper],
    seen: Sequence[rule.Seen],
    cosines: Sequence[Vectors],
    ranked: Sequence[RankedPaper],
    keyword: KeywordIndex,
    embedder: MakesVectors,
) -> Vectors:
    """An array of shape (papers, `NAMES`). `seen` is the rule's verdict on each paper, `cosines` its sentences' to
    `asked.statements`, of shape (statements, sentences), `ranked` what a search for the question found. Raises
    EmbedderAwayError."""
    weights = weights_of(asked.words, keyword) if asked.words else np.zeros(0, np.float32)
    places = {item.paper.id: place for place, item in enumerate(ranked)}
    near = {item.paper.id: item.cosine for item in ranked if item.cosine is not None}
    rows = [
        _of_paper(asked, paper, own, whole, weights, keyword, embedder)
        for paper, own, whole in zip(papers, cosines, seen, strict=True)
    ]
    table = np.array(rows, np.float32)
    question, like = table[:, 5], table[:, 9]
    of_paper = np.array([near.get(paper.id, _OF_SENTENCE * row[5]) for paper, row in zip(papers, table, strict=True)])
    place = np.array([1 / (1 + places[paper.id]) if paper.id in places else 0.0 for paper in papers])
    best = np.maximum(question, table[:, 4])
    by_rule = table[:, 0]
    same = np.ones(len(papers))
    columns = [
        *table[:, :7].T,
        of_paper,
        best - best.max(),
        of_paper - of_paper.max(),
        place,
        table[:, 8],
        like,
        *table[:, 10:13].T,
        like - like.max(),
        table[:, 13],
        same * by_rule.max(),
        same * min(float((by_rule >= 1).sum()), _MOST_COUNTED),
        same * any(test.sign is not None for test in asked.tests),
        same * len(asked.tests),
        same * len(asked.words),
        same * best.max(),
        same * like.max(),
    ]
    return np.asarray(np.array(columns).T, np.float32)


def _of_paper(
    asked: Asked,
    paper: Paper,
    cosines: Vectors,
    whole: rule.Seen,
    weights: Vectors,
    keyword: KeywordIndex,
    embedder: MakesVectors,
) -> list[float]:
    sentences = [sentence.text for sentence in own_sentences(paper.abstract)]
    count = len(asked.tests)
    pick = min if asked.asked.every else max
    shares = [_shares(test, paper, sentences, keyword) for test in asked.tests]
    title, text, sentence = (pick(column) for column in zip(*shares, strict=True))
    of_parts = [float(cosines[count + at].max(initial=0.0)) for at in range(count)]
    question = np.sort(cosines[2 * count])[::-1] if cosines.shape[1] else np.zeros(1)
    each = likeness(asked.words, [paper.title, *sentences], keyword, embedder)
    like = each @ weights if len(weights) else np.zeros(len(each))
    at_once = np.maximum(each, each[0]) @ weights if len(weights) else like
    own = like[1:]
    joint = own + cosines[2 * count] if len(own) == cosines.shape[1] and len(own) else np.zeros(1)
    return [
        _RULE[whole.stance],
        sentence,
        title,
        text,
        pick(of_parts),
        float(question[0]),
        float(question[:2].mean()),
        0.0,
        float(each.max(axis=0) @ weights) if len(weights) else 0.0,
        float(at_once.max()),
        float(own.max(initial=0.0)),
        float(like[0]),
        float(each.max(axis=0).min(initial=1.0)) if len(weights) else 0.0,
        float(joint.max()),
    ]


def _shares(
    test: rule.Test, paper: Paper, sentences: Sequence[str], keyword: KeywordIndex
) -> tuple[float, float, float]:
    """How much of a part's words the title, the whole and the best sentence say."""
    if test.sign:
        surely = max((test.sign(text) for text in sentences), default=0.0)
        return surely, surely, surely
    return rule.shares(test, paper, sentences, keyword)
