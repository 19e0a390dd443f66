"""What a prompt is told of a conversation: the newest turns word for word, as many as there is room for, and of those
before them a summary, by a model where one is there and succeeds, else by rule."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from app.chat.budget import recent_turns
from app.core.domain import Turn
from app.core.errors import ChatModelError

# Of an answer so many characters are told, of a question in the digest so many.
_TOLD, _ASKED = 600, 80
# Old turns are summarised so many at a time, so that a model is asked once in so many questions.
_BLOCK = 4
_MOST_QUESTIONS, _MOST_SUMMARY = 12, 1200


def conversation(
    turns: Sequence[Turn], count: Callable[[str], int], room: int, earlier: Callable[[Sequence[Turn]], str]
) -> str:
    """The conversation in at most about `room` tokens: the newest turns, and before them what `earlier` makes of those
    that had to be left out."""
    told = [f"Question: {turn.question}\nAnswer: {turn.text[:_TOLD]}" for turn in turns]
    recent = recent_turns(told, count, room)
    cut = turns[: len(turns) - len(recent)]
    before = earlier(cut) if cut else ""
    while before and recent and count(before) + sum(map(count, recent)) > room:
        recent = recent[1:]  # a summary is worth the oldest of them
    return "\n".join([*([before] if before else []), *recent])


def digest(turns: Sequence[Turn]) -> str:
    """Old turns in one line: what was asked, with the markers of the papers that the answers cited."""
    asked = []
    for turn in turns[-_MOST_QUESTIONS:]:
        markers = {paper: marker for marker, paper in turn.markers.items()}
        cited = "".join(f"[{markers[paper]}]" for paper in turn.papers[:4] if paper in markers)
        question = " ".join((turn.standalone or turn.question).split())[:_ASKED].rstrip(" ?.")
        if cited or turn.markers:
            asked.append(f"“{question}”{f' {cited}' if cited else ''}")
    return f"Earlier questions: {'; '.join(asked)}." if asked else ""


@dataclass
class Summaries:
    """A model's summaries of old turns, kept so that the same turns are summarised once. Holds what no person could tell
    apart from making it anew."""

    most: int = 64
    _kept: OrderedDict[tuple[tuple[str, str], ...], str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def earlier(self, turns: Sequence[Turn], summarise: Callable[[str], str]) -> str:
        """Old turns in a paragraph: whole blocks of them by the model, what is left by rule; all by rule where the model
        fails or says nothing."""
        whole = len(turns) - len(turns) % _BLOCK
        key = tuple((turn.question, turn.text[:_TOLD]) for turn in turns[:whole])
        summary = self._summary(key, summarise) if whole else ""
        if not summary:
            return digest(turns)
        return "\n".join(filter(None, [f"Earlier: {summary}", digest(turns[whole:])]))

    def _summary(self, key: tuple[tuple[str, str], ...], summarise: Callable[[str], str]) -> str:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        told = "\n".join(f"Question: {question}\nAnswer: {text}" for question, text in key)
        try:
            summary = " ".join(summarise(told).split())[:_MOST_SUMMARY]
        except ChatModelError:
            return ""  # a later question may have more luck
        with self._lock:
            self._kept[key] = summary
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return summary
