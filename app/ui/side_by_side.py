"""What a person has picked on the Compare tab: papers and points. A frozen record, one a browser session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.chat.compare.aspects import STANDARD
from app.chat.compare.side_by_side import FEWEST, MOST, MOST_POINTS, points_of
from app.core.domain import Paper
from app.core.errors import InputError
from app.core.findings import Comparison
from app.core.names import handle
from app.ui.render import plain_line


@dataclass(frozen=True, slots=True)
class Side:
    """A paper that was picked, and what its chip says."""

    id: str
    label: str

    @classmethod
    def of(cls, paper: Paper) -> Side:
        return cls(paper.id, plain_line(handle(paper.title, paper.abstract)))


@dataclass(frozen=True, slots=True)
class Picked:
    """Rows and columns of the table."""

    sides: tuple[Side, ...] = ()
    points: tuple[str, ...] = STANDARD

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(side.id for side in self.sides)

    @property
    def comparable(self) -> bool:
        return FEWEST <= len(self.sides) <= MOST

    @property
    def asks(self) -> str:
        """The same as a question, for the chat."""
        labels = [side.label for side in self.sides]
        names = f"{', '.join(labels[:-1])} and {labels[-1]}" if len(labels) > 1 else "".join(labels)
        points = "" if self.points == STANDARD else f" on {', '.join(self.points)}"
        return f"Compare {names}{points}"

    def others(self, papers: Sequence[Paper]) -> tuple[Side, ...]:
        """Those of the papers that are not picked."""
        return tuple(Side.of(paper) for paper in papers if paper.id not in self.ids)

    def with_side(self, side: Side) -> Picked:
        """With one more row. Raises InputError where there is no room."""
        if side.id in self.ids:
            return self
        if len(self.sides) >= MOST:
            raise InputError(f"A comparison takes {MOST} papers at most.", "Take one away first.")
        return replace(self, sides=(*self.sides, side))

    def without_side(self, place: int) -> Picked:
        return replace(self, sides=_without(self.sides, place))

    def with_points(self, words: Sequence[str]) -> Picked:
        """With more columns. Raises InputError where there is no room, or a point is too long."""
        return replace(self, points=points_of([*self.points, *words]))

    def without_point(self, place: int) -> Picked:
        """Without a column; without the last one, those of every comparison are back."""
        return replace(self, points=_without(self.points, place) or STANDARD)

    def as_compared(self, table: Comparison) -> Picked:
        """The papers and points of a table that was asked for in words."""
        sides = tuple(Side(row.paper.id, plain_line(row.label)) for row in table.rows)
        return Picked(sides[:MOST], table.aspects[:MOST_POINTS])


def _without(items: tuple, place: int) -> tuple:  # type: ignore[type-arg]
    return (*items[:place], *items[place + 1 :])
