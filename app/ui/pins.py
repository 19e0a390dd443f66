"""Papers a person wants in every answer, or in none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.domain import Evidence

Act = Literal["pin", "exclude"]


@dataclass(frozen=True, slots=True)
class Pins:
    """The ids of both kinds of papers, in the order they were chosen; no paper is both."""

    pinned: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def state_of(self, paper: str) -> Act | Literal[""]:
        return "pin" if paper in self.pinned else "exclude" if paper in self.excluded else ""

    def toggled(self, act: Act, paper: str) -> Pins:
        """With the paper so, and no longer the other way; no longer so if it was."""
        was = self.state_of(paper)
        pinned = tuple(each for each in self.pinned if each != paper)
        excluded = tuple(each for each in self.excluded if each != paper)
        if was == act:
            return Pins(pinned, excluded)
        return Pins((*pinned, paper), excluded) if act == "pin" else Pins(pinned, (*excluded, paper))

    @property
    def papers(self) -> tuple[str, ...]:
        return (*self.pinned, *self.excluded)


NONE = Pins()


def chip_words(pins: Pins, evidence: Mapping[int, Evidence]) -> list[str]:
    """A line for each of `pins.papers`: "Pinned: [2] ×"."""
    markers = {item.paper.id: marker for marker, item in evidence.items()}
    return [
        f"{'Pinned' if paper in pins.pinned else 'Left out'}: {f'[{markers[paper]}]' if paper in markers else paper} ×"
        for paper in pins.papers
    ]


def asked_for(told: object, evidence: Mapping[int, Evidence]) -> tuple[Act, str] | None:
    """What a click on a card asks for, as the browser tells it ({"act": "pin", "marker": 2}): the act and the paper's
    id. None for anything else, above all for papers this conversation has not shown."""
    if not isinstance(told, dict):
        return None
    marker, act = told.get("marker"), told.get("act")
    if not isinstance(marker, int) or isinstance(marker, bool) or marker not in evidence:
        return None
    if act == "pin" or act == "exclude":
        return act, evidence[marker].paper.id
    return None


def toggled_words(pins: Pins, paper: str, evidence: Mapping[int, Evidence]) -> str:
    """What the status line says once a paper was pinned, left out, or neither any more."""
    marker = next((f"Paper {marker}" for marker, item in evidence.items() if item.paper.id == paper), paper)
    return {
        "pin": f"{marker} is pinned: every next answer has it.",
        "exclude": f"{marker} is left out of every next answer.",
        "": f"{marker} is neither pinned nor left out now.",
    }[pins.state_of(paper)]
