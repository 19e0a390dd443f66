"""What a conversation has been about: which papers its questions named and its answers cited, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.chat.resolve import COMPARES, Named
from app.core.domain import Turn

# So many papers are named by their names; more by their markers, which are shorter.
_MOST_NAMES = 4


def _always(word: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Talk:
    """The turns of one conversation, oldest first. `resolve_text` finds the names in a question, `handle_of` gives what
    people call a paper."""

    turns: tuple[Turn, ...]
    resolve_text: Callable[[str], Named]
    handle_of: Callable[[str], str]
    left_out: frozenset[str] = frozenset()
    known: Callable[[str], bool] = _always

    @classmethod
    def of(
        cls,
        history: Sequence[Turn],
        resolve_text: Callable[[str], Named],
        handle_of: Callable[[str], str],
        left_out: Sequence[str] = (),
        known: Callable[[str], bool] | None = None,
    ) -> Talk:
        """The same, asking nothing twice: one follow-up looks at its conversation from several sides. Papers `left_out` are
        spoken of no more: "the other" of two is then the one that is left."""
        gone = frozenset(left_out)
        turns = (replace(turn, papers=tuple(p for p in turn.papers if p not in gone)) for turn in history)
        return cls(
            tuple(turns),
            lru_cache(maxsize=256)(resolve_text),
            lru_cache(maxsize=256)(handle_of),
            gone,
            known or _always,
        )

    @property
    def last(self) -> Turn | None:
        """The last turn that was about papers, else the last of all: thanks are no question to go on from."""
        return next((turn for turn in reversed(self.turns) if turn.papers or turn.markers), None) or (
            self.turns[-1] if self.turns else None
        )

    def typed(self, turn: Turn) -> tuple[str, ...]:
        """The papers that the turn's question names."""
        papers = self.resolve_text(turn.standalone or turn.question).papers
        return tuple(paper for paper in papers if paper not in self.left_out)

    def about(self, turn: Turn) -> tuple[str, ...]:
        """The papers that the turn's question names, else those its answer cites."""
        return self.typed(turn) or turn.papers

    def focus(self) -> list[str]:
        """The papers the conversation is about: those the last question that had any named, then those its answer cited."""
        for turn in reversed(self.turns):
            if papers := dict.fromkeys([*self.typed(turn), *turn.papers]):
                return list(papers)
        return []

    def subject(self) -> tuple[str, ...]:
        """The papers that the last question about any named, else those its answer cited."""
        spoken = self.spoken()
        return self.about(spoken) if spoken else ()

    def spoken(self) -> Turn | None:
        """The last turn that was about any paper."""
        return next((turn for turn in reversed(self.turns) if self.about(turn)), None)

    def last_two(self) -> list[str]:
        """The two papers asked about last, one after the other, in the order they came up."""
        found: list[str] = []
        for turn in reversed(self.turns):
            papers = self.typed(turn) or turn.papers[:1]
            found += [paper for paper in reversed(papers) if paper not in found]
            if len(found) >= 2:
                return found[:2][::-1]
        return []

    def order(self) -> list[str]:
        """The papers that "first" and "second" count: the last several that a person typed ("OVOR or MULTI-LANE?") or an
        answer cited, if what was asked about since is among them."""
        since: set[str] = set()
        fallback: list[str] = []
        for turn in reversed(self.turns):
            typed = self.typed(turn)
            listed = typed if len(typed) > 1 else () if typed else turn.papers
            if set(typed) < set(turn.papers) and typed and COMPARES.search(turn.standalone or turn.question):
                listed = turn.papers  # some of its sides were told by a description
            if len(listed) > 1 and since <= set(listed):
                return list(listed)
            fallback = fallback or (list(turn.papers) if len(turn.papers) > 1 else [])
            since |= set(typed or turn.papers)
        asked = list(dict.fromkeys(paper for turn in self.turns for paper in self.typed(turn)))
        return asked if len(asked) > 1 else fallback or self.focus()

    def seen(self) -> list[str]:
        """Every paper the conversation was about, in the order they came up."""
        return list(dict.fromkeys(paper for turn in self.turns for paper in self.about(turn)))

    def previous(self) -> str | None:
        """The paper that was the subject before the one it is now."""
        now = set(self.subject())
        for turn in reversed(self.turns):
            papers = self.typed(turn) or turn.papers[:1]
            if papers and not set(papers) & now:
                return papers[-1]
        order = self.order()
        return order[0] if len(order) == 2 and len(now) == 1 and order[1] in now else None

    def names(self, papers: Sequence[str]) -> str:
        """ "OVOR, TAME and IBCL"; of many the markers."""
        markers = {paper: marker for turn in reversed(self.turns) for marker, paper in turn.markers.items()}
        if len(papers) > _MOST_NAMES and all(paper in markers for paper in papers):
            called = [f"[{markers[paper]}]" for paper in papers]
        else:
            called = [self.handle_of(paper) for paper in papers]
        return called[0] if len(called) == 1 else f"{', '.join(called[:-1])} and {called[-1]}"
