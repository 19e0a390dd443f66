"""Papers named by their title, or a part of it, with typing errors: "less is more for aligment".

A stretch of the question is laid beside the titles that share its words, and counts where it follows one of them word
by word. A few words in a row are common to many questions and titles, so a part of a title must be long, marked as a
title, or all that was typed, and nobody else in the library may use those words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.adapters.keyword import STOP_WORDS
from app.chat.resolve.readings import MOST_MEANINGS, Ledger
from app.core.domain import Paper
from app.core.names import Mention
from app.core.ports import KeywordIndex, PaperStore
from app.core.typos import word_errors

_MOST_TITLES = 12
# Of what a word weighs: one in all titles, a small word, a word with a typing error.
_SMALL, _MISTYPED = 0.25, 0.9
# Leaving a word out or putting another in costs half a word, a small one little.
_GAP, _SMALL_GAP = 0.6, 0.15
_WHOLE, _FULL, _FAITHFUL = 0.85, 0.99, 0.75
# A part of a title has at least this much of it, so many words, and so many that are not small.
_PART, _PART_WORDS, _PART_CONTENT = 0.4, 4, 3
# Two titles that fit the question about equally well are both named.
_EQUAL = 0.95
_MOST_OTHER_USERS = 2
_LEAST_SHARED = 0.35
_LISTS = re.compile(r"\b(?:papers|works|articles|methods|models|studies|approaches)\b", re.IGNORECASE)
_SAYS_TITLE = re.compile(
    r"(?:\b(?:titled|entitled|called|named|title|paper|summari[sz]e|abstract of|authors? of|wrote|published)\W+(?:the\s+|of\s+)?|[\"“”‘’'«»„]\s?)$",
    re.IGNORECASE,
)
_TITLE_SAID = re.compile(r"^[\"”'’»]|^\W{0,2}\s*(?:paper|article|preprint)\b(?!s)", re.IGNORECASE)
_HEADS = re.compile(r"^\s*(?::\s|[–—]\s|\s-\s)")
_OF_SUBJECT = re.compile(r"^\s*(?:paper|article|preprint)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its place, its key, and what it weighs."""

    text: str
    start: int
    end: int
    key: str
    weight: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the question follows a title: `score` for comparing, `coverage` the share of the title that is there,
    `faithful` the share of the stretch that is of the title, `content` its words that are not small, `errors` typing
    errors and words left out or put in, `gaps` those of the latter that are not small, `phrase` the title's own words."""

    start: int
    end: int
    score: float
    coverage: float
    faithful: float
    words: int
    content: int
    errors: int
    gaps: int
    phrase: str


def read_marked_titles(found: list[Mention], ledger: Ledger, keyword: KeywordIndex, least: int, certain: bool) -> None:
    """Stretches written as titles are, word for word."""
    for mention in found:
        marked = mention.certain if certain else mention.marked
        if marked and ledger.free(mention.start, mention.end) and len(mention.text.split()) >= least:
            titled = keyword.titles_with_phrase(mention.text)
            if titled and len(titled) <= MOST_MEANINGS:
                ledger.read(mention.start, mention.end, titled, 0.95, "title")


def title_fits(text: str, keyword: KeywordIndex, store: PaperStore) -> list[tuple[Paper, Fit]]:
    """The titles that a stretch of the question may be, each with its best stretch."""
    words = _words(text, keyword)
    if len(words) < 3:
        return []
    found = []
    for paper in store.get(keyword.titles_like([word.text for word in words], _MOST_TITLES)).values():
        title = _words(paper.title, keyword)
        head = _head(paper.title)
        if title and _may_fit(words, title, head):
            fit = best_fit(words, title, head)
            found += [(paper, fit)] if fit else []
    return sorted(found, key=lambda pair: (-pair[1].score, -pair[1].coverage, pair[0].id))


def read_titles(fits: list[tuple[Paper, Fit]], ledger: Ledger, keyword: KeywordIndex, whole: bool) -> None:
    """Take those that name their papers. With `whole` only those that are there from end to end."""
    counting = [(paper, fit) for paper, fit in fits if _counts(fit, paper, ledger, keyword, whole)]
    for _, first in counting:
        if not ledger.free(first.start, first.end):
            continue
        same = [
            (paper, fit)
            for paper, fit in counting
            if fit.start < first.end and fit.end > first.start and fit.score >= _EQUAL * first.score
        ]
        full = [(paper, fit) for paper, fit in same if fit.coverage >= _FULL]
        papers = sorted(paper.id for paper, _ in full or same)
        sure = (0.6 + 0.4 * first.coverage) * first.faithful * (_MISTYPED if first.errors else 1.0)
        ledger.read(first.start, first.end, papers, min(sure, 1.0), "fuzzy title" if first.errors else "title")


def _may_fit(words: list[Word], title: list[Word], head: int) -> bool:
    """A quick first look: enough of the words of the title, or of a part of it, are there at all."""
    typed = {word.key for word in words}
    shared = [word.weight for word in title if word.key in typed]
    of = sum(word.weight for word in title[:head]), sum(word.weight for word in title[head:])
    least = min(weight for weight in of if weight)
    return len(shared) >= 2 and (sum(shared) >= _LEAST_SHARED * least or 2 * len(shared) >= len(words))


def _head(title: str) -> int:
    """How many words stand before the colon of a title; 0 where it has none."""
    head, colon, rest = title.partition(": ")
    return len(_WORD.findall(head)) if colon and rest else 0


