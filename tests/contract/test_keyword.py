"""What the keyword index promises, on a real tantivy index."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.catalogue import SqliteCatalogue
from app.adapters.keyword import VERSION, TantivyKeywordIndex
from app.core.domain import Paper
from app.core.errors import LibraryBusyError, LibraryError
from app.core.filters import Filters
from app.core.names import name_key
from app.core.report import Changes
from ingest.pipeline import catch_up

NEWTS = Paper(
    "newts",
    "NewtNet: Limb Plans in Newts",
    "We propose NewtNet. Newts regrow limbs and swim in ponds.",
    ("Ada Newt", "Łukasz Müller"),
    2020,
)
TOADS = Paper(
    "toads",
    "Counting Toads by Ear",
    "Toads call at night. A model of sound counts newts too.",
    ("van der Eft, Cy",),
    2021,
)
OLMS = Paper(
    "olms",
    "Olms in Caves",
    "Olms hide. Nothing is heard, and the model of caves is empty.",
    ("Bo Olm Jr.", "Ada Newt"),
    2021,
)
PAPERS = [NEWTS, TOADS, OLMS]


STORE = "the store of these tests"


@pytest.fixture
def index(tmp_path: Path) -> TantivyKeywordIndex:
    """The three papers."""
    return built(tmp_path / "keyword")


def built(folder: Path, papers: Sequence[Paper] = PAPERS) -> TantivyKeywordIndex:
    index = TantivyKeywordIndex(folder)
    put(index, *papers)
    return index


def put(index: TantivyKeywordIndex, *papers: Paper, removed: Sequence[str] = ()) -> None:
    """The next step of the store."""
    index.apply(Changes(papers, tuple(removed), index.position(STORE) + 1), STORE)


def found(index: TantivyKeywordIndex, text: str, k: int = 10, ids: tuple[str, ...] = ()) -> list[str]:
    return [hit.paper_id for hit in index.search(text, k, Filters(ids=ids))]


def test_it_knows_how_far_it_has_come(tmp_path: Path) -> None:
    """A new index has taken in nothing; a filled one knows the step, of its own store only, and after opening too."""
    index = TantivyKeywordIndex(tmp_path / "keyword")
    assert (index.position(STORE), index.count(), index.ids()) == (0, 0, [])
    index.apply(Changes(tuple(PAPERS), (), 7), STORE)
    again = TantivyKeywordIndex(tmp_path / "keyword")
    for opened in (index, again):
        assert (opened.position(STORE), opened.position("another store"), opened.count()) == (7, 0, 3)
        assert sorted(opened.ids()) == ["newts", "olms", "toads"]
    assert found(again, "toads") == ["toads"]


def test_an_empty_index(tmp_path: Path) -> None:
    """An index without papers finds nothing and fails at nothing."""
    index = built(tmp_path / "keyword", [])
    assert index.count() == 0
    assert index.search("newts", 5) == index.by_author("Newt", None) == index.papers_with_phrase("newts") == []
    assert index.by_name(["newtnet"]) == {}
    assert index.idf("newt") > 0


def test_best_first(index: TantivyKeywordIndex) -> None:
    """The paper with more of the words, and more often, comes first; scores fall, ranks count from 1."""
    hits = index.search("how do newts swim in ponds", 10)
    assert [hit.paper_id for hit in hits] == ["newts", "toads"]
    assert hits[0].score > hits[1].score > 0
    assert [hit.rank for hit in hits] == [1, 2]
    assert [hit.chunk_id for hit in hits] == ["newts#0", "toads#0"]


def test_rare_words_weigh_more(index: TantivyKeywordIndex) -> None:
    """A word of one paper counts for more than a word of two."""
    assert found(index, "model caves")[0] == "olms"
    assert found(index, "model night")[0] == "toads"


def test_title_and_word_forms_are_found(index: TantivyKeywordIndex) -> None:
    """Words of the title count, in any form, case or accent."""
    assert found(index, "COUNTED ear") == ["toads"]
    assert found(index, "càve") == ["olms"]


def test_k_and_filters(index: TantivyKeywordIndex) -> None:
    """At most k papers come, and only of those that fit; their scores do not depend on that."""
    assert found(index, "newts", k=1) == ["newts"]
    assert found(index, "newts", k=0) == []
    assert found(index, "newts", ids=("toads", "olms", "unknown")) == ["toads"]
    assert found(index, "newts", ids=("unknown",)) == []
    alone = index.search("newts", 5, Filters(ids=("toads",)))[0].score
    assert alone == pytest.approx(index.search("newts", 5)[1].score)


@pytest.mark.parametrize(
    "text",
    [
        "AND",
        "OR NOT",
        '"',
        '"newts',
        "title:toads",
        "*",
        "newt*",
        "(",
        "a:b:c [x TO y]",
        "\\",
        "+newts -newts",
        "newts^5",
        "~",
        "",
        " ",
        "🙂",
        "\x00",
    ],
)
def test_text_is_never_a_query_language(index: TantivyKeywordIndex, text: str) -> None:
    """Operators, quotes and field names are plain words or nothing: the text finds what its bare words find."""
    words = "".join(c if c.isalnum() else " " for c in text)
    assert found(index, text) == found(index, words)


def test_a_minus_does_not_exclude(index: TantivyKeywordIndex) -> None:
    """Words with operators around them are searched like others."""
    assert found(index, "-newts") == ["newts", "toads"]
    assert found(index, "title:olms") == ["olms"]
    assert found(index, "newts AND olms") == found(index, "newts olms")
    assert len(found(index, "newts AND olms")) == 3


def test_stop_words_alone(index: TantivyKeywordIndex) -> None:
    """A query of stop words only is searched for them rather than refused; beside other words they do not count."""
    assert found(index, "at") == ["toads"]
    assert found(index, "at caves") == ["olms"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), k=st.integers(0, 4))
def test_any_text_is_searched(index: TantivyKeywordIndex, text: str, k: int) -> None:
    """Whatever is typed, at most k hits come, best first, the same each time."""
    hits = index.search(text, k)
    assert len(hits) <= k
    assert hits == index.search(text, k)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert index.papers_with_phrase(text) == sorted(index.papers_with_phrase(text))


def test_names(index: TantivyKeywordIndex) -> None:
    """A name leads to the papers that introduce it, not to those that use it; unknown names are absent."""
    assert index.by_name([name_key("NEWT-NET"), name_key("NewtNet's"), "toadnet"]) == {"newtnet": ["newts"]}
    put(index, dataclasses.replace(TOADS, abstract="We extend NewtNet to toads by ear, with care."))
    assert index.by_name(["newtnet"]) == {"newtnet": ["newts"]}


def test_a_name_goes_with_its_paper(index: TantivyKeywordIndex) -> None:
    """When the only paper of a name is replaced or deleted the name is unknown."""
    put(index, dataclasses.replace(NEWTS, title="On newts", abstract="They swim."))
    assert index.by_name(["newtnet"]) == {}
    put(index, NEWTS)
    put(index, removed=["newts"])
    assert index.by_name(["newtnet"]) == {}


@pytest.mark.parametrize(
    ("surname", "year", "ids"),
    [
        ("Newt", None, ["newts", "olms"]),
        ("newt", 2020, ["newts"]),
        ("Newt", 2021, ["olms"]),
        ("Newt", 1999, []),
        ("Newt's", 2020, ["newts"]),
        ("Müller", None, ["newts"]),
        ("Muller", None, ["newts"]),
        ("Eft", 2021, ["toads"]),
        ("van der Eft", None, ["toads"]),
        ("Olm", None, ["olms"]),
        ("Jr", None, []),
        ("Ada", None, []),
        ("", None, []),
        ("Newt", -5, []),
        ("Newt", 10**30, []),
    ],
)
def test_author_and_year(index: TantivyKeywordIndex, surname: str, year: int | None, ids: list[str]) -> None:
    """A surname, with the year or without, leads to the papers; given names and suffixes do not."""
    assert index.by_author(surname, year) == ids


def test_authors_as_pubmed_writes_them(tmp_path: Path) -> None:
    """A name with its initials behind it is found by the family name, not by the initials."""
    index = built(tmp_path / "keyword", [dataclasses.replace(NEWTS, authors=("Newt AB", "Olm-Eft C"))])
    assert index.by_author("Newt", None) == index.by_author("Olm-Eft", 2020) == ["newts"]
    assert index.by_author("AB", None) == index.by_author("C", None) == []


def test_phrases(index: TantivyKeywordIndex) -> None:
    """A phrase is words next to each other in their order; titles can be asked alone."""
    assert index.papers_with_phrase("regrow limbs") == ["newts"]
    assert index.papers_with_phrase("limbs regrow") == []
    assert index.papers_with_phrase("model of") == ["olms", "toads"]
    assert index.papers_with_phrase("newts") == ["newts", "toads"]
    assert index.titles_with_phrase("limb plans") == ["newts"]
    assert index.titles_with_phrase("newts") == ["newts"]
    assert index.titles_with_phrase("regrow limbs") == []
    assert index.papers_with_phrase("...") == []


def test_terms(index: TantivyKeywordIndex) -> None:
    """Terms are stemmed, lower-case, without stop words, in order, repeats kept."""
    assert index.terms("The Newts and which NEWT is swimming?") == ["newt", "newt", "swim"]


def test_idf(index: TantivyKeywordIndex) -> None:
    """The fewer papers have a term, the higher its weight; it is BM25's, and always positive."""
    assert index.idf("newt") == pytest.approx(0.470004, abs=1e-5)
    assert index.idf("toad") == pytest.approx(0.980829, abs=1e-5)
    assert index.idf("unicorn") == pytest.approx(2.079442, abs=1e-5)
    assert index.idf("model") > 0


