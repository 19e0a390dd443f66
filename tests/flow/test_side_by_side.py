"""Papers put side by side without a question, over the starter library."""

from __future__ import annotations

import pytest

from app.bootstrap import Service
from app.core.errors import InputError
from app.core.findings import NOT_STATED

OVOR, MULTI_LANE = "2402.04129", "2405.15633"


def test_the_table_says_what_the_abstracts_say(starter: Service) -> None:
    table = starter.compare([OVOR, MULTI_LANE], ["code", "cost"])
    assert table.aspects == ("code", "cost")
    assert [(row.marker, row.paper.id, row.label) for row in table.rows] == [
        (1, OVOR, "OVOR"),
        (2, MULTI_LANE, "MULTI-LANE"),
    ]
    papers = starter.library.store.get([OVOR, MULTI_LANE])
    for row in table.rows:
        assert "github.com" in row.cells[0].text
        for cell in row.cells:
            assert bool(cell.quotes) == (cell.text != NOT_STATED)
            for quote in cell.quotes:
                assert papers[row.paper.id].abstract[quote.start : quote.end] == quote.text


def test_without_points_the_five_of_every_comparison(starter: Service) -> None:
    assert starter.compare([MULTI_LANE, OVOR]).aspects == ("task", "method", "data", "results", "limits")


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([OVOR], "1 paper is picked"),
        ([OVOR, OVOR], "1 paper is picked"),
        ([OVOR, "no-such"], 'does not hold "no-such"'),
        ([str(n) for n in range(9)], "9 papers are picked"),
    ],
)
def test_what_cannot_be_compared_is_said(starter: Service, ids: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        starter.compare(ids)
