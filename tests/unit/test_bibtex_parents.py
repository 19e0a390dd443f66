"""What entries of a BibTeX file inherit from others, wherever these stand, and which of them are no papers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from app.core.domain import BadRecord, Paper
from ingest.sources import bibtex, bibtex_parents

CHILD = "@inproceedings{newt, title={On Newts}, author={Newt, Ada}, abstract={Newts swim.}, crossref={Pond20}}\n"
OTHER = "@inproceedings{olm, title={On Olms}, abstract={Olms hide.}, crossref={pond20}, year=2021}\n"
PROCEEDINGS = "@proceedings{pond20, title={Proc. of Ponds}, editor={Eft, Cy}, year=2020, publisher={Lake}}\n"
ALONE = "@article{frog, title={On Frogs}, abstract={Frogs jump.}}\n"


def read(text: str) -> list[Paper | BadRecord]:
    return list(bibtex.papers(text.splitlines(keepends=True), "f.bib"))


def only(text: str) -> dict[str, Paper]:
    """The papers by title; there is nothing else."""
    found = read(text)
    assert all(isinstance(item, Paper) for item in found), found
    return {item.title: item for item in found if isinstance(item, Paper)}


@pytest.mark.parametrize("parts", list(itertools.permutations([CHILD, OTHER, PROCEEDINGS, ALONE])))
def test_talks_and_their_proceedings(parts: tuple[str, ...]) -> None:
    """Wherever it stands, the proceedings give year and venue where they lack, no author and no title, and are no
    paper and no bad record."""
    papers = only("".join(parts))
    assert sorted(papers) == ["On Frogs", "On Newts", "On Olms"]
    newt, olm, frog = (papers[f"On {name}"] for name in ("Newts", "Olms", "Frogs"))
    assert (newt.year, newt.venue, newt.authors) == (2020, "Proc. of Ponds", ("Ada Newt",))
    assert (olm.year, olm.venue, olm.authors) == (2021, "Proc. of Ponds", ())
    assert (frog.year, frog.venue) == (None, None)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("parent", "child", "year", "venue"),
    [
        ("@book{p, booktitle={Ponds}, title={Ponds: A Book}, year=2020}", "", 2020, "Ponds"),
        ("@collection{p, title={Ponds}, date={2020-05-01}}", "date={2019}", 2019, "Ponds"),
        ("@proceedings{p, title={Ponds}, year={2020}}", "date={2019-01-02}", 2019, "Ponds"),
        ("@periodical{p, title={Ponds}, year={2020}}", "", 2020, "Ponds"),
        ("@proceedings{p, title={Ponds}, year={2020}}", "booktitle={Talks}", 2020, "Talks"),
        ("@proceedings{p, title={Ponds}, year={2020}}", "journaltitle={Talks}, year=2018", 2018, "Talks"),
        ("@proceedings{p, editor={Eft, Cy}}", "", None, None),
    ],
)
def test_what_is_inherited(parent: str, child: str, year: int | None, venue: str | None, order: int) -> None:
    """A child's own fields come first; its date is not mixed with its parent's."""
    text = f"@incollection{{c, title={{On Newts}}, abstract={{Newts swim.}}, crossref={{p}}, {child}}}\n"
    [paper] = only("\n".join([text, parent][::order])).values()
    assert (paper.year, paper.venue, paper.authors) == (year, venue, ())


@pytest.mark.parametrize("parts", list(itertools.permutations(range(3))))
def test_data_for_several(parts: tuple[int, ...]) -> None:
    """`xdata` gives whatever it has, also two of them."""
    entries = [
        "@xdata{a, journaltitle={Ponds}, note={x}}\n",
        "@XData{b, date={2020-03}, keywords={newts, olms}}\n",
        "@article{c, title={On Newts}, abstract={Newts swim.}, xdata={a, b}, author={Newt, Ada}}\n",
    ]
    [paper] = only("".join(entries[part] for part in parts)).values()
    assert (paper.year, paper.published, paper.venue, paper.categories) == (2020, "2020-03", "Ponds", ("newts", "olms"))


@pytest.mark.parametrize("order", [1, -1])
def test_a_book_without_an_abstract(order: int) -> None:
    """It is no bad record if a chapter names it, and one if none does."""
    book = "@book{p, title={Ponds}, year=2020}\n"
    chapter = "@inbook{c, title={On Newts}, abstract={Newts swim.}, crossref={p}}\n"
    assert list(only("".join([book, chapter][::order]))) == ["On Newts"]
    found = read("".join([book, ALONE][::order]))
    assert sorted(type(item).__name__ for item in found) == ["BadRecord", "Paper"]
    [bad] = [item for item in found if isinstance(item, BadRecord)]
    assert bad.reason == "it has no abstract" and bad.raw == book.strip() and bad.line == (1 if order == 1 else 2)


def test_whatever_is_named(tmp_path: object) -> None:
    """A parent of any type is no bad record; one with an abstract is a paper, and a parent as well."""
    child = "@misc{c, title={On Newts}, abstract={Newts swim.}, crossref={p}}\n"
    assert list(only(child + "@misc{p, title={Ponds}, year=2020}\n")) == ["On Newts"]
    papers = only(child + "@proceedings{p, title={Ponds}, year=2020, abstract={Ponds freeze.}}\n")
    assert sorted(papers) == ["On Newts", "Ponds"] and papers["On Newts"].venue == "Ponds"


def test_a_parent_that_never_comes() -> None:
    """The child is read as it stands, at the end."""
    papers = only(CHILD + ALONE)
    assert list(papers) == ["On Frogs", "On Newts"] and papers["On Newts"].year is None


def test_entries_on_one_line_and_in_circles() -> None:
    """Children on one line each get their own; an entry that names itself, or two each other, are read once."""
    papers = only(CHILD.strip() + " " + OTHER.strip() + "\n" + PROCEEDINGS)
    assert {paper.venue for paper in papers.values()} == {"Proc. of Ponds"} and len(papers) == 2
    circle = (
        "@misc{a, title={A b}, abstract={C d.}, crossref={b}}\n@misc{b, title={E f}, abstract={G h.}, crossref={a}}\n"
    )
    assert sorted(only(circle + "@misc{s, title={S t}, abstract={U v.}, crossref={s}}\n")) == ["A b", "E f", "S t"]


def test_a_bad_child_and_a_bad_parent() -> None:
    """Neither costs the other."""
    broken = CHILD.replace("title={On Newts}", "title={}")
    found = read(broken + OTHER + PROCEEDINGS)
    assert [type(item) for item in found] == [BadRecord, Paper]
    found = read(OTHER + PROCEEDINGS.replace("year=2020", "year=2020 2020"))
    assert sorted(type(item).__name__ for item in found) == ["BadRecord", "Paper"]


def test_memory_stays_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so much is held back: then the oldest children go on as they stand, and no paper is lost."""
    monkeypatch.setattr(bibtex_parents, "_MOST_HELD", 2000)
    monkeypatch.setattr(bibtex_parents, "_MOST_NAMED", 5)
    read_so_far = 0

    def lines() -> Iterator[str]:
        nonlocal read_so_far
        for number in range(200):
            read_so_far = number
            yield (
                CHILD.replace("newt,", f"newt{number},")
                .replace("Newts}", f"Newts {number}}}")
                .replace("Pond20", f"p{number}")
            )
        yield PROCEEDINGS.replace("pond20", "p199")

    found = bibtex.papers(lines(), "f.bib")
    assert isinstance(next(found), Paper) and read_so_far < 40
    papers = list(found)
    assert len(papers) == 199 and all(isinstance(paper, Paper) for paper in papers)
    assert [paper.year for paper in papers if isinstance(paper, Paper)].count(2020) == 1
