"""Filters in words."""

from __future__ import annotations

import pytest

from app.core.filter_words import in_words
from app.core.filters import Filters


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), ""),
        (Filters(since="2023"), "from 2023 on"),
        (Filters(until="2023-05"), "until 2023-05"),
        (Filters(since="2020", until="2023"), "from 2020 to 2023"),
        (Filters(since="2023", until="2023"), "from 2023"),
        (Filters(authors=("Raffel", "Lee")), "by Raffel or Lee"),
        (Filters(all_authors=("Raffel", "Lee", "Wu")), "by Raffel, Lee and Wu"),
        (Filters(since="2023", categories=("cs.CL",), flagged=False), "from 2023 on in cs.CL without a warning"),
        (Filters(venues=("ACL",), sources=("bibtex",), flagged=True), "at ACL ingested from bibtex with a warning"),
        (Filters(ids=("a", "b")), "with the id a or b"),
        (Filters(ids=("a", "b", "c", "d")), "among 4 ids"),
        (Filters(not_ids=("a", "b")), "other than a and b"),
    ],
)
def test_words(filters: Filters, words: str) -> None:
    """Every condition is said, and nothing that is not asked for."""
    assert in_words(filters) == words
    assert all(
        value in in_words(filters) or name == "ids" for name in filters.given() for value in _texts(filters, name)
    )


def _texts(filters: Filters, name: str) -> tuple[str, ...]:
    value = getattr(filters, name)
    return value if isinstance(value, tuple) else ()
