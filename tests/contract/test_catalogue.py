"""What the library's list of papers promises, on a real SQLite file."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.catalogue_file import VERSION
from app.core.domain import Paper, abstract_key, title_key
from app.core.errors import LibraryError
from app.core.report import Told

FULL = Paper(
    id="10.1234/newt#1",
    title="On Newts: naïve “plans” 大",
    abstract="Newts swim.  They regrow limbs. 🙂 Nobody knows how.",
    authors=("Ada Newt", "Bo Olm"),
    year=2021,
    url="https://example.org/newts",
    doi="10.1234/newt#1",
    categories=("cs.CL", "q-bio"),
    venue="Pond",
    published="2021-05-01",
    source="jsonl",
    version=3,
    updated="2021-06-01",
    flags=("its text speaks to a model",),
)
BARE = Paper(id="title:0123456789abcdef", title="On Toads", abstract="Toads walk.")
OLMS = Paper(id="2101.00001", title="On Olms", abstract="Olms hide in caves.", year=2021)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library" / "catalogue.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteCatalogue]:
    """An empty catalogue."""
    store = SqliteCatalogue(path)
    yield store
    store.close()


def replayed(store: SqliteCatalogue, papers: dict[str, Paper], after: int, most: int = 1000) -> dict[str, Paper]:
    """What someone who knew `papers` at a position has after taking in every change since."""
    known = dict(papers)
    while after < store.position():
        changes = store.changes(after, most)
        assert changes.position > after
        for paper_id in changes.removed:
            known.pop(paper_id, None)
        known |= {paper.id: paper for paper in changes.papers}
        after = changes.position
    return known


def test_a_new_catalogue(store: SqliteCatalogue) -> None:
    """A new one answers everything with nothing, and stands at position 0."""
    assert (store.count(), store.position(), list(store.papers())) == (0, 0, [])
    assert store.get(["x"]) == store.fingerprints(["x"]) == store.told(["x"]) == store.taken(["x"]) == {}
    assert store.ids_by_title(["x"]) == store.ids_by_doi(["x"]) == store.ids_by_abstract(["x"]) == {}
    assert store.waiting("c") == store.without_paper("c") == []
    assert (store.embedded("c"), store.not_embedded("c", ["x"])) == (0, ["x"])
    changes = store.changes(0)
    assert (changes.papers, changes.removed, changes.position) == ((), (), 0)


def test_round_trip(store: SqliteCatalogue, path: Path) -> None:
    """Every field of a paper comes back, empty ones too, in the order asked, and for the next process."""
    store.write([FULL, BARE])
    again = SqliteCatalogue(path)
    for opened in (store, again):
        assert list(opened.get([BARE.id, "unknown", FULL.id, BARE.id]).items()) == [(BARE.id, BARE), (FULL.id, FULL)]
        assert list(opened.papers()) == sorted([FULL, BARE], key=lambda paper: paper.id)
        assert opened.fingerprints([FULL.id, "unknown"]) == {FULL.id: FULL.fingerprint}
        assert opened.count() == 2
    again.close()


def test_replace_and_remove(store: SqliteCatalogue) -> None:
    """A new version replaces the paper whole in every look-up; a removed one is in none; unknown ids do not matter."""
    store.write([FULL, BARE, OLMS])
    new = Paper(FULL.id, "On Newts Again", "Other words.")
    store.write([new], removed=[BARE.id, "unknown"])
    assert list(store.papers()) == [new, OLMS]
    assert store.fingerprints([FULL.id, BARE.id]) == {FULL.id: new.fingerprint}
    assert store.ids_by_title([title_key(p.title) for p in (FULL, BARE, new)]) == {title_key(new.title): [FULL.id]}
    assert store.ids_by_abstract([abstract_key(p.abstract) for p in (FULL, BARE)]) == {}
    assert store.ids_by_doi([FULL.doi or ""]) == {}


def test_look_ups(store: SqliteCatalogue) -> None:
    """Title, abstract and DOI each give all papers that have them, in the order of ids; unknown keys are absent."""
    twin = dataclasses.replace(OLMS, id="2101.00002", title="ON NEWTS — Naive plans (大)", doi=FULL.doi)
    same_words = dataclasses.replace(BARE, id="2101.00003", abstract="toads WALK!", title="Other")
    store.write([twin, FULL, same_words, BARE])
    key = title_key(FULL.title)
    assert store.ids_by_title([key, key, "unknown"]) == {key: sorted([FULL.id, twin.id])}
    assert store.ids_by_doi([str(FULL.doi), "unknown"]) == {FULL.doi: sorted([FULL.id, twin.id])}
    key = abstract_key(BARE.abstract)
    assert store.ids_by_abstract([key]) == {key: sorted([BARE.id, same_words.id])}


def test_told(store: SqliteCatalogue) -> None:
    """Which records a paper came from is remembered, whatever else is written, and forgotten with the paper."""
    store.write(
        [FULL, BARE], told=Told([(FULL.id, "a", "1"), (FULL.id, "b", "1"), (FULL.id, "a", "2"), (BARE.id, "a", "3")])
    )
    store.write([dataclasses.replace(FULL, year=1999)])
    assert store.taken(["1", "2", "3", "x"]) == {
        "1": {"a": FULL.id, "b": FULL.id},
        "2": {"a": FULL.id},
        "3": {"a": BARE.id},
    }
    assert store.told([FULL.id, BARE.id, "x"]) == {FULL.id: {"a": "2", "b": "1"}, BARE.id: {"a": "3"}}
    store.write([], removed=[FULL.id])
    assert store.taken(["1", "2", "3"]) == {"3": {"a": BARE.id}}
    assert store.told([FULL.id]) == {}


def test_told_instead(store: SqliteCatalogue) -> None:
    """What an origin said of a paper before is forgotten where it says something else now; others' words are not."""
    store.write([FULL, BARE], told=Told([(FULL.id, "a", "1"), (FULL.id, "b", "1"), (BARE.id, "a", "3")]))
    store.write([FULL], told=Told([(FULL.id, "a", "4")], instead=[(FULL.id, "a")]))
    assert store.taken(["1", "3", "4"]) == {"1": {"b": FULL.id}, "3": {"a": BARE.id}, "4": {"a": FULL.id}}


