"""`ingest`: papers into the library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.options import note, option_data_dir, put_json, service_for
from app.cli.progress import ProgressLine, duration
from app.core.errors import AskPapersError, InputError
from app.core.shown import shown

if TYPE_CHECKING:
    from app.bootstrap import Service
    from app.core.domain import BadRecord, Paper
    from app.core.report import DenseIndex, IngestReport

_SHOWN = 20


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--source", help="Format of the files, if it should not be recognised from the content.")
@click.option("--encoding", help="Character encoding of the files, if it should not be recognised.")
@click.option("--column", "columns", multiple=True, help="FIELD=COLUMN of a CSV file, such as title=Titel.")
@click.option("--max", "most", type=click.IntRange(min=1), help="Most papers to fetch.  [default: 100; all of a day]")
@click.option("--date", help="Day of the hub's papers, YYYY-MM-DD, or trending.  [default: today, UTC]")
@click.option("--no-embed", is_flag=True, help="Do not make vectors now; serve or library embed makes them.")
@click.option("--dry-run", is_flag=True, help="Read and compare, count tokens and time, but write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@option_data_dir
def ingest(
    what: tuple[str, ...],
    source: str | None,
    encoding: str | None,
    columns: tuple[str, ...],
    most: int | None,
    date: str | None,
    no_embed: bool,
    dry_run: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Add papers to the library: files, folders, - for standard input, or papers fetched from arXiv and the hub.
    A second run over the same papers changes nothing; an interrupted one goes on where it stopped.

    \b
    askpapers ingest papers-page.txt refs.bib        files of any known format, also .gz and .zip
    askpapers ingest exports/                        every file in a folder
    zcat dump.jsonl.gz | askpapers ingest -          standard input
    askpapers ingest arxiv:2401.08570                one paper from arXiv
    askpapers ingest arxiv "cat:cs.CL AND abs:retrieval" --max 500
    askpapers ingest hf-daily --date 2026-11-20      the hub's papers of a day
    """
    service = service_for(data_dir, new=True)
    line = ProgressLine()
    records = _live(service, line, what, most, date, dry_run)
    if records is None:
        records = _files(what, source, encoding, _columns(columns))
    elif source or encoding or columns:
        raise InputError(
            "--source, --encoding and --column are for files, not for papers fetched from arXiv or the hub.",
            "Leave them out",
        )
    if dry_run:
        _rehearse(service, line, records, as_json)
        return
    report = _ingest(service, line, records)
    if not as_json:
        _say(report)
    try:
        if not no_embed:
            _embed(service, line)
    finally:  # what is stored is stored, whatever becomes of the vectors
        line.end()
        if as_json:
            put_json(report_json(report, service.dense_index()))
    if not as_json:
        click.echo(f"{service.dense_index().words}.")


def _rehearse(service: Service, line: ProgressLine, records: Iterator[Paper | BadRecord], as_json: bool) -> None:
    """`--dry-run`. The service is not opened: that alone would make folders and files."""
    from app.library.rehearsal import rehearse

    try:
        report, dense = rehearse(service.settings, records, line.read, note)
    finally:
        line.end()
    if as_json:
        put_json(report_json(report, dense))
    else:
        _say(report, dry_run=True)


def _ingest(service: Service, line: ProgressLine, records: Iterator[Paper | BadRecord]) -> IngestReport:
    try:
        return service.library.ingest(records, line.read)
    except KeyboardInterrupt:
        line.end()
        note(
            f"Stopped. The library holds {service.library.store.count()} papers; what was reported as read is stored. "
            "Run the same command again to go on: what is stored is skipped."
        )
        raise
    finally:
        line.end()


def _columns(given: Sequence[str]) -> Mapping[str, str]:
    for item in given:
        if not all(part.strip() for part in item.partition("=")):
            raise InputError(f'--column cannot be "{item}".', "Give FIELD=COLUMN, for example: --column title=Titel")
    return {field.strip(): column.strip() for field, _, column in (item.partition("=") for item in given)}


