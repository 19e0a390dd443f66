"""A paper from one JSON object, whoever wrote it: generic fields, the arXiv metadata snapshot, Semantic Scholar,
OpenAlex, PubMed summaries, Crossref and CSL-JSON (Zotero), the hub's daily papers, and `askpapers library export`.

Each service's object is first told by fields that only it has and renamed to the generic fields; one model then checks
them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.core.domain import Paper
from ingest.record import RecordError, make_paper
from ingest.sources.people import names_in, one_name

# An abstract of more words is an attack on memory, not an abstract.
_MOST_WORDS = 100_000


class _Record(BaseModel):
    """The fields read, under all their names; anything else in the record is left alone."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str | None = Field(default=None, validation_alias=AliasChoices("id", "arxiv_id", "arxiv", "eprint"))
    title: str | None = None
    abstract: str | None = Field(default=None, validation_alias=AliasChoices("abstract", "summary"))
    authors: list[str] = Field(
        default_factory=list, validation_alias=AliasChoices("authors_parsed", "authors", "author")
    )
    year: int | None = Field(default=None, ge=1000, le=2999)
    published: str | None = Field(
        default=None, validation_alias=AliasChoices("published", "publishedAt", "date", "versions")
    )
    updated: str | None = Field(default=None, validation_alias=AliasChoices("updated", "update_date"))
    version: int | None = Field(default=None, ge=1, le=999)
    url: str | None = None
    doi: str | None = None
    categories: list[str] = Field(default_factory=list, validation_alias=AliasChoices("categories", "keywords"))
    venue: str | None = Field(default=None, validation_alias=AliasChoices("venue", "journal-ref", "journal"))
    flags: list[str] = Field(default_factory=list)

    @field_validator("flags", mode="before")
    @classmethod
    def _flags(cls, value: Any) -> Any:
        """Only our own export has them; anything else of that name is none."""
        return [flag for flag in value if isinstance(flag, str)] if isinstance(value, list) else []

    @field_validator("authors", mode="before")
    @classmethod
    def _authors(cls, value: Any) -> Any:
        """A list of names, of {"name"}, of [family, given, suffix] (arXiv), one of these, or one string of names."""
        if isinstance(value, str):
            return names_in(value)
        if isinstance(value, dict):
            value = [value]
        return [name for item in value if item and (name := _author(item))] if isinstance(value, list) else value

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
        created = value[0].get("created") if value and isinstance(value[0], dict) else None
        try:
            return parsedate_to_datetime(str(created)).date().isoformat()
        except ValueError:
            return None

    @field_validator("version", mode="before")
    @classmethod
    def _version(cls, value: Any) -> Any:
        """3 or "v3"; what is no version is none."""
        match = re.fullmatch(r"v?(\d{1,3})", str(value).strip())
        return match.group(1) if match and int(match.group(1)) else None


def _author(item: Any) -> Any:
    if isinstance(item, dict):
        if item.get("literal"):  # CSL-JSON: a name to be taken as it stands
            return item["literal"]
        item = item.get("name") or " ".join(str(item[k]) for k in ("given", "family") if item.get(k))
    elif isinstance(item, list):
        family, given, suffix = ([str(part) if part else "" for part in item] + ["", "", ""])[:3]
        return " ".join(part for part in (given, family, suffix) if part)
    return one_name(item) if isinstance(item, str) else item


def paper_of(value: Any, source: str) -> Paper:
    """The paper of a decoded JSON value. Raises RecordError, or pydantic's ValidationError (see `reason`)."""
    if not isinstance(value, dict):
        raise RecordError("it is JSON but not an object")
    fields: Mapping[str, Any] = value
    for is_one, rename in _SERVICES:
        if is_one(value):
            fields = rename(value)
            break
    # A field without a value must not hide the same field under its other name.
    record = _Record.model_validate({key: field for key, field in fields.items() if field not in (None, "", [], {}, 0)})
    return make_paper(
        source=source,
        identifier=record.id,
        title=record.title,
        abstract=record.abstract,
        authors=record.authors,
        year=record.year,
        published=record.published,
        updated=record.updated,
        version=record.version or _last_version(fields.get("versions")),
        url=record.url,
        doi=record.doi,
        categories=record.categories,
        venue=record.venue,
        flags=record.flags,
    )


def _last_version(versions: Any) -> int | None:
    """The number of the last of arXiv's `versions` ([{"version": "v1", ...}, ...])."""
    if not isinstance(versions, list) or not versions or not isinstance(versions[-1], dict):
        return None
    match = re.fullmatch(r"v(\d{1,3})", str(versions[-1].get("version")))
    return int(match.group(1)) if match else None


def reason(error: Exception) -> str:
    """Why a record cannot be read, for the person who repairs it."""
    if isinstance(error, RecordError):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        return f"it is not valid JSON ({error.msg} at column {error.colno})"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f'field "{first["loc"][0]}" cannot be read ({first["msg"]})'
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


# --- services: by which fields an object is theirs, and its generic fields ------------------------------------------


