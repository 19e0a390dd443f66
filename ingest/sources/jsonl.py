"""One JSON object a line: the generic fields, or those of the arXiv metadata snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.core.domain import BadRecord, Paper
from ingest.record import RecordError, make_paper

name = "jsonl"


class _Record(BaseModel):
    """The fields read, under both names; anything else in the record is left alone."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str | None = None
    title: str | None = None
    abstract: str | None = Field(default=None, validation_alias=AliasChoices("abstract", "summary"))
    authors: list[str] = Field(
        default_factory=list, validation_alias=AliasChoices("authors_parsed", "authors", "author")
    )
    year: int | None = None
    published: str | None = Field(default=None, validation_alias=AliasChoices("published", "date", "versions"))
    url: str | None = None
    doi: str | None = None
    categories: list[str] = Field(default_factory=list)
    venue: str | None = Field(default=None, validation_alias=AliasChoices("venue", "journal-ref", "journal"))

    @field_validator("authors", mode="before")
    @classmethod
    def _authors(cls, value: Any) -> Any:
        """A list of names, of {"name"}, of [family, given, suffix] (arXiv), or one string of names."""
        if value is None:
            return []
        if isinstance(value, str):
            separator = r"\s*;\s*" if ";" in value else r"\s*,\s+(?:and\s+)?|\s+and\s+"
            return [part for part in re.split(separator, value.strip()) if part]
        return [_author(item) for item in value] if isinstance(value, list) else value

    @field_validator("categories", mode="before")
    @classmethod
    def _categories(cls, value: Any) -> Any:
        if value is None:
            return []
        return re.split(r"[\s,;]+", value.strip()) if isinstance(value, str) else value

    @field_validator("published", mode="before")
    @classmethod
    def _published(cls, value: Any) -> Any:
        """A date as it stands, or the first entry of arXiv's `versions` as YYYY-MM-DD."""
        if isinstance(value, list):
            created = value[0].get("created") if value and isinstance(value[0], dict) else None
            try:
                return parsedate_to_datetime(created).date().isoformat() if created else None
            except ValueError:
                return None
        return value

    @field_validator("year", mode="before")
    @classmethod
    def _blank_year(cls, value: Any) -> Any:
        return None if value == "" else value


def _author(item: Any) -> Any:
    if isinstance(item, dict):
        return item.get("name") or " ".join(str(item[k]) for k in ("given", "family") if item.get(k))
    if isinstance(item, list):
        family, given, suffix = ([str(part) for part in item] + ["", "", ""])[:3]
        return " ".join(part for part in (given, family, suffix) if part)
    return item


def recognise(head: str) -> float:
    first = next((line for line in head.splitlines() if line.strip()), "").strip()
    if not first.startswith("{"):
        return 0.0
    try:
        return 0.95 if isinstance(json.loads(first), dict) else 0.0
    except ValueError:
        # A line longer than the head, or one broken record: the shape still says JSON.
        return 0.7 if re.search(r'"(title|abstract|id)"\s*:', first) else 0.0


def papers(lines: Iterable[str], where: str) -> Iterator[Paper | BadRecord]:
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            yield _paper(json.loads(text))
        except (ValueError, RecursionError) as error:
            yield BadRecord(where, number, _reason(error), text[:200])


def _paper(value: Any) -> Paper:
    if not isinstance(value, dict):
        raise RecordError("the line is JSON but not an object")
    record = _Record.model_validate(value)
    return make_paper(
        source=name,
        identifier=record.id,
        title=record.title,
        abstract=record.abstract,
        authors=record.authors,
        year=record.year,
        published=record.published,
        url=record.url,
        doi=record.doi,
        categories=record.categories,
        venue=record.venue,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, RecordError):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        return f"the line is not valid JSON ({error.msg} at column {error.colno})"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f'field "{first["loc"][0]}" cannot be read ({first["msg"]})'
    return "the line is nested too deeply" if isinstance(error, RecursionError) else str(error)
