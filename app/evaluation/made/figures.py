"""Figures that an abstract states once and plainly, so that a question for one has one right answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.adapters.sentences import own_sentences
from app.core.domain import Paper
from app.core.names import looks_like_name

# No part of a name (CIFAR-100, GPT-4, 2D), of a date or a longer number.
_NUMBER = r"(?<![\w.,/-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,/-])\d+(?:\.\d+)?"
_PERCENT = r"\s?(?:\\?%|per ?cent\b)"
_FIGURE = rf"(?P<figure>(?:{_NUMBER})(?:{_PERCENT})?)(?![\w/]|[-–]\w|[.,]\d)"
_ANY_FIGURE = re.compile(_FIGURE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MEASURES = (
    r"(?:(?:mean|average|overall|top-\d|zero-shot|few-shot|test|macro|micro|weighted|balanced|classification)[- ])?"
    r"(?:accuracy|precision|recall|specificity|sensitivity|(?:macro-|micro-)?F1(?:[- ]score)?|F-score|BLEU(?: score)?|"
    r"ROUGE(?:-\w+)?(?: score)?|AUC|AUROC|mAP|mIoU|IoU|[nN]DCG(?:@\d+)?|MRR(?:@\d+)?|perplexity|(?:word |character )?error rate|"
    r"WER|CER|success rate|win rate|pass@\d+|exact match|PSNR|SSIM|FID|RMSE|MAE)"
)
_ABOUT = r"(?:(?:about|around|nearly|almost|over|approximately|roughly|only|up to|at least|more than|an average of|as high as) )?"
# "an accuracy of 71.3 %", "accuracy reaches 71.3 %"; "71.3 % accuracy".
_MEASURED = (
    re.compile(rf"\b(?P<measure>{_MEASURES})(?: (?:of|is|was|reaches|reached|to|at|equal to)| =)? {_ABOUT}{_FIGURE}"),
    re.compile(rf"{_FIGURE} (?:in |of |points? of )?(?P<measure>{_MEASURES})(?![\w-])"),
)
_VERBS = {
    "reduc": "reduce", "improv": "improve", "increas": "increase", "decreas": "decrease", "outperform": "outperform",
    "surpass": "surpass", "exceed": "exceed", "lower": "lower", "cut": "cut", "rais": "raise", "boost": "boost", "shrink": "shrink",
}  # fmt: skip
_CHANGED = re.compile(
    rf"\b(?P<verb>{'|'.join(_VERBS)})(?:e?s|ed|ing|ting|e)? (?P<what>[^.,;:()]{{3,70}}?) by {_ABOUT}{_FIGURE}"
)
# The first plural ends it: "61 distinct tasks", but of "24 participants write prompts" the participants.
_COUNTED = re.compile(rf"{_FIGURE} (?P<what>(?:[a-z]+(?:-[a-z]+)*[^s\W] ){{0,2}}?[a-z]{{2,}}[^su\W]s)(?![\w-])")
_ON = re.compile(
    r"\b(?:[Oo]n|for|over) (?:the )?(?P<data>[A-Z][\w.-]*(?: [A-Z0-9][\w.-]*){0,3})(?: (?:benchmark|data ?set|corpus|test set|task|leaderboard|suite)s?)?"
)
_UNITS = re.compile(
    r"(?:^| )(?:points?|times|years|months|days|hours|minutes|seconds|percents?|pixels|bits|tokens|degrees|digits|numbers|versus|less|layers|epochs|is|was|does)$"
)
_POINTS_AT = re.compile(r"\s*-?(?:percentage |absolute )?points?\b|x\b|\s*times\b")
_NO_OBJECT = frozenset("it this these them performance results both all on in at from for with by to over".split())
_GAIN = re.compile(r"(?:improve\w*|gains?|increas\w*|drops?|reduc\w*|boosts?|rais\w*)(?: \w+){0,2} $", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """A figure as the abstract writes it, its sentence, and the question for it with {} where its paper is named.
    `measure` and `data` are what was measured, on what; empty where it is another kind of figure."""

    figure: str
    sentence: str
    question: str
    measure: str = ""
    data: str = ""

    @property
    def wordings(self) -> tuple[str, ...]:
        """As it stands; a number with a fraction also without its sign, as no other number is meant by it."""
        bare = re.sub(_PERCENT, "", self.figure).strip()
        return tuple(dict.fromkeys((self.figure, bare) if "." in bare else (self.figure,)))


def told_figures(paper: Paper) -> Iterator[Told]:
    """The figures of an abstract that stand alone in their sentence and that a question can ask for, values of measures
    first."""
    yield from sorted(_told(paper), key=lambda told: not told.measure)


def _told(paper: Paper) -> Iterator[Told]:
    sentences = [sentence.text for sentence in own_sentences(paper.abstract)]
    for sentence in sentences:
        figures = [m for m in _ANY_FIGURE.finditer(sentence) if not _YEAR.fullmatch(m["figure"])]
        if len(figures) != 1:
            continue
        told = _measured(sentence) or _changed(sentence) or _counted(sentence)
        if told is None or told.figure != figures[0]["figure"]:
            continue
        if sum(_figure_stands(told, each) for each in sentences) == 1:
            yield told


def _figure_stands(told: Told, sentence: str) -> bool:
    """Whether a sentence could also answer the question: it has a figure and speaks of the same."""
    if not _ANY_FIGURE.search(sentence):
        return False
    if told.measure:
        return told.measure.split()[-1].lower() in sentence.lower()
    return told.figure in sentence


def _measured(sentence: str) -> Told | None:
    for pattern in _MEASURED:
        if found := pattern.search(sentence):
            # A difference is no value.
            if _POINTS_AT.match(sentence, found.end("figure")) or _GAIN.search(sentence[: found.start()]):
                return None
            data = _data(sentence)
            on = f" on {data}" if data else ""
            return Told(
                found["figure"], sentence, f"What {found['measure']} does {{}} report{on}?", found["measure"], data
            )
    return None


def _data(sentence: str) -> str:
    """The one data set that the sentence speaks of."""
    found = [m["data"].rstrip(".-") for m in _ON.finditer(sentence)]
    if len(found) != 1 or not any(looks_like_name(word) or word[0].isupper() for word in found[0].split()):
        return ""
    after = sentence[sentence.index(found[0]) + len(found[0]) :]
    return "" if re.match(r",? (?:and|or) |, [A-Z]|/", after) else found[0]


def _changed(sentence: str) -> Told | None:
    found = _CHANGED.search(sentence)
    if not found or found["what"].split()[0].lower() in _NO_OBJECT:
        return None
    if not re.search(r"\D", found["figure"]):  # "by 9 times" and "by 3 points" are told in too many ways
        return None
    return Told(found["figure"], sentence, f"By how much does {{}} {_VERBS[found['verb']]} {found['what'].strip()}?")


def _counted(sentence: str) -> Told | None:
    found = _COUNTED.search(sentence)
    if not found or "%" in found["figure"] or "." in found["figure"] or _UNITS.search(found["what"]):
        return None
    if "between" in sentence[: found.start()].split()[-2:] or int(found["figure"].replace(",", "")) < 2:
        return None
    return Told(found["figure"], sentence, f"How many {found['what']} does {{}} report on?")
