"""What the commands share: options, notes on stderr, and opening the library."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.core.settings import load_settings

if TYPE_CHECKING:
    from app.bootstrap import Service

F = TypeVar("F", bound=Callable[..., Any])


def note(line: str) -> None:
    """A line for the person, on stderr, so that stdout holds the result alone."""
    click.echo(line, err=True)


def put_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


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


def service_for(data_dir: Path | None = None, llm: str | None = None, starter: bool = False) -> Service:
    """An open service for these options. With `starter` an empty library is filled with the starter library."""
    from app.bootstrap import open_service

    service = open_service(load_settings(data_dir=data_dir, llm=llm, library=chosen_library()), note)
    if starter and not service.paper_count():
        note("The library is empty: loading the starter library (47 short digests).")
        service.load_starter()
    return service
