"""The `askpapers` command. A command's docstring is its manual; the one place that turns errors into words.

Results go to stdout, everything else to stderr. Exit codes: 0 done, 2 the person can fix it (two lines: what
happened, what to do), 1 a bug in askpapers.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app import __version__
from app.core.errors import AskPapersError, InputError
from app.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from app.bootstrap import Service
    from app.core.domain import Answer, IngestReport

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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="askpapers")
@click.option("--debug", is_flag=True, help="Show logs and the full traceback of errors.")
def cli(debug: bool) -> None:
    """Ask a body of research papers questions through their abstracts. Every answer cites its papers.

    \b
    Start the page:      askpapers serve
    Add papers:          askpapers ingest my-papers.txt
    Ask in the terminal: askpapers ask "How does OVOR differ from MULTI-LANE?"
    """
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, stream=sys.stderr)


@cli.command()
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


@cli.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema 1) and nothing else.")
@click.option("--history", type=click.Path(path_type=Path), help="Earlier answers (JSON list) this question follows.")
@click.option("--trace", is_flag=True, help="Show each step with its time, on stderr.")
@click.option("--show-prompt", is_flag=True, help="Show the prompt the chat model gets, on stderr.")
@option_llm
@option_data_dir
def ask(
    question: str,
    as_json: bool,
    history: Path | None,
    trace: bool,
    show_prompt: bool,
    llm: str | None,
    data_dir: Path | None,
) -> None:
    """Ask QUESTION and print the answer with its citations.

    \b
    askpapers ask "What does ReprogBERT reprogram?"
    askpapers ask "and its code?" --history turns.json --json
    """
    from app.core.domain import AnswerReady, Question, StepDone
    from app.ui.answer_json import answer_to_json
    from app.ui.render import answer_markdown

    turns = _read_history(history)
    service = service_for(data_dir, llm, starter=True)
    answer: Answer | None = None
    for event in service.ask(Question(question, turns)):
        if isinstance(event, AnswerReady):
            answer = event.answer
        elif isinstance(event, StepDone) and trace:
            note(f"{event.name:9} {event.title}")
        if isinstance(event, StepDone) and show_prompt and "prompt" in event.data:
            note(str(event.data["prompt"]))
    if answer is None:
        raise RuntimeError("the chain ended without an answer")
    if as_json:
        put_json(answer_to_json(answer))
    else:
        click.echo(answer_markdown(answer))


def _read_history(path: Path | None) -> tuple[Any, ...]:
    from app.ui.answer_json import turns_from_json

    if path is None:
        return ()
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f'The history "{path}" cannot be read: {error.strerror}.', "Check the path.") from error
    except ValueError as error:
        raise InputError(
            f'The history "{path}" is not JSON: {error}.',
            "Give a JSON list of answers printed by askpapers ask --json.",
        ) from error
    return turns_from_json(value)


@cli.command()
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File the answers are added to.")
@option_llm
@option_data_dir
def batch(questions: Path, out: Path, llm: str | None, data_dir: Path | None) -> None:
    """Answer every line of QUESTIONS ({"id","question"} or {"id","turns":[...]}) into a JSONL file.

    Lines already answered in the file are skipped, so an interrupted run goes on where it stopped.

    \b
    askpapers batch questions.jsonl --out answers.jsonl
    """
    from app.batch import run_batch

    done = run_batch(service_for(data_dir, llm, starter=True), questions, out, note)
    note(f"{done.answered} answered, {done.failed} failed, {done.skipped} were there already. Answers: {out}")


@cli.command()
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many papers.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option("--explain", is_flag=True, help="Say for each paper which retriever found it, and where.")
@option_data_dir
def search(query: str, k: int, as_json: bool, explain: bool, data_dir: Path | None) -> None:
    """Find the papers that fit QUERY best, without writing an answer.

    \b
    askpapers search "prompt tuning without rehearsal" -k 5 --explain
    """
    from app.ui.answer_json import ref_to_json

    found = service_for(data_dir, starter=True).search(query, k)
    if as_json:
        put_json(
            [
                {
                    "rank": rank,
                    "score": round(r.score, 6),
                    "paper": ref_to_json(r.paper.ref),
                    "found_by": dict(r.found_by),
                }
                for rank, r in enumerate(found, start=1)
            ]
        )
        return
    for rank, r in enumerate(found, start=1):
        click.echo(f"{rank:3}. {r.paper.title} ({r.paper.year or 'no year'})  {r.paper.url or r.paper.id}")
        if explain:
            places = ", ".join(f"{name} rank {place}" for name, place in r.found_by.items()) or "named in the query"
            cosine = f", cosine {r.cosine:.3f}" if r.cosine is not None else ""
            click.echo(f"     score {r.score:.3f}: {places}{cosine}")


@cli.group()
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


@cli.command()
@option_llm
@option_data_dir
def doctor(llm: str | None, data_dir: Path | None) -> None:
    """Check that everything works: library, embedder, token counting, chat model.

    \b
    askpapers doctor
    """
    from app.bootstrap import open_service
    from app.doctor import examine

    healthy = True
    for finding in examine(open_service(load_settings(data_dir=data_dir, llm=llm), note)):
        healthy = healthy and finding.ok
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.words}")
        if finding.hint:
            click.echo(f"     {finding.hint}")
    if not healthy:
        sys.exit(2)


@cli.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 7860]")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in your browser.")
@option_llm
@option_data_dir
def serve(host: str | None, port: int | None, open_browser: bool, llm: str | None, data_dir: Path | None) -> None:
    """Open the chat page. The first start fetches the embedding model and loads the starter library.

    \b
    askpapers serve
    askpapers serve --port 8080 --llm compatible:qwen3:8b
    """
    from app.bootstrap import open_service

    settings = load_settings(host=host, port=port, llm=llm, data_dir=data_dir)
    service = open_service(settings, note)
    _warm(service, settings)
    from app.ui.gradio_app import launch

    server = launch(service, settings.host, settings.port, open_browser=open_browser)
    click.echo(f"askpapers is at {server.url}  (stop with Ctrl-C)")
    sys.stdout.flush()
    server.wait()


def _warm(service: Service, settings: Settings) -> None:
    """Open what the first question needs, so that what is wrong is said now and nobody waits later."""
    if not service.paper_count():
        note("The library is empty: loading the starter library (47 short digests).")
        service.library.load_starter()
    info = service.model()
    note(f"{service.paper_count()} papers. Answers by {info.provider}: {service.model_note()}.")
    if not service.chain.tokens.exact and info.provider != "extractive":
        note(service.chain.tokens.note)


def main() -> None:
    """Run the command; every error a person can act on becomes two lines and exit code 2."""
    try:
        cli.main(standalone_mode=False)
    except AskPapersError as error:
        _say(str(error), error.hint)
        _show_traceback_if_asked()
        sys.exit(2)
    except click.ClickException as error:
        error.show(sys.stderr)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        note("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        _say(
            f"Something went wrong in askpapers itself ({type(error).__name__}).",
            "Run again with --debug and report it.",
        )
        _show_traceback_if_asked()
        sys.exit(1)


def _say(what: str, hint: str) -> None:
    note(f"{what.rstrip('.')}.")
    note(f"{hint.rstrip('.')}.")


def _show_traceback_if_asked() -> None:
    if "--debug" in sys.argv:
        traceback.print_exc()
