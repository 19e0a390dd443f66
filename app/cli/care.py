"""`library embed`, `reembed`, `rebuild-index`, `verify`: care for vectors and index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import note, option_data_dir, put_json, service_for
from app.cli.progress import ProgressLine
from app.core.errors import InputError

if TYPE_CHECKING:
    from app.adapters.chroma import CollectionInfo
    from app.core.settings import Settings

_NAMED = 10


@click.command("embed")
@option_data_dir
def library_embed(data_dir: Path | None) -> None:
    """Make the vectors that are still missing, after an interrupted ingest or one with --no-embed.

    \b
    askpapers library embed
    """
    service, line = service_for(data_dir), ProgressLine()
    try:
        service.library.embed(line.embedded)
    except KeyboardInterrupt:
        line.end()
        note(f"Stopped at {service.dense_index().words}; the same command goes on there.")
        raise
    finally:
        line.end()
    click.echo(f"{service.dense_index().words}.")


@click.command("reembed")
@click.option("--embedder", help="default, openai:MODEL, compatible:MODEL, ollama:MODEL, sentence-transformers:FOLDER.")
@click.option("--rollback", "back", is_flag=True, help="Go back to the vectors in use before.")
@option_data_dir
def library_reembed(embedder: str | None, back: bool, data_dir: Path | None) -> None:
    """Change the embedder. The vectors in use keep answering until the new ones are whole; an interrupted run goes on
    where it stopped; --rollback goes back.

    \b
    askpapers library reembed --embedder ollama:nomic-embed-text
    askpapers library reembed --rollback
    """
    from app.adapters.choose_embedder import spec_of
    from app.reembed import reembed, rollback

    service, line = service_for(data_dir), ProgressLine()
    if back:
        if embedder:
            raise InputError(
                "--rollback takes no --embedder: it goes back to the one before.", "Leave one of them out."
            )
        info = rollback(service.library)
        click.echo(f"Back to the vectors of {spec_of(info.embedder)}: {service.dense_index().words}.")
        if not service.dense_index().whole:
            click.echo("Make those that are missing with: askpapers library embed")
        _say_settings(service.settings, info)
        return
    try:
        made = reembed(service.library, embedder, line.embedded)
    except KeyboardInterrupt:
        line.end()
        note("Stopped. What is made is kept, and the vectors in use keep answering; go on with the same command.")
        raise
    finally:
        line.end()
    if made:
        click.echo(f"Now in use: the vectors of {spec_of(made.embedder)}, {service.dense_index().words}.")
        click.echo("Back to the ones before: askpapers library reembed --rollback")
        _say_settings(service.settings, made)


def _say_settings(settings: Settings, used: CollectionInfo) -> None:
    """The next command would be refused for a setting that says another embedder, and where the address of its server
    is not set, papers would be found by words only."""
    from app.adapters.choose_embedder import name_of, spec_of, wants_address

    wanted = settings.embedder
    if wants_address(used.embedder) and settings.embedder_base_url:
        note(
            f"ASKPAPERS_EMBEDDER_BASE_URL={settings.embedder_base_url} must be set wherever askpapers runs from now on, "
            "in its environment or .env; a serve that runs without it must be started again with it."
        )
    if wanted and name_of(wanted) != used.embedder:
        note(f"ASKPAPERS_EMBEDDER still says {wanted}: set it to {spec_of(used.embedder)} or leave it empty.")


@click.command("rebuild-index")
@option_data_dir
def library_rebuild_index(data_dir: Path | None) -> None:
    """Build the keyword index anew from the list of papers.

    \b
    askpapers library rebuild-index
    """
    from app.upkeep import rebuild_keyword

    click.echo(f"The keyword index holds {rebuild_keyword(service_for(data_dir).library)} papers.")


@click.command("verify")
@click.option("--repair", "mend", is_flag=True, help="Make the parts agree again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@option_data_dir
def library_verify(mend: bool, as_json: bool, data_dir: Path | None) -> None:
    """Check paper by paper that list, keyword index and vectors agree. Exit code 2 if they do not.

    \b
    askpapers library verify --repair
    """
    from app.upkeep import repair, verify

    service = service_for(data_dir)
    verdict = verify(service.library)
    if mend and not verdict.agree:
        repair(service.library, verdict)
        line = ProgressLine()
        try:
            service.library.embed(line.embedded)
        finally:
            line.end()
        verdict = verify(service.library)
    if as_json:
        put_json({"agree": verdict.agree, **verdict.faults, "papers": verdict.papers, "waiting": verdict.waiting})
    else:
        click.echo(f"{verdict.papers} papers, {verdict.waiting} of them waiting for vectors.")
        for what, ids in verdict.faults.items():
            if ids:
                more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
                click.echo(f"  {what.replace('_', ' ')}: {', '.join(ids[:_NAMED])}{more}")
        click.echo("List, keyword index and vectors agree." if verdict.agree else "They do not agree.")
    if verdict.waiting:
        note("Make the vectors that are still to be made with: askpapers library embed")
    if not verdict.agree:
        note("Make them agree with: askpapers library verify --repair")
        sys.exit(2)
