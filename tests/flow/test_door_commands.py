"""`askpapers user`, and what `serve` says to a page that others could reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.adapters.people_file import PeopleFile
from app.cli import cli
from app.cli.door import door_for, is_open_to_others
from app.core.errors import InputError, SettingsError
from app.core.settings import Settings, load_settings
from app.ui.door.limits import ALL_A_MINUTE, EACH_A_MINUTE

PASSWORD = "correct horse"


def run(*arguments: str, typed: str = "") -> tuple[str, str]:
    """What a command prints and notes."""
    done = CliRunner().invoke(cli, [*arguments], input=typed, catch_exceptions=False, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.stdout, done.stderr


def test_people_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is asked for twice and shown nowhere; who was added can sign in until they are removed."""
    path = tmp_path / "library" / "people"
    out, err = run("user", "add", "ada", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert out == "ada may sign in.\n"
    assert f"set ASKPAPERS_AUTH_FILE={path}" in err
    assert PASSWORD not in f"{out}{err}"
    assert PeopleFile(path).check("ada", PASSWORD)
    monkeypatch.setenv("ASKPAPERS_AUTH_FILE", str(path))
    out, err = run("user", "add", "ada", typed="another one entirely\nanother one entirely\n")
    assert out == "ada has another password now.\n"
    assert "ASKPAPERS_AUTH_FILE" not in err
    run("user", "add", "bo", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert run("user", "list")[0] == "ada\nbo\n"
    assert run("user", "remove", "ada")[0] == "ada may not sign in any more.\n"
    assert run("user", "list")[0] == "bo\n"
    with pytest.raises(InputError, match="cannot be a name"):
        run("user", "add", "a:b")
    with pytest.raises(InputError, match="too short"):
        run("user", "add", "cy", typed="short\nshort\n")


def settings(**values: object) -> Settings:
    return load_settings(**values)


@pytest.mark.parametrize(
    "values",
    [{"host": "0.0.0.0"}, {"host": "192.0.2.1"}, {"host": "::"}, {"root_path": "/papers"}, {"proxies": "127.0.0.1"}],
)
def test_a_page_that_others_reach_needs_a_login(values: dict[str, str]) -> None:
    """It does not start, unless it is said that anybody may come; then that is told in words, and limits hold."""
    notes: list[str] = []
    with pytest.raises(SettingsError, match="it has no login") as caught:
        door_for(settings(**values), notes.append)
    assert "askpapers user add" in caught.value.hint
    assert "--allow-anonymous" in caught.value.hint
    open_to_all = settings(**values, allow_anonymous=True)
    door = door_for(open_to_all, notes.append)
    assert notes[0].startswith("Warning: everybody who reaches")
    assert is_open_to_others(open_to_all)
    assert not door.local
    assert (door.limits.each_a_minute, door.limits.all_a_minute) == (EACH_A_MINUTE, ALL_A_MINUTE)


def test_a_page_for_this_computer() -> None:
    """Nothing is asked and nothing limited but length and size."""
    for host in ("127.0.0.1", "localhost", "::1"):
        door = door_for(settings(host=host), lambda line: pytest.fail(line))
        assert (door.local, door.people, door.limits.each_a_minute, door.limits.all_a_minute) == (True, None, 0, 0)
    door = door_for(settings(questions_per_minute=5, upload_mb=3, question_chars=200), lambda line: None)
    assert (door.limits.each_a_minute, door.limits.upload_mb, door.limits.question_chars) == (5, 3, 200)


def test_a_page_with_a_login(tmp_path: Path) -> None:
    """Those in the file are known, so nobody else uses the page; a file that lets nobody in is refused."""
    path = tmp_path / "people"
    far = settings(host="0.0.0.0", auth_file=path)
    with pytest.raises(SettingsError, match="no file of people"):
        door_for(far, lambda line: None)
    path.write_text("# nobody yet\n")
    with pytest.raises(SettingsError, match="nobody could sign in"):
        door_for(far, lambda line: None)
    PeopleFile(path, rounds=4).add("ada", PASSWORD)
    door = door_for(far, lambda line: pytest.fail(line))
    assert door.people is not None
    assert not is_open_to_others(far)
    path.chmod(0o644)
    notes: list[str] = []
    door_for(far, notes.append)
    assert "can read" in notes[0]


def test_serve_refuses(tmp_path: Path) -> None:
    """The command itself: two lines, before anything is opened."""
    with pytest.raises(SettingsError, match="Everybody who reaches 0.0.0.0, port 7860"):
        run("serve", "--host", "0.0.0.0", "--data-dir", str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", ["papers", "/a b", "/a/../b?x", "//x", "/<b>"])
def test_root_paths_that_are_none(path: str) -> None:
    with pytest.raises(SettingsError, match="ASKPAPERS_ROOT_PATH"):
        settings(root_path=path)
