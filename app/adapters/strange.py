"""Words of a question that a text has nothing for: neither the word, in any form, nor one that means anything near.

"Sycophancy" in a library on multi-task learning, "audio data" asked of a paper on pictures. One strange word in a long
description is a way of putting it; in a short question it is what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.adapters.keyword import STOP_WORDS
from app.core.names import name_key
from app.core.ports import KeywordIndex, MakesVectors, Vectors

# Below this cosine no word of the text means anything near, and from here on one says a little of it.
_NEAR, _LIKE = 0.5, 0.45
# What a question says besides its subject, and what every paper has or does.
_ASKING = frozenset(
    """paper papers method methods approach approaches model models system systems work works working study studies study author
    authors people someone somebody anyone anybody something anything thing things kind type sort way ways idea main new good best
    well big large small long many much number numbers amount question answer result results finding findings report reports
    reported reporting say says said saying show shows shown tell get gets got give gives given take takes took make makes made
    find finds found go goes went come comes do does did use uses used using name named call called know explain describe look
    looks looked like need needs try tried see seen cover covers include includes contain contains contained bring exactly
    actually really please remember plain special behave support supports handle handles let lets put puts keep keeps serve
    treat treats beat beats outdo outdoes surpass surpasses exceed exceeds outperform outperforms compare compared propose proposes proposed present presented introduce introduced write writes wrote written
    think thinks mention mentions mentioned mentioning cite cites cited citing study studied hold holds apply applies true matter matters depend depends examine test tests tested check checked evaluate evaluated evaluation part year years""".split()
)
_WORD = re.compile(r"[^\W\d_][\w-]*\w")


def asked_words(question: str, keyword: KeywordIndex) -> list[str]:
    """The words of a question that say what it is about, each once."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(question))
    return [w for w in words if w not in STOP_WORDS and w not in _ASKING and keyword.terms(w)]


def strange_share(
    words: Sequence[str],
    texts: Sequence[str],
    keyword: KeywordIndex,
    embedder: MakesVectors,
    used: Callable[[str], bool] | None = None,
) -> float:
    """The share (0 to 1) of these words, by their rarity, that `texts` have nothing for. `used` says which words need no
    second look; those that stand in the texts, if it is left out."""
    known = used or _standing_in(texts, keyword)
    unknown = [word for word in words if not known(word)]
    if not unknown:
        return 0.0
    others = sorted({word.lower() for text in texts for word in _WORD.findall(text)} - STOP_WORDS)
    if not others:
        return 0.0
    vectors = embedder.embed([*unknown, *others])
    nearest = (vectors[: len(unknown)] @ vectors[len(unknown) :].T).max(axis=1)
    strange = [word for word, cosine in zip(unknown, nearest, strict=True) if cosine < _NEAR]
    return sum(_weight(word, keyword) for word in strange) / sum(_weight(word, keyword) for word in words)


@dataclass(frozen=True, slots=True)
class Said:
    """How much (0 to 1) of some words, by their rarity, a paper says: as a whole, and by its title and one sentence."""

    whole: float
    at_once: float


def said_of(words: Sequence[str], texts: Sequence[str], keyword: KeywordIndex, embedder: MakesVectors) -> Said:
    """What a paper, of which `texts` are the title and the sentences, says of `words`. A word that stands there in any form
    counts whole; another as much as the nearest word is near, if it is at all."""
    each = likeness(words, texts, keyword, embedder)
    if not each.size or not each.any(axis=None):
        return Said(0.0, 0.0)
    weights = weights_of(words, keyword)
    return Said(float(each.max(axis=0) @ weights), float((np.maximum(each, each[0]) @ weights).max()))


def likeness(words: Sequence[str], texts: Sequence[str], keyword: KeywordIndex, embedder: MakesVectors) -> Vectors:
    """How much (0 to 1) each of `texts` says of each of `words`, as an array of shape (texts, words): all of a word that
    stands there in any form, of another as much as its nearest word is near, if it is at all."""
    spoken = [_words_of(text) for text in texts]
    others = list(dict.fromkeys(word for text in spoken for word in text))
    if not words or not others:
        return np.zeros((len(texts), len(words)), np.float32)
    at = {word: place for place, word in enumerate(others)}
    vectors = embedder.embed([*words, *others])
    like = vectors[: len(words)] @ vectors[len(words) :].T
    like[like < _LIKE] = 0.0
    stems: dict[str, set[int]] = {}
    for place, word in enumerate(others):
        for stem in {*keyword.terms(word), *(f"-{part}" for part in word.split("-"))}:
            stems.setdefault(stem, set()).add(place)
    for row, word in enumerate(words):
        terms = [stems.get(term, set()) for term in keyword.terms(word)]
        same = set.intersection(*terms) if terms else set()
        like[row, list(same | stems.get(f"-{word}", set()))] = 1.0
    each = [like[:, [at[w] for w in text]].max(axis=1) if text else np.zeros(len(words)) for text in spoken]
    return np.array(each, np.float32)


def weights_of(words: Sequence[str], keyword: KeywordIndex) -> Vectors:
    """The rarity of each word, of all together 1; shape (words,)."""
    weights: Vectors = np.array([_weight(word, keyword) for word in words], np.float32)
    return np.asarray(weights / weights.sum(), np.float32)


def _words_of(text: str) -> list[str]:
    """The words of a text, small ones aside, each once."""
    return list(dict.fromkeys(word for word in map(str.lower, _WORD.findall(text)) if word not in STOP_WORDS))


def _standing_in(texts: Sequence[str], keyword: KeywordIndex) -> Callable[[str], bool]:
    """Whether a word stands in the texts, in any form, or as a part of another: "tuning", "fine-tuned", "finetune"."""
    terms, joined = {term for text in texts for term in keyword.terms(text)}, name_key(" ".join(texts))
    return lambda word: set(keyword.terms(word)) <= terms or name_key(word) in joined


def _weight(word: str, keyword: KeywordIndex) -> float:
    return max(keyword.idf(term) for term in keyword.terms(word))
