"""Which record is which paper, whatever the order, the files and the batches they come in."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.catalogue import SqliteCatalogue
from app.core.domain import Paper
from app.core.report import NearDuplicate
from ingest.dry_run import Rehearsal, rehearsal
from ingest.identify import arxiv_id, stable_id
from ingest.match import Matcher
from ingest.record import make_paper

TITLE = "Newts: A Survey"
X, X2, D, D2 = "2101.00001", "2202.00002", "10.1234/newts", "10.9999/other"
Counts = tuple[int, int, int, int]


def record(title: str = TITLE, source: str = "file", **more: Any) -> Paper:
    """A record as a source makes it."""
    more.setdefault("abstract", "Newts swim.")
    return make_paper(title=title, source=source, **more)


def batches(papers: Sequence[Paper], size: int) -> Iterator[Sequence[Paper]]:
    for at in range(0, len(papers), size):
        yield papers[at : at + size]


def run(
    store: SqliteCatalogue | Rehearsal, papers: Sequence[Paper], size: int = 1000
) -> tuple[Counts, list[NearDuplicate]]:
    """One run over these records; (new, changed, unchanged, repeated), and what could not be decided."""
    matcher, repeated = Matcher(store), 0
    near: list[NearDuplicate] = []
    for batch in batches(papers, size):
        found = matcher.match(batch)
        store.write(found.write, found.removed, found.told)
        repeated += found.repeated
        near += found.near
    return (matcher.count("new"), matcher.count("changed"), matcher.count("unchanged"), repeated), near


def stored(store: SqliteCatalogue) -> dict[str, Paper]:
    return {paper.id: paper for paper in store.papers()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    """An empty library."""
    store = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    yield store
    store.close()


BY_TITLE = record(authors=["Ada Newt"], source="page")
BY_ARXIV = record(authors=["Newt, A.", "Olm, B."], identifier=f"{X}v1", source="arxiv", categories=["cs.CL"])
BY_DOI = record(authors=["A. Newt"], doi=D, source="journal", venue="Pond", categories=["q-bio"])
BY_BOTH = record(title="Newts, Surveyed", authors=["Ada Newt"], identifier=X, doi=f"https://doi.org/{D.upper()}")


@pytest.mark.parametrize("size", [1, 2, 9])
@pytest.mark.parametrize("order", list(itertools.permutations([BY_TITLE, BY_ARXIV, BY_DOI])))
def test_one_paper_in_any_order(store: SqliteCatalogue, order: Sequence[Paper], size: int) -> None:
    """Records known by title, arXiv id and DOI become one paper with the best id and everything that each knows."""
    counts, near = run(store, order, size)
    assert (counts, near) == ((1, 0, 0, 2), [])
    [paper] = store.papers()
    assert (paper.id, paper.doi, paper.venue, len(paper.authors)) == (X, D, "Pond", 2)
    assert set(paper.categories) == {"cs.CL", "q-bio"}
    assert run(store, order, size)[0] == (0, 0, 1, 2)
    assert list(store.papers()) == [paper]


@pytest.mark.parametrize("order", list(itertools.permutations([BY_TITLE, BY_ARXIV, BY_DOI])))
def test_one_paper_over_several_runs(store: SqliteCatalogue, order: Sequence[Paper]) -> None:
    """The same, each file in a run of its own; all of them once more change nothing."""
    assert [run(store, [paper])[0][0] for paper in order] == [1, 0, 0]
    [paper] = store.papers()
    assert (paper.id, paper.doi, len(paper.authors)) == (X, D, 2)
    position = store.position()
    for again in (*order, *reversed(order)):
        assert run(store, [again])[0] == (0, 0, 1, 0)
    assert (list(store.papers()), store.position()) == ([paper], position)


@pytest.mark.parametrize("size", [1, 9])
def test_a_record_that_ties_two_papers_together(store: SqliteCatalogue, size: int) -> None:
    """Two papers under an arXiv id and a DOI with other titles are one as soon as a record has both."""
    apart = [replace(BY_ARXIV, title="On Newts", abstract="Newts hide."), BY_DOI]
    assert run(store, apart, size) == ((2, 0, 0, 0), [])
    assert run(store, [BY_BOTH], size)[0] == (0, 1, 0, 0)
    [paper] = store.papers()
    assert (paper.id, paper.doi, paper.venue, len(paper.authors)) == (X, D, "Pond", 2)
    assert run(store, [*apart, BY_BOTH], size)[0] == (0, 0, 1, 2)
    assert list(store.papers()) == [paper]


@pytest.mark.parametrize("size", [1, 9])
def test_tied_together_in_one_run(store: SqliteCatalogue, size: int) -> None:
    """The same within one run: each record is in exactly one of the counts."""
    records = [replace(BY_ARXIV, title="On Newts", abstract="Newts hide."), BY_DOI, BY_BOTH]
    assert run(store, records, size)[0] == (1, 0, 0, 2)
    assert list(stored(store)) == [X]
    assert run(store, records, size)[0] == (0, 0, 1, 2)


@pytest.mark.parametrize("size", [1, 9])
def test_a_new_title_meets_a_paper_known_by_title(store: SqliteCatalogue, size: int) -> None:
    """When the second version of a paper takes the title that a page has told, both are one."""
    first = replace(BY_ARXIV, title="On Newts")
    second = replace(BY_ARXIV, version=2, abstract="Newts swim and hide.")
    run(store, [BY_TITLE, first, second], size)
    [paper] = store.papers()
    assert (paper.id, paper.title, paper.version) == (X, TITLE, 2)


CUT = [
    record(authors=["Ada Newt"], identifier=X, source="whole", abstract="Newts swim in ponds. They hide by day."),
    record(authors=["Ada Newt"], identifier=X, source="scholar", abstract="Newts swim in ponds. They…"),
    record(authors=["Ada Newt", "Bo Olm"], identifier=f"{X}v2", source="page", abstract="Newts swim  in po..."),
]


@pytest.mark.parametrize("size", [1, 9])
@pytest.mark.parametrize("order", list(itertools.permutations(CUT)))
def test_the_whole_text_in_any_order(store: SqliteCatalogue, order: Sequence[Paper], size: int) -> None:
    """Of a paper that some files give only the beginning of the whole abstract is kept; another run changes nothing."""
    run(store, order, size)
    [paper] = store.papers()
    assert (paper.abstract, paper.version, paper.authors) == (CUT[0].abstract, 2, ("Ada Newt", "Bo Olm"))
    for again in itertools.permutations(order):
        assert run(store, again, size)[0] == (0, 0, 1, 2)
    assert list(store.papers()) == [paper]


@pytest.mark.parametrize("order", list(itertools.permutations(CUT)))
def test_the_whole_text_over_several_runs(store: SqliteCatalogue, order: Sequence[Paper]) -> None:
    """The same, each file in a run of its own."""
    for one in order:
        run(store, [one])
    [paper] = store.papers()
    assert (paper.abstract, paper.version) == (CUT[0].abstract, 2)
    assert [run(store, [one])[0] for one in order] == [(0, 0, 1, 0)] * 3
    assert list(store.papers()) == [paper]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"identifier": "2101.00001"}, {"identifier": "arXiv:2101.00001v3"}),
        ({"identifier": "2101.00001v2"}, {"url": "https://arxiv.org/pdf/2101.00001v1.pdf"}),
        ({"identifier": "2101.00001"}, {"doi": "10.48550/arXiv.2101.00001"}),
        ({"doi": "https://doi.org/10.48550/ARXIV.2101.00001v2"}, {"url": "http://arxiv.org/abs/2101.00001"}),
        ({"identifier": "hep-th/9901001"}, {"identifier": "oai:arXiv.org:hep-th/9901001"}),
        ({"identifier": "math.GT/0309136v1"}, {"identifier": "math/0309136"}),
        ({"doi": "10.1234/NEWTS"}, {"url": "https://dx.doi.org/10.1234/newts"}),
        ({"doi": "doi:10.1234/newts."}, {"identifier": "10.1234/Newts"}),
    ],
)
def test_one_id_in_many_spellings(store: SqliteCatalogue, one: dict[str, Any], other: dict[str, Any]) -> None:
    """Spellings of one id make one paper, whatever title and authors the records have."""
    run(store, [record(**one), record("Other words", authors=["Cy Eft"], year=1999, source="b", **other)])
    assert store.count() == 1


@pytest.mark.parametrize(
    "title",
    [
        "NEWTS — a   survey!",
        "“Newts”: a survey.",
        "Newts\u200b: A Sur\u00advey",
        "Newts: A Survey",
        "𝐍ewts: A Survey",
        "N\u0065wts &amp; A Survey".replace("&amp; ", ": "),
        "Newts: A <i>Survey</i>",
        "{Newts}: {A} Survey",
    ],
)
def test_one_title_in_many_spellings(store: SqliteCatalogue, title: str) -> None:
    """Case, spaces, punctuation, markup and letters in another dress do not make another paper."""
    run(store, [record(authors=["Ada Newt"]), record(title, authors=["Newt, Ada"], source="b")])
    assert store.count() == 1


@pytest.mark.parametrize(
    ("titles", "authors"),
    [
        (("Über Molche", "U\u0308BER MOLCHE"), ("Łukasz Müller", "Mu\u0308ller, Łukasz")),
        (("Straße der Molche", "STRASSE DER MOLCHE"), ("Ada Newt", "Newt A")),
        (("蝾螈综述", "蝾螈综述。"), ("王伟", "王伟")),
        (("ΜΟΛΧΟΣ ΟΔΟΣ", "Μολχος οδος"), ("Li X", "Li, Xu")),
        (("ﬁnding newts", "Finding Newts"), ("van der Eft, Cy", "Cy van der Eft")),
    ],
)
def test_titles_and_names_of_the_world(
    store: SqliteCatalogue, titles: tuple[str, str], authors: tuple[str, str]
) -> None:
    """Accents, other scripts and both orders of a name are compared as a person would."""
    run(store, [record(t, authors=[a], source=t) for t, a in zip(titles, authors, strict=True)])
    assert store.count() == 1


@pytest.mark.parametrize("size", [1, 9])
@pytest.mark.parametrize("years", [(None, None), (2020, 2020), (2020, 2021)])
def test_two_papers_of_one_title(store: SqliteCatalogue, years: tuple[int | None, int | None], size: int) -> None:
    """Papers of one title by different people stay two, each finds its own again, and the pair is told unless the
    years differ as well."""
    ada, bo = (
        record("Introduction", authors=[name], year=year, abstract=f"{name} begins.")
        for name, year in zip(("Ada Newt", "Bo Olm"), years, strict=True)
    )
    counts, near = run(store, [ada, bo], size)
    assert counts == (2, 0, 0, 0)
    assert [pair.why for pair in near] == (
        ["the same title with another first author"] if years != (2020, 2021) else []
    )
    new = replace(bo, abstract="Bo begins anew.", authors=("Olm, B.",))
    assert run(store, [new], size)[0] == (0, 1, 0, 0)
    assert sorted(paper.abstract for paper in store.papers()) == ["Ada Newt begins.", "Bo begins anew."]


def test_titles_that_say_nothing(store: SqliteCatalogue) -> None:
    """Two editorials without author are two, unless they are word for word the same."""
    records = [record("Editorial", abstract=text, source=text) for text in ("One year ends.", "Another begins.")]
    counts, near = run(store, records)
    assert counts == (2, 0, 0, 0)
    assert [pair.why for pair in near] == ["a title that many papers have"]
    assert run(store, [replace(records[0], source="elsewhere")])[0] == (0, 0, 1, 0)
    # The same editor writes one every year.
    editor = [record("Foreword", abstract=f"{y} ends.", authors=["Ada Newt"], year=y) for y in (2020, 2021)]
    assert run(store, editor)[0] == (2, 0, 0, 0)


@pytest.mark.parametrize("size", [1, 9])
def test_what_cannot_be_decided(store: SqliteCatalogue, size: int) -> None:
    """Two arXiv ids or two DOIs with one title, one DOI under two arXiv ids, one abstract under two titles: told,
    with the reason, and not merged."""
    records = [
        record("A", identifier=X),
        record("A", identifier=X2, abstract="Other words."),
        record("B", doi=D, abstract="B is here."),
        record("B", doi=D2, abstract="B is there."),
        record("C", identifier="2303.00003", doi="10.1234/c", abstract="C is here."),
        record("C, again", identifier="2303.00004", doi="10.1234/c", abstract="C is there."),
        record("E", abstract="Word for word."),
        record("F", abstract="word for WORD"),
        record("G", year=2020, abstract="G is here."),
        record("G", year=2021, abstract="G is there."),
    ]
    counts, near = run(store, records, size)
    assert counts == (10, 0, 0, 0)
    names = {paper.id: paper.title[0] for paper in store.papers()}
    assert sorted(("".join(sorted(names[p.paper_id] + names[p.other_id])), p.why) for p in near) == [
        ("AA", "the same title under two arXiv ids"),
        ("BB", "the same title under two DOIs"),
        ("CC", "the same DOI under two arXiv ids"),
        ("EF", "the same abstract under another title"),
        ("GG", "the same title in another year"),
    ]


SIGNS = [
    ["Static analysis of C", "Static analysis of C++", "Static analysis of C#"],
    ["Photodetachment of H", "Photodetachment of H$^-$", "Photodetachment of H<sup>+</sup>"],
    ["Newts with p &gt; 0.05", "Newts with p &lt; 0.05", "Newts with p 0.05"],
]


@pytest.mark.parametrize("size", [1, 9])
@pytest.mark.parametrize("titles", [order for titles in SIGNS for order in itertools.permutations(titles)])
def test_titles_that_differ_in_a_sign(store: SqliteCatalogue, titles: Sequence[str], size: int) -> None:
    """They are papers of their own, also by one author in one year, in any order; read again they change nothing, and
    that they are alike is told."""
    records = [record(t, authors=["Ada Newt"], year=2020, abstract=f"Words {n}.") for n, t in enumerate(titles)]
    counts, near = run(store, records, size)
    assert counts == (3, 0, 0, 0)
    assert [pair.why for pair in near] == ["titles that differ in a sign"] * 3
    before = stored(store)
    assert run(store, records, size)[0] == (0, 0, 3, 0)
    assert run(store, [replace(r, source="other") for r in reversed(records)], size)[0] == (0, 0, 3, 0)
    changed = [replace(r, abstract=f"{r.abstract} Anew.") for r in records]
    assert run(store, changed, size)[0] == (0, 3, 0, 0)
    assert stored(store).keys() == before.keys()


@pytest.mark.parametrize("size", [1, 9])
@pytest.mark.parametrize("title", ["Photodetachment of H", "Photodetachment of H⁻", "PHOTODETACHMENT OF H-"])
def test_a_sign_that_was_only_lost(store: SqliteCatalogue, title: str, size: int) -> None:
    """With the same abstract the sign was lost on the way, or is spelled in another way: one paper."""
    records = [record("Photodetachment of $H^-$", authors=["Ada Newt"]), record(title, authors=["A. Newt"], source="b")]
    counts, near = run(store, records, size)
    assert (counts, near, store.count()) == ((1, 0, 0, 1), [], 1)


def test_a_library_from_before_signs_counted(store: SqliteCatalogue) -> None:
    """A paper keeps the id that was made without its signs, and gives it to no other."""
    old = record("Static analysis of C++", authors=["Ada Newt"], abstract="We parse templates.")
    old_id = stable_id("Static analysis of C", None, None)
    store.write([replace(old, id=old_id)])
    assert run(store, [old])[0] == (0, 0, 1, 0)
    plain = record("Static analysis of C", authors=["Ada Newt"], abstract="We parse macros.")
    assert run(store, [plain])[0] == (1, 0, 0, 0)
    assert {paper.title for paper in store.papers()} == {old.title, plain.title}
    assert stored(store)[old_id].title == old.title
    assert run(store, [plain, old])[0] == (0, 0, 2, 0)


@pytest.mark.parametrize("size", [1, 9])
def test_a_title_of_two_papers(store: SqliteCatalogue, size: int) -> None:
    """A record that may be either of two papers is neither: it is kept beside them, once, and told."""
    two = [record(identifier=X, authors=["Ada Newt"]), record(identifier=X2, authors=["Bo Olm"], abstract="Olms.")]
    run(store, two, size)
    page = [
        record(source="page", abstract="A page's words."),
        record(source="page 2", abstract="A second page's words."),
    ]
    counts, near = run(store, page, size)
    assert counts == (1, 0, 0, 1)
    assert {pair.why for pair in near} == {"the same title as more than one paper"}
    assert store.count() == 3
    assert run(store, [*page, *two], size)[0] == (0, 0, 3, 1)
    assert run(store, [replace(page[1], abstract="Changed.")], size)[0] == (0, 1, 0, 0)
    assert stored(store)[X].abstract == "Newts swim."


def test_a_later_version(store: SqliteCatalogue) -> None:
    """A later version brings its text; an earlier one that comes after it brings only what was not known."""
    v1, v2, v3 = (record(identifier=f"{X}v{n}", abstract=f"Version {n}.", source=f"v{n}") for n in (1, 2, 3))
    run(store, [v2])
    assert run(store, [replace(v1, authors=("Ada Newt",))])[0] == (0, 1, 0, 0)
    assert (stored(store)[X].abstract, stored(store)[X].authors) == ("Version 2.", ("Ada Newt",))
    assert run(store, [v1])[0] == (0, 0, 1, 0)
    assert run(store, [v3, v1])[0] == (0, 1, 0, 1)
    assert (stored(store)[X].abstract, stored(store)[X].version) == ("Version 3.", 3)


def test_a_file_that_changes(store: SqliteCatalogue) -> None:
    """Where records do not say which is newer, what a file says now counts, also what it said once before; what
    another file said in between counts until this one says something new."""
    old, new = record(abstract="Old words."), record(abstract="New words.")
    for text in (old, new, old, new):
        run(store, [text])
        assert [paper.abstract for paper in store.papers()] == [text.abstract]
        assert run(store, [text])[0] == (0, 0, 1, 0)
    other = record(abstract="Words of another file.", source="other")
    run(store, [other])
    assert run(store, [new])[0] == (0, 0, 1, 0)
    assert [paper.abstract for paper in store.papers()] == [other.abstract]


def test_a_file_with_two_records_of_a_paper(store: SqliteCatalogue) -> None:
    """A file that holds a paper twice in different words, read again after another file, changes nothing."""
    twice = [record(abstract="Words."), record(abstract="Other words.", authors=["Ada Newt"])]
    run(store, twice)
    run(store, [record(abstract="Newer words.", source="other")])
    before = stored(store)
    assert run(store, twice)[0] == (0, 0, 1, 1)
    assert stored(store) == before


def test_a_removed_paper_may_come_back(store: SqliteCatalogue) -> None:
    """After a person removes a paper, its file brings it again."""
    run(store, [BY_ARXIV])
    store.write([], removed=[X])
    assert run(store, [BY_ARXIV])[0] == (1, 0, 0, 0)


def test_thousands_of_one_title(store: SqliteCatalogue) -> None:
    """Thousands of papers with one title by as many people are told apart in a moment, with a few pairs of each."""
    papers = [record("Editorial", authors=[f"Ada Newt{n}"], abstract=f"{n} begins.", year=2020) for n in range(1500)]
    begun = time.thread_time()
    counts, near = run(store, papers, 500)
    assert counts == (1500, 0, 0, 0)
    assert 1000 < len(near) < 16_000
    assert run(store, papers, 500)[0] == (0, 0, 1500, 0)
    assert time.thread_time() - begun < 30


# --- whatever comes ---------------------------------------------------------------------------------------------------

RECORDS = st.builds(
    record,
    title=st.sampled_from([TITLE, "NEWTS (a survey)", "On Olms", "Introduction"]),
    abstract=st.sampled_from(["Newts swim.", "newts SWIM", "Olms hide.", "Both."]),
    authors=st.sampled_from([[], ["Ada Newt"], ["Newt, A.", "Bo Olm"], ["Bo Olm"]]),
    year=st.sampled_from([None, None, 2020, 2021]),
    identifier=st.sampled_from([None, None, X, f"{X}v2", f"{X}v3", X2]),
    doi=st.sampled_from([None, None, D, D.upper(), D2, f"10.48550/arXiv.{X}"]),
    updated=st.sampled_from([None, None, "2021-01-01", "2022-02-02"]),
    categories=st.sampled_from([[], ["cs.CL"], ["q-bio", "cs.CL"]]),
    source=st.sampled_from(["a", "b", "c"]),
)


def outcome(runs: Sequence[Sequence[Paper]], size: int) -> Any:
    """All there is to see after these runs, each over files of its own, into an empty library."""
    runs = [[replace(paper, source=f"{number}{paper.source}") for paper in one] for number, one in enumerate(runs)]
    store = SqliteCatalogue(Path(":memory:"))
    try:
        reports = []
        for papers in runs:
            counts, near = run(store, papers, size)
            assert sum(counts) == len(papers)
            reports.append((counts, {(p.paper_id, p.other_id) for p in near}))
        library, position = stored(store), store.position()
        _sound(library)
        for papers in (*runs, *reversed(runs), [p for one in runs for p in reversed(one)]):
            (new, changed, _, _), near = run(store, papers, size)
            assert (new, changed, near) == (0, 0, [])
        assert (stored(store), store.position()) == (library, position)
        return library, reports
    finally:
        store.close()


def _sound(library: dict[str, Paper]) -> None:
    """One DOI is one paper, but for a DOI under two arXiv ids; ids are what the papers' own fields say."""
    for one, other in itertools.combinations(library.values(), 2):
        if one.doi and one.doi == other.doi:
            assert arxiv_id(one.id) and arxiv_id(other.id)
    for paper in library.values():
        assert paper.id.startswith("title:") or arxiv_id(paper.id) == paper.id or paper.id in (D, D2)


