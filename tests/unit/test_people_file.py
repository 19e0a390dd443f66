"""The file of people: what is written, who is let in, what cannot be read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.adapters.people_file import LONGEST, PeopleFile
from app.core.errors import InputError, SettingsError

PASSWORD = "correct horse"


@pytest.fixture
def people(tmp_path: Path) -> PeopleFile:
    """One person, with hashes that are quick to make."""
    people = PeopleFile(tmp_path / "sub" / "people", rounds=4)
    people.add("ada", PASSWORD)
    return people


def test_a_password_is_never_stored(people: PeopleFile) -> None:
    """The file holds name and hash, can be read by its owner alone, and nothing is left beside it."""
    text = people.path.read_text()
    assert text.startswith("ada:$2b$04$")
    assert PASSWORD not in text
    if os.name == "posix":
        assert stat.S_IMODE(people.path.stat().st_mode) == 0o600
        assert not people.open_to_all()
        people.path.chmod(0o644)
        assert people.open_to_all()
    assert [each.name for each in people.path.parent.iterdir()] == ["people"]


def test_who_is_let_in(people: PeopleFile) -> None:
    """Only the right password of a person who is there; nothing odd is let in or breaks."""
    assert people.check("ada", PASSWORD)
    for name, password in (("ada", "wrong"), ("bo", PASSWORD), ("", ""), ("ada", ""), ("ada", f"{PASSWORD}\0")):
        assert not people.check(name, password)
    assert not people.check("ada", PASSWORD + "x" * 200)
    assert not people.check("bo", "?")


def test_the_file_is_read_again(people: PeopleFile) -> None:
    """What another process changes holds from then on; without the file nobody is let in, and nothing breaks."""
    other = PeopleFile(people.path, rounds=4)
    other.add("bo", "another one entirely")
    assert people.check("bo", "another one entirely")
    assert other.add("ada", "a third password") is False
    assert not people.check("ada", PASSWORD)
    other.remove("bo")
    assert not people.check("bo", "another one entirely")
    people.path.unlink()
    assert not people.check("ada", "a third password")
    with pytest.raises(SettingsError, match="no file of people"):
        people.people()


@pytest.mark.parametrize("name", ["", "a:b", "a b", "../x", "-a", "a\nb", "ä", "x" * 65])
def test_names_that_nobody_may_have(people: PeopleFile, name: str) -> None:
    """A name never breaks a line of the file, or is anything else than a plain name."""
    with pytest.raises(InputError, match="cannot be a name"):
        people.add(name, PASSWORD)


def test_names_that_are_alike(people: PeopleFile) -> None:
    """Two names that differ in case alone would be taken for one another."""
    with pytest.raises(InputError, match='hard to tell from "ada"'):
        people.add("Ada", PASSWORD)


@pytest.mark.parametrize("password", ["", "hunter2", "x" * (LONGEST + 1), "ä" * 40, "with a \0 in it"])
def test_passwords_that_cannot_be(people: PeopleFile, password: str) -> None:
    """Too short, or longer than what is looked at; the message does not repeat it."""
    with pytest.raises(InputError) as caught:
        people.add("bo", password)
    assert not password or password not in f"{caught.value}{caught.value.hint}"


def test_a_line_that_is_none(tmp_path: Path) -> None:
    """A password written there by hand is refused by its line, and not shown."""
    path = tmp_path / "people"
    path.write_text("# who may come in\n\nada:letmein\n")
    with pytest.raises(SettingsError, match="Line 3") as caught:
        PeopleFile(path, rounds=4).people()
    assert "letmein" not in str(caught.value)


def test_removing_nobody(people: PeopleFile) -> None:
    """Taking out who is not there is said to be so."""
    with pytest.raises(InputError, match='no "bo"'):
        people.remove("bo")
