"""Verdicts by the chat model, several papers a call; a plain reply a line, read forgivingly.

What the model says counts only with words that stand in the abstract: a "yes" whose quote is not there is unclear. A paper
that the reply passes over, and every paper of a call that fails, gets the verdict of the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.adapters.sentences import own_sentences
from app.chat.budget import TEMPLATE_TOKENS, describe
from app.core.domain import Evidence, Paper, Sentence
from app.core.errors import ChatModelError
from app.core.findings import Stance
from app.core.prompting import Prompt, load_prompt
from app.core.verdicts import VerdictCache

# So many papers a call at most: small models lose count of more.
MOST_AT_ONCE = 12
# After so many calls in a row that fail, the model is asked no more.
_FAILURES = 2
# Tokens a line of the reply takes; the reply must fit into what is kept for answers.
_LINE_TOKENS = 60
# Raised when the prompt or the way of reading replies changes what a verdict means.
VERSION = "1"

_LINE = re.compile(
    r"^[\s>*_#|-]*(?:(?:paper|abstract|number|no\.?)\s*)?[\[(【]?\s*(?P<number>\d{1,3})\s*[\])】]?\s*[*_]*\s*[:.)\-–—|]*\s*[*_]*\s*"
    r"(?P<verdict>yes|no|unclear|not clear|unsure|unknown|maybe|partly|partially)\b[*_]*\s*(?:$|(?=[:.,;\-–—|(\[\"“„«]))[:.,;\-–—|]*\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«‘']\s*(?P<words>.+?)\s*[\"”“»’'](?=\s*(?:[\])(.,;*]|$))")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """A chat model to check with: `ask` gives its reply to a system and a user text and may raise ChatModelError; `count`
    counts tokens; `name` is what the verdicts are called by."""

    ask: Callable[[str, str], str]
    name: str
    count: Callable[[str], int]
    window_tokens: int
    answer_tokens: int
    prompts_dir: Path | None = None
    cache: VerdictCache | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the model said of a paper, and the sentences its quote stands in."""

    stance: Stance
    shown: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The papers of one call, and what the model said of those that it said something of, by id."""

    papers: tuple[Paper, ...]
    answers: Mapping[str, Said]


def batches(papers: Sequence[Paper], prompt: Prompt, question: str, model: ModelCheck) -> Iterator[list[Paper]]:
    """The papers in the calls they go to: as many as fit beside the prompt and the reply, at least one."""
    bare = "\n".join(prompt.fill(question=question, evidence=""))
    room = model.window_tokens - model.answer_tokens - model.count(bare) - TEMPLATE_TOKENS
    most = max(1, min(MOST_AT_ONCE, model.answer_tokens // _LINE_TOKENS))
    batch: list[Paper] = []
    left = room
    for paper in papers:
        cost = model.count(describe(Evidence(len(batch) + 1, paper, "", 0.0))) + 2
        if batch and (cost > left or len(batch) >= most):
            yield batch
            batch, left = [], room
        batch.append(paper)
        left -= cost
    if batch:
        yield batch


def asked_of_model(papers: Sequence[Paper], question: str, model: ModelCheck) -> Iterator[Reply]:
    """One reply a call, in the order of the papers."""
    prompt = load_prompt("check", model.prompts_dir)
    failures = 0
    for batch in batches(papers, prompt, question, model):
        if failures >= _FAILURES:
            yield Reply(tuple(batch), {})
            continue
        numbered = [Evidence(number, paper, "", 0.0) for number, paper in enumerate(batch, start=1)]
        try:
            reply = model.ask(*prompt.fill(question=question, evidence="\n\n".join(map(describe, numbered))))
        except ChatModelError:
            failures += 1
            yield Reply(tuple(batch), {})
            continue
        failures = 0
        yield Reply(tuple(batch), read_reply(reply, batch))


def read_reply(reply: str, papers: Sequence[Paper]) -> dict[str, Said]:
    """What a reply says of each of these papers, which it calls by number from 1. What cannot be read is left out, and so
    is a paper on which it contradicts itself."""
    said: dict[str, Said] = {}
    torn: set[str] = set()
    for line in _THINKING.sub("", reply).splitlines():
        match = _LINE.match(line)
        if not match or not 1 <= int(match["number"]) <= len(papers):
            continue
        paper = papers[int(match["number"]) - 1]
        now = _said(match["verdict"].casefold(), match["rest"], paper)
        if paper.id in said and said[paper.id].stance != now.stance:
            torn.add(paper.id)
        said.setdefault(paper.id, now)
    return {paper: what for paper, what in said.items() if paper not in torn}


def _said(verdict: str, rest: str, paper: Paper) -> Said:
    if verdict == "no":
        return Said("no")
    shown = _where(rest, paper)
    return Said("yes" if verdict == "yes" and shown else "unclear", shown)


def _where(rest: str, paper: Paper) -> tuple[Sentence, ...]:
    """The sentence of the abstract that holds the words quoted; quotation marks and spaces aside, letter by letter."""
    quoted = [match["words"] for match in _QUOTED.finditer(rest)] or [rest]
    for words in quoted:
        wanted = _plain(words)
        if len(wanted.split()) < 3:
            continue
        for sentence in own_sentences(paper.abstract):
            if wanted in _plain(sentence.text) or _plain(sentence.text) in wanted:
                return (sentence,)
    return ()


def _plain(text: str) -> str:
    text = text.translate(str.maketrans("“”„«»‘’[]【】", '"""""\'\'()()')).strip(" \t\"'*.…|")
    return " ".join(text.split()).casefold()
