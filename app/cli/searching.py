"""`search`: the papers that fit a query best, or with --all every paper that may be about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.filter_options import AS_TYPED, option_as_typed, option_filters
from app.cli.options import note, option_data_dir, put_json, service_for
from app.core.errors import InputError

if TYPE_CHECKING:
    from app.bootstrap import Service
    from app.chat.candidates import Candidate
    from app.core.domain import RankedPaper
    from app.core.filters import Filters


@click.command()
@click.argument("query", default="")
@click.option(
    "-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many papers, or papers a page."
)
@click.option("--all", "everything", is_flag=True, help="Every paper that may be about QUERY, with a reason each.")
@click.option(
    "--page", default=1, show_default=True, type=click.IntRange(1), help="With --all: which page of -k papers."
)
@click.option(
    "--at-least",
    type=click.FloatRange(0, 100),
    help="With --all: the least relevance in per cent.  [default: 2, which four of five relevant papers reach]",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list; with --all an object that holds it.")
@click.option("--explain", is_flag=True, help="Say for each paper why it is there, and how probably it is relevant.")
@option_filters
@option_as_typed
@option_data_dir
def search(
    query: str,
    k: int,
    everything: bool,
    page: int,
    at_least: float | None,
    as_json: bool,
    explain: bool,
    filters: Filters,
    as_typed: bool,
    data_dir: Path | None,
) -> None:
    """Find the papers that fit QUERY best, without writing an answer. Without QUERY, the newest that fit the options.

    \b
    askpapers search "prompt tuning without rehearsal" -k 5 --explain
    askpapers search --author "J. Wang" --year 2022-2024
    askpapers search "continual learning" --all --page 2
    """
    from app.core.filter_words import in_words
    from app.core.reading import READABLE
    from app.ui.render import filters_note

    if not query and not filters:
        raise InputError(
            "There is nothing to search for.", 'Type a query or an option: askpapers search "newts" --since 2023'
        )
    if everything and not query:
        raise InputError("--all needs a query.", 'Type what the papers are about: askpapers search "newts" --all')
    service = service_for(data_dir, starter=True)
    read = service.read(query, filters, READABLE if as_typed else ())
    query, filters = read.topic, read.filters
    if words := filters_note(read.readings, AS_TYPED):
        note(words)
    if everything and any(character.isalnum() for character in query):
        _all(service, query, filters, k, page, at_least, as_json)
        return
    found = service.search(query, k, filters)
    if outside := service.outside(query, filters):
        note(outside)
    if filters and not found:
        note(f"Nothing found: papers {in_words(filters)} were asked for.")
    _say_how(service, found)
    probable = service.probabilities(query, found) if query else [None] * len(found)
    if as_json:
        put_json([_record(rank, r, p) for rank, (r, p) in enumerate(zip(found, probable, strict=True), start=1)])
        return
    for rank, (r, p) in enumerate(zip(found, probable, strict=True), start=1):
        _put_paper(rank, r)
        if explain:
            click.echo(f"     {_explained(service, query, r, p)}")


def _say_how(service: Service, found: Sequence[RankedPaper]) -> None:
    if away := service.words_only(found):
        note(f"Found by words only: {away}")
    elif not service.dense_index().whole:
        note(f"{service.dense_index().words}: papers not in it yet are found by their words only.")
    if away := service.not_reranked(found):
        note(f"Not reranked: {away}")


def _record(rank: int, r: RankedPaper, probability: float | None) -> dict[str, Any]:
    from app.ui.answer_json import ref_to_json

    return {
        "rank": rank,
        "score": round(r.score, 6),
        "paper": ref_to_json(r.paper.ref),
        "found_by": dict(r.found_by),
        "cosine": None if r.cosine is None else round(r.cosine, 6),
        "probability": None if probability is None else round(probability, 4),
        **({"reranked": round(r.reranked, 6)} if r.reranked is not None else {}),
    }


def _put_paper(rank: int, r: RankedPaper) -> None:
    from app.ui.render import flag_words, plain_line

    where = r.paper.url or r.paper.id
    click.echo(plain_line(f"{rank:3}. {r.paper.title} ({r.paper.year or 'no year'})  {where}"))
    if r.paper.flags:
        click.echo(f"     {flag_words(r.paper.flags)}")


def _explained(service: Service, query: str, r: RankedPaper, probability: float | None) -> str:
    """One line: its place in each list, what the query and the paper share, how probably it is relevant."""
    from app.ui.render import plain_line

    if probability is None:
        return "by date"
    places = ", ".join(f"{name} rank {place}" for name, place in r.found_by.items()) or "named in the query"
    cosine = f", cosine {r.cosine:.3f}" if r.cosine is not None else ""
    reranked = f", reranked {r.reranked:.3f}" if r.reranked is not None else ""
    why = service.why(query, r.paper)
    return plain_line(
        f"score {r.score:.3f}: {places}{cosine}{reranked}; {_shared(why.words, why.of)}; relevant {_percent(probability)}"
    )


def _shared(words: Sequence[str], of: int) -> str:
    return f"{len(words)} of {of} words ({', '.join(words)})" if words else "no word in common"


def _percent(probability: float) -> str:
    return f"{100 * probability:.0f} %" if probability >= 0.01 else "under 1 %"


def _all(
    service: Service, query: str, filters: Filters, k: int, page: int, at_least: float | None, as_json: bool
) -> None:
    """Print one page of all candidates."""
    from app.ui.render import plain_line

    found = service.candidates(query, filters, None if at_least is None else at_least / 100)
    _say_how(service, [candidate.ranked for candidate in found.items])
    total, first = len(found.items), (page - 1) * k
    pages = max(1, -(-total // k))
    if page > pages:
        raise InputError(f"There is no page {page}.", f"With {k} papers a page, the last one is --page {pages}.")
    shown = found.items[first : first + k]
    if as_json:
        records = [_candidate(service, query, rank, c) for rank, c in enumerate(shown, start=first + 1)]
        about = {"total": total, "page": page, "pages": pages, "looked_at": found.looked_at, "library": found.papers}
        click.echo(json.dumps({**about, "papers": records}, ensure_ascii=False))
        return
    papers = "paper" if total == 1 else "papers"
    note(f"{total} {papers} of {found.papers:,} may be about this; page {page} of {pages}.")
    for rank, c in enumerate(shown, start=first + 1):
        _put_paper(rank, c.ranked)
        why = service.why(query, c.ranked.paper)
        cosine = f", cosine {c.ranked.cosine:.2f}" if c.ranked.cosine is not None else ""
        named = "named in the query; " if c.named else ""
        click.echo(plain_line(f"     {named}relevant {_percent(c.probability)}: {_shared(why.words, why.of)}{cosine}"))
        if why.sentence:
            click.echo(plain_line(f"     “{why.sentence}”"))


def _candidate(service: Service, query: str, rank: int, c: Candidate) -> dict[str, Any]:
    why = service.why(query, c.ranked.paper)
    reason = {"named": c.named, "words": list(why.words), "of_words": why.of, "sentence": why.sentence}
    return {**_record(rank, c.ranked, c.probability), "reason": reason}
