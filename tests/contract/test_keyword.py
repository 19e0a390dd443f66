"""What the keyword index promises, on a real tantivy index."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.keyword import TantivyKeywordIndex, surname_key
from app.core.domain import Paper
from app.core.errors import LibraryBusyError, LibraryError
from app.core.names import name_key

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


@pytest.fixture
def index(tmp_path: Path) -> TantivyKeywordIndex:
    """The three papers."""
    return built(tmp_path / "keyword")


def built(folder: Path, papers: Iterable[Paper] = PAPERS) -> TantivyKeywordIndex:
    index = TantivyKeywordIndex(folder)
    index.rebuild(papers)
    return index


def found(index: TantivyKeywordIndex, text: str, k: int = 10, among: list[str] | None = None) -> list[str]:
    return [hit.paper_id for hit in index.search(text, k, among)]


def test_a_new_index_is_stale_until_it_is_built(tmp_path: Path) -> None:
    """An index nobody filled says so; a filled one does not, nor when it is opened again."""
    assert TantivyKeywordIndex(tmp_path / "keyword").stale
    assert not built(tmp_path / "keyword").stale
    again = TantivyKeywordIndex(tmp_path / "keyword")
    assert (again.stale, again.count()) == (False, 3)
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


def test_k_and_among(index: TantivyKeywordIndex) -> None:
    """At most k papers come, and only of those among which is searched; their scores do not depend on that."""
    assert found(index, "newts", k=1) == ["newts"]
    assert found(index, "newts", k=0) == []
    assert found(index, "newts", among=["toads", "olms", "unknown"]) == ["toads"]
    assert found(index, "newts", among=[]) == []
    alone = index.search("newts", 5, ["toads"])[0].score
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
    index.put([dataclasses.replace(TOADS, abstract="We extend NewtNet to toads by ear, with care.")])
    assert index.by_name(["newtnet"]) == {"newtnet": ["newts"]}


def test_a_name_goes_with_its_paper(index: TantivyKeywordIndex) -> None:
    """When the only paper of a name is replaced or deleted the name is unknown."""
    index.put([dataclasses.replace(NEWTS, title="On newts", abstract="They swim.")])
    assert index.by_name(["newtnet"]) == {}
    index.put([NEWTS])
    index.delete(["newts"])
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


def test_surname_key() -> None:
    """Both orders of a name, with suffix, accent or particle, have one key."""
    names = ["Bo Müller", "Müller, Bo", "Bo Muller Jr.", "MÜLLER", "von Müller, Bo", "Bo Müller, Jr."]
    assert {surname_key(name) for name in names} == {"muller"}


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
        index.put(
            [dataclasses.replace(TOADS, title=f"Toads {number}"), dataclasses.replace(OLMS, title=f"Olms {number}")]
        )
        index.put([dataclasses.replace(OLMS, title=f"Olms again {number}")])
    assert index.idf("toad") == pytest.approx(before)
    assert index.count() == 3


def test_put_replaces_and_delete_forgets(index: TantivyKeywordIndex) -> None:
    """A replaced paper is found by its new words only, a deleted one not at all."""
    index.put([dataclasses.replace(TOADS, title="Frogs", abstract="Frogs jump.", authors=())])
    assert found(index, "toads") == []
    assert found(index, "jumping") == ["toads"]
    assert index.by_author("Eft", None) == []
    index.delete(["toads", "unknown"])
    assert found(index, "jumping") == []
    assert index.count() == 2


def test_rebuild_empties_first(index: TantivyKeywordIndex) -> None:
    """After a rebuild only the papers given are there."""
    index.rebuild([TOADS])
    assert index.count() == 1
    assert found(index, "newts olms") == ["toads"]


def test_a_year_of_no_use(tmp_path: Path) -> None:
    """A paper without year is found by author."""
    index = built(tmp_path / "keyword", [dataclasses.replace(NEWTS, year=None)])
    assert index.by_author("Newt", None) == ["newts"]
    assert index.by_author("Newt", 2020) == []


def test_a_crash_between_begin_and_finish(tmp_path: Path) -> None:
    """A process that dies between the two leaves an index that asks to be rebuilt; one that finishes does not."""
    index = built(tmp_path / "keyword")
    index.begin()
    index.put([dataclasses.replace(NEWTS, id="more")])
    index.finish()
    assert not TantivyKeywordIndex(tmp_path / "keyword").stale
    index.begin()
    crashed = TantivyKeywordIndex(tmp_path / "keyword")
    assert crashed.stale
    crashed.rebuild(PAPERS)
    assert TantivyKeywordIndex(tmp_path / "keyword").stale is False
    assert crashed.count() == 3


def test_a_change_that_failed_is_not_forgotten(tmp_path: Path) -> None:
    """When a change failed half-way, a later change that succeeds does not make the index complete; a rebuild does."""
    index = built(tmp_path / "keyword")
    index.begin()  # and then the disk was full
    index.begin()
    index.put([OLMS])
    index.finish()
    assert index.stale
    assert TantivyKeywordIndex(tmp_path / "keyword").stale
    index.rebuild(PAPERS)
    assert not index.stale
    assert not TantivyKeywordIndex(tmp_path / "keyword").stale


def test_opening_does_not_destroy_what_another_is_writing(tmp_path: Path) -> None:
    """Opening an index that another process has begun to change leaves its files alone."""
    writer = built(tmp_path / "keyword")
    writer.begin()
    reader = TantivyKeywordIndex(tmp_path / "keyword")
    assert reader.stale
    assert found(reader, "toads") == ["toads"]
    writer.put([dataclasses.replace(TOADS, id="toads2")])
    writer.finish()
    again = TantivyKeywordIndex(tmp_path / "keyword")
    assert (again.stale, again.count()) == (False, 4)


def test_two_writers(tmp_path: Path, index: TantivyKeywordIndex) -> None:
    """While one process writes, the other is told so in our words."""
    other = TantivyKeywordIndex(tmp_path / "keyword")

    def slow() -> Iterable[Paper]:
        yield NEWTS
        with pytest.raises(LibraryBusyError) as busy:
            other.put([TOADS])
        assert "Wait" in busy.value.hint
        yield OLMS

    index.rebuild(slow())
    assert index.count() == 2


@pytest.mark.parametrize("damage", ["deleted", "cut"])
def test_damaged_files(tmp_path: Path, damage: str) -> None:
    """An index with any of its files lost or damaged is either whole or stale, and stale ones can be rebuilt."""
    kinds = {path.suffix or path.name for path in (built(tmp_path / "keyword"), tmp_path / "keyword")[1].iterdir()}
    assert {".json", ".store", ".term", ".idx", ".pos"} <= kinds
    stale = 0
    for kind in sorted(kinds):
        folder = tmp_path / f"damaged{kind}" / "keyword"
        built(folder)
        for path in [p for p in folder.iterdir() if (p.suffix or p.name) == kind]:
            _damage(path, damage)
        index = TantivyKeywordIndex(folder)
        if index.stale:
            stale += 1
            index.rebuild(PAPERS)
        assert sorted(found(index, "toads caves")) == ["olms", "toads"]
        assert index.papers_with_phrase("regrow limbs") == ["newts"]
    assert stale >= 6


def _damage(path: Path, how: str) -> None:
    if how == "deleted":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    "manifest",
    [None, "", "[]", "null", '{"version": 1', '{"complete": true}', json.dumps({"version": 99, "complete": True})],
)
def test_an_unknown_version(tmp_path: Path, manifest: str | None) -> None:
    """An index of another version, or of none known, is emptied and asks to be rebuilt."""
    built(tmp_path / "keyword")
    [path] = tmp_path.glob("*.json")
    if manifest is None:
        path.unlink()
    else:
        path.write_text(manifest)
    index = TantivyKeywordIndex(tmp_path / "keyword")
    assert (index.stale, index.count()) == (True, 0)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """Where a file stands no index can be; the error is ours and names the path."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "keyword"):
        with pytest.raises(LibraryError) as refused:
            TantivyKeywordIndex(folder)
        assert f'"{folder}"' in str(refused.value)
    assert (tmp_path / "file").read_text() == "mine"
