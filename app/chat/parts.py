"""A question that asks several things is split, each part is looked for by itself, and one answer is written for all:
"What does X reprogram? And which data does Y use?"

Decomposed prompting (Khot et al., "Decomposed Prompting: A Modular Approach for Solving Complex Tasks", 2022) with one
level: a question's parts are answered from evidence of their own. Split by rule where that is certain, by a chat model
where the rule sees several things asked for and cannot part them. Whatever the model replies that is no list of such
questions, the question stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.chat import abstain
from app.chat.checking.of_all import asks_of_all
from app.chat.resolve import COMPARES
from app.core.domain import Part, Plan, RankedPaper
from app.core.names import looks_like_name, name_key
from app.core.planted import is_planted

MOST_PARTS = 4
_LONG = 30  # words from which on a question surely asks more than one thing
_LONGEST_PART = 200
_FEWEST_WORDS = 3

_ASKING = (
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|has|have|in which|on which|on what"
    r"|by how|for which|with which)"
)
# Where one question ends and the next begins: after its mark, or at "and what", ", which", "; how".
_NEXT = re.compile(
    rf"(?<=\?)\s+(?:(?:and|but|also|then|so)\s*,?\s+)?(?=\w)|\s*(?:[,;]\s*(?:and|but|or)?|\s(?:and|but))\s+(?:also\s+|then\s+)?"
    rf"(?={_ASKING}\s)",
    re.IGNORECASE,
)
_BEGINS = re.compile(rf"^\W*(?:and |but |also |then |so )?(?:please |tell me |say )?{_ASKING}\b", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:it|its|they|them|their|theirs|this|that|these|those|he|she|his|her)\b", re.IGNORECASE)
# "which" and "that" in the middle of a clause belong to the noun before them.
_RELATIVE = re.compile(r"^(?:which|who|whose|whom|where|when)\b", re.IGNORECASE)
_BARE = re.compile(rf"(?:\band|,|;)\s+(?:{_ASKING})\W*$", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s*")


def split_by_rule(text: str) -> tuple[str, ...]:
    """The questions that a text surely consists of, in its words; nothing if it is one, or cannot surely be parted.

    Every part must be a question of its own: begin as one and have some words. After a comma alone a "which" may belong to
    the noun before it, so that parts the question only where a question mark or "and" comes before it."""
    parts, at = [], 0
    for cut in _NEXT.finditer(text):
        rest = text[cut.end() :]
        between = text[cut.start() : cut.end()].strip().lower()
        if _RELATIVE.match(rest) and between in {",", ";", ""} and not text[: cut.start()].endswith("?"):
            return ()
        parts.append(text[at : cut.start()])
        at = cut.end()
    parts.append(text[at:])
    parts = [part.strip(" \t,;") for part in parts if part.strip(" \t,;?.!")]
    whole = all(_BEGINS.match(part) and len(part.split()) >= _FEWEST_WORDS for part in parts)
    if not whole or not 2 <= len(parts) <= MOST_PARTS:
        return ()
    asked = [part if part.endswith("?") else f"{part.rstrip('.!')}?" for part in parts]
    return tuple(
        part[0].upper() + part[1:]
        for part in (re.sub(r"^\W*(?:and|but|also|then|so)\s+", "", p, flags=re.I) for p in asked)
    )


def asks_several(text: str) -> bool:
    """Whether a text may ask more than one thing, by its marks, its words or its length."""
    return text.count("?") > 1 or bool(_NEXT.search(text) or _BARE.search(text)) or len(text.split()) > _LONG


def split_by_model(text: str, names: Sequence[str], reply: str) -> tuple[str, ...]:
    """The questions in a model's reply, a line each. Nothing unless they are two to four, each a question; together they
    hold every one of `names`, and no name that `text` does not have."""
    parts = [_NUMBER.sub("", line).strip(" \"'“”*") for line in reply.strip().splitlines() if line.strip()]
    if not 2 <= len(parts) <= MOST_PARTS or len({part.casefold() for part in parts}) < len(parts):
        return ()
    for part in parts:
        is_question = part.endswith("?") and _BEGINS.match(part) and len(part.split()) >= _FEWEST_WORDS
        if (
            not is_question
            or len(part) > _LONGEST_PART
            or "://" in part
            or is_planted(part)
            or re.search(r"\[\d+\]", part)
        ):
            return ()
    together, known = name_key(" ".join(parts)), name_key(f"{text} {' '.join(names)}")
    strange = [
        word for word in re.findall(r"[\w-]+", " ".join(parts)) if looks_like_name(word) and name_key(word) not in known
    ]
    if strange or any(name_key(name) not in together for name in names):
        return ()
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Parting:
    """Splits questions. `plan_of` plans one part; `ask`, where it is there, asks the model to split a text."""

    plan_of: Callable[[str, Sequence[str]], Plan]
    ask: Callable[[str], str] | None = None

    def parted(self, plan: Plan) -> Plan:
        """The plan with its parts; as it is where the question asks one thing, or cannot be split."""
        if plan.kind == "compare" and not COMPARES.search(plan.query) and "?" in plan.query.rstrip(" ?"):
            # Two questions about two papers: side by side they would be cut to one another's points.
            parts = self._parts(split_by_rule(plan.query))
            apart = all(len(part.named) == 1 for part in parts) and len({part.named for part in parts}) == len(parts)
            return replace(plan, kind="lookup", parts=parts) if parts and apart else plan
        if plan.kind != "lookup" or not asks_several(plan.query):
            return plan
        parts = self._parts(split_by_rule(plan.query))
        if not parts and self.ask:
            names = [*plan.labels, *plan.missing]
            parts = self._parts(split_by_model(plan.query, names, self.ask(plan.query)), by_model=True)
        named = {paper for part in parts for paper in part.named}
        return replace(plan, parts=parts) if parts and named >= set(plan.named) else plan

    def _parts(self, questions: Sequence[str], by_model: bool = False) -> tuple[Part, ...]:
        """The parts, each with the papers it names or points at; none where a part is more than a look-up, or points at
        what is not known."""
        made: list[Part] = []
        for question in questions:
            pointed: tuple[str, ...] = ()
            own = self.plan_of(question, ())
            if made and not by_model and not own.named and not own.missing and _POINTS.search(question):
                pointed = made[-1].named
                if not pointed:
                    return ()
                own = self.plan_of(question, pointed)
            if own.kind != "lookup" and not (by_model and own.kind == "aggregate"):
                return ()
            if not by_model and asks_of_all(question):
                return ()
            made.append(Part(own.query, own.named, own.labels, own.missing))
        return tuple(made)


def joined(
    parts: Sequence[Part], found: Sequence[Sequence[RankedPaper]], papers: int
) -> tuple[tuple[Part, ...], list[RankedPaper]]:
    """The parts with the papers each is answered from, and all of these: an equal share for each part that found any, the
    papers it names first; what one part leaves of its share goes to the others, best first."""
    order: dict[str, RankedPaper] = {}
    for place in range(max(map(len, found), default=0)):
        for ranked in found:
            if place < len(ranked) and (len(order) < papers or place == 0):
                order.setdefault(ranked[place].paper.id, ranked[place])
    for part, ranked in zip(parts, found, strict=True):
        order.update(
            {item.paper.id: item for item in ranked if item.paper.id in part.named and item.paper.id not in order}
        )
    told = tuple(
        replace(part, papers=tuple(item.paper.id for item in ranked if item.paper.id in order))
        for part, ranked in zip(parts, found, strict=True)
    )
    return told, list(order.values())


def draft(parts: Sequence[Part], quoted: Callable[[Part], str], lead: str, no: str) -> str:
    """What who only quotes says to a question in parts: each part as a heading, its quotes below. `quoted` gives those of
    a part after `lead`, or `no`, which is also what is said where no part has any."""
    answers = [quoted(part) if part.papers else no for part in parts]
    if all(abstain.declines(answer) or answer == no for answer in answers):
        return no
    told = [
        f"**{_plain(part.query)}**\n\n{answer.removeprefix(lead).strip()}"
        for part, answer in zip(parts, answers, strict=True)
    ]
    return f"{lead}\n\n" + "\n\n".join(told)


def _plain(text: str) -> str:
    return re.sub(r"[*_`\[\]<>]", "", text)