def test_idf_after_many_changes(index: TantivyKeywordIndex) -> None:
    """Papers replaced again and again count once, so weights stay what they were."""
    before = index.idf("toad")
    for number in range(3):
        put(
            index,
            dataclasses.replace(TOADS, title=f"Toads {number}"),
            dataclasses.replace(OLMS, title=f"Olms {number}"),
        )
        put(index, dataclasses.replace(OLMS, title=f"Olms again {number}"))
    assert index.idf("toad") == pytest.approx(before)
    assert index.count() == 3


def test_a_step_replaces_and_forgets(index: TantivyKeywordIndex) -> None:
    """A replaced paper is found by its new words only, a deleted one not at all."""
    put(index, dataclasses.replace(TOADS, title="Frogs", abstract="Frogs jump.", authors=()))
    assert found(index, "toads") == []
    assert found(index, "jumping") == ["toads"]
    assert index.by_author("Eft", None) == []
    put(index, removed=["toads", "unknown"])
    assert found(index, "jumping") == []
    assert index.count() == 2


def test_clear(index: TantivyKeywordIndex, tmp_path: Path) -> None:
    """A cleared index is empty and has taken in nothing; what it takes in afterwards is all that is there."""
    index.clear()
    for opened in (index, TantivyKeywordIndex(tmp_path / "keyword")):
        assert (opened.position(STORE), opened.count(), found(opened, "newts")) == (0, 0, [])
    put(index, TOADS)
    assert index.ids() == found(index, "newts olms") == ["toads"]


