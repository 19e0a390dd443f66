"""Reading JSON lines: both spellings of every field, and what happens to lines that are not right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.domain import BadRecord, Paper
from app.core.errors import InputError
from ingest.sources import choose_source, jsonl, page

GENERIC = {
    "id": "2101.00001v2",
    "title": "On Newts",
    "abstract": "Newts swim.",
    "authors": ["Ada Newt", "Bo Olm"],
    "year": 2021,
    "published": "2021-01-01",
    "url": "https://example.org/newts",
    "doi": "10.1234/newt",
    "categories": ["cs.CL"],
    "venue": "Pond",
}
ARXIV = {
    "id": "hep-th/9901001",
    "submitter": "Ada Newt",
    "authors": "Ada Newt and Bo Olm (University of Ponds)",
    "title": "On\n  Newts",
    "comments": None,
    "journal-ref": "Pond 5 (1999) 1-9",
    "doi": None,
    "report-no": None,
    "categories": "hep-th math.GT",
    "license": None,
    "abstract": "  Newts swim.\n",
    "versions": [{"version": "v1", "created": "Fri, 1 Jan 1999 19:18:42 GMT"}, {"version": "v2", "created": "x"}],
    "update_date": "2009-11-13",
    "authors_parsed": [["Newt", "Ada", ""], ["Olm", "Bo", "Jr."]],
}


def read(*lines: str) -> list[Paper | BadRecord]:
    return list(jsonl.papers(lines, "papers.jsonl"))


def paper(**fields: Any) -> Paper:
    """The paper that the minimal record with these fields becomes."""
    [found] = read(json.dumps({"title": "On Newts", "abstract": "Newts swim.", **fields}))
    assert isinstance(found, Paper), found
    return found


def bad(line: str) -> BadRecord:
    [found] = read(line)
    assert isinstance(found, BadRecord), found
    return found


def test_generic_fields() -> None:
    """Every generic field arrives in the paper."""
    assert read(json.dumps(GENERIC)) == [
        Paper(
            id="2101.00001",
            title="On Newts",
            abstract="Newts swim.",
            authors=("Ada Newt", "Bo Olm"),
            year=2021,
            url="https://example.org/newts",
            doi="10.1234/newt",
            categories=("cs.CL",),
            venue="Pond",
            published="2021-01-01",
            source="jsonl",
            version=2,
        )
    ]


def test_arxiv_snapshot_fields() -> None:
    """A record of the arXiv metadata snapshot becomes a paper with its first version's date."""
    assert read(json.dumps(ARXIV)) == [
        Paper(
            id="hep-th/9901001",
            title="On Newts",
            abstract="Newts swim.",
            authors=("Ada Newt", "Bo Olm Jr."),
            year=1999,
            url="https://arxiv.org/abs/hep-th/9901001",
            categories=("hep-th", "math.GT"),
            venue="Pond 5 (1999) 1-9",
            published="1999-01-01",
            source="jsonl",
            version=2,
            updated="2009-11-13",
        )
    ]


@pytest.mark.parametrize(
    ("field", "value", "authors"),
    [
        ("authors", ["Ada Newt", "", None, " Bo  Olm "], ("Ada Newt", "Bo Olm")),
        ("authors", "Ada Newt, Bo Olm and Cy Eft", ("Ada Newt", "Bo Olm", "Cy Eft")),
        ("authors", "Ada Newt, Bo Olm, and Cy Eft", ("Ada Newt", "Bo Olm", "Cy Eft")),
        ("authors", "Newt, Ada; Olm, Bo", ("Ada Newt", "Bo Olm")),
        ("authors", "Newt, Ada and Olm, Bo", ("Ada Newt", "Bo Olm")),
        ("authors", "Newt, Ada", ("Ada Newt",)),
        ("authors", "Newt, A., Olm, B.", ("A. Newt", "B. Olm")),
        ("authors", ["Newt, Ada", {"name": "Olm, Bo"}, {"literal": "Eft, Cy"}], ("Ada Newt", "Bo Olm", "Eft, Cy")),
        ("authors", "Ada Newt", ("Ada Newt",)),
        ("author", ["Ada Newt"], ("Ada Newt",)),
        ("authors", [{"name": "Ada Newt"}, {"given": "Bo", "family": "Olm"}, {"id": 5}], ("Ada Newt", "Bo Olm")),
        ("authors", {"name": "Ada Newt"}, ("Ada Newt",)),
        ("authors_parsed", [["Newt", "Ada", ""], ["Olm", None, None], []], ("Ada Newt", "Olm")),
        ("authors", None, ()),
        ("authors", "", ()),
    ],
)
def test_authors(field: str, value: Any, authors: tuple[str, ...]) -> None:
    """Authors come as a list, as objects, as parsed names or as one string."""
    assert paper(**{field: value}).authors == authors