def _within(value: Any, *path: str) -> Any:
    """value[path[0]][path[1]]... as far as there are objects; else None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _each(values: Any, *path: str) -> list[str]:
    """The text at `path` in each of a list of objects."""
    found = [_within(item, *path) for item in values] if isinstance(values, list) else []
    return [item for item in found if isinstance(item, str) and item]


def _openalex(work: dict[str, Any]) -> dict[str, Any]:
    places = work.get("locations") if isinstance(work.get("locations"), list) else []
    links = [_within(work, "ids", "arxiv"), *_each(places, "landing_page_url")]
    return {
        "id": next((link for link in links if "arxiv.org/" in str(link)), None),
        "title": work.get("title") or work.get("display_name"),
        "abstract": work.get("abstract") or words_of_index(work.get("abstract_inverted_index")),
        "authors": _each(work.get("authorships"), "author", "display_name"),
        "year": work.get("publication_year"),
        "date": work.get("publication_date"),
        "doi": work.get("doi"),
        "url": _within(work, "primary_location", "landing_page_url"),
        "venue": _within(work, "primary_location", "source", "display_name"),
        "categories": _each(work.get("topics") or work.get("concepts"), "display_name"),
    }


def words_of_index(index: Any) -> str | None:
    """The text of OpenAlex's inverted index, {word: [positions]}. What is no such index gives None."""
    if not isinstance(index, dict):
        return None
    placed = [
        (at, str(word))
        for word, places in index.items()
        for at in (places if isinstance(places, list) else ())
        if isinstance(at, int)
    ]
    if len(placed) > _MOST_WORDS:
        raise RecordError(f"its abstract has more than {_MOST_WORDS:,} words")
    return " ".join(word for _, word in sorted(placed))


def _semantic_scholar(paper: dict[str, Any]) -> dict[str, Any]:
    ids = paper.get("externalIds")
    fields = paper.get("fieldsOfStudy") or _each(paper.get("s2FieldsOfStudy"), "category")
    return {
        "id": _within(ids, "ArXiv"),
        "doi": _within(ids, "DOI"),
        "url": paper.get("url"),
        "title": paper.get("title"),
        "abstract": paper.get("abstract"),
        "authors": paper.get("authors"),
        "year": paper.get("year"),
        "date": paper.get("publicationDate"),
        "venue": paper.get("venue") or _within(paper, "publicationVenue", "name") or _within(paper, "journal", "name"),
        "categories": list(dict.fromkeys(field for field in fields if isinstance(field, str)))
        if isinstance(fields, list)
        else None,
    }


def _pubmed_summary(summary: dict[str, Any]) -> dict[str, Any]:
    if not summary.get("abstract"):
        raise RecordError("it has no abstract (PubMed's summaries carry none: fetch them as PubMed XML or MEDLINE)")
    given = summary.get("articleids")
    dois = [
        i.get("value")
        for i in (given if isinstance(given, list) else ())
        if isinstance(i, dict) and i.get("idtype") == "doi"
    ]
    uid = re.sub(r"\D", "", str(summary.get("uid", "")))
    return {
        "title": summary.get("title"),
        "abstract": summary["abstract"],
        "authors": _each(summary.get("authors"), "name"),
        "date": summary.get("pubdate"),
        "doi": next(iter(dois), None) or summary.get("elocationid"),
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{uid}/" if uid else None,
        "venue": summary.get("fulljournalname") or summary.get("source"),
    }


def _crossref(work: dict[str, Any]) -> dict[str, Any]:
    """Crossref's works, and CSL-JSON, which has text where Crossref has lists of one."""
    issued = _within(work, "issued", "date-parts") or _within(work, "published", "date-parts")
    parts = issued[0] if isinstance(issued, list) and issued and isinstance(issued[0], list) else []
    numbers = [int(part) for part in parts if re.fullmatch(r"\d{1,4}", str(part))]
    return {
        "id": work.get("DOI") or work.get("id"),
        "title": _first(work.get("title")),
        "abstract": work.get("abstract"),
        "authors": work.get("author"),
        "year": numbers[0] if numbers else None,
        "date": "-".join(f"{number:02}" for number in numbers) or None,
        "doi": work.get("DOI"),
        "url": work.get("URL"),
        "venue": _first(work.get("container-title")),
        "categories": work.get("subject") or work.get("keyword"),
    }


def _first(value: Any) -> Any:
    return next(iter(value), None) if isinstance(value, list) else value


def _daily(entry: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = entry["paper"]
    return {**inner, "title": inner.get("title") or entry.get("title"), "published": inner.get("publishedAt")}


_SERVICES: tuple[tuple[Any, Any], ...] = (
    (lambda v: "abstract_inverted_index" in v or "authorships" in v, _openalex),
    (lambda v: "paperId" in v or "externalIds" in v, _semantic_scholar),
    (lambda v: "articleids" in v or ("uid" in v and "pubdate" in v), _pubmed_summary),
    (lambda v: "DOI" in v or "container-title" in v or isinstance(v.get("issued"), dict), _crossref),
    (lambda v: isinstance(v.get("paper"), dict), _daily),
)
