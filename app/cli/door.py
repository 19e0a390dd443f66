"""Who may come in to a page that `serve` opens, told from the settings."""

from __future__ import annotations

from collections.abc import Callable

from app.adapters.base_url import is_loopback
from app.core.errors import SettingsError
from app.core.settings import Settings
from app.ui.door.door import Door
from app.ui.door.limits import ALL_A_MINUTE, EACH_A_MINUTE, Limits
from app.ui.door.login import KnowsPeople


def reaches_others(settings: Settings) -> bool:
    """Whether others can reach the page: it listens beyond this computer, or a reverse proxy stands before it."""
    host = f"[{settings.host.strip('[]')}]" if ":" in settings.host else settings.host
    return not is_loopback(f"http://{host}") or bool(settings.proxies or settings.root_path.strip("/"))


def is_open_to_others(settings: Settings) -> bool:
    """Whether people use the page whom nobody knows. Somebody with a login is known: whoever runs the page has added
    them, so they may use its models and keys as at its own keyboard."""
    return reaches_others(settings) and settings.auth_file is None


def door_for(settings: Settings, note: Callable[[str], None]) -> Door:
    """The door of the page. Raises SettingsError if the page would be open to everybody and nobody has said that it
    may be, or if nobody could sign in."""
    people = _people(settings, note)
    reached = reaches_others(settings)
    if reached and people is None:
        if not settings.allow_anonymous:
            raise SettingsError(
                f"Everybody who reaches {settings.host}, port {settings.port}, could use this page: it has no login.",
                "Add a person with askpapers user add NAME and set ASKPAPERS_AUTH_FILE, or say --allow-anonymous, or "
                "listen on 127.0.0.1 without a reverse proxy",
            )
        note(
            f"Warning: everybody who reaches {settings.host}, port {settings.port}, can read this library, add papers, and "
            "have your model answer. With askpapers user add NAME and ASKPAPERS_AUTH_FILE only those you add can."
        )
    each, everybody = (EACH_A_MINUTE, ALL_A_MINUTE) if reached else (0, 0)
    limits = Limits(
        each if settings.questions_per_minute is None else settings.questions_per_minute,
        everybody if settings.questions_per_minute_all is None else settings.questions_per_minute_all,
        settings.upload_mb,
        settings.question_chars,
    )
    return Door(people, limits, settings.root_path.rstrip("/"), settings.proxies.replace(" ", ""), local=not reached)


def _people(settings: Settings, note: Callable[[str], None]) -> KnowsPeople | None:
    if settings.auth_file is None:
        return None
    from app.adapters.people_file import PeopleFile

    people = PeopleFile(settings.auth_file)
    if not people.people():
        raise SettingsError(f'Nobody is in "{people.path}", so nobody could sign in.', "Type: askpapers user add NAME")
    if people.open_to_all():
        note(f'Warning: other accounts of this computer can read "{people.path}". Type: chmod 600 on it.')
    return people
