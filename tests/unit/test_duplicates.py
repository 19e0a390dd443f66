"""Papers of a library that may be one: each pair told once, with the strongest reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.adapters.catalogue import SqliteCatalogue
from app.core.domain import Paper
from ingest.duplicates import near_duplicates


def paper(paper_id: str, title: str, *authors: str, year: int | None = None, abstract: str = "", **more: str) -> Paper:
    return Paper(paper_id, title, abstract or f"Words of {paper_id}.", authors, year, **more)  # type: ignore[arg-type]


def told(papers: Sequence[Paper]) -> list[tuple[str, str, str]]:
    store = SqliteCatalogue(Path(":memory:"))
    try:
        store.write(papers)
        return [(pair.paper_id, pair.other_id, pair.why) for pair in near_duplicates(store)]
    finally:
        store.close()


TITLE, ABSTRACT, NEARLY = "the same title", "the same abstract", "nearly the same title by the same first author"


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ([], []),
        ([paper("a", "On Newts", "Ada Newt"), paper("b", "On Olms", "Bo Olm")], []),
        # Two arXiv ids, two DOIs, two first authors in one year: one title.
        ([paper("2101.00001", "On Newts"), paper("2202.00002", "ON NEWTS!")], [("2101.00001", "2202.00002", TITLE)]),
        ([paper("b", "On Newts", "Ada Newt"), paper("a", "On Newts", "Bo Olm")], [("a", "b", TITLE)]),
        # Another first author in another year: a common title.
        ([paper("a", "On Newts", "Ada Newt", year=2020), paper("b", "On Newts", "Bo Olm", year=2021)], []),
        # One abstract under two titles; title and abstract alike are told once.
        (
            [paper("a", "On Newts", abstract="Words."), paper("b", "Newt Work", abstract="WORDS")],
            [("a", "b", ABSTRACT)],
        ),
        ([paper("a", "On Newts", abstract="Words."), paper("b", "On Newts", abstract="Words.")], [("a", "b", TITLE)]),
        # A slip of the pen, by the same first author only.
        (
            [
                paper("a", "Limb Regrowth Planning in Newts", "Ada Newt"),
                paper("b", "Limb Regrowth Planing in Newts", "Newt, A."),
                paper("c", "Limb Regrowth Planning in Newt", "Bo Olm"),
            ],
            [("a", "b", NEARLY)],
        ),
        ([paper("a", "On Newts I", "Ada Newt"), paper("b", "Newts and What They Plan", "Ada Newt")], []),
    ],
)
def test_pairs(papers: list[Paper], expected: list[tuple[str, str, str]]) -> None:
    """One title, one abstract, or nearly one title by one author; nothing else."""
    assert told(papers) == expected


def test_three_of_a_kind() -> None:
    """Of three papers with one title every pair is told, each once."""
    assert told([paper(i, "On Newts", abstract="Words.") for i in "cab"]) == [
        ("a", "b", TITLE),
        ("a", "c", TITLE),
        ("b", "c", TITLE),
    ]


def _many(count: int) -> Iterator[Paper]:
    for number in range(count):
        yield paper(f"p{number:04}", f"Number {number:04} {number * 7919 % 10_007} of a long series", "Wei Zhang")


def test_an_author_of_very_many_papers() -> None:
    """An author with thousands of papers does not make it slow, and a slip among them is still found."""
    papers = [
        *_many(3000),
        paper("x", "Aardvarks and Their Plan", "W. Zhang"),
        paper("y", "Aardvarks and Their Plans", "Zhang W"),
    ]
    assert ("x", "y", NEARLY) in told(papers)


def test_a_title_of_very_many_papers() -> None:
    """Thousands of papers of one title, or of one abstract ("No abstract available"), do not make it slow, and two by
    one author are still found among them."""
    papers = [paper(f"p{n:04}", "Editorial", f"A{n} Author{n}", abstract=f"{n}.") for n in range(2000)]
    papers += [paper(f"q{n:04}", f"{n} {n * 7919} plans", abstract="No abstract available.") for n in range(2000)]
    papers += [paper("x", "Editorial", "Ada Newt"), paper("y", "Editorial", "Newt, A.")]
    found = told(papers)
    assert ("x", "y", TITLE) in found
    assert len(found) < 4 * len(papers)
