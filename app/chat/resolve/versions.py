"""Another version of what a paper names: "Heron 3.0", where the library has the paper on Heron 2.0."""

from __future__ import annotations

import re

from app.chat.resolve.readings import Ledger
from app.core.ports import PaperStore

_NUMBER = re.compile(r"[\s-]?v?(?P<number>\d{1,2}(?:\.\d{1,2})?)(?![\w.%]*\w)(?!\s*%)(?=\s|[?.,;:!'’)]|$)")


def miss_versions(ledger: Ledger, store: PaperStore) -> None:
    """A name with a version after it that its one paper does not have, which says another of itself, is not here."""
    for reading in list(ledger.readings):
        number = _NUMBER.match(ledger.text, reading.end) if reading.how == "name" and len(reading.papers) == 1 else None
        if number is None:
            continue
        paper = next(iter(store.get(reading.papers).values()), None)
        versions = re.compile(
            rf"{re.escape(reading.text)}[\s-]?v?(\d{{1,2}}(?:\.\d{{1,2}})?)(?![\w.]*\w)", re.IGNORECASE
        )
        said = set(versions.findall(f"{paper.title} {paper.abstract}")) if paper else set()
        if not said or float(number["number"]) in {float(each) for each in said}:
            continue
        ledger.readings.remove(reading)
        ledger.taken.remove((reading.start, reading.end, reading.papers))
        ledger.miss(reading.start, number.end(), True)