def _words(text: str, keyword: KeywordIndex) -> list[Word]:
    found = []
    for match in _WORD.finditer(text):
        stems = keyword.terms(match.group())
        small = not stems or match.group().lower() in STOP_WORDS
        key = match.group().lower() if small else stems[0]
        found.append(Word(match.group(), match.start(), match.end(), key, _SMALL if small else 1.0))
    return found


def best_fit(words: list[Word], title: list[Word], head: int = 0) -> Fit | None:
    """The stretch of the question that follows the title best (a local alignment, Smith and Waterman 1981); `head` of
    its words stand before its colon."""
    rows, columns = len(words), len(title)
    score = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    back: dict[tuple[int, int], tuple[int, int, float]] = {}
    top, at = 0.0, (0, 0)
    for i, word in enumerate(words, start=1):
        for j, other in enumerate(title, start=1):
            like = _like(word, other)
            ways = [
                (score[i - 1][j] - _gap(word), (i - 1, j, 0.0)),
                (score[i][j - 1] - _gap(other), (i, j - 1, 0.0)),
            ]
            if like:
                ways.append((score[i - 1][j - 1] + like * other.weight, (i - 1, j - 1, like)))
            best, step = max(ways, key=lambda way: way[0])
            if best > 0:
                score[i][j], back[i, j] = best, step
                if best > top:
                    top, at = best, (i, j)
    return _traced(words, title, head, back, at, top) if top else None


def _traced(
    words: list[Word],
    title: list[Word],
    head: int,
    back: dict[tuple[int, int], tuple[int, int, float]],
    at: tuple[int, int],
    top: float,
) -> Fit:
    (i, j), errors, gaps, matched = at, 0, 0, []
    while (i, j) in back:
        before_i, before_j, like = back[i, j]
        errors += like < 1
        if like:
            matched.append(title[j - 1])
        else:
            gaps += (words[i - 1] if before_j == j else title[j - 1]).weight == 1.0
        i, j = before_i, before_j
    stretch, covered = words[i : at[0]], range(j, at[1])
    of = range(head) if at[1] <= head else range(head, len(title)) if head and j >= head else range(len(title))
    if len(of) < _PART_WORDS:  # "Less is more": too little to be called by
        of = range(len(title))
    own = sum(word.weight for word in matched)
    return Fit(
        stretch[0].start,
        stretch[-1].end,
        top,
        min(1.0, own / sum(title[n].weight for n in of)),
        own / max(sum(word.weight for word in stretch), own),
        len(matched),
        sum(word.weight == 1.0 for word in matched),
        errors,
        gaps,
        " ".join(title[n].text for n in covered),
    )


def _like(typed: Word, meant: Word) -> float:
    """1 for the same word, less for a typing error of it, 0 for another."""
    if typed.key == meant.key:
        return 1.0
    if typed.weight < 1.0 or meant.weight < 1.0:
        return 0.0
    errors = word_errors(typed.text, meant.text)
    return _MISTYPED if errors is not None else 0.0


def _gap(word: Word) -> float:
    return _GAP if word.weight == 1.0 else _SMALL_GAP


def _counts(fit: Fit, paper: Paper, ledger: Ledger, keyword: KeywordIndex, whole: bool) -> bool:
    """Whether the stretch names the paper rather than speaks of its subject."""
    before, after = ledger.text[: fit.start], ledger.text[fit.end :]
    said = bool(_SAYS_TITLE.search(before)) or bool(_TITLE_SAID.match(after))
    said = said or _is_heading(fit, ledger.text)
    alone = not re.search(r"\w", before + after)
    is_whole = fit.coverage >= _WHOLE
    if fit.faithful < _FAITHFUL or fit.words < 3 or not (fit.content >= 2 or fit.words >= 5):
        return False
    if is_whole and (fit.words >= _PART_WORDS or said or alone):
        return said or alone or (fit.words >= 6 and not fit.gaps) or _distinct(fit, paper, keyword)
    if whole or fit.gaps or (_LISTS.search(before) and not said):
        return False
    is_long = fit.words > _PART_WORDS or (fit.words == _PART_WORDS and fit.content >= _PART_CONTENT)
    if not (said or alone) and (fit.coverage < _PART or not is_long):
        return False
    # "In the continual learning paper" speaks of a subject, which several papers may have.
    of_subject = _OF_SUBJECT.match(after) and not _SAYS_TITLE.search(before)
    if of_subject and (len(_core(fit.phrase)) < _PART_WORDS - 1 or fit.coverage < _PART):
        return False
    return _distinct(fit, paper, keyword)


def _is_heading(fit: Fit, text: str) -> bool:
    """ "Attentiveness to Answer Choices: which six models?" begins with a title, or with so much of it."""
    typed = _WORD.findall(text[fit.start : fit.end])
    capitals = all(word[0].isupper() for word in typed if word.lower() not in STOP_WORDS)
    begins = not re.search(r"\w", text[: fit.start]) and bool(_HEADS.match(text[fit.end :]))
    return begins and capitals and not fit.errors and not fit.gaps


def _distinct(fit: Fit, paper: Paper, keyword: KeywordIndex) -> bool:
    """Whether hardly anybody else uses these words in a row; else they are the name of a subject."""
    words = _core(fit.phrase)
    others = [user for user in keyword.papers_with_phrase(" ".join(words) or fit.phrase) if user != paper.id]
    return len(others) <= _MOST_OTHER_USERS


def _core(phrase: str) -> list[str]:
    """Its words without the small ones it begins with."""
    words = phrase.split()
    while words and words[0].lower() in STOP_WORDS:
        words = words[1:]
    return words
