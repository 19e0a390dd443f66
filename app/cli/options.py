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
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the library, for this run.",
    )(command)


def option_llm(command: F) -> F:
    return click.option("--llm", help="Who answers, for this run: extractive, openai:MODEL, compatible:MODEL ...")(
        command
    )


def service_for(data_dir: Path | None = None, llm: str | None = None, starter: bool = False) -> Service:
    """An open service for these options. With `starter` an empty library is filled with the starter library."""
    from app.bootstrap import open_service

    service = open_service(load_settings(data_dir=data_dir, llm=llm), note)
    if starter and not service.paper_count():
        note("The library is empty: loading the starter library (47 short digests).")
        service.library.load_starter()
    return service
