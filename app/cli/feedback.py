"""`feedback`: what people thought of answers on the page, and questions made of it that answers can be measured with."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import click

from app.cli.options import note, option_data_dir, put_json, service_for
from app.core.conversations import ConversationStore, Feedback
from app.core.errors import InputError
from app.core.feedback import REASONS
from app.core.shown import shown


@click.group()
def feedback() -> None:
    """What people thought of answers on the page (thumbs up and down), and questions made of it.

    \b
    askpapers feedback list
    askpapers feedback export --output questions.jsonl
    askpapers eval answers questions.jsonl
    """


@feedback.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a rating, with all that is kept of it.")
@option_data_dir
def feedback_list(as_json: bool, data_dir: Path | None) -> None:
    """List the ratings, the oldest first: time, good or bad, reasons, question, words.

    \b
    askpapers feedback list
    """
    rated = _store(data_dir).feedback()
    for each in rated:
        if as_json:
            rating = {"good": each.rating.good, "reasons": each.rating.reasons, "words": each.rating.words}
            put_json({"id": each.id, "at": _time(each), **rating, "case": each.case})
        else:
            click.echo(shown("\t".join(_columns(each))))
    if not rated:
        note("No answer has been rated yet.")


@feedback.command("export")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write into this file, not to the screen."
)
@option_data_dir
def feedback_export(output: Path | None, data_dir: Path | None) -> None:
    """Write the ratings as questions for `askpapers eval answers`, one JSON object a line.

    A good answer gives a question with the papers it cites as "must_cite". A bad one gives a question with "to_complete",
    which says what to add; it is left out of the figures until a person has done so and deleted "to_complete".

    \b
    askpapers feedback export --output questions.jsonl
    """
    from app.evaluation.from_feedback import line_of

    lines = [line_of(each) for each in _store(data_dir).feedback()]
    if output is None:
        for line in lines:
            put_json(line)
    else:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        try:
            output.write_text(text, encoding="utf-8", errors="replace")
        except OSError as error:
            raise InputError(
                f'The questions cannot be written to "{output}": {error.strerror}.', "Check the path and its folder."
            ) from error
    left = sum("to_complete" in line for line in lines)
    note(f"{len(lines)} questions, {left} of them to be completed by a person.")


@feedback.command("clear")
@option_data_dir
def feedback_clear(data_dir: Path | None) -> None:
    """Forget all ratings.

    \b
    askpapers feedback clear
    """
    gone = _store(data_dir).forget_feedback()
    click.echo(f"{gone} rating{'' if gone == 1 else 's'} forgotten.")


def _store(data_dir: Path | None) -> ConversationStore:
    """Those that were given are read whether or not more are kept."""
    from app.adapters.conversation_file import conversations_in

    return conversations_in(service_for(data_dir).settings.library_dir)


def _columns(each: Feedback) -> list[str]:
    reasons = ", ".join(REASONS.get(reason, reason) for reason in each.rating.reasons)
    question = " ".join(str((each.case.get("turns") or [""])[-1]).split())
    return [_time(each), "good" if each.rating.good else "bad", reasons, question, " ".join(each.rating.words.split())]


def _time(each: Feedback) -> str:
    return datetime.fromtimestamp(each.at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