def test_told_moves(store: SqliteCatalogue) -> None:
    """A paper that goes by another id from now on takes what was said of it along, in one step."""
    store.write([BARE], told=Told([(BARE.id, "a", "3")]))
    store.write([OLMS], removed=[BARE.id], told=Told([(OLMS.id, "b", "4")], moved={BARE.id: OLMS.id}))
    assert store.taken(["3", "4"]) == {"3": {"a": OLMS.id}, "4": {"b": OLMS.id}}
    assert store.told([BARE.id, OLMS.id]) == {OLMS.id: {"a": "3", "b": "4"}}


# --- positions and changes --------------------------------------------------------------------------------------------


def test_positions(store: SqliteCatalogue, path: Path) -> None:
    """Every step that changes papers gets the next number; what changes none gets none."""
    assert [store.write([FULL]), store.write([BARE, OLMS]), store.write([], removed=[BARE.id])] == [1, 2, 3]
    assert store.write([], told=Told([(FULL.id, "a", "1")])) == 3
    store.note_embedded("c", {FULL.id: FULL.fingerprint})
    store.note("vectors", "7")
    again = SqliteCatalogue(path)
    assert (again.position(), again.about("vectors")) == (3, "7")
    again.close()


def test_identity(store: SqliteCatalogue, path: Path, tmp_path: Path) -> None:
    """A catalogue keeps its identity; another one, also in the same place, has another."""
    identity = store.identity
    again, other = SqliteCatalogue(path), SqliteCatalogue(tmp_path / "other.sqlite")
    assert again.identity == identity != other.identity
    for opened in (again, other, store):
        opened.close()
    for file in path.parent.iterdir():
        file.unlink()
    new = SqliteCatalogue(path)
    assert new.identity != identity
    new.close()


