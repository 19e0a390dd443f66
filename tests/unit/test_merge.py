"""Two records of one paper as one: which field comes from which, and when a title alone may decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.domain import Paper
from ingest.merge import as_known, best_first, best_id, is_cut, merged, same_paper

X, D, T = "2101.00001", "10.1234/newts", "title:0123456789abcdef"
OLD = Paper(
    X, "Newts", "Old words.", ("Ada Newt",), 2020, "https://example.org/old", None, ("cs.CL",), None, "2020-01-01"
)
NEW = Paper(X, "Newts!", "New words.", ("A. Newt", "B. Olm"), 2021, None, D, ("q-bio", "cs.CL"), "Pond", None, "new")


def test_the_text_read_later_counts() -> None:
    """Where neither record says which is newer, title and abstract are those read later, what it lacks is kept, the
    longer author list wins, and the categories are those of both."""
    assert merged(OLD, NEW) == Paper(
        id=X,
        title="Newts!",
        abstract="New words.",
        authors=("A. Newt", "B. Olm"),
        year=2021,
        url="https://example.org/old",
        doi=D,
        categories=("cs.CL", "q-bio"),
        venue="Pond",
        published="2020-01-01",
        source="new",
    )


def test_the_text_read_first_counts_within_a_run() -> None:
    """The other way round where the caller says so: only what was lacking is filled in."""
    result = merged(OLD, NEW, new_wins=False)
    assert (result.title, result.abstract, result.year) == ("Newts", "Old words.", 2020)
    assert (result.doi, result.venue, result.authors) == (D, "Pond", NEW.authors)
    assert set(result.categories) == {"cs.CL", "q-bio"}


@pytest.mark.parametrize("new_wins", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "wins"),
    [
        ({"version": 1}, {"version": 2}, "new"),
        ({"version": 2}, {"version": 1}, "old"),
        ({"version": 10}, {"version": 9}, "old"),
        ({"updated": "2021-01-01"}, {"updated": "2021-01-02"}, "new"),
        ({"updated": "2021-01-02"}, {"updated": "2021-01-01"}, "old"),
        ({"version": 2, "updated": "2021-01-01"}, {"version": 1, "updated": "2022-01-01"}, "old"),
        ({"version": 2, "updated": "2021-01-01"}, {"version": 2, "updated": "2022-01-01"}, "new"),
        ({"updated": "2021-01-01"}, {"version": 2, "updated": "2022-01-01"}, "new"),
    ],
)
def test_the_newer_version_counts(old: dict[str, object], new: dict[str, object], wins: str, new_wins: bool) -> None:
    """The higher version, or else the later day of change, gives the text, whichever is read first, with its flags."""
    one, other = replace(OLD, flags=("old",), **old), replace(NEW, flags=("new",), **new)  # type: ignore[arg-type]
    result = merged(one, other, new_wins=new_wins)
    assert (result.abstract, result.flags) == (("New words.", ("new",)) if wins == "new" else ("Old words.", ("old",)))


WHOLE = "We study newts in ponds. They swim at night, and 79% of them return."


@pytest.mark.parametrize(
    "cut",
    ["We study newts in ponds. They…", "We study newts in ponds. They swim at ni...", "We study  newts in ponds. They swim ...",
     "We study newts in ponds […]", "We study newts in ponds (...)", "We study newts in ponds . . .", "We study newts in ponds… read more",
     "We study newts in ponds... [truncated]", "WE STUDY NEWTS…", "We…", WHOLE.removesuffix(".") + "..."],
)  # fmt: skip
def test_a_cut_beginning_never_counts(cut: str) -> None:
    """The whole text stays or comes, whichever is read first, newer, or of the longer title."""
    assert is_cut(cut, WHOLE)
    assert not is_cut(WHOLE, cut)
    for more in ({}, {"version": 1}, {"updated": "2021-01-01"}):
        for later in ({}, {"version": 2}, {"updated": "2022-01-01"}):
            one = replace(OLD, abstract=WHOLE, flags=("whole",), **more)  # type: ignore[arg-type]
            other = replace(NEW, abstract=cut, flags=("cut",), **later)  # type: ignore[arg-type]
            for new_wins in (True, False):
                for result in (merged(one, other, new_wins=new_wins), merged(other, one, new_wins=new_wins)):
                    assert (result.title, result.abstract, result.flags) == ("Newts", WHOLE, ("whole",))
                    assert (result.version, result.updated) == (
                        other.version or one.version,
                        other.updated or one.updated,
                    )
                    assert result.authors == NEW.authors
                    assert merged(result, other) == merged(result, one, new_wins=False) == result


def test_the_longer_of_two_cut_texts_counts() -> None:
    """Of two beginnings the one that says more is kept."""
    one, other = replace(OLD, abstract="We study newts…"), replace(OLD, abstract="We study newts in ponds. They...")
    assert merged(one, other).abstract == merged(other, one).abstract == other.abstract


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("We study toads…", WHOLE),
        ("We study newts in ponds.", WHOLE),
        ("We study newts in ponds. They", WHOLE),
        (WHOLE, WHOLE),
        ("We study newts…", "We study newts ..."),
        ("We study newts in ponds. They swim at night, and 79% of them return. And so on...", WHOLE),
    ],
)
def test_a_text_that_only_looks_cut(text: str, other: str) -> None:
    """Other words, a whole sentence or the same dots are no cut beginning: the newer text counts."""
    assert not is_cut(text, other)
    assert merged(replace(OLD, abstract=other), replace(NEW, abstract=text)).abstract == text


def test_the_best_id() -> None:
    """An arXiv id says more than a DOI, a DOI more than a title, from either side; of two of a kind the first stays."""
    for better, worse in ((D, T), (X, D), (X, T)):
        assert best_id(better, worse) == best_id(worse, better) == better
    for one, other in ((X, "2202.00002"), ("2202.00002", X), (D, "10.9/other")):
        assert best_id(one, other) == one


def test_best_first() -> None:
    """Papers are taken in the order of what is known of them, whatever order they come in."""
    papers = [Paper(i, "t", "a") for i in (T, "10.9/b", X, D)]
    assert [p.id for p in best_first(papers)] == [X, D, "10.9/b", T]
    assert best_first(papers[::-1]) == best_first(papers)


def test_as_known() -> None:
    """A record takes from the papers it is of what tells papers apart, and nothing else."""
    record = Paper(D, "Newts", "Words.", year=2021)
    assert as_known(record, []) == record
    assert as_known(record, [OLD]) == replace(record, id=X, authors=("Ada Newt",))


# --- whether one title is one paper -----------------------------------------------------------------------------------


def paper(paper_id: str = T, **more: object) -> Paper:
    return replace(Paper(paper_id, "Newts: A Survey", "Words."), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        # By first author.
        (paper(authors=("Ada Newt",)), paper(authors=("Newt, A.", "Bo Olm")), True),
        (paper(authors=("Ada Newt",), year=2020), paper(authors=("Ada Newt",), year=2021), True),
        (paper(authors=("Ada Newt",)), paper(authors=("Bo Olm",)), None),
        (paper(authors=("Ada Newt",), year=2020), paper(authors=("Bo Olm", "Ada Newt"), year=2020), None),
        (paper(authors=("Ada Newt",), year=2020), paper(authors=("Bo Olm",), year=2021), False),
        # By year, or by nothing.
        (paper(year=2020), paper(authors=("Ada Newt",), year=2020), True),
        (paper(year=2020), paper(authors=("Ada Newt",), year=2021), None),
        (paper(), paper(authors=("Ada Newt",), year=2021), True),
        (paper(), paper(), True),
        # Ids speak first.
        (paper(X), paper("2202.00002"), None),
        (paper(X, authors=("Ada Newt",)), paper(D, doi=D, authors=("Newt A",)), True),
        (paper(D, doi=D), paper("10.9/b", doi="10.9/b"), None),
        (paper(X, doi=D), paper("10.9/b", doi="10.9/b"), None),
        (paper(X), paper(D, doi=D), True),
    ],
)
def test_same_paper(one: Paper, other: Paper, verdict: bool | None) -> None:
    """The first author decides, else the year, else nothing speaks against it; from either side alike."""
    assert same_paper(one, other) is verdict
    assert same_paper(other, one) is verdict


def test_a_sign_in_the_title() -> None:
    """It makes two papers that may be one, unless the abstract is the same; of other people they are two for sure."""
    one = paper(title="On C++", authors=("Ada Newt",), year=2020)
    other = replace(one, title="On C", abstract="Other words.")
    assert same_paper(one, other) is None
    assert same_paper(one, replace(other, abstract=one.abstract)) is True
    assert same_paper(one, replace(other, authors=("Bo Olm",), year=2021)) is False
    assert same_paper(one, replace(other, title="ON C ++")) is True


@pytest.mark.parametrize("title", ["Introduction", "EDITORIAL.", "Letter to the Editor", "Book Review", "Erratum"])
def test_titles_of_many_papers(title: str) -> None:
    """A title that many papers have needs an author and a year that agree, or the very same words."""
    one = paper(title=title)
    assert same_paper(one, replace(one, abstract="Other words.")) is None
    assert same_paper(one, replace(one, abstract="Other words.", authors=("Ada Newt",), year=2020)) is None
    assert same_paper(one, replace(one, authors=("Ada Newt",))) is True
    ada = replace(one, authors=("Ada Newt",), year=2020)
    assert same_paper(ada, replace(ada, abstract="Other words.")) is True
    assert same_paper(ada, replace(ada, year=2021)) is False


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ada Newt", "Newt, Ada", True),
        ("Ada Newt", "Newt A", True),
        ("Ada B. Newt", "A.B. Newt", True),
        ("Ada Newt", "NEWT, ADA", True),
        ("van der Eft, Cy", "Cy van der Eft", True),
        ("Łukasz Müller", "Muller, L.", True),
        ("García-Molch, José", "Jose Garcia-Molch", True),
        ("Li X", "Li, Xu", True),
        ("Xu Li", "Li X", True),
        ("Wei Zhang", "Zhang W", True),
        ("王伟", "王伟", True),
        ("Ada Newt", "Ada Olm", False),
        ("Ada Newt", "Newton, Ada", False),
        ("A. Newt", "A. Olm", False),
        ("王伟", "李伟", False),
    ],
)
def test_first_authors(one: str, other: str, same: bool) -> None:
    """Spellings and orders of a name are one person, a shared given name or initial is not."""
    verdict = same_paper(paper(authors=(one,), year=2020), paper(authors=(other,), year=2021))
    assert verdict is same


AUTHORS = st.lists(st.sampled_from(["Ada Newt", "Newt, A.", "Bo Olm", "", ",", ". .", "王伟", "A", "Jr."]), max_size=3)
PAPERS = st.builds(
    Paper,
    id=st.sampled_from([X, "2202.00002", D, "10.9/b", T]),
    title=st.sampled_from(["Newts", "Introduction", "NEWTS"]),
    abstract=st.sampled_from(["One.", "Two.", "One. Two three.", "One…", "One. Two th...", "One. Two"]),
    authors=AUTHORS.map(tuple),
    year=st.none() | st.integers(2019, 2021),
    doi=st.none() | st.sampled_from([D, "10.9/b"]),
    categories=st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
    version=st.none() | st.integers(1, 3),
    updated=st.none() | st.sampled_from(["2020-01-01", "2021-01-01"]),
)


@given(one=PAPERS, other=PAPERS, new_wins=st.booleans())
def test_laws_of_merging(one: Paper, other: Paper, new_wins: bool) -> None:
    """Nothing known is lost, the text is one record's whole, merging the same again changes nothing, and whether two
    papers are one does not depend on which is asked first."""
    result = merged(one, other, new_wins=new_wins)
    assert (result.title, result.abstract) in {(p.title, p.abstract) for p in (one, other)}
    assert set(result.categories) == {*one.categories, *other.categories}
    assert len(result.authors) == max(len(one.authors), len(other.authors))
    for name in ("year", "doi", "version", "updated"):
        known = {getattr(p, name) for p in (one, other)} - {None}
        assert getattr(result, name) in (known or {None})
    for again in (one, other):
        settled = merged(result, again, new_wins=False)
        assert merged(settled, again, new_wins=False) == settled
    assert merged(one, one) == one
    other = replace(other, title=one.title.upper())
    assert same_paper(one, other) is same_paper(other, one)