@pytest.mark.parametrize(
    ("value", "categories"),
    [
        ("cs.CL cs.LG", ("cs.CL", "cs.LG")),
        ("machine learning, pond life;newts", ("machine learning", "pond life", "newts")),
        (["cs.CL", "cs.CL"], ("cs.CL",)),
        (" ", ()),
        (None, ()),
    ],
)
def test_categories(value: Any, categories: tuple[str, ...]) -> None:
    """Categories come as a list or as one string."""
    assert paper(categories=value).categories == categories


@pytest.mark.parametrize(
    ("value", "published"),
    [
        ([{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}], "2007-04-02"),
        ([{"version": "v1", "created": "yesterday"}], None),
        ([{"version": "v1", "created": 5}], None),
        ([{"version": "v1"}], None),
        (["v1"], None),
        ([], None),
    ],
)
def test_date_of_the_first_version(value: Any, published: str | None) -> None:
    """The date is that of the first version; one that cannot be read is left out, with nothing else."""
    assert paper(versions=value).published == published


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_field_does_not_hide_its_other_name(empty: Any) -> None:
    """A field without a value gives way to the same field under its other name."""
    [found] = read(
        json.dumps(
            {"title": "On Newts", "abstract": empty, "summary": "Newts swim.", "authors_parsed": empty}
            | {"authors": "Ada Newt", "published": empty, "date": "2020-02-02", "journal-ref": empty, "journal": "Pond"}
        )
    )
    assert isinstance(found, Paper)
    assert (found.abstract, found.authors, found.published, found.venue) == (
        "Newts swim.",
        ("Ada Newt",),
        "2020-02-02",
        "Pond",
    )


def test_null_fields_are_absent_fields() -> None:
    """A record full of nulls is the same paper as one without these fields."""
    nulls = dict.fromkeys(["id", "authors", "year", "published", "url", "doi", "categories", "venue", "versions"])
    assert paper(**nulls) == paper()


def test_numbers_where_text_is_meant() -> None:
    """A numeric id or title is taken as text, a year in quotes as a number."""
    found = paper(id=2101.12345, title=1984, year="2020")
    assert (found.id, found.title, found.year) == ("2101.12345", "1984", 2020)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ["On Newts"]),
        ("abstract", {"text": "Newts swim."}),
        ("authors", 5),
        ("authors", [{"name": ["Ada"]}]),
        ("year", "soon"),
        ("year", 10**30),
        ("year", -5),
        ("categories", 5),
        ("url", ["x"]),
    ],
)
def test_a_field_of_the_wrong_type_is_named(field: str, value: Any) -> None:
    """A value that cannot be read makes a bad record whose reason names the field."""
    found = bad(json.dumps({"title": "On Newts", "abstract": "Newts swim.", field: value}))
    assert found.reason.startswith(f'field "{field}" cannot be read')


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"title": "On Newts", ', "not valid JSON"),
        ("On Newts", "not valid JSON"),
        ('["On Newts"]', "not an object"),
        ("5", "not an object"),
        ("[" * 200_000, "nested too deeply"),
        ('{"title": ' + '{"a": ' * 200_000, "nested too deeply"),
        ('{"abstract": "Newts swim."}', "no title"),
        ('{"title": "On Newts"}', "no abstract"),
        ('{"title": "On Newts", "abstract": " - "}', "no abstract"),
        ('{"title": "On Newts", "abstract": "x", "year": ' + "1" * 5000 + "}", "digit"),
    ],
)
def test_a_bad_line_says_why(line: str, reason: str) -> None:
    """A line that cannot become a paper is reported with a reason and the start of its text."""
    found = bad(line)
    assert reason in found.reason
    assert found.excerpt == line.strip()[:200]
    assert (found.where, found.line) == ("papers.jsonl", 1)