def test_changes_come_in_whole_steps(store: SqliteCatalogue) -> None:
    """A step is never cut, however many papers it has, and no more steps come than hold the number asked for."""
    store.write([dataclasses.replace(BARE, id=f"a{n}") for n in range(5)])
    store.write([dataclasses.replace(BARE, id=f"b{n}") for n in range(2)], removed=["a0"])
    store.write([dataclasses.replace(BARE, id="c0")])
    first = store.changes(0, most=2)
    assert (sorted(p.id for p in first.papers), first.removed, first.position) == (["a1", "a2", "a3", "a4"], (), 1)
    second = store.changes(1, most=2)
    assert (sorted(p.id for p in second.papers), second.removed, second.position) == (["b0", "b1"], ("a0",), 2)
    rest = store.changes(1)
    assert (sorted(p.id for p in rest.papers), rest.removed, rest.position) == (["b0", "b1", "c0"], ("a0",), 3)
    assert store.changes(3).position == 3 and not store.changes(3).papers


def test_a_paper_that_comes_back(store: SqliteCatalogue) -> None:
    """A paper removed and written again is a change like any other, and no longer counted as removed."""
    store.write([BARE])
    store.write([], removed=[BARE.id])
    store.write([BARE])
    changes = store.changes(0)
    assert (changes.papers, changes.removed, changes.position) == ((BARE,), (), 3)


# --- vectors ----------------------------------------------------------------------------------------------------------


def test_waiting_and_embedded(store: SqliteCatalogue) -> None:
    """A paper waits for its vectors until they are noted in its present version, in each collection by itself."""
    store.write([FULL])
    store.write([OLMS, BARE])
    assert store.waiting("c") == [(1, FULL), (2, OLMS), (2, BARE)]
    assert store.waiting("c", after=2, most=1) == [(2, OLMS)]
    store.note_embedded("c", {FULL.id: FULL.fingerprint, OLMS.id: "of another version"})
    assert store.waiting("c") == [(2, OLMS), (2, BARE)]
    assert (store.embedded("c"), store.embedded("d"), len(store.waiting("d"))) == (1, 0, 3)
    assert store.not_embedded("c", [BARE.id, FULL.id, OLMS.id, "x"]) == [BARE.id, "x"]
    new = dataclasses.replace(FULL, abstract="New words.")
    store.write([new])
    assert store.waiting("c") == [(2, OLMS), (2, BARE), (3, new)]
    assert sorted(store.waiting_ids("c")) == sorted(paper.id for paper in (OLMS, BARE, new))
    assert store.embedded("c") == 0
    store.note_embedded("c", {p.id: p.fingerprint for p in (new, OLMS, BARE)})
    assert (store.waiting("c"), store.embedded("c")) == ([], 3)


def test_forgetting_vectors(store: SqliteCatalogue) -> None:
    """Vectors are forgotten by paper or for the whole collection; those of papers that are gone are told."""
    store.write([FULL, OLMS, BARE])
    marks = {p.id: p.fingerprint for p in (FULL, OLMS, BARE)}
    store.note_embedded("c", marks)
    store.note_embedded("d", marks)
    store.write([], removed=[OLMS.id])
    assert (store.without_paper("c"), store.embedded("c")) == ([OLMS.id], 2)
    store.forget_embedded("c", [OLMS.id, FULL.id])
    assert (store.without_paper("c"), store.embedded("c")) == ([], 1)
    assert store.waiting("c") == [(1, FULL)]
    store.forget_embedded("c")
    assert (store.embedded("c"), store.embedded("d")) == (0, 2)
    store.forget_embedded("d", [])
    assert store.embedded("d") == 2


# --- many, broken, strange --------------------------------------------------------------------------------------------


def test_forty_thousand_at_once(store: SqliteCatalogue) -> None:
    """More ids than the database takes in one statement are asked for, written and removed in one call."""
    papers = [Paper(f"p{n}", f"Paper {n}", f"Words {n}.", doi=f"10.1234/{n}") for n in range(40_000)]
    ids = [paper.id for paper in papers]
    store.write(papers, told=Told([(i, "a", i) for i in ids]))
    assert list(store.get(ids)) == ids
    assert len(store.fingerprints(ids)) == len(store.told(ids)) == len(store.taken(ids)) == 40_000
    assert len(store.ids_by_title([title_key(paper.title) for paper in papers])) == 40_000
    assert len(store.ids_by_doi([str(paper.doi) for paper in papers])) == 40_000
    store.note_embedded("c", dict.fromkeys(ids, "x"))
    assert store.not_embedded("c", [*ids, "more"]) == ["more"]
    store.forget_embedded("c", ids)
    assert store.not_embedded("c", ids) == ids
    store.write([], removed=ids[1:])
    assert (store.count(), len(store.changes(1).removed)) == (1, 39_999)


