"""Cutting records out of JSON where one of them is too long for memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.domain import BadRecord, Paper
from ingest.sources import json_document

NEWTS = '{"title": "Newts", "abstract": "Newts swim."}'
OLMS = '{"title": "Olms", "abstract": "Olms hide."}'


@pytest.mark.parametrize("inside", ['frog \\"', "\\\\", "frog }]{[ ", "\\u00e9"])
@pytest.mark.parametrize("size", [99_991])
@pytest.mark.parametrize("end", ['"}', '", "more": [{}]}', '", "c": "' + "x" * 50 + '"}'])
def test_a_string_too_long_for_memory(inside: str, size: int, end: str) -> None:
    """Wherever its pieces are cut, also within an escape, the string ends where it ends and the next record is read."""

    def pieces() -> Iterator[str]:
        text = (
            f'[{NEWTS},\n{{"title": "Toads", "abstract": "'
            + inside * (5_000_000 // len(inside))
            + end
            + f",\n{OLMS}]\n"
        )
        for at in range(0, len(text), size):
            yield text[at : at + size]

    found = list(json_document.papers(pieces(), "f"))
    assert [type(record) for record in found] == [Paper, BadRecord, Paper]
    assert isinstance(found[1], BadRecord) and (found[1].line, "longer" in found[1].reason) == (2, True)
    assert isinstance(found[2], Paper) and found[2].title == "Olms"


def test_a_long_string_outside_of_records() -> None:
    """What the answer of a service holds besides records may be of any length too."""
    text = f'{{"data": [{NEWTS}, {OLMS}], "note": "{"x" * 9_000_000}", "more": [{NEWTS}]}}'
    assert [type(record) for record in json_document.papers([text], "f")][:2] == [Paper, Paper]
