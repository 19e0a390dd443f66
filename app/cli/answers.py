"""`ask` and `batch`: questions in, answers out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.filter_options import AS_TYPED, option_as_typed, option_filters
from app.cli.options import note, option_data_dir, option_llm, put_json, service_for
from app.core.errors import InputError

if TYPE_CHECKING:
    from app.core.domain import Answer
    from app.core.events import StepDone
    from app.core.filters import Filters


@click.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema 1) and nothing else.")
@click.option("--history", type=click.Path(path_type=Path), help="Earlier answers (JSON list) this question follows.")
@click.option("--trace", is_flag=True, help="Show each step and then the receipt of the answer, on stderr.")
@click.option(
    "--table", type=click.Path(path_type=Path), help="Write a comparison's table to FILE.csv, FILE.md or FILE.tex."
)
@click.option("--show-prompt", is_flag=True, help="Show the prompt the chat model gets, on stderr.")
@option_filters
@option_as_typed
@option_llm
@option_data_dir
def ask(
    question: str,
    filters: Filters,
    as_typed: bool,
    as_json: bool,
    history: Path | None,
    trace: bool,
    table: Path | None,
    show_prompt: bool,
    llm: str | None,
    data_dir: Path | None,
) -> None:
    """Ask QUESTION and print the answer with its citations.

    \b
    askpapers ask "What does ReprogBERT reprogram?"
    askpapers ask "and its code?" --history turns.json --json
    askpapers ask "How is forgetting avoided?" --since 2023 --category cs.LG
    askpapers ask "Compare OVOR and TAME on data and results" --table table.csv
    """
    from app.core.domain import Question
    from app.core.events import AnswerReady, StepDone
    from app.core.reading import READABLE
    from app.ui.answer_json import answer_to_json
    from app.ui.receipt import receipt_markdown
    from app.ui.render import answer_markdown
    from app.ui.table_export import check_path, write_table

    if table:
        check_path(table)
    turns = _read_history(history)
    service = service_for(data_dir, llm, starter=True)
    answer: Answer | None = None
    steps: list[StepDone] = []
    for event in service.ask(Question(question, turns, filters, READABLE if as_typed else ())):
        if isinstance(event, AnswerReady):
            answer = event.answer
        elif isinstance(event, StepDone):
            steps.append(event)
            if trace:
                note(f"{event.name:9} {event.title}")
            if show_prompt and "prompt" in event.data:
                note(str(event.data["prompt"]))
    if answer is None:
        raise RuntimeError("the chain ended without an answer")
    if trace:
        note(receipt_markdown(answer))
    for line in notes_on(answer, steps):
        note(line)
    if table and answer.table:
        write_table(table, answer.table)
        note(f"The table is in {table}")
    elif table:
        note("No table was written: the answer compares no papers.")
    if as_json:
        put_json(answer_to_json(answer))
    else:
        click.echo(answer_markdown(answer))


def notes_on(answer: Answer, steps: Sequence[StepDone]) -> list[str]:
    """What to know beside an answer, a line each: how its papers were found and its question read, and its notices."""
    from app.ui.render import dense_note, filters_note, plain_line, rerank_note

    lines = [dense_note(steps), filters_note(answer.filters, AS_TYPED), rerank_note(steps)]
    return [line for line in (*lines, *map(plain_line, answer.notices)) if line]


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


@click.command()
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