class Interrupted(tuple[tuple[str, str, str], ...]):
    """What is told, until the power goes."""

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        yield "x", "a", "1"
        raise KeyboardInterrupt


def test_all_or_nothing(store: SqliteCatalogue, path: Path) -> None:
    """A step that is interrupted in the middle has never happened, and the next one works."""
    store.write([FULL, BARE], told=Told([(BARE.id, "a", "1")]))
    with pytest.raises(KeyboardInterrupt):
        store.write([OLMS], removed=[BARE.id], told=Told(Interrupted("...")))
    again = SqliteCatalogue(path)
    for opened in (store, again):
        assert (list(opened.papers()), opened.position()) == ([FULL, BARE], 1)
        assert opened.told([BARE.id, "x"]) == {BARE.id: {"a": "1"}}
        assert opened.changes(0).removed == ()
    assert store.write([OLMS], removed=[BARE.id]) == 2
    assert list(again.papers()) == [FULL, OLMS]
    again.close()


def test_strange_text(store: SqliteCatalogue) -> None:
    """Quotes, wildcards and zero characters are text like any other; half characters, as of a file's name, are nobody's."""
    strange = [
        Paper(i, i, i, authors=(i,), doi=i) for i in ("'; DROP TABLE papers; --", "%", "a\x00b", "a", "\x1f", "é")
    ]
    store.write(strange, told=Told([("%", "'", '"')]))
    assert store.get([p.id for p in strange]) == {p.id: p for p in strange}
    assert store.told(["%"]) == {"%": {"'": '"'}}
    assert store.get(["\udcff", "%"]) == {"%": strange[1]}
    assert store.ids_by_title(["\ud800"]) == store.fingerprints(["\udcff"]) == {}
    with pytest.raises(LibraryError):
        store.write([Paper("\udcff", "t", "a")])
    assert store.count() == len(strange)


