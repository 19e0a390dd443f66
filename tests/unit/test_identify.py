"""Stable ids: every spelling of one paper's id gives one id, and what only looks like an id gives none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.domain import Paper
from ingest.identify import arxiv_id, arxiv_year, clean_doi, distinct_id, doi_in_link, is_title_hash, stable_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2101.00001", "2101.00001"),
        (" 2101.00001v12 ", "2101.00001"),
        ("arXiv:2101.00001v2", "2101.00001"),
        ("arXiv: 2101.00001", "2101.00001"),
        ("arXiv:2101.00001v2 [cs.CL]", "2101.00001"),
        ("oai:arXiv.org:0704.0001", "0704.0001"),
        ("http://arxiv.org/abs/2101.00001v1", "2101.00001"),
        ("https://www.arxiv.org/pdf/2101.00001v3.pdf", "2101.00001"),
        ("https://arxiv.org/html/2101.00001", "2101.00001"),
        ("https://huggingface.co/papers/2101.00001", "2101.00001"),
        ("10.48550/arXiv.2101.00001", "2101.00001"),
        ("https://doi.org/10.48550/arXiv.hep-th/9901001", "hep-th/9901001"),
        ("1412.6980", "1412.6980"),
        ("hep-th/9901001v3", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("CS/0501001", "cs/0501001"),
        ("https://arxiv.org/abs/cs.AI/0501001v1", "cs/0501001"),
    ],
)
def test_arxiv_spellings(text: str, expected: str) -> None:
    """Every spelling of an arXiv id gives arXiv's own, without version and subject class."""
    assert arxiv_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2099.13345",  # no thirteenth month, let alone a ninety-ninth
        "2100.00001",
        "2101.1234",  # five digits since 2015
        "1412.69800",  # four before
        "0703.0001",  # the style began in April 2007
        "2101.123456",
        "https://arxiv.org/abs/2101.123456",
        "5512.3456",
        "9101.12345",  # nobody knows yet
        "555.0199",
        "+1 2101 00001",
        "see 2101.00001 for details",
        "pmid/9912345",
        "hep-th/0801001",  # the old style had ended
        "hep-th/9913001",
        "10.1234/2101.00001",
        "２１０１.00001",
    ],
)
def test_not_an_arxiv_id(text: str | None) -> None:
    """Numbers that only resemble an arXiv id, phone numbers among them, are none."""
    assert arxiv_id(text) is None


def test_first_arxiv_id_counts() -> None:
    """Of several texts the first that holds an arXiv id decides."""
    assert arxiv_id(None, "2099.13345", "https://arxiv.org/abs/2102.00002", "2101.00001") == "2102.00002"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1234/AbC.5", "10.1234/abc.5"),
        ("doi:10.1234/abc", "10.1234/abc"),
        ("DOI 10.1234/abc.", "10.1234/abc"),
        ("https://doi.org/10.1234/abc?utm=1#top", "10.1234/abc"),
        ("http://dx.doi.org/10.1234/a%2Fb", "10.1234/a/b"),
        ("(10.1234/abc),", "10.1234/abc"),
        (
            "10.1002/(SICI)1097-0258(199808)17:15<1661::AID-1>3.0.CO;2-2",
            "10.1002/(sici)1097-0258(199808)17:15<1661::aid-1>3.0.co;2-2",
        ),
        ("110.1234/abc", None),
        ("10.12/abc", None),
        ("10.1234", None),
        ("", None),
        (None, None),
    ],
)
def test_doi_spellings(text: str | None, expected: str | None) -> None:
    """A DOI is found without resolver, query and closing punctuation, in lower case."""
    assert clean_doi(text) == expected


def test_only_the_resolver_says_where_a_doi_ends() -> None:
    """A publisher's address may hold more than the DOI, so only a link to the resolver gives one."""
    assert doi_in_link("https://doi.org/10.1234/abc") == "10.1234/abc"
    assert doi_in_link("https://example.org/content/10.1234/abc.full.pdf") is None
    assert doi_in_link(None) is None


@pytest.mark.parametrize(
    ("identifier", "year"), [("2101.00001", 2021), ("0704.0001", 2007), ("hep-th/9901001", 1999), ("cs/0501001", 2005)]
)
def test_arxiv_year(identifier: str, year: int) -> None:
    """Both styles tell the year."""
    assert arxiv_year(identifier) == year


def test_id_prefers_arxiv_then_doi_then_title() -> None:
    """The id is the arXiv id if there is one, else the DOI, else the hash of the title."""
    assert stable_id("T", "2101.00001", "10.1234/a") == "2101.00001"
    assert stable_id("T", None, "10.1234/a") == "10.1234/a"
    assert is_title_hash(stable_id("T", None, None))
    assert not is_title_hash("2101.00001")


def test_title_hash_is_the_same_everywhere() -> None:
    """The hash is a fixed one, for every spelling of the title; another title has another."""
    one = stable_id("Newts: A Survey", None, None)
    assert one == "title:43bf016dccb83c7b"
    assert stable_id("NEWTS — a   survey!", None, None) == one
    assert stable_id("Newts: A Survey II", None, None) != one


def test_signs_that_matter_are_hashed() -> None:
    """Titles that differ in such a sign have ids of their own; the title without them keeps the id it always had."""
    ids = [stable_id(f"Static analysis of {name}", None, None) for name in ("C", "C++", "C#", "C♯")]
    assert ids[0] == "title:2e2248c9ffb5885c"
    assert len(set(ids)) == 3 and ids[2] == ids[3]
    papers = [Paper("x", f"On {name}", "A.", ("Ada Newt",), 2020) for name in ("C", "C++", "C#")]
    assert len({distinct_id(paper) for paper in papers}) == 3


@settings(max_examples=50)
@given(st.integers(15, 90), st.integers(1, 12), st.integers(0, 99999), st.integers(1, 40))
def test_version_never_matters(year: int, month: int, number: int, version: int) -> None:
    """A new-style id, its versions, its link and its DOI are one id."""
    bare = f"{year:02}{month:02}.{number:05}"
    forms = [bare, f"{bare}v{version}", f"https://arxiv.org/abs/{bare}v{version}", f"10.48550/arXiv.{bare}"]
    assert {arxiv_id(form) for form in forms} == {bare}