def _live(
    service: Service, line: ProgressLine, what: Sequence[str], most: int | None, date: str | None, dry_run: bool
) -> Iterator[Paper | BadRecord] | None:
    """The papers of a live source, if one is meant. What it has to say stands above the progress."""
    from ingest.live import live_papers
    from ingest.live.polite import Manners

    def report(words: str) -> None:
        line.end()
        note(words)

    s, library = service.settings, service.library
    found = live_papers(
        what,
        most=most,
        date=date,
        manners=Manners(s.arxiv_url, s.hub_url, s.live_pause_s),
        report=report,
        state=None if dry_run else library.folder / "live",
        told=lambda ids: library.store.told(ids),
    )
    if found is None and (most or date):
        raise InputError(
            f"{'--max' if most else '--date'} is for papers fetched from arXiv or the hub, not for files.",
            'Leave it out, or name a live source: askpapers ingest arxiv "cat:cs.CL" --max 100',
        )
    return found


def _files(
    what: Sequence[str], source: str | None, encoding: str | None, columns: Mapping[str, str]
) -> Iterator[Paper | BadRecord]:
    from ingest.reading import read_inputs

    return read_inputs(what, source, encoding, columns)


def _embed(service: Service, line: ProgressLine) -> None:
    """In the foreground. Stopping it costs nothing that was done."""
    try:
        service.library.embed(line.embedded)
    except KeyboardInterrupt:
        line.end()
        note(
            f"Stopped at {service.dense_index().words}. The papers can be found by their words; "
            "go on with: askpapers library embed (or leave it to serve)."
        )
        raise
    except AskPapersError:
        line.end()
        note(
            "The papers are stored and can be found by their words; their vectors could not be made. When that is "
            "mended, make them with: askpapers library embed"
        )
        raise


def _say(report: IngestReport, dry_run: bool = False) -> None:
    click.echo(report_words(report, dry_run))
    if report.tokens is not None and report.embed_seconds is not None:
        click.echo(f"{report.tokens:,} tokens to embed, about {duration(report.embed_seconds)} on this computer.")
    for bad in report.bad[:_SHOWN]:
        where = f"{bad.where}, line {bad.line}" if bad.line else bad.where
        click.echo(shown(f"  {where}: {bad.reason}"))
    if report.bad_list:
        click.echo(f"  ... and {report.bad_count - _SHOWN:,} more, see {report.bad_list}")
    elif report.bad_count > _SHOWN:
        listed = f"the first {len(report.bad):,}" if report.bad_more else "all"
        click.echo(f"  ... and {report.bad_count - _SHOWN} more; --json lists {listed}")
    for path in report.set_aside:
        click.echo(f"  The bad records are in {path}: repair them there, then run askpapers ingest on that file.")
    for path in report.repaired:
        click.echo(f"  Nothing is bad any more in {path}: its papers are in the library, and it is done with.")
    for pair in report.near_duplicates[:_SHOWN]:
        click.echo(f"  Perhaps one paper: {pair.paper_id} and {pair.other_id} ({pair.why})")
    if len(report.near_duplicates) > _SHOWN:
        click.echo(f"  ... and {len(report.near_duplicates) - _SHOWN} more; askpapers library duplicates lists all")


def report_words(report: IngestReport, dry_run: bool = False) -> str:
    """The report in one line."""
    verb = "Would store" if dry_run else "Stored"
    line = f"{verb} {report.new} new, {report.changed} changed; {report.unchanged} unchanged"
    if report.repeated:
        line += f", {report.repeated} repeated in these files"
    if report.bad_count:
        line += f"; {report.bad_count} set aside"
    if report.flagged:
        line += f"; {report.flagged} flagged"
    return f"{line}. The library holds {report.total_in_library} papers."


def report_json(report: IngestReport, dense: DenseIndex) -> dict[str, Any]:
    """The report as its public JSON."""
    return {
        "read": report.read,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "repeated": report.repeated,
        "flagged": report.flagged,
        "bad": [{"where": b.where, "line": b.line, "reason": b.reason, "excerpt": b.excerpt} for b in report.bad],
        "bad_more": report.bad_more,
        "bad_list": report.bad_list,
        "set_aside": list(report.set_aside),
        "repaired": list(report.repaired),
        "near_duplicates": [{"papers": [n.paper_id, n.other_id], "why": n.why} for n in report.near_duplicates],
        "total_in_library": report.total_in_library,
        "dense_index": {"embedded": dense.embedded, "papers": dense.papers},
        "tokens": report.tokens,
        "embed_seconds": None if report.embed_seconds is None else round(report.embed_seconds, 1),
        "seconds": round(report.seconds, 3),
    }
