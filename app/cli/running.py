"""`serve` and `doctor`: the page, and whether everything works."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import chosen_library, note, option_data_dir, option_llm, service_for
from app.core.errors import AskPapersError, ChatModelError
from app.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from app.bootstrap import Service
    from app.core.report import Finding

# Seconds in which the page may open undisturbed; and a library of so many papers is looked through within a few more.
_PAGE_FIRST, _SMALL_LIBRARY = 2, 200


@click.command()
@click.option("--model", "--llm", "llm", help="The chat model to measure, as in ASKPAPERS_LLM: ollama:qwen3:8b ...")
@click.option(
    "--offline", "stays_here", is_flag=True, help="Refuse every connection beyond this machine, and ask a question."
)
@option_data_dir
def doctor(llm: str | None, stays_here: bool, data_dir: Path | None) -> None:
    """Check that everything works: library, embedder, token counting; measure the chat model.

    What the model can do is kept as its profile (askpapers profile show): a weak one gets an easier prompt and fewer steps.

    \b
    askpapers doctor
    askpapers doctor --model ollama:qwen3:8b
    """
    from app.adapters import offline
    from app.doctor import examine, whole_question

    if stays_here:
        offline.switch_on()
    service = service_for(data_dir, llm, starter=stays_here)
    well = show_findings(examine(service))
    if offline.is_on():
        well = show_findings(whole_question(service)) and well
    if not well:
        sys.exit(2)


def show_findings(findings: Iterable[Finding]) -> bool:
    """Print them as they come; whether all is well."""
    healthy = True
    for finding in findings:
        healthy = healthy and finding.ok
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.words}")
        if finding.hint:
            click.echo(f"     {finding.hint}")
        sys.stdout.flush()
    return healthy


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 7860]")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in your browser.")
@click.option("--root-path", help="Path under which a reverse proxy offers the page, for example /papers.")
@click.option(
    "--allow-anonymous",
    is_flag=True,
    default=None,
    help="Let others use the page without a login, beyond this computer.",
)
@option_llm
@option_data_dir
def serve(
    host: str | None,
    port: int | None,
    open_browser: bool,
    root_path: str | None,
    allow_anonymous: bool | None,
    llm: str | None,
    data_dir: Path | None,
) -> None:
    """Open the chat page. The first start fetches the embedding model and loads the starter library.

    \b
    askpapers serve
    askpapers serve --port 8080 --llm compatible:qwen3:8b
    askpapers serve --host 0.0.0.0   (needs a login, see askpapers user add --help, or --allow-anonymous)
    """
    from app.bootstrap import open_service
    from app.cli.door import door_for, is_open_to_others

    settings = load_settings(
        host=host,
        port=port,
        root_path=root_path,
        allow_anonymous=allow_anonymous,
        llm=llm,
        data_dir=data_dir,
        library=chosen_library(),
    )
    door = door_for(settings, note)
    service = open_service(settings, note)
    service.open_to_others = is_open_to_others(settings)
    _warm(service, settings)
    from app.evaluation.duel.duels import Duels
    from app.ui.gradio_app import launch

    duels = Duels(service, addresses=False)
    server = launch(service, settings.host, settings.port, open_browser=open_browser, duels=duels, door=door)
    click.echo(f"askpapers is at {server.url}  (stop with Ctrl-C)")
    if server.mcp_url:
        note(f"Tools for MCP clients: {server.mcp_url}")
    sys.stdout.flush()
    threading.Thread(target=_search_once, args=(service,), name="askpapers-warm", daemon=True).start()
    with service.embedding_in_background():
        server.wait()


def _search_once(service: Service) -> None:
    """The first search loads the embedder and the vectors, and the first look through a small library makes those of its
    sentences: a second or two each that no person need wait for."""
    from app.chat.checking.library import check_library
    from app.core.domain import Plan
    from app.core.filters import EVERY_PAPER

    with contextlib.suppress(AskPapersError):  # whoever asks is told
        service.search("warm", 1)
        time.sleep(_PAGE_FIRST)
        if service.paper_count() <= _SMALL_LIBRARY:
            plan = Plan("aggregate", "Which papers are about models?")
            deque(check_library(service.chain.searching, plan, EVERY_PAPER, {}), maxlen=0)


def _warm(service: Service, settings: Settings) -> None:
    """Open what the first question needs, so that what is wrong is said now and nobody waits later."""
    if not service.paper_count():
        note("The library is empty: loading the starter library (47 short digests).")
        service.load_starter()
    try:
        provider, why = service.model().provider, service.model_note()
    except ChatModelError as error:
        # The page is of use without it: quotes, the library, and another model to choose.
        provider, why = "extractive", f"{error}. {error.hint}"
    note(f"{service.paper_count()} papers. {why}.")
    if not service.dense_index().whole:
        note(f"{service.dense_index().words}: the rest is made in the background while you ask.")
    if provider != "extractive" and not service.chain.tokens.exact:
        note(service.chain.tokens.note)
