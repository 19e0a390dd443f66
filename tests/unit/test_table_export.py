"""A comparison as CSV, Markdown and LaTeX."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.findings import Cell, Comparison, Row
from app.core.papers import PaperRef, Quote
from app.ui.table_export import table_csv, table_latex, table_markdown, write_table

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["=1+1", "@SUM(A1)", "-2", "+3", "\t=1", "'=x", "a|b", "<b>", "[9]", "x\r\ny"]
)


def comparison(*texts: str) -> Comparison:
    cells = tuple(Cell(text, (Quote(text, 0, len(text)),)) for text in texts)
    ref = PaperRef("p1", texts[0], year=2020, url="https://example.org/p1")
    return Comparison(tuple(f"point {i}" for i in range(len(texts))), (Row(3, ref, texts[-1], cells),))


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_csv_comes_back_and_starts_no_formula(texts: list[str]) -> None:
    """A CSV reader gives back the cells (on one line, guarded), and none of them is a formula to a spreadsheet."""
    head, row = csv.reader(io.StringIO(table_csv(comparison(*texts)), newline=""))
    assert head[:4] == ["marker", "id", "title", "label"] and len(head) == len(row) == 4 + len(texts)
    assert row[0] == "3"
    for cell, text in zip(row[4:], texts, strict=True):
        assert not re.match(r"\s*[=+\-@＝＋－＠]", cell)
        printable = "".join(c if c.isprintable() or c.isspace() else " " for c in text)
        assert cell.lstrip("'") == " ".join(printable.split()).lstrip("'")


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_markdown_keeps_its_columns(texts: list[str]) -> None:
    """Nothing in a cell ends it, opens a tag or passes for another paper's marker."""
    lines = table_markdown(comparison(*texts)).split("\n")
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines[:3]} == {len(texts) + 2}
    assert "<" not in "".join(lines) and set(re.findall(r"\[(\d+)\]", lines[2])) <= {"3"}


def test_the_legend_names_the_papers() -> None:
    """Below the table stands which paper each marker is, with its address."""
    text = table_markdown(comparison("A *starred* title"))
    assert "- \\[3\\] A \\*starred\\* title (2020). https://example.org/p1" in text


def test_an_address_that_is_none_is_left_out() -> None:
    """Only http addresses are written."""
    ref = PaperRef("p", "T", url="javascript:alert(1)")
    assert "javascript" not in table_markdown(Comparison(("data",), (Row(1, ref, "T", (Cell(),)),)))


def test_files_are_written_as_their_ending_says(tmp_path: Path) -> None:
    """.csv and .md; another ending, or a folder that is not there, is said."""
    table = comparison("é")
    write_table(tmp_path / "t.CSV", table)
    write_table(tmp_path / "t.md", table)
    assert (tmp_path / "t.CSV").read_bytes().startswith(b"\xef\xbb\xbfmarker,id")
    assert (tmp_path / "t.md").read_text(encoding="utf-8") == table_markdown(table)
    with pytest.raises(InputError, match=r"\.xlsx"):
        write_table(tmp_path / "t.xlsx", table)
    with pytest.raises(InputError, match="cannot be written"):
        write_table(tmp_path / "nowhere" / "t.csv", table)


@given(
    st.lists(TEXTS | st.sampled_from(["50 % & more", "\\input{x}", "a_b^c", "[x]", "{", "$x$"]), min_size=1, max_size=4)
)
def test_latex_has_the_cells_as_text(texts: list[str]) -> None:
    """A row has all its cells, and read back as LaTeX says what they say: nothing in them is a command or a column."""
    lines = table_latex(comparison(*texts)).split("\n")
    at = lines.index("\\midrule")
    row = lines[at + 1]
    assert lines[at + 2] == "\\bottomrule" and row.endswith(" \\\\") and not row.startswith("[")
    cells = re.split(r"(?<!\\)&", row.removesuffix("\\\\"))
    assert len(cells) == 1 + len(texts)
    assert not re.search(r"(?<!\\)[%#_$]", row) and "\\input" not in row
    for line in lines[at + 4 :]:
        assert not line or line.startswith("%")
