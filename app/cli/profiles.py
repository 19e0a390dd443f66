"""`profile`: what was measured of chat models, and what a person has set of it by hand."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import chosen_library, note, option_data_dir, put_json, service_for
from app.cli.running import show_findings
from app.core.errors import InputError
from app.core.settings import load_settings

if TYPE_CHECKING:
    from app.adapters.profile_file import ProfileFile
    from app.core.models import Profile


@click.group()
def profile() -> None:
    """See, edit, measure and forget what is known of chat models. NAME is a model's name, as in ASKPAPERS_LLM or without
    its provider.

    \b
    askpapers profile show
    askpapers profile measure ollama:qwen3:8b
    """


@profile.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list and nothing else.")
@option_data_dir
def show(name: str | None, as_json: bool, data_dir: Path | None) -> None:
    """Show the profiles, or those of NAME.

    \b
    askpapers profile show
    askpapers profile show qwen3:8b --json
    """
    file = _file(data_dir)
    found = _all_of(file, name) if name else file.all()
    if as_json:
        put_json([asdict(each) for each in found])
        return
    if not found:
        note("No model has been measured yet: askpapers doctor --model NAME measures one.")
    for each in found:
        click.echo(_in_lines(each))


@profile.command()
@click.argument("name")
@click.option("--set", "changes", multiple=True, required=True, help="FIELD=VALUE; VALUE measured gives it back.")
@click.option("--address", help="Its server, if the model was measured on several.")
@option_data_dir
def edit(name: str, changes: tuple[str, ...], address: str | None, data_dir: Path | None) -> None:
    """Set fields of the profile of NAME by hand: papers, steps, prompt, window, streams, stops, json_schema, reasons.

    \b
    askpapers profile edit qwen3:8b --set papers=3 --set steps=few
    """
    given = {}
    for change in changes:
        field, equals, value = change.partition("=")
        if not equals:
            raise InputError(f'"{change}" sets nothing.', "Write FIELD=VALUE, for example --set papers=3.")
        given[field.strip()] = value.strip()
    file = _file(data_dir)
    one = _one_of(file, name, address)
    click.echo(_in_lines(file.edit(one.model, one.address, given)))


@profile.command()
@click.argument("name", required=False)
@option_data_dir
def measure(name: str | None, data_dir: Path | None) -> None:
    """Measure the model NAME (as in ASKPAPERS_LLM), or the one that is set, and keep its profile.

    \b
    askpapers profile measure ollama:qwen3:8b
    """
    from app.doctor import measured

    if not show_findings(measured(service_for(data_dir, name))):
        sys.exit(2)


@profile.command()
@click.argument("name")
@click.option("--address", help="Its server, if the model was measured on several.")
@option_data_dir
def forget(name: str, address: str | None, data_dir: Path | None) -> None:
    """Forget what was measured and set of NAME.

    \b
    askpapers profile forget qwen3:8b
    """
    file = _file(data_dir)
    one = _one_of(file, name, address)
    file.forget(one.model, one.address)
    note(f"Forgotten: {one.model} at {one.address}.")


def _file(data_dir: Path | None) -> ProfileFile:
    from app.wire import profiles

    return profiles(load_settings(data_dir=data_dir, library=chosen_library()))


def _all_of(file: ProfileFile, name: str) -> list[Profile]:
    """The profiles of this model, on any server. Raises InputError if there is none."""
    kept = file.all()
    without = name.partition(":")[2]
    found = [each for each in kept if each.model == name] or [each for each in kept if each.model == without]
    if found:
        return found
    known = ", ".join(sorted({each.model for each in kept}))
    raise InputError(
        f'No profile of a model "{name}" is kept{f", only of: {known}" if known else ""}.',
        f"Measure it: askpapers profile measure {name}.",
    )


def _one_of(file: ProfileFile, name: str, address: str | None) -> Profile:
    found = _all_of(file, name)
    if address:
        here = [each for each in found if each.address == address.rstrip("/")]
        if not here:
            raise InputError(
                f'The model "{name}" was not measured at "{address}", but at: {", ".join(e.address for e in found)}.',
                "Give one of these addresses.",
            )
        found = here
    if len(found) > 1:
        raise InputError(
            f'The model "{name}" was measured at several addresses: {", ".join(each.address for each in found)}.',
            "Say which with --address.",
        )
    return found[0]


def _in_lines(one: Profile) -> str:
    from app.models.measure import in_words

    def said(value: bool | None) -> str:
        return {True: "yes", False: "no", None: "not known"}[value]

    window = f"{one.window:,} tokens" if one.window else "not known"
    speed = f"{one.tokens_per_s:,.1f} tokens a second" if one.tokens_per_s else "speed not known"
    return "\n".join(
        [
            f"{one.model} at {one.address}, measured {one.measured_at or 'never'}",
            f"  gets     {in_words(one)}",
            f"  window   {window}{f' ({one.window_from})' if one.window_from else ''}",
            f"  speed    {speed}",
            f"  cites    {one.cited} of {one.canaries}",
            f"  streams {said(one.streams)}, stops {said(one.stops)}, JSON schema {said(one.json_schema)}, "
            f"thinks aloud {said(one.reasons)}",
        ]
    )
