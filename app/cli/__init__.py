"""The `askpapers` command. A command's docstring is its manual; the one place that turns errors into words.

Results go to stdout, everything else to stderr. Exit codes: 0 done, 2 the person can fix it (two lines: what
happened, what to do), 1 a bug in askpapers.
"""

from __future__ import annotations

import logging
import sys
import traceback

import click

from app import __version__
from app.adapters import offline
from app.cli import (
    answers,
    comparing,
    digest,
    evaluation,
    feedback,
    ingest,
    library,
    models,
    profiles,
    receipts,
    running,
    searching,
    users,
)
from app.cli.options import note
from app.core.errors import AskPapersError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="askpapers")
@click.option("--debug", is_flag=True, help="Show logs and the full traceback of errors.")
@click.option("--offline", "stays_here", is_flag=True, help="Make no connection beyond this machine.")
def cli(debug: bool, stays_here: bool) -> None:
    """Ask a body of research papers questions through their abstracts. Every answer cites its papers.

    \b
    Start the page:      askpapers serve
    Add papers:          askpapers ingest my-papers.txt
    Ask in the terminal: askpapers ask "How does OVOR differ from MULTI-LANE?"
    """
    if stays_here:
        offline.switch_on()
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, stream=sys.stderr)


for _command in (
    ingest.ingest,
    answers.ask,
    answers.batch,
    receipts.receipts,
    receipts.replay,
    searching.search,
    comparing.compare_models,
    digest.digest,
    evaluation.evaluation,
    feedback.feedback,
    library.library,
    models.models,
    running.doctor,
    profiles.profile,
    running.serve,
    users.user,
):
    cli.add_command(_command)


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
