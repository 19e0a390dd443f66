"""`receipts` and `replay`: how kept answers came about, and whether they still come out the same."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from app.cli.options import note, option_data_dir, option_llm, put_json, service_for
from app.core.shown import shown


@click.group(invoke_without_command=True)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many to list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an answer.")
@option_data_dir
@click.pass_context
def receipts(context: click.Context, most: int, as_json: bool, data_dir: Path | None) -> None:
    """List the newest kept answers: id, time, question, status. ASKPAPERS_KEEP_ANSWERS says how many are kept.

    \b
    askpapers receipts
    askpapers receipts show mi2k8x3f-q7x0a2
    askpapers receipts clear
    """
    if context.invoked_subcommand:
        return
    listed = service_for(data_dir).receipts.newest(most)
    for entry in listed:
        if as_json:
            put_json(asdict(entry))
        else:
            click.echo(shown(f"{entry.id}\t{entry.at}\t{' '.join(entry.question.split())}\t{entry.status}"))
    if not listed:
        note("No answers are kept yet.")


@receipts.command("show")
@click.argument("answer_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as one JSON object, prompts included.")
@option_data_dir
def receipts_show(answer_id: str, as_json: bool, data_dir: Path | None) -> None:
    """Show how the answer ID (or the only one whose id begins so) came about.

    \b
    askpapers receipts show mi2k8x3f
    """
    from app.ui.receipt import receipt_markdown

    record = service_for(data_dir).receipts.find(answer_id)
    if as_json:
        put_json(record)
    else:
        click.echo(receipt_markdown(record))


@receipts.command("clear")
@option_data_dir
def receipts_clear(data_dir: Path | None) -> None:
    """Forget all kept answers.

    \b
    askpapers receipts clear
    """
    gone = service_for(data_dir).receipts.clear()
    click.echo(f"{gone} kept answer{'' if gone == 1 else 's'} forgotten.")


@click.command()
@click.argument("answer_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@option_llm
@option_data_dir
def replay(answer_id: str, as_json: bool, llm: str | None, data_dir: Path | None) -> None:
    """Ask the question of the kept answer ID again, of the library and the model as they are now, and show what is
    different: in what is around it (library, model, prompts), in how it is answered (plan, evidence) and in the answer.

    Exit code, as of diff: 0 if the answer is the same, 1 if it is not, 2 if something is wrong.

    \b
    askpapers replay mi2k8x3f-q7x0a2
    askpapers replay mi2k8x3f --llm compatible:qwen3:8b
    """
    from app.replay import differences
    from app.ui.receipt import difference_markdown

    service = service_for(data_dir, llm)
    then = service.receipts.find(answer_id)
    now = service.ask_again(then)
    found = differences(then, now)
    if as_json:
        changes = [{"part": c.part, "of_answer": c.of_answer, "lines": list(c.lines)} for c in found.changes]
        put_json({"id": then["id"], "same": found.same, "changes": changes, "then": then, "now": now})
    else:
        note(f"Asked again: {then.get('question', '')}")
        click.echo(difference_markdown(found))
    if not found.same:
        sys.exit(1)
