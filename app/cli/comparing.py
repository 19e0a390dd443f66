"""`compare-models`: which of several models answers best from the same papers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import note, option_data_dir, put_json, service_for
from app.cli.progress import ProgressLine
from app.core.errors import InputError
from app.core.shown import shown, shown_json

if TYPE_CHECKING:
    from app.core.duel import Duel
    from app.evaluation.duel.duels import Duels
    from app.evaluation.duel.run import Duelling
    from app.evaluation.made.by_model import Drawn
    from app.evaluation.questions import JudgedQuestion


@click.command("compare-models")
@click.argument("models", nargs=-1)
@click.option("--questions", "file", type=click.Path(path_type=Path), help="Ask those of this file (see eval answers).")
@click.option("--generate", "number", type=click.IntRange(1, 500), help="Make so many questions from your abstracts.")
@click.option(
    "--generate-with", "maker", metavar="MODEL", help="Have this model make them, each checked; else by rule."
)
@click.option("--save", type=click.Path(path_type=Path), help="Write the questions made into this file.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Another seed, other questions.")
@click.option("--out", type=click.Path(path_type=Path), help="Write all, answers too, into this .md or .json file.")
@click.option("--answers", is_flag=True, help="Print what each model wrote to each question, too.")
@click.option("--scoreboard", is_flag=True, help="Show how every model did that was compared over this library.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (schema 1) and nothing else.")
@option_data_dir
def compare_models(
    models: tuple[str, ...],
    file: Path | None,
    number: int | None,
    maker: str | None,
    save: Path | None,
    seed: int,
    out: Path | None,
    answers: bool,
    scoreboard: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Have MODELS, named as in ASKPAPERS_LLM, answer from the same papers, and measure what each writes.

    The papers are found once for each question, without a model. A model on another server is NAME@ADDRESS. With
    --generate and --save alone, questions are only made.

    \b
    askpapers compare-models extractive compatible:qwen3:8b --generate 20
    askpapers compare-models compatible:a@http://127.0.0.1:8080/v1 compatible:b@http://127.0.0.1:1234/v1 --questions q.jsonl --out duel.md
    askpapers compare-models --generate 20 --save questions.jsonl
    askpapers compare-models --scoreboard
    """
    from app.evaluation.duel.contestants import check_names
    from app.evaluation.duel.duels import Duels

    if scoreboard:
        _show_scoreboard(Duels(service_for(data_dir)), as_json)
        return
    if (file is None) == (number is None):
        raise InputError(
            "Give --questions FILE or --generate N, one of the two.",
            "For example: askpapers compare-models extractive compatible:qwen3:8b --generate 10",
        )
    if out is not None and out.suffix.lower() not in (".md", ".json"):
        raise InputError(f'"{out}" is neither .md nor .json.', "Name a file that ends in .md or .json with --out.")
    only_make = number is not None and save is not None and not models
    if not only_make:
        check_names(models)
    duels = Duels(service_for(data_dir, "extractive", starter=True, keep_answers=False))
    questions, source = _questions(duels, file, number or 0, maker, seed)
    if save is not None:
        _save(questions, save)
    if only_make:
        return
    duel = _fought(duels.duelling(models, questions, source))
    if words := duels.keep(duel):
        note(words)
    if maker in models:
        note(f"The questions are by {maker} itself, which may suit it.")
    _show(duel, out, answers, as_json)
    if duel.interrupted:
        raise KeyboardInterrupt


def _questions(
    duels: Duels, file: Path | None, number: int, maker: str | None, seed: int
) -> tuple[tuple[JudgedQuestion, ...], str]:
    from app.evaluation.questions import read_questions

    if file is not None:
        return read_questions(file), file.name
    if maker is None:
        made, by = duels.made(number, seed), "by rule"
    else:
        made, by = _drawn(duels, number, maker, seed), f"by {maker}"
    if len(made) < number:
        note(f"Only {len(made)} questions could be made of this library's abstracts.")
    return made, f"{len(made)} questions made {by}, seed {seed}"


def _drawn(duels: Duels, number: int, maker: str, seed: int) -> tuple[JudgedQuestion, ...]:
    line = ProgressLine()
    all_drawn: list[Drawn] = []

    def told(drawn: Drawn) -> None:
        all_drawn.append(drawn)
        line.show(f"{len(all_drawn):,} papers read by {maker}")

    try:
        made = duels.drawn(maker, number, seed, told)
    finally:
        line.end()
    if dropped := [drawn.why for drawn in all_drawn if drawn.why]:
        note(f"{len(dropped)} of its questions were dropped: {'; '.join(dict.fromkeys(dropped))}.")
    return made


def _save(questions: tuple[JudgedQuestion, ...], path: Path) -> None:
    from app.evaluation.made.kept import save_questions

    save_questions(questions, path)
    note(
        f"{len(questions)} questions are in {path}. Read them before you trust them: they are made by rule or by a model."
    )


def _fought(duelling: Duelling) -> Duel:
    """The whole duel, or what there is of it where it was interrupted."""
    from app.core.duel import DuelReady, Freezing, Scored

    line = ProgressLine()
    try:
        for event in duelling.events():
            if isinstance(event, Freezing):
                line.show(f"papers found for {event.done:,} of {event.total:,} questions")
            elif isinstance(event, Scored):
                line.show(f"{event.done:,} of {event.total:,} answers, the last by {event.score.model}")
            elif isinstance(event, DuelReady):
                return event.duel
    except KeyboardInterrupt:
        if not duelling.scores:
            raise
    finally:
        line.end()
    return duelling.result(interrupted=True)


def _show(duel: Duel, out: Path | None, answers: bool, as_json: bool) -> None:
    from app.evaluation.duel.shown import markdown, to_json

    for words in _failures(duel):
        note(words)
    if out is not None:
        text = json.dumps(to_json(duel), ensure_ascii=False, indent=1) if out.suffix.lower() == ".json" else ""
        _write(out, shown_json(text) if text else shown("\n".join(markdown(duel, answers=True))))
    if as_json:
        put_json(to_json(duel))
        return
    for line in markdown(duel, answers):
        click.echo(shown(line))


def _failures(duel: Duel) -> Iterator[str]:
    """Each thing that went wrong with a model, once."""
    for model, error, hint in dict.fromkeys((s.model, s.error, s.hint) for s in duel.scores if s.error):
        if not error.startswith("Not asked any more"):
            yield f"{model} failed: {error.rstrip('.')}. {hint}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f'"{path}" cannot be written: {error.strerror or error}.', "Choose another file with --out."
        ) from error


def _show_scoreboard(duels: Duels, as_json: bool) -> None:
    from app.evaluation.duel.shown import scoreboard_json, scoreboard_markdown

    found = duels.scoreboard()
    if as_json:
        put_json(scoreboard_json(found))
        return
    if not found:
        note("No models have been compared over this library yet.")
        return
    for line in scoreboard_markdown(found):
        click.echo(shown(line))
