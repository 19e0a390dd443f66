"""What the public functions are given, checked: any JSON may come."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import InputError

MOST_FOUND = 100
FEWEST_COMPARED, MOST_COMPARED = 2, 8
_SHORT = 200
T = TypeVar("T", bound=BaseModel)


class _Given(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, str_strip_whitespace=True)


class SearchGiven(_Given):
    query: str = Field(max_length=1000)
    k: int = Field(ge=1, le=MOST_FOUND)
    since: str = Field(max_length=_SHORT)
    until: str = Field(max_length=_SHORT)
    author: str = Field(max_length=_SHORT)
    category: str = Field(max_length=_SHORT)


class PaperGiven(_Given):
    id: str = Field(min_length=1, max_length=500)


class AskGiven(_Given):
    question: str = Field(min_length=1)
    history: list[dict[str, Any]] | None = Field(max_length=100)


class CompareGiven(_Given):
    papers: list[str] = Field(min_length=FEWEST_COMPARED, max_length=MOST_COMPARED)
    aspects: list[str] | None = Field(max_length=8)


def checked(shape: type[T], **values: Any) -> T:
    """The values in their shape. Raises InputError saying which of them cannot be used and why."""
    try:
        return shape(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"])
        raise InputError(
            f'"{place}" cannot be used: {first["msg"]}', "docs/api.md has an example of each call."
        ) from None