def test_a_year_of_no_use(tmp_path: Path) -> None:
    """A paper without year is found by author."""
    index = built(tmp_path / "keyword", [dataclasses.replace(NEWTS, year=None)])
    assert index.by_author("Newt", None) == ["newts"]
    assert index.by_author("Newt", 2020) == []


def test_a_step_taken_in_twice(index: TantivyKeywordIndex) -> None:
    """A step that comes again, as after a crash, changes nothing more: each paper is there once."""
    step = Changes((dataclasses.replace(TOADS, title="Frogs"), dataclasses.replace(NEWTS, id="more")), ("olms",), 5)
    for _ in range(2):
        index.apply(step, STORE)
        assert sorted(index.ids()) == ["more", "newts", "toads"]
        assert (index.position(STORE), index.count()) == (5, 3)


def test_a_crash_before_the_position_is_written(tmp_path: Path) -> None:
    """The position is written last, so that a crash leaves an index that asks for the step again."""
    index = built(tmp_path / "keyword")
    [manifest] = tmp_path.glob("*.json")
    before = manifest.read_bytes()
    put(index, dataclasses.replace(NEWTS, id="more"))
    manifest.write_bytes(before)
    crashed = TantivyKeywordIndex(tmp_path / "keyword")
    assert crashed.position(STORE) == 1
    put(crashed, dataclasses.replace(NEWTS, id="more"))
    assert sorted(crashed.ids()) == ["more", "newts", "olms", "toads"]


class Interrupted(tuple[Paper, ...]):
    """Papers after the first of which something happens."""

    def __iter__(self) -> Iterator[Paper]:
        for number, paper in enumerate(super().__iter__()):
            if number:
                self.happens()
            yield paper

    def happens(self) -> None:
        raise OSError("no space left on device")


