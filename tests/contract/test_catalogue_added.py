"""When papers came into the library: noted once, kept through changes, unknown for what was there before."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.catalogue import SqliteCatalogue
from app.core.domain import Paper
from app.core.report import Told

NEWTS = Paper("10.1/newts", "On Newts", "Newts swim.", doi="10.1/newts")
TOADS = Paper("title:0123456789abcdef", "On Toads", "Toads walk.")
OLMS = Paper("2101.00001", "On Olms", "Olms hide.")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> SqliteCatalogue:
    store = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    store.clock = clock
    return store


def test_a_paper_comes_once(store: SqliteCatalogue, clock: Clock) -> None:
    """A change of its text is no news; taken out and put in again, it is."""
    store.write([NEWTS, TOADS])
    clock.now = 2000.0
    store.write([replace(NEWTS, abstract="Newts swim and walk."), OLMS])
    assert store.added_since(0) == {NEWTS.id: 1000.0, TOADS.id: 1000.0, OLMS.id: 2000.0}
    assert list(store.added_since(1500)) == [OLMS.id] == list(store.added_since(2000)) and not store.added_since(2001)
    store.write([], [TOADS.id])
    clock.now = 3000.0
    assert TOADS.id not in store.added_since(0)
    store.write([TOADS])
    assert store.added_since(2500) == {TOADS.id: 3000.0}
    store.forget_added()
    assert not store.added_since(0)


def test_a_paper_that_gets_another_id_came_when_it_came(store: SqliteCatalogue, clock: Clock) -> None:
    store.write([TOADS])
    clock.now = 2000.0
    store.write([replace(TOADS, id="2101.00002")], [TOADS.id], Told(moved={TOADS.id: "2101.00002"}))
    assert store.added_since(0) == {"2101.00002": 1000.0}


def test_an_older_catalogue_has_nothing_new(store: SqliteCatalogue, clock: Clock, tmp_path: Path) -> None:
    """What was there before times were noted counts as having been there always, after a change or under another id too."""
    store.write([NEWTS, TOADS])
    store.close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as raw:
        raw.execute("DROP TABLE added")
    raw.close()
    again = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    again.clock = clock
    clock.now = 5000.0
    again.write([replace(NEWTS, abstract="Newts rest.")])
    again.write([replace(TOADS, id="2101.00002")], [TOADS.id], Told(moved={TOADS.id: "2101.00002"}))
    assert not again.added_since(0)
    again.write([OLMS])
    assert again.added_since(0) == {OLMS.id: 5000.0}
    again.close()
