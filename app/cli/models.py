"""`models`: which chat models can be had on this machine, and which one answers now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from app.cli.options import note, option_data_dir, option_llm, put_json, service_for
from app.core.errors import AskPapersError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@option_llm
@option_data_dir
def models(as_json: bool, llm: str | None, data_dir: Path | None) -> None:
    """List the model servers found on this machine with their models, and what answers now.

    \b
    askpapers models
    """
    service = service_for(data_dir, llm)
    found = service.servers()
    try:
        info, why = service.model(), service.model_note()
        now = {"provider": info.provider, "name": info.name, "why": why}
    except AskPapersError as error:
        now = {"provider": "", "name": "", "why": f"{error}. {error.hint}"}
    if as_json:
        put_json({"now": now, "servers": [asdict(server) for server in found]})
        return
    for server in found:
        click.echo(f"{server.label} at {server.address}{f': {server.trouble}' if server.trouble else ''}")
        for model in server.models:
            window = f", window {model.context_tokens:,}" if model.context_tokens else ""
            size = f", {model.size_bytes / 1e9:.1f} GB" if model.size_bytes else ""
            click.echo(f"  {server.provider}:{model.name}{size}{window}")
    if not found:
        note("No model server answers on this machine (looked at Ollama, llama.cpp, LM Studio, vLLM).")
    answers = f"{now['provider']}:{now['name']}" if now["name"] else "nothing"
    click.echo(f"Now answers {answers}. {now['why']}")