def test_a_step_that_fails_leaves_the_one_before(index: TantivyKeywordIndex, tmp_path: Path) -> None:
    """When the disk is full in the middle of a step nothing of it is there, our error says so, and it can be tried
    again at once."""
    new = [dataclasses.replace(paper, id=f"{paper.id}2") for paper in PAPERS]
    with pytest.raises(LibraryError, match="no space left") as refused:
        index.apply(Changes(Interrupted(new), ("newts",), 2), STORE)
    assert f'"{tmp_path / "keyword"}"' in str(refused.value) and refused.value.hint
    for opened in (index, TantivyKeywordIndex(tmp_path / "keyword")):
        assert (opened.position(STORE), sorted(opened.ids())) == (1, ["newts", "olms", "toads"])
    put(index, *new, removed=["newts"])
    assert index.count() == 5


def test_two_writers(tmp_path: Path, index: TantivyKeywordIndex) -> None:
    """While one process writes, the other is told so in our words and finds what was there before."""
    other = TantivyKeywordIndex(tmp_path / "keyword")

    class Meanwhile(Interrupted):
        def happens(self) -> None:
            with pytest.raises(LibraryBusyError) as busy:
                put(other, TOADS)
            assert "Wait" in busy.value.hint
            assert found(TantivyKeywordIndex(tmp_path / "keyword"), "toads") == ["toads"]

    index.apply(Changes(Meanwhile([NEWTS, dataclasses.replace(OLMS, id="more")]), (), 2), STORE)
    assert index.count() == 4


def test_one_writer_after_the_other(tmp_path: Path) -> None:
    """Two processes that opened an empty index write in turn: each sees what the other wrote, no paper comes twice."""
    one, other = TantivyKeywordIndex(tmp_path / "keyword"), TantivyKeywordIndex(tmp_path / "keyword")
    put(one, *PAPERS)
    put(other, dataclasses.replace(TOADS, title="Frogs"))
    assert sorted(other.ids()) == ["newts", "olms", "toads"]
    put(one, removed=["olms"])
    other.reopen()
    assert sorted(one.ids()) == sorted(other.ids()) == ["newts", "toads"]
    assert one.position(STORE) == other.position(STORE) == 3


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    """The three papers in a real store."""
    store = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    store.write([NEWTS, TOADS])
    store.write([OLMS])
    yield store
    store.close()


def test_it_follows_its_store(tmp_path: Path, store: SqliteCatalogue) -> None:
    """The index takes in what the store has more than it, whole steps, and stands where the store stands."""
    index = TantivyKeywordIndex(tmp_path / "keyword")
    catch_up(store, index)
    assert (sorted(index.ids()), index.position(store.identity)) == (["newts", "olms", "toads"], 2)
    store.write([dataclasses.replace(TOADS, title="Frogs")], removed=["olms"])
    store.write([dataclasses.replace(NEWTS, id="more")])
    catch_up(store, index)
    assert (sorted(index.ids()), index.position(store.identity)) == (["more", "newts", "toads"], 4)
    assert index.titles_with_phrase("frogs") == ["toads"]


def test_it_is_built_anew_for_another_store(tmp_path: Path, store: SqliteCatalogue) -> None:
    """An index of another store, or one ahead of its own (an older copy was put back), is emptied and filled."""
    index = built(tmp_path / "keyword", [dataclasses.replace(OLMS, id="strange")])
    for position, identity in ((1, STORE), (99, store.identity)):
        index.apply(Changes((dataclasses.replace(OLMS, id="strange"),), (), position), identity)
        catch_up(store, index)
        assert (sorted(index.ids()), index.position(store.identity)) == (["newts", "olms", "toads"], 2)


def test_a_new_store_empties_it(tmp_path: Path) -> None:
    """Beside a store without papers no paper is found."""
    index = built(tmp_path / "keyword")
    store = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    catch_up(store, index)
    assert index.ids() == []
    store.close()


def test_it_is_built_anew_after_another_emptied_it(tmp_path: Path, store: SqliteCatalogue) -> None:
    """A process that has the index open from when it was empty finds the papers of another once, not twice."""
    early = TantivyKeywordIndex(tmp_path / "keyword")
    catch_up(store, TantivyKeywordIndex(tmp_path / "keyword"))
    [manifest] = tmp_path.glob("*.json")
    manifest.unlink()
    catch_up(store, early)
    assert sorted(early.ids()) == ["newts", "olms", "toads"]


