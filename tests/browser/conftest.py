"""The page of a module's `service` on a port of its own, and a browser to look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.bootstrap import Service
from app.ui.gradio_app import Server, launch
from app.ui.service import ChatService
from tests.chromium import chromium
from tests.conftest import service_in

# Two slow cores that run three browsers at once need longer than Playwright's five seconds now and then.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def service(starter_folder: Path, model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A copy of the starter library: a page keeps the chats of those who look at it. A module may bring its own."""
    folder = tmp_path_factory.mktemp("page") / "library"
    shutil.copytree(starter_folder, folder)
    return service_in(folder, model_cache)


@pytest.fixture(scope="module")
def server(service: ChatService) -> Iterator[Server]:
    """No vectors are made in the background, so that a test can say when."""
    running = launch(service, port=0)
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