def test_half_a_surrogate_pair_is_dropped() -> None:
    """A broken escape in a title does not make a paper that no store can take."""
    [found] = read('{"title": "On \\ud83d Newts", "abstract": "Newts\\udc00 swim."}')
    assert isinstance(found, Paper)
    assert (found.title, found.abstract) == ("On Newts", "Newts swim.")


def test_lines_count_from_one_with_blank_lines() -> None:
    """Line numbers are those of an editor, and what follows a bad line is still read."""
    good = json.dumps(GENERIC)
    found = read("\n", good + "\n", "broken\n", "   \n", good + "\r\n", "[]\n")
    assert [r.line for r in found if isinstance(r, BadRecord)] == [3, 6]
    assert [type(r) for r in found] == [Paper, BadRecord, Paper, BadRecord]


PAGE = (
    "How Newts Plan a Limb\n\nNewts regrow limbs. We follow their cells for forty days. The plan is carried by few signals.\n\n"
    "Counting by Ear in Ponds\n\nWe count animals by sound. Experts agree with the counts. The microphones are cheap.\n"
)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (json.dumps(GENERIC), "jsonl"),
        ("\n  \n" + json.dumps(ARXIV) + "\n" + PAGE, "jsonl"),
        ('{"title": "cut off in the mid', "jsonl"),
        ("{broken\n" + json.dumps(GENERIC), "jsonl"),
        ("[]\n" + json.dumps(GENERIC), "jsonl"),
        (json.dumps({"title": "On\u2028Newts", "abstract": "x"}, ensure_ascii=False), "jsonl"),
        (PAGE, "page"),
        ("new\n\nSubscribe\n\n" + PAGE, "page"),
        ("[1] " + PAGE, "page"),
        (PAGE.replace("Newts regrow", '{"title": "x"} regrow'), "page"),
        ("Painter\n\n" + "Newts paint ponds in many colours and nobody knows why. " * 8, "page"),
    ],
)
def test_format_of_a_head(head: str, expected: str) -> None:
    """The format is recognised from the head, ambiguous ones too."""
    assert choose_source(head, "file").name == expected


@pytest.mark.parametrize(
    "head",
    [
        "just a line\n",
        "<html><body>On Newts</body></html>",
        "pond,depth\nNorth,3\n",
        "1\n2\n3\n",
    ],
)
def test_an_unknown_head(head: str) -> None:
    """What neither source can read is refused with the formats that are known."""
    assert jsonl.recognise(head) == page.recognise(head) == 0.0
    with pytest.raises(InputError) as refused:
        choose_source(head, "strange.txt")
    assert '"strange.txt"' in str(refused.value)
    assert "jsonl" in refused.value.hint and "page" in refused.value.hint


def test_an_empty_file_is_called_empty() -> None:
    """An empty file is refused as what it is."""
    with pytest.raises(InputError, match="is empty"):
        choose_source(" \n\n", "nothing.jsonl")


def test_a_named_source_wins() -> None:
    """The source a person names is taken, whatever the head; one that does not exist is refused with the others."""
    assert choose_source(json.dumps(GENERIC), "f", "page").name == "page"
    with pytest.raises(InputError) as refused:
        choose_source(PAGE, "f", "pdf")
    assert '"pdf"' in str(refused.value)
    assert "jsonl, " in refused.value.hint and "page" in refused.value.hint
