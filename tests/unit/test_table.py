"""Reading tables: columns by name, delimiters, quotes that are not right, and the headers of real exports."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.placeholders import is_placeholder
from ingest.sources import choose_source, table

ZOTERO = '"Key","Item Type","Publication Year","Author","Title","Publication Title","DOI","Url","Abstract Note","Date","Manual Tags"'
SCOPUS = "Authors,Author full names,Author(s) ID,Title,Year,Source title,Cited by,DOI,Link,Abstract,Author Keywords"
IEEE = '"Document Title",Authors,"Publication Title","Publication Year","Abstract","DOI",PDF Link,"Author Keywords"'


def read(text: str) -> list[Paper | BadRecord]:
    return list(table.papers(text.splitlines(keepends=True), "t.csv"))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            ZOTERO,
            '"K1","journalArticle","2020","Newt, Ada; Olm, Bo","On Newts","Ponds","10.1/x","","Newts swim.","2020-05-01","a; b"',
        ),
        (
            SCOPUS,
            '"Newt, A.","Newt, Ada (123); Olm, Bo (4)",1,On Newts,2020,Ponds,3,10.1/x,https://x.org,Newts swim.,a; b',
        ),
        (IEEE, '"On Newts","A. Newt; B. Olm","Ponds","2020","Newts swim.","10.1/x","https://x.org","a;b"'),
        ("title\tabstract\tauthors\tyear", "On Newts\tNewts swim.\tAda Newt; Bo Olm\t2020"),
        ("Title;Abstract;Authors;Year", "On Newts;Newts swim.;Ada Newt, Bo Olm;2020"),
        ("\ufefftitle,abstract,authors,year", "On Newts,Newts swim.,\"['Ada Newt', 'Bo Olm']\",2020.0"),
    ],
)
def test_headers_of_real_exports(header: str, row: str) -> None:
    """The columns of Zotero, Scopus, IEEE, spreadsheets and pandas are found by their names."""
    text = f"{header}\n{row}\n"
    assert choose_source(text.removeprefix("\ufeff"), "f").name == "csv"
    [paper] = read(text)
    assert isinstance(paper, Paper), paper
    assert (paper.title, paper.abstract, paper.year) == ("On Newts", "Newts swim.", 2020)
    assert len(paper.authors) == 2


@pytest.mark.parametrize(
    ("cell", "authors"),
    [
        ('"Newt, Ada"', ("Ada Newt",)),
        ('"Newt, A., Olm, B., Po, C."', ("A. Newt", "B. Olm", "C. Po")),
        ('"Ada Newt, Bo Olm"', ("Ada Newt", "Bo Olm")),
        ('"[""Newt, Ada"", ""Bo""]"', ("Newt, Ada", "Bo")),  # as our export writes what is to stay as it is
    ],
)
def test_authors(cell: str, authors: tuple[str, ...]) -> None:
    """One cell holds one person or several, whichever name comes first."""
    [paper] = read(f"title,abstract,authors\nOn Newts,Newts swim.,{cell}\n")
    assert isinstance(paper, Paper) and paper.authors == authors


def test_quotes_commas_and_line_breaks() -> None:
    """Quoted fields keep commas, doubled quotes and line breaks; a quote inside a plain field is a character."""
    first, second = read('title,abstract,id\n"On, newts","They ""swim"".\nAll day.",1\n5" newts,They are small.,2\n')
    assert isinstance(first, Paper) and isinstance(second, Paper)
    assert (first.title, first.abstract) == ("On, newts", 'They "swim". All day.')
    assert second.title == '5" newts'


@pytest.mark.parametrize(
    "row", ['"On frogs,They jump.,2', '"On "frogs",They jump.,2', "On frogs,They jump.,2,3,4", "On frogs,,2"]
)
def test_a_bad_row_costs_only_itself(row: str) -> None:
    """A quote never closed, quotes in quotes, too many fields, no abstract: named with the line; neighbours are read."""
    found = read(f'title,abstract,id\nOn newts,"They swim.",1\n{row}\n"On olms",They hide.,3\nOn efts,They wait.,4\n')
    assert [type(item) for item in found] == [Paper, BadRecord, Paper, Paper]
    bad = found[1]
    assert isinstance(bad, BadRecord)
    assert (bad.line, bad.raw, bad.opening) == (3, f"{row}\n", "title,abstract,id\n")


def test_missing_columns_are_named() -> None:
    """A table without a column for the title says which columns it has and how to name one."""
    [bad] = read("Nimi,Tiivistelmä\nA,B\n")
    assert isinstance(bad, BadRecord)
    assert "Nimi, Tiivistelmä" in bad.reason and "--column title=NAME" in bad.reason
    source = table.with_columns({"title": "NIMI", "abstract": "tiivistelmä"})
    assert [type(r) for r in source.papers(["Nimi,Tiivistelmä\n", "A b,B c\n"], "t")] == [Paper]
    [bad] = list(table.with_columns({"title": "Nope"}).papers(["title,abstract\n", "A,B\n"], "t"))
    assert isinstance(bad, BadRecord) and '"Nope"' in bad.reason
    with pytest.raises(InputError):
        table.with_columns({"nonsense": "x"})


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=5))
@example([("0", "&#0;")])
def test_what_a_spreadsheet_writes_is_read(rows: list[tuple[str, str]]) -> None:
    """Whatever is in the cells, as many records come out as the csv module wrote, blank ones aside."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["title", "abstract"])
    writer.writerows(rows)
    text = stream.getvalue()
    pieces = io.StringIO(text, newline="").readlines()
    found = list(table.papers(pieces, "t"))
    papers = [record for record in found if isinstance(record, Paper)]
    said = [row for row in rows if not is_placeholder(row[1])]  # "NA" is no abstract
    # An entity may stand for nothing that can be read ("&#0;").
    plain = [row for row in said if not any("&" in cell for cell in row)]
    whole = [row for row in plain if all(any(c.isalnum() and c.isascii() for c in cell) for cell in row)]
    assert len(papers) >= len(whole)
    assert len(found) <= len(rows)
