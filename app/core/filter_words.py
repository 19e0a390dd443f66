"""Filters in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.filters import Filters


def in_words(filters: Filters) -> str:
    """ "from 2023 on by Raffel in cs.CL", as it reads after "papers" or "in this library"; nothing if none is given."""
    return " ".join(words for name in filters.given() if (words := part_in_words(filters, name)))


def part_in_words(filters: Filters, name: str) -> str:
    """The words of one condition. Those of `since` hold `until` too, which has none beside it."""
    since, until = filters.since, filters.until
    if name == "since":
        if until:
            return f"from {since}" if since == until else f"from {since} to {until}"
        return f"from {since} on"
    if name == "until":
        return "" if since else f"until {until}"
    if name in {"authors", "all_authors"}:
        return f"by {_listed(getattr(filters, name), 'or' if name == 'authors' else 'and')}"
    if name == "categories":
        return f"in {_listed(filters.categories, 'or')}"
    if name == "venues":
        return f"at {_listed(filters.venues, 'or')}"
    if name == "sources":
        return f"ingested from {_listed(filters.sources, 'or')}"
    if name == "flagged":
        return "with a warning" if filters.flagged else "without a warning"
    if name == "not_ids":
        few = _listed(filters.not_ids, "and")
        return f"other than {few}" if len(filters.not_ids) < 4 else f"other than {len(filters.not_ids)} left out"
    return f"with the id {_listed(filters.ids, 'or')}" if len(filters.ids) < 4 else f"among {len(filters.ids)} ids"


def _listed(values: Sequence[str], joined_by: str) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {joined_by} {values[-1]}"
