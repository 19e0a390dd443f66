"""`user`: the people who may sign in to the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import note
from app.core.settings import Settings, load_settings
from app.core.shown import shown

if TYPE_CHECKING:
    from app.adapters.people_file import PeopleFile

_option_file = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of people.  [default: ASKPAPERS_AUTH_FILE, else people in the data folder]",
)


@click.group()
def user() -> None:
    """Add, remove and list the people who may sign in to the page.

    \b
    askpapers user add ada
    ASKPAPERS_AUTH_FILE=... askpapers serve --host 0.0.0.0
    """


@user.command()
@click.argument("name")
@_option_file
def add(name: str, path: Path | None) -> None:
    """Let NAME sign in, or give them another password. It is asked for twice and never shown.

    \b
    askpapers user add ada
    """
    from app.adapters.people_file import check_name, check_password

    settings, people = _people(path)
    check_name(name)
    password = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
    check_password(password)
    new = people.add(name, password)
    click.echo(f"{name} may sign in." if new else f"{name} has another password now.")
    _say_setting(settings, people)


@user.command()
@click.argument("name")
@_option_file
def remove(name: str, path: Path | None) -> None:
    """Let NAME sign in no more; what they have open ends at once.

    \b
    askpapers user remove ada
    """
    _, people = _people(path)
    people.remove(name)
    click.echo(f"{shown(name)} may not sign in any more.")


@user.command(name="list")
@_option_file
def list_(path: Path | None) -> None:
    """List the names, one a line.

    \b
    askpapers user list
    """
    _, people = _people(path)
    for name in sorted(people.people()):
        click.echo(name)


def _people(path: Path | None) -> tuple[Settings, PeopleFile]:
    from app.adapters.people_file import PeopleFile

    settings = load_settings()
    return settings, PeopleFile(path or settings.auth_file or settings.data_dir / "people")


def _say_setting(settings: Settings, people: PeopleFile) -> None:
    path = people.path.absolute()
    if settings.auth_file is None or settings.auth_file.absolute() != path:
        note(f"For the page to ask for names and passwords, set ASKPAPERS_AUTH_FILE={path} before askpapers serve.")