@settings(max_examples=100, deadline=None)
@given(runs=st.lists(st.lists(RECORDS, max_size=7), min_size=1, max_size=3), size=st.integers(1, 5))
def test_any_records_in_any_batches(runs: list[list[Paper]], size: int) -> None:
    """Whatever files come in whatever order, the library is the same wherever a batch ends, every record is counted
    once, and the same files once more, in any order, change nothing."""
    library, reports = outcome(runs, size)
    whole, reports_whole = outcome(runs, 1000)
    assert library == whole
    assert [counts for counts, _ in reports] == [counts for counts, _ in reports_whole]


@settings(max_examples=60, deadline=None)
@given(before=st.lists(RECORDS, max_size=5), records=st.lists(RECORDS, max_size=7), size=st.integers(1, 4))
def test_a_dry_run_says_what_a_run_would(before: list[Paper], records: list[Paper], size: int) -> None:
    """Over a library that is not empty a dry run gives the counts and pairs of the real one, also where a paper comes
    again in another batch, and leaves the library as it was."""
    store = SqliteCatalogue(Path(":memory:"))
    try:
        run(store, before)
        was = stored(store), store.position(), store.told([*stored(store)])
        with rehearsal(store) as notes:
            said = [run(notes, records, size), run(notes, records, size)]
        assert (stored(store), store.position(), store.told([*stored(store)])) == was
        assert said == [run(store, records, size), run(store, records, size)]
    finally:
        store.close()
