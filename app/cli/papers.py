"""`ingest` and `library`: papers in, and a look at what is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.options import note, option_data_dir, put_json, service_for
from app.core.errors import InputError

if TYPE_CHECKING:
    from app.core.domain import IngestReport


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", help="Format of the files (page, jsonl), if it should not be recognised from the content.")
@click.option("--dry-run", is_flag=True, help="Read and compare, but write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@option_data_dir
def ingest(paths: tuple[Path, ...], source: str | None, dry_run: bool, as_json: bool, data_dir: Path | None) -> None:
    """Add the papers in PATHS to the library. A second run over the same papers changes nothing.

    \b
    askpapers ingest papers-page.txt            a listing page pasted into a text file
    askpapers ingest arxiv.jsonl more.jsonl     one JSON object a line
    """
    service = service_for(data_dir)

    def progress(done: int, total: int | None, words: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} {words} ", err=True, nl=False)

    report = service.ingest_files(paths, source, progress, dry_run)
    if sys.stderr.isatty():
        note("")
    if as_json:
        put_json(_report_json(report))
        return
    click.echo(report_words(report, dry_run))
    for bad in report.bad[:20]:
        click.echo(f"  {bad.where}, line {bad.line}: {bad.reason}")
    if len(report.bad) > 20:
        click.echo(f"  ... and {len(report.bad) - 20} more; --json lists all")


def report_words(report: IngestReport, dry_run: bool = False) -> str:
    """The report in one line."""
    verb = "Would store" if dry_run else "Stored"
    line = f"{verb} {report.new} new, {report.changed} changed; {report.unchanged} unchanged"
    if report.repeated:
        line += f", {report.repeated} repeated in these files"
    if report.bad:
        line += f"; {len(report.bad)} set aside"
    return f"{line}. The library holds {report.total_in_library} papers."


def _report_json(report: IngestReport) -> dict[str, Any]:
    return {
        "read": report.read,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "repeated": report.repeated,
        "bad": [{"where": b.where, "line": b.line, "reason": b.reason, "excerpt": b.excerpt} for b in report.bad],
        "total_in_library": report.total_in_library,
        "seconds": round(report.seconds, 3),
    }


@click.group()
def library() -> None:
    """Look into the library: list, show, stats."""


@library.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a paper.")
@option_data_dir
def library_list(as_json: bool, data_dir: Path | None) -> None:
    """List every paper: id, year, title.

    \b
    askpapers library list
    """
    from app.ui.answer_json import ref_to_json

    for paper in sorted(service_for(data_dir).papers(), key=lambda p: p.id):
        if as_json:
            put_json(ref_to_json(paper.ref))
        else:
            click.echo(f"{paper.id}\t{paper.year or ''}\t{paper.title}")


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
        raise InputError(
            f'The library holds no paper with the id "{paper_id}".',
            "See the ids with: askpapers library list",
        )
    if as_json:
        put_json(asdict(paper))
        return
    click.echo(f"{paper.title}\n{', '.join(paper.authors)}")
    about = [str(v) for v in (paper.year, paper.venue, ", ".join(paper.categories), paper.doi, paper.url) if v]
    click.echo(" · ".join(about) + f"\n\n{paper.abstract}")


@library.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@option_data_dir
def library_stats(as_json: bool, data_dir: Path | None) -> None:
    """Count the papers: in all, by year, by category.

    \b
    askpapers library stats --json
    """
    from app.chat.library_facts import library_counts

    service = service_for(data_dir)
    counts = library_counts(service.papers())
    if as_json:
        put_json({**counts, "data_dir": str(service.settings.data_dir)})
        return
    click.echo(f"{counts['papers']} papers in {service.settings.data_dir}")
    for title in ("years", "categories"):
        for name, number in counts[title].items():
            click.echo(f"  {title[:4]}  {name}: {number}")
