"""A scripted chat model, and the starter library that it writes answers over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.bootstrap import Service
from tests.conftest import settings_for
from tests.scripted_server import ScriptedServer

Build = Callable[..., Service]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def build(server: ScriptedServer, starter: Service, starter_folder: Path, model_cache: Path) -> Build:
    """A service over the starter library whose model is the scripted server."""

    def service(**more: object) -> Service:
        values: dict[str, object] = {"llm": "compatible:tiny", "llm_base_url": server.url, "llm_timeout_s": 5.0, **more}
        return Service(settings_for(starter_folder, model_cache, **values), starter.library)

    return service
