"""What the guard of one running page is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.ui.door.limits import Limits
from app.ui.door.login import KnowsPeople


@dataclass(frozen=True)
class Door:
    """`people` may sign in, and nobody else comes in; None: no login. `root_path` is where a reverse proxy offers the
    page, `proxies` are the addresses of those whose X-Forwarded-For is believed. `local` is a page for this computer
    alone, with no proxy before it."""

    people: KnowsPeople | None = None
    limits: Limits = field(default_factory=Limits)
    root_path: str = ""
    proxies: str = ""
    local: bool = True


OPEN_DOOR = Door()
