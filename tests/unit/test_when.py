"""Reading years, months, days and stretches of years, and refusing what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.filters import first_day, last_day
from app.core.when import check_order, parse_stretch, parse_when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2023", "2023"),
        (" 2023 ", "2023"),
        ("2023-5", "2023-05"),
        ("2023/05/4", "2023-05-04"),
        ("2023.12.31", "2023-12-31"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_when(text: str, when: str) -> None:
    """A year, a month or a day, in one spelling afterwards."""
    assert parse_when(text) == when


@pytest.mark.parametrize(
    "text",
    ["20xx", "", "23", "2023-13", "2023-00", "2023-02-30", "2023-05-14-1", "-2023", "0000", "２０２３", "2023 05"],
)
def test_no_date(text: str) -> None:
    """Anything else is named in the error, with what to type."""
    with pytest.raises(InputError, match="is no date") as refused:
        parse_when(text)
    assert f'"{text}"' in str(refused.value) and "2023-05" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("2023", ("2023", "2023")),
        ("2020-2023", ("2020", "2023")),
        ("2020 – 2023", ("2020", "2023")),
        ("2020..2023", ("2020", "2023")),
        ("2020-", ("2020", "")),
        ("-2023", ("", "2023")),
        ("2023-05", ("2023-05", "2023-05")),
    ],
)
def test_stretch(text: str, stretch: tuple[str, str]) -> None:
    """One year or several, and an open end."""
    assert parse_stretch(text) == stretch


@pytest.mark.parametrize("text", ["2023-2020", "-", "20xx", "2020-2023-2024", "now", "0000-2023"])
def test_no_stretch(text: str) -> None:
    """Years the wrong way round and what is no year are refused."""
    with pytest.raises(InputError):
        parse_stretch(text)


def test_order() -> None:
    """Since must not lie after until; within one year it does not."""
    check_order("2023-05", "2023")
    check_order("", "2023")
    with pytest.raises(InputError, match='"2024" is after "2023-12"'):
        check_order("2024", "2023-12")


@given(st.dates().map(str))
def test_every_day_is_read(day: str) -> None:
    """Any day of the calendar comes back as it was written, and begins and ends on that day."""
    assert parse_when(day) == day
    assert first_day(day) == last_day(day) == int(day.replace("-", ""))
