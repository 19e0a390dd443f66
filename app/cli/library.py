"""`library`: a look at what is there, and care for it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from app.cli import care
from app.cli.filter_options import option_filters
from app.cli.options import library_names, note, option_data_dir, put_json, service_for
from app.core.errors import InputError, LibraryBusyError
from app.core.shown import shown

if TYPE_CHECKING:
    from app.core.filters import Filters
    from app.core.ports import Facet

# So long `remove` waits for another process that makes vectors; that process takes them away later.
_VECTORS_WAIT_S = 5.0


@click.group()
def library() -> None:
    """Look into the library and care for it."""


for _command in (care.library_embed, care.library_reembed, care.library_rebuild_index, care.library_verify):
    library.add_command(_command)


@library.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a paper.")
@option_data_dir
def library_list(as_json: bool, data_dir: Path | None) -> None:
    """List every paper: id, year, title, and what there is to mind about its text.

    \b
    askpapers library list
    """
    from app.ui.answer_json import ref_to_json

    for paper in service_for(data_dir).papers():
        if as_json:
            put_json(ref_to_json(paper.ref))
        else:
            flags = f"\t[{'; '.join(paper.flags)}]" if paper.flags else ""
            click.echo(f"{paper.id}\t{paper.year or ''}\t{paper.title}{flags}")


@library.command("show")
@click.argument("paper_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@option_data_dir
def library_show(paper_id: str, as_json: bool, data_dir: Path | None) -> None:
    """Show one paper whole, by its id.

    \b
    askpapers library show 2402.04129
    """
    from dataclasses import asdict

    paper = service_for(data_dir).library.store.get([paper_id]).get(paper_id)
    if paper is None:
        raise _unknown([paper_id])
    if as_json:
        put_json(asdict(paper))
        return
    click.echo(f"{paper.title}\n{', '.join(paper.authors)}")
    version = f"version {paper.version}" if paper.version else ""
    parts = (paper.year, paper.venue, ", ".join(paper.categories), paper.doi, paper.url, version, paper.source)
    click.echo(shown(" · ".join(str(value) for value in parts if value)))
    for flag in paper.flags:
        click.echo(f"⚠ {flag}")
    click.echo(f"\n{paper.abstract}")


def _unknown(ids: list[str]) -> InputError:
    listed = ", ".join(f'"{paper_id}"' for paper_id in ids)
    return InputError(f"The library holds no paper with the id {listed}.", "See the ids with: askpapers library list")


@library.command("remove")
@click.argument("paper_ids", metavar="ID...", nargs=-1, required=True)
@option_data_dir
def library_remove(paper_ids: tuple[str, ...], data_dir: Path | None) -> None:
    """Remove papers from everywhere: list, keyword index, vectors.

    \b
    askpapers library remove 2402.04129
    """
    from app.upkeep import remove

    library = service_for(data_dir).library
    removed = list(library.store.get(paper_ids))
    try:
        remove(library, paper_ids, _VECTORS_WAIT_S)
    except LibraryBusyError as error:
        if library.store.get(removed):
            raise
        note(f"{error} {error.hint}")
    for paper_id in removed:
        click.echo(f"Removed {paper_id}.")
    unknown = [paper_id for paper_id in paper_ids if paper_id not in removed]
    if unknown:
        raise _unknown(unknown)


@contextmanager
def _written_whole(path: Path) -> Iterator[TextIO]:
    """A file to write, which takes the place of an older one only when it is whole. A device is written as it is."""
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        return
    path = path.resolve()  # a link stays one
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@library.command("export")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(["jsonl", "bibtex", "ris", "csv"]))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of stdout.")
@option_data_dir
def library_export(format_name: str, out: Path | None, data_dir: Path | None) -> None:
    """Write every paper as jsonl, bibtex, ris or csv. Ingesting the file gives the same library again.

    \b
    askpapers library export bibtex --out my-papers.bib
    """
    from app.export import in_order, write_papers

    papers = in_order(service_for(data_dir).library.store)
    if out is None:
        # As bytes: a console's encoding and its own line ends would make another file of it.
        stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            write_papers(format_name, papers, stdout)
            stdout.flush()
        finally:
            stdout.detach()
        return
    try:
        with _written_whole(out) as stream:
            count = write_papers(format_name, papers, stream)
    except OSError as error:
        raise InputError(f'"{out}" cannot be written: {error.strerror}.', "Name another file with --out.") from error
    note(f"{count} papers written to {out}.")


@library.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--by", type=click.Choice(["year", "author", "category", "venue"]), help="Count by this alone.")
@option_filters
@option_data_dir
def library_stats(as_json: bool, by: Facet | None, filters: Filters, data_dir: Path | None) -> None:
    """Count the papers: in all, by year, by category; and how many have their vectors.

    \b
    askpapers library stats --json
    askpapers library stats --by author --since 2023 --category cs.CL
    """
    from app.chat.library_facts import library_counts
    from app.core.filter_words import in_words

    service = service_for(data_dir)
    service.paper_count()  # takes in what other processes have stored
    store, within = service.library.store, f" {in_words(filters)}" if filters else ""
    if by:
        papers, counts = store.count_fitting(filters), store.tally(by, filters)
        if as_json:
            put_json({"papers": papers, by: dict(counts)})
            return
        click.echo(f"{papers} papers{within} in {service.library.folder}")
        for name, number in counts.items():
            click.echo(shown(f"  {name}: {number}"))
        return
    known, dense = library_counts(store, filters), service.dense_index()
    embedder = service.library.embedder_name()
    if as_json:
        put_json(
            {
                **known,
                "dense_index": {"embedded": dense.embedded, "papers": dense.papers},
                "embedder": embedder,
                "data_dir": str(service.library.folder),
            }
        )
        return
    click.echo(f"{known['papers']} papers{within} in {service.library.folder}")
    click.echo(f"{dense.words}, embedder {embedder or 'not chosen yet'}")
    for title in ("years", "categories"):
        if known[title]:
            click.echo(f"{title}:")
        for name, number in known[title].items():
            click.echo(f"  {name}: {number}")


@library.command("names")
@option_data_dir
def library_names_command(data_dir: Path | None) -> None:
    """List the libraries in the data folder, the default one first.

    \b
    askpapers library names
    """
    from app.core.settings import load_settings

    for name in library_names(load_settings(data_dir=data_dir)):
        click.echo(name)


@library.command("duplicates")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a pair.")
@option_data_dir
def library_duplicates(as_json: bool, data_dir: Path | None) -> None:
    """List papers that may be one paper but could not be told apart or together.

    \b
    askpapers library duplicates
    """
    from ingest.duplicates import near_duplicates

    store = service_for(data_dir).library.store
    for pair in near_duplicates(store):
        if as_json:
            put_json({"papers": [pair.paper_id, pair.other_id], "why": pair.why})
            continue
        papers = store.get([pair.paper_id, pair.other_id])
        click.echo(f"{pair.why}:")
        for paper in papers.values():
            click.echo(f"  {paper.id}\t{paper.year or ''}\t{paper.title}")
