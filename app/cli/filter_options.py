"""The options by which a command is told which papers it is about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from app.core.errors import InputError
from app.core.filters import Filters
from app.core.when import check_order, parse_stretch, parse_when

_OPTIONS = (
    click.option("--since", metavar="WHEN", help="Papers from this year, month or day on: 2023, 2023-05, 2023-05-14."),
    click.option("--until", metavar="WHEN", help="Papers up to and with this year, month or day."),
    click.option("--year", metavar="YEARS", help="Papers of a year, or of years: 2023, 2020-2023, 2020-."),
    click.option("--author", multiple=True, metavar="NAME", help="Papers by this person, or by any given so."),
    click.option("--all-authors", is_flag=True, help="With several --author: papers by all of them together."),
    click.option("--category", multiple=True, metavar="CATEGORY", help="Papers in this category: cs.CL, or cs for all of cs."),
    click.option("--venue", multiple=True, metavar="WORDS", help="Papers whose venue has these words."),
    click.option("--from-source", multiple=True, metavar="SOURCE", help="Papers ingested from this source: jsonl, bibtex ..."),
    click.option("--flagged/--not-flagged", default=None, help="Only papers with a warning, or only those without."),
    click.option("--id", "ids", multiple=True, metavar="ID", help="Only this paper, or those given so."),
)  # fmt: skip


def option_filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options, and what they say as its argument `filters`."""

    @functools.wraps(command)
    def told(*arguments: Any, **options: Any) -> Any:
        names = (
            "since",
            "until",
            "year",
            "author",
            "all_authors",
            "category",
            "venue",
            "from_source",
            "flagged",
            "ids",
        )
        return command(*arguments, filters=filters_of(**{name: options.pop(name) for name in names}), **options)

    with_options: Callable[..., Any] = told
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options


def filters_of(
    since: str | None = None,
    until: str | None = None,
    year: str | None = None,
    author: tuple[str, ...] = (),
    all_authors: bool = False,
    category: tuple[str, ...] = (),
    venue: tuple[str, ...] = (),
    from_source: tuple[str, ...] = (),
    flagged: bool | None = None,
    ids: tuple[str, ...] = (),
) -> Filters:
    """The filters that the options say. Raises InputError for a value that says nothing."""
    for option, values in (
        ("--since", (since,)),
        ("--until", (until,)),
        ("--year", (year,)),
        ("--author", author),
        ("--category", category),
        ("--venue", venue),
        ("--from-source", from_source),
        ("--id", ids),
    ):
        for value in values:
            if value is not None and not any(letter.isalnum() for letter in value):
                raise InputError(f'{option} "{value}" says nothing.', f"Give {option} a value, or leave it out.")
    if all_authors and not author:
        raise InputError(
            "--all-authors needs the authors.", "Name them, each with --author: --author Wang --author Lee"
        )
    if year and (since or until):
        raise InputError(
            f'--year "{year}" says since when and until when itself.', "Give --year, or --since and --until."
        )
    first, last = (
        parse_stretch(year) if year else (parse_when(since) if since else "", parse_when(until) if until else "")
    )
    check_order(first, last)
    return Filters(
        since=first,
        until=last,
        authors=() if all_authors else author,
        all_authors=author if all_authors else (),
        categories=tuple(map(str.strip, category)),
        venues=venue,
        sources=tuple(map(str.strip, from_source)),
        flagged=flagged,
        ids=tuple(map(str.strip, ids)),
    )


AS_TYPED = "--as-typed"
option_as_typed = click.option(AS_TYPED, is_flag=True, help='Read no filters ("since 2023", "by Lee") out of the text.')