@pytest.mark.parametrize("damage", ["deleted", "cut"])
def test_damaged_files(tmp_path: Path, store: SqliteCatalogue, damage: str) -> None:
    """An index with any of its files lost or damaged is either whole or empty, and an empty one fills itself."""
    kinds = {path.suffix or path.name for path in (built(tmp_path / "keyword"), tmp_path / "keyword")[1].iterdir()}
    assert {".json", ".store", ".term", ".idx", ".pos"} <= kinds
    emptied = 0
    for kind in sorted(kinds):
        folder = tmp_path / f"damaged{kind}" / "keyword"
        catch_up(store, TantivyKeywordIndex(folder))
        for path in [p for p in folder.iterdir() if (p.suffix or p.name) == kind]:
            _damage(path, damage)
        index = TantivyKeywordIndex(folder)
        emptied += index.position(store.identity) == index.count() == 0
        catch_up(store, index)
        assert sorted(found(index, "toads caves")) == ["olms", "toads"]
        assert index.papers_with_phrase("regrow limbs") == ["newts"]
        assert sorted(index.ids()) == ["newts", "olms", "toads"]
    assert emptied >= 6


def test_a_lost_folder(tmp_path: Path, store: SqliteCatalogue) -> None:
    """When the index's folder is deleted and the file beside it stays, it is built anew all the same."""
    catch_up(store, TantivyKeywordIndex(tmp_path / "keyword"))
    shutil.rmtree(tmp_path / "keyword")
    index = TantivyKeywordIndex(tmp_path / "keyword")
    assert index.position(store.identity) == 0
    catch_up(store, index)
    assert index.count() == 3


def _damage(path: Path, how: str) -> None:
    if how == "deleted":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "",
        "[]",
        "null",
        f'{{"version": {VERSION}',
        f'{{"version": {VERSION}}}',
        f'{{"version": {VERSION}, "store": "s", "position": "many"}}',
        json.dumps({"version": 99, "store": STORE, "position": 1}),
    ],
)
def test_an_unknown_version(tmp_path: Path, manifest: str | None) -> None:
    """An index of another version, or of none known, is emptied and asks for everything."""
    built(tmp_path / "keyword")
    [path] = tmp_path.glob("*.json")
    if manifest is None:
        path.unlink()
    else:
        path.write_text(manifest)
    index = TantivyKeywordIndex(tmp_path / "keyword")
    assert (index.position(STORE), index.count()) == (0, 0)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """Where a file stands no index can be; the error is ours and names the path."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "keyword"):
        with pytest.raises(LibraryError) as refused:
            TantivyKeywordIndex(folder)
        assert f'"{folder}"' in str(refused.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_equal_papers_are_cut_alike(tmp_path: Path) -> None:
    """Of many papers with one score the same ones come, however and in whatever order they were stored."""
    papers = [Paper(f"p{n:03}", "On newts", "Newts are counted.", year=2020) for n in range(300)]
    other = [Paper(f"q{n:03}", "On toads", "Toads and newts are counted once more.", year=2021) for n in range(30)]
    forward = built(tmp_path / "forward", [*papers, *other])
    backward = TantivyKeywordIndex(tmp_path / "backward")
    for paper in papers[::40]:
        backward.apply(Changes((paper,), (), 1), "store")
    backward.apply(Changes(tuple(reversed([*papers, *other])), (), 2), "store")
    for k in (1, 7, 100, 299, 330, 1000):
        assert [hit.paper_id for hit in forward.search("newts", k)] == [h.paper_id for h in backward.search("newts", k)]
        assert forward.newest(k) == backward.newest(k)
    assert [hit.paper_id for hit in forward.search("newts", 3)] == ["p000", "p001", "p002"]
    assert forward.newest(2) == ["q000", "q001"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from("newt toad limb model cave call absent".split()), st.floats(0.1, 9), max_size=5),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    st.sampled_from([Filters(), Filters(since="2021"), Filters(ids=("newts", "unknown"))]),
)
def test_what_words_cover(
    index: TantivyKeywordIndex, weights: dict[str, float], at_least: float, filters: Filters
) -> None:
    """Of each paper that fits the share of the weights whose terms it has, as counting over its text gives it."""
    wanted = {}
    for paper in PAPERS:
        have = set(index.terms(f"{paper.title}. {paper.abstract}"))
        part = sum(weight for term, weight in weights.items() if term in have)
        share = part / sum(weights.values()) if weights else 0.0
        if filters.fits(paper) and share > 0 and share >= at_least - 1e-6:
            wanted[paper.id] = pytest.approx(share, abs=1e-5)
    covered = index.covering(weights, filters, at_least)
    assert covered == wanted
    assert list(covered.values()) == sorted(covered.values(), reverse=True)
