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
extension = ".jsonl"

_LOOK_AT = 20


class _Record(BaseModel):
    """The fields read, under both names; anything else in the record is left alone."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str | None = None
    title: str | None = None
    abstract: str | None = Field(default=None, validation_alias=AliasChoices("abstract", "summary"))
    authors: list[str] = Field(
        default_factory=list, validation_alias=AliasChoices("authors_parsed", "authors", "author")
    )
    year: int | None = Field(default=None, ge=1000, le=2999)
    published: str | None = Field(default=None, validation_alias=AliasChoices("published", "date", "versions"))
    url: str | None = None
    doi: str | None = None
    categories: list[str] = Field(default_factory=list)
    venue: str | None = Field(default=None, validation_alias=AliasChoices("venue", "journal-ref", "journal"))

    @field_validator("authors", mode="before")
    @classmethod
    def _authors(cls, value: Any) -> Any:
        """A list of names, of {"name"}, of [family, given, suffix] (arXiv), one of these, or one string of names."""
        if isinstance(value, str):
            return _names(value)
        if isinstance(value, dict):
            return [_author(value)]
        return [_author(item) for item in value if item] if isinstance(value, list) else value

    @field_validator("categories", mode="before")
    @classmethod
    def _categories(cls, value: Any) -> Any:
        """A list, or one string: parts between commas or semicolons, else words."""
        if isinstance(value, str):
            return re.split(r"\s*[,;]\s*" if re.search("[,;]", value) else r"\s+", value.strip())
        return value

    @field_validator("published", mode="before")
    @classmethod
    def _published(cls, value: Any) -> Any:
        """A date as it stands, or the first entry of arXiv's `versions` as YYYY-MM-DD."""
        if not isinstance(value, list):
            return value
        created = value[0].get("created") if isinstance(value[0], dict) else None
        try:
            return parsedate_to_datetime(str(created)).date().isoformat()
        except ValueError:
            return None


def _names(text: str) -> list[str]:
    """The names in one string: between semicolons, "Family, Given and Family, Given" (BibTeX), or between commas."""
    people = re.split(r"\s*,?\s+and\s+", text.strip())
    if ";" in text:
        people = re.split(r"\s*;\s*", text.strip())
    elif len(people) == 1 or not all(person.count(",") == 1 for person in people):
        people = [name for person in people for name in re.split(r"\s*,\s+", person)]
    return [person for person in people if person]


def _author(item: Any) -> Any:
    if isinstance(item, dict):
        return item.get("name") or " ".join(str(item[k]) for k in ("given", "family") if item.get(k))
    if isinstance(item, list):
        family, given, suffix = ([str(part) if part else "" for part in item] + ["", "", ""])[:3]
        return " ".join(part for part in (given, family, suffix) if part)
    return item


def recognise(head: str) -> float:
    """Sure when one of the first lines is an object, so that one broken record does not hide the others."""
    first = [line.strip() for line in head.split("\n") if line.strip()][:_LOOK_AT]
    if not first or (first[0].startswith("[") and not _is_json(first[0], list)):
        return 0.0  # an array over many lines is not one object a line
    if any(_is_json(line, dict) for line in first):
        return 0.95
    # One line longer than the head: the shape still says JSON.
    return 0.7 if re.match(r'\{\s*"[^"]+"\s*:', first[0]) else 0.0


def _is_json(line: str, kind: type) -> bool:
    try:
        return line[0] in "{[" and isinstance(json.loads(line), kind)
    except (ValueError, RecursionError):
        return False


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
    # A field without a value must not hide the same field under its other name.
    record = _Record.model_validate({key: field for key, field in value.items() if field not in (None, "", [], {}, 0)})
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