def test_another_version(path: Path, store: SqliteCatalogue) -> None:
    """A catalogue of a later or earlier askpapers is refused in words that say so, and not touched."""
    store.write([BARE])
    store.note("version", str(VERSION + 1))
    store.close()
    before = path.read_bytes()
    with pytest.raises(LibraryError) as refused:
        SqliteCatalogue(path)
    assert f'"{path.parent}"' in str(refused.value)
    assert f"version {VERSION + 1}, this one reads {VERSION}" in str(refused.value)
    assert "export" in refused.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_catalogue(path: Path, content: bytes) -> None:
    """What is no database is refused in our words, which name the file and say what to do, and is left as it is."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LibraryError) as refused:
        SqliteCatalogue(path)
    assert f'"{path}" is damaged' in str(refused.value)
    assert "ingest your files again" in refused.value.hint
    assert path.read_bytes() == content


def test_a_file_damaged_within(path: Path, store: SqliteCatalogue) -> None:
    """Pages that a failing disk has overwritten end in our error wherever they are read."""
    store.write([Paper(f"p{n}", f"Paper {n}", "Words. " * 50) for n in range(500)])
    store.close()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 8192)
    path.write_bytes(content)
    with pytest.raises(LibraryError) as refused:
        opened = SqliteCatalogue(path)
        try:
            list(opened.papers())
        finally:
            opened.close()
    assert f'"{path}"' in str(refused.value) and refused.value.hint


@pytest.mark.parametrize("record", ["{", "[]", '{"id": "x"}', '{"authors": 1, "categories": [], "flags": []}', "null"])
def test_a_damaged_record(path: Path, store: SqliteCatalogue, record: str) -> None:
    """A record that holds no paper is our error, not a traceback."""
    store.write([BARE])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE papers SET record = ?", (record,))
    db.close()
    for read in (lambda: store.get([BARE.id]), lambda: list(store.papers()), lambda: store.changes(0)):
        with pytest.raises(LibraryError, match="damaged"):
            read()


def test_a_place_that_cannot_be_one(tmp_path: Path) -> None:
    """Where a folder stands, or a file in place of the folder, the error names the path and says what to do."""
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path, tmp_path / "file" / "catalogue.sqlite"):
        with pytest.raises(LibraryError) as refused:
            SqliteCatalogue(path)
        assert f'"{path}"' in str(refused.value) and refused.value.hint
    assert (tmp_path / "file").read_text() == "mine"


def test_a_closed_catalogue(store: SqliteCatalogue) -> None:
    """Asking after closing is our error."""
    store.close()
    with pytest.raises(LibraryError):
        store.count()


# --- several at once --------------------------------------------------------------------------------------------------

PROCESSES, STEPS = 3, 25


def _write_steps(path: Path, name: int, start: Any) -> None:
    start.wait(30)
    store = SqliteCatalogue(path)
    for step in range(STEPS):
        own = Paper(f"{name}-{step}", f"Paper {name} {step}", "Words.")
        shared = Paper("shared", "Shared", f"Words of {name}, step {step}.")
        store.write([own, shared], removed=[f"{name}-{step - 2}"], told=Told([(own.id, "a", own.id)]))
        store.note_embedded("c", {own.id: own.fingerprint})
    store.close()


def test_processes_that_write_at_once(path: Path) -> None:
    """Processes that make the same new file at the same moment and write to it lose nothing of each other's."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES)
    writers = [context.Process(target=_write_steps, args=(path, name, start)) for name in range(PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    store = SqliteCatalogue(path)
    kept = {f"{name}-{step}" for name in range(PROCESSES) for step in (STEPS - 2, STEPS - 1)}
    assert {paper.id for paper in store.papers()} == kept | {"shared"}
    assert store.position() == PROCESSES * STEPS
    assert set(store.told([*kept, "0-0"])) == kept
    assert replayed(store, {}, 0, most=7) == {paper.id: paper for paper in store.papers()}
    assert store.embedded("c") == len(kept)
    store.close()


def test_a_reader_never_waits_for_a_writer(path: Path, store: SqliteCatalogue) -> None:
    """While another has a step under way, what was there before is read at once."""
    store.write([BARE])
    other = SqliteCatalogue(path)
    with other.transaction():
        other._db.execute("DELETE FROM papers")
        assert list(store.papers()) == [BARE]
    other.close()
    assert store.count() == 0


def test_threads_that_share_one(store: SqliteCatalogue) -> None:
    """Threads may read and write through one object; each step stays whole."""
    failures: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for step in range(30):
                store.write([Paper(f"{name}-{step}", "t", "a"), Paper(f"{name}-{step}+", "t", "a")])
                assert store.count() % 2 == 0
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert (store.count(), store.position()) == (240, 120)


# --- against a model --------------------------------------------------------------------------------------------------

IDS = st.sampled_from([f"p{n}" for n in range(6)])
ORIGINS = st.sampled_from("ab")
PAPERS = st.builds(
    Paper,
    id=IDS,
    title=st.sampled_from(["On Newts", "on NEWTS!", "On Olms"]),
    abstract=st.sampled_from(["Newts swim.", "Olms hide."]),
    doi=st.none() | st.sampled_from(["10.1/a", "10.1/b"]),
    year=st.none() | st.integers(2000, 2002),
)
WRITES = st.tuples(
    st.just("write"),
    st.lists(PAPERS, max_size=4, unique_by=lambda paper: paper.id),
    st.lists(IDS, max_size=3, unique=True),
    st.builds(
        Told,
        st.lists(st.tuples(IDS, ORIGINS, st.sampled_from("12")), max_size=3),
        st.lists(st.tuples(IDS, ORIGINS), max_size=2),
        st.dictionaries(IDS, IDS, max_size=1),
    ),
)
NOTES = st.tuples(st.just("note"), st.sampled_from("cd"), st.lists(IDS, max_size=4), st.booleans())
FORGETS = st.tuples(st.just("forget"), st.sampled_from("cd"), st.none() | st.lists(IDS, max_size=3), st.none())


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(WRITES | NOTES | FORGETS, max_size=12), most=st.integers(1, 5))
def test_any_sequence_of_steps(steps: list[tuple[Any, ...]], most: int) -> None:
    """After any steps the catalogue holds what a dictionary would, and from every position on the changes lead from
    what was there then to what is there now."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteCatalogue(Path(folder) / "catalogue.sqlite")
        try:
            papers: dict[str, Paper] = {}
            taken: dict[tuple[str, str], str] = {}
            embedded: dict[str, dict[str, str]] = {"c": {}, "d": {}}
            at: dict[int, dict[str, Paper]] = {0: {}}
            for kind, *step in steps:
                if kind == "write":
                    written, removed, said = step
                    position = store.write(written, removed, said)
                    taken = {(m, o): i for (m, o), i in taken.items() if (i, o) not in said.instead}
                    taken = {record: said.moved.get(i, i) for record, i in taken.items()}
                    taken = {record: i for record, i in taken.items() if i not in removed}
                    taken |= {(mark, origin): i for i, origin, mark in said.records}
                    papers = {i: paper for i, paper in papers.items() if i not in removed}
                    papers |= {paper.id: paper for paper in written}
                    assert position == store.position() == max(at) + bool(written or removed)
                    at[position] = dict(papers)
                elif kind == "note":
                    collection, ids, present = step
                    marks = {i: papers[i].fingerprint if present and i in papers else "old" for i in ids}
                    store.note_embedded(collection, marks)
                    embedded[collection] |= marks
                else:
                    collection, ids, _ = step
                    store.forget_embedded(collection, ids)
                    for paper_id in list(embedded[collection]) if ids is None else ids:
                        embedded[collection].pop(paper_id, None)
            _agree(store, papers, taken, embedded)
            for position, known in at.items():
                assert replayed(store, known, position, most) == papers
        finally:
            store.close()


def _agree(
    store: SqliteCatalogue,
    papers: dict[str, Paper],
    taken: dict[tuple[str, str], str],
    embedded: dict[str, dict[str, str]],
) -> None:
    ids = [f"p{n}" for n in range(6)]
    assert list(store.papers()) == [papers[i] for i in sorted(papers)]
    assert store.count() == len(papers)
    assert store.get(ids) == papers
    assert store.fingerprints(ids) == {i: paper.fingerprint for i, paper in papers.items()}
    found = store.taken(["1", "2", "3"])
    assert {(mark, origin): i for mark, by_origin in found.items() for origin, i in by_origin.items()} == taken
    assert {i: set(by_origin) for i, by_origin in store.told(ids).items()} == {
        i: {o for (_, o), other in taken.items() if other == i} for i in set(taken.values())
    }
    for key in ("onnewts", "onolms"):
        same = sorted(i for i, paper in papers.items() if title_key(paper.title) == key)
        assert store.ids_by_title([key]) == ({key: same} if same else {})
    for doi in ("10.1/a", "10.1/b"):
        same = sorted(i for i, paper in papers.items() if paper.doi == doi)
        assert store.ids_by_doi([doi]) == ({doi: same} if same else {})
    for collection, marks in embedded.items():
        done = {i for i, paper in papers.items() if marks.get(i) == paper.fingerprint}
        assert {paper.id for _, paper in store.waiting(collection)} == papers.keys() - done
        assert store.embedded(collection) == len(done)
        assert sorted(store.without_paper(collection)) == sorted(marks.keys() - papers.keys())
        assert store.not_embedded(collection, ids) == [i for i in ids if i not in marks]


def test_the_record_is_readable(path: Path, store: SqliteCatalogue) -> None:
    """A paper's record is plain JSON, so that it can be got out with any SQLite tool should we be gone."""
    store.write([FULL])
    with sqlite3.connect(path) as db:
        [(record,)] = db.execute("SELECT record FROM papers").fetchall()
    db.close()
    assert json.loads(record)["title"] == FULL.title and "大" in record
