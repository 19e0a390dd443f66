"""`eval`: how good askpapers is, measured on collections and questions that people have judged."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.options import note, option_data_dir, option_llm, put_json, service_for
from app.cli.progress import ProgressLine
from app.core.errors import InputError
from app.core.shown import shown


@click.group("eval")
def evaluation() -> None:
    """Measure how good it is, on collections that people have judged.

    \b
    askpapers eval retrieval scifact/
    askpapers eval answers questions.jsonl
    """


@evaluation.command("retrieval")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--split", default="test", show_default=True, help="Judgements to use: qrels/SPLIT.tsv, qrels_SPLIT.tsv.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Keep the embedded library in this folder, and use it again."
)
@click.option("--queries", type=click.IntRange(1), help="Ask only so many of the judged queries, the first ones.")
@click.option("-k", default=100, show_default=True, type=click.IntRange(1, 1000), help="How many papers a list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema 1) and nothing else.")
def eval_retrieval(folder: Path, split: str, keep: Path | None, queries: int | None, k: int, as_json: bool) -> None:
    """Measure the search on the collection in FOLDER: each retriever alone, fused, and as a person has it.

    FOLDER holds corpus.jsonl, queries.jsonl and qrels.tsv (query<TAB>paper<TAB>gain), or the files of a BEIR data
    set; each may be packed (.gz). Its papers go into a library of their own, never into yours.

    \b
    askpapers eval retrieval scifact/
    askpapers eval retrieval scifact/ --split train --keep scifact-library/ --json
    """
    from app.core.settings import load_settings
    from app.evaluation.retrieval import evaluate, notes, table, to_json
    from app.library import Library
    from app.wire import switch_telemetry_off

    switch_telemetry_off()
    line = ProgressLine()
    try:
        measured = evaluate(
            folder,
            load_settings(),
            split=split,
            keep=keep,
            queries=queries,
            depth=k,
            embedding=line.embedded,
            asking=lambda done, total: line.show(f"{done:,} of {total:,} queries asked"),
            opened=lambda settings: Library(settings, note),
        )
    finally:
        line.end()
    for words in notes(measured):
        note(words)
    if as_json:
        put_json(to_json(measured))
    else:
        for words in table(measured):
            click.echo(words)


@evaluation.command("answers")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--failures", is_flag=True, help="List the questions whose answer lacks something, and what.")
@click.option(
    "--papers",
    type=click.Path(path_type=Path),
    help="JSON lines with the id and title of papers, if the library calls them by other ids.",
)
@click.option("--keep", type=click.Path(path_type=Path), help="Write each answer and its figures into this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema 1) and nothing else.")
@option_llm
@option_data_dir
def eval_answers(
    file: Path,
    failures: bool,
    papers: Path | None,
    keep: Path | None,
    as_json: bool,
    llm: str | None,
    data_dir: Path | None,
) -> None:
    """Measure the answers to the questions in FILE, asked of the library in use.

    Each line of FILE is {"id", "type", "question" or "turns", "must_cite", "may_cite", "facts", "abstain", "choices"},
    see docs/answers.md. Ctrl-C ends it early and shows the figures so far.

    \b
    askpapers eval answers questions.jsonl --failures
    askpapers eval answers questions.jsonl --llm compatible:qwen3:8b --keep answers.jsonl --json
    """
    from app.evaluation.answers import measure, notes
    from app.evaluation.answers_shown import failures as failures_of
    from app.evaluation.answers_shown import markdown, to_json
    from app.evaluation.kept_answers import kept_in
    from app.evaluation.paper_names import read_titles
    from app.evaluation.questions import read_questions

    every, titles = read_questions(file), read_titles(papers) if papers else {}
    questions = [question for question in every if not question.to_complete]
    if left := len(every) - len(questions):
        note(f'{left} of {len(every)} questions are left out: a person has to complete them ("to_complete" says how).')
    if not questions:
        raise InputError(f'All questions in "{file}" are still to be completed.', '"to_complete" says what to add.')
    # Measuring is no conversation that anybody comes back to.
    service = service_for(data_dir, llm, starter=True, keep_answers=False)
    line = ProgressLine()

    def asking(done: int, total: int) -> None:
        line.show(f"{done:,} of {total:,} questions asked")

    try:
        with kept_in(keep) as keeping:
            measured = measure(service, questions, file.name, titles, asking, keeping)
    finally:
        line.end()
    for words in notes(measured):
        note(words)
    if not measured.asked.judged:
        raise KeyboardInterrupt
    if as_json:
        put_json(to_json(measured, failures))
    else:
        for words in [*markdown(measured), *(["", *failures_of(measured)] if failures else [])]:
            click.echo(shown(words))
    if measured.asked.interrupted:
        raise KeyboardInterrupt
