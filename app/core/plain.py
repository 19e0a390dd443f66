"""Records of ours as plain JSON values, and back: what is kept in a file is read by later versions too.

A field that such a file lacks gets its default, and one that the record does not have is passed over, so that records
may gain and lose fields.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Only what strict JSON knows: a trace may hold tuples, records or numbers of numpy."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, int):
        return int(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def rebuilt(kind: type[T], value: Any) -> T:
    """The record of this class that `plain` made these values of. Raises ValueError where they are of no such record."""
    try:
        return cast(T, _as(kind, value))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this is no {kind.__name__}: {error}") from error


def _as(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        known = [item.name for item in fields(kind) if item.name in value]
        return cast(Any, kind)(**{name: _as(hints[name], value[name]) for name in known})
    if kind is Any:
        return value
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _as(next(each for each in inside if each is not type(None)), value)
    if origin is tuple and inside[-1] is not Ellipsis:  # of so many values, each of its own kind
        if len(value) != len(inside):
            raise TypeError(f"{len(value)} values, not {len(inside)}")
        return tuple(_as(each, item) for each, item in zip(inside, value, strict=True))
    if origin is tuple:
        return tuple(_as(inside[0], item) for item in value)
    if origin in (dict, Mapping):
        return {(int(key) if inside[0] is int else key): _as(inside[1], item) for key, item in value.items()}
    if kind is float and isinstance(value, int):
        return float(value)
    if isinstance(kind, type) and not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
