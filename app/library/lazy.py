"""Parts of an object that are made at their first use, by one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class part(Generic[T]):
    """As `functools.cached_property`, under the owner's one lock `_lock`, which may be taken again.

    The standard one has, up to Python 3.11, a lock of its own for each attribute, so that two threads that open two
    parts which need each other wait for ever; later it has none, and a part is opened twice."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type) -> part[T]: ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: Any, kind: type) -> T | part[T]:
        if owner is None:
            return self
        with owner._lock:
            made = owner.__dict__
            if self._name not in made:
                value = self._make(owner)
                made.setdefault(self._name, value)
            return made[self._name]  # type: ignore[no-any-return]
