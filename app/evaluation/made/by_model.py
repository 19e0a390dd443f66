"""Questions that a model makes of abstracts, one call a paper. Nothing it says is believed: the sentence that it says
answers the question must stand in the abstract word for word, and the answer in that sentence; else its question is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.adapters.sentences import own_sentences
from app.chat.budget import describe
from app.core.domain import Evidence, Paper
from app.core.names import name_key
from app.core.planted import is_planted
from app.core.prompting import load_prompt
from app.evaluation.facts import missing_facts
from app.evaluation.made.questions import NAMED, Subject
from app.evaluation.questions import JudgedQuestion

Ask = Callable[[str, str], str]
"""System and user part of a prompt, to the reply. Raises ChatModelError."""

_LINE = re.compile(r"^[ \t*_>-]*(QUESTION|QUOTE|ANSWER)[ \t*_]*:[ \t*_]*(.+?)[ \t*_]*$", re.IGNORECASE | re.MULTILINE)
_AROUND = "\"'“”‘’«» "
_LONGEST_QUESTION, _LONGEST_ANSWER, _SHORTEST_QUOTE = 300, 8, 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of one paper: a question, or why there is none."""

    question: JudgedQuestion | None = None
    why: str = ""


def drawn_by_model(
    subjects: Sequence[Subject], ask: Ask, seed: int, prompts_dir: Path | None = None
) -> Iterator[Drawn]:
    """A question for each subject, or why not. Raises ChatModelError where the model fails."""
    prompt = load_prompt("question", prompts_dir)
    for place, subject in enumerate(subjects, start=1):
        evidence = describe(Evidence(1, subject.paper, "", 0.0))
        reply = ask(*prompt.fill(name=_plain(subject.called), evidence=evidence))
        yield checked(reply, subject, f"model-{seed}-{place:03}")


def checked(reply: str, subject: Subject, question_id: str) -> Drawn:
    """The question in a reply, if every word of it can be held against the abstract."""
    said = {name.upper(): value.strip() for name, value in _LINE.findall(reply)}
    if said.keys() != {"QUESTION", "QUOTE", "ANSWER"}:
        return Drawn(why="the reply has not the three lines asked for")
    question, quote, answer = said["QUESTION"], said["QUOTE"].strip(_AROUND), said["ANSWER"].strip(_AROUND).rstrip(".")
    if why := _unfit(question, answer, subject):
        return Drawn(why=why)
    sentence = _quoted(quote, subject.paper)
    if not sentence:
        return Drawn(why="its quote does not stand in the abstract")
    if " ".join(answer.split()) not in " ".join(sentence.split()):
        return Drawn(why="its answer does not stand in the quote")
    made = JudgedQuestion(question_id, NAMED, (question,), (subject.paper.id,), facts=((answer,),))
    return Drawn(made)


def _unfit(question: str, answer: str, subject: Subject) -> str:
    if not question.endswith("?") or len(question) > _LONGEST_QUESTION or is_planted(question):
        return "its question is none, or too long"
    if name_key(subject.called) not in name_key(question):
        return "its question does not name the paper"
    if not any(c.isalnum() for c in answer) or len(answer.split()) > _LONGEST_ANSWER:
        return "its answer is empty or too long"
    if not missing_facts([(answer,)], [question]):
        return "its question holds the answer"
    return ""


def _quoted(quote: str, paper: Paper) -> str:
    """The sentence of the abstract's own that holds the quote; white space aside it must be the same."""
    words = " ".join(quote.split())
    if len(words.split()) < _SHORTEST_QUOTE:
        return ""
    whole = [" ".join(sentence.text.split()) for sentence in own_sentences(paper.abstract)]
    return next((sentence for sentence in whole if words.rstrip(".") in sentence), "")


def _plain(called: str) -> str:
    return " ".join(called.split())
