"""What a browser says was picked on the map. None of it is trusted: ids are looked up, shapes are counted and measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.topics.records import Topics

_LONGEST_ID = 300
_CORNERS = 400
# A conversation about more papers than this is one about the library.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Picked:
    """What the conversation may be limited to: the ids of papers, and what to call them."""

    papers: tuple[str, ...] = ()
    words: str = ""


def paper_picked(said: Any) -> str:
    """The id of a paper that was clicked, which need not be there; "" if it is none."""
    found = said.get("id") if isinstance(said, Mapping) and said.get("act") == "paper" else None
    return found if isinstance(found, str) and len(found) <= _LONGEST_ID else ""


def outline_picked(said: Any) -> list[tuple[float, float]]:
    """The corners of a shape that was drawn; none if that is no shape."""
    if not isinstance(said, Mapping) or said.get("act") != "outline":
        return []
    x, y = said.get("x"), said.get("y")
    if not (isinstance(x, list) and isinstance(y, list)) or not 3 <= len(x) == len(y) <= _CORNERS:
        return []
    numbers = [*x, *y]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
        return []
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def group_picked(said: Any, topics: Topics) -> int | None:
    """The number of a group that is there."""
    found = said.get("group") if isinstance(said, Mapping) and said.get("act") == "group" else None
    there = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < len(topics.groups)
    return found if there else None
