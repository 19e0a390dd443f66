"""What a question was understood as, in one calm line above its answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.domain import Plan
from app.core.reading import Reading
from app.ui.markup import line_html

_LONGEST_LABEL = 80


def plan_words(plan: Plan) -> str:
    """The kind of the question with its papers and points; nothing where there was nothing to look for."""
    named = [_short(label) for label in plan.labels]
    missing = [f"{_short(name)} (not in your library)" for name in plan.missing]
    if plan.kind == "compare":
        sides = [*named, *missing] or [_short(side) for side in plan.sides]
        points = f" on {listed([_short(point) for point in plan.aspects])}" if plan.aspects else ""
        return f"Comparing {listed(sides) or 'the papers that fit best'}{points}"
    if plan.kind == "aggregate":
        return "Looking through the whole library"
    if plan.parts:
        asked = " · ".join(_short(part.query) for part in plan.parts)
        return f"Answering in {len(plan.parts)} parts: {asked}"
    if plan.kind == "lookup":
        return f"Looking up {listed([*named, *missing]) or 'what fits your question best'}"
    return "Reading what the library knows of itself" if plan.kind == "meta" else ""


def plan_html(plan: Plan | None, readings: Iterable[Reading] = ()) -> str:
    """The line: the plan and the filters that hold, or nothing."""
    words = plan_words(plan) if plan else ""
    only = " ".join(reading.words for reading in readings)
    parts = [f"<span>{line_html(words)}</span>"] if words else []
    parts += [f'<span class="ap-filters">Only papers {line_html(only)}</span>'] if only else []
    return f'<p class="ap-plan" dir="auto">{" ".join(parts)}</p>' if parts else ""


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _short(label: str) -> str:
    words = " ".join(label.split())
    return words if len(words) <= _LONGEST_LABEL else f"{words[: _LONGEST_LABEL - 1]}…"
