"""What the commands share: options, notes on stderr, and opening the library."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.core.errors import InputError
from app.core.settings import Settings, load_settings
from app.core.shown import shown, shown_json

if TYPE_CHECKING:
    from app.bootstrap import Service

F = TypeVar("F", bound=Callable[..., Any])


def note(line: str) -> None:
    """A line for the person, on stderr, so that stdout holds the result alone."""
    click.echo(shown(line), err=True)


def put_json(value: Any) -> None:
    click.echo(shown_json(json.dumps(value, ensure_ascii=False)))


def option_data_dir(command: F) -> F:
    """--data-dir, and --library, which `chosen_library` tells."""
    command = click.option(
        "--library",
        "library_name",
        help="Name of the library, if you keep several.",
        expose_value=False,
        callback=lambda context, option, value: context.ensure_object(dict).update(library=value),
    )(command)
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the library, for this run.",
    )(command)


def chosen_library() -> str | None:
    """What --library says; None if it was not given."""
    context = click.get_current_context(silent=True)
    given = (context.obj or {}).get("library") if context else None
    return str(given) if given is not None else None


def option_llm(command: F) -> F:
    return click.option("--llm", help="Who answers, for this run: extractive, openai:MODEL, compatible:MODEL ...")(
        command
    )


def library_names(settings: Settings) -> list[str]:
    """The libraries in the data folder, the default one first."""
    return ["default", *(file.parent.name for file in sorted(settings.data_dir.glob("libraries/*/catalogue.sqlite")))]


def _check_there(settings: Settings) -> None:
    # A library on a Chroma server may be known there and not in this folder yet.
    if settings.library == "default" or settings.chroma_url or settings.library_dir.is_dir():
        return
    raise InputError(
        f'There is no library "{settings.library}" in "{settings.data_dir}", only: {", ".join(library_names(settings))}.',
        f"Check the name; askpapers ingest FILE --library {settings.library} makes one.",
    )


def service_for(
    data_dir: Path | None = None,
    llm: str | None = None,
    starter: bool = False,
    new: bool = False,
    keep_answers: bool = True,
) -> Service:
    """An open service for these options. With `starter` an empty library is filled with the starter library; without
    `keep_answers` none is kept, whatever the settings say.

    A named library has to be there, unless it may be `new`: a mistyped name would make one. Raises InputError."""
    from app.bootstrap import open_service

    settings = load_settings(data_dir=data_dir, llm=llm, library=chosen_library())
    if not new:
        _check_there(settings)
    if not keep_answers:
        settings = settings.model_copy(update={"keep_answers": 0})
    service = open_service(settings, note)
    if starter and not service.paper_count():
        note("The library is empty: loading the starter library (47 short digests).")
        service.load_starter()
    return service
