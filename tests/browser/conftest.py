"""The page of a module's `service` on a port of its own, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.ui.gradio_app import Server, launch
from app.ui.service import ChatService
from tests.chromium import chromium

# Two slow cores that run three browsers at once need longer than Playwright's five seconds now and then.
expect.set_options(timeout=30_000)


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
