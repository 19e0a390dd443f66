"""Answers that need no evidence: about the library itself, about askpapers, and small talk."""

from __future__ import annotations

from typing import Any

from app.core.filter_words import in_words
from app.core.filters import EVERY_PAPER, Filters
from app.core.ports import PaperStore

ABOUT = (
    "I answer questions about the papers in this library from their abstracts, and cite the papers. "
    'Ask for a fact ("what does X do?"), a comparison ("how does X differ from Y?"), or which papers treat a subject.'
)


def library_counts(store: PaperStore, filters: Filters = EVERY_PAPER) -> dict[str, Any]:
    """{"papers": n, "years": {year: n}, "categories": {...}, "venues": {...}, "authors": {...}} of the papers that fit,
    all but the years most frequent first."""
    return {
        "papers": store.count_fitting(filters) if filters else store.count(),
        "years": {int(year): papers for year, papers in store.tally("year", filters).items()},
        "categories": dict(store.tally("category", filters)),
        "venues": dict(store.tally("venue", filters)),
        "authors": dict(store.tally("author", filters)),
    }


def about_library(store: PaperStore, filters: Filters = EVERY_PAPER) -> str:
    """How many papers that fit, from which years, in which categories, by whom most; read from the library itself."""
    counts = library_counts(store, filters)
    total, years = counts["papers"], counts["years"]
    within = f" {in_words(filters)}" if filters else ""
    lines = [f"The library holds {total} paper{'s' if total != 1 else ''}{within}."]
    if years:
        unknown = total - sum(years.values())
        spread = ", ".join(f"{year}: {number}" for year, number in years.items())
        lines.append(f"By year: {spread}{f'; {unknown} without a year' if unknown else ''}.")
    if counts["categories"]:
        top = list(counts["categories"].items())[:5]
        lines.append("Categories: " + ", ".join(f"{name} ({number})" for name, number in top) + ".")
    prolific = [(name, number) for name, number in list(counts["authors"].items())[:5] if number > 1]
    if prolific:
        lines.append("Authors with most papers: " + ", ".join(f"{name} ({n})" for name, n in prolific) + ".")
    return "\n\n".join(lines)
