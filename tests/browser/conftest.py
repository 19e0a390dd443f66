"""The page of a module's `service` on a port of its own, and a browser to look at it."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, expect

from app.bootstrap import Service
from app.ui.gradio_app import Server, launch
from app.ui.service import ChatService
from tests.chromium import chromium
from tests.conftest import service_in

# Two slow cores that run three browsers at once need longer than Playwright's five seconds now and then.
expect.set_options(timeout=30_000)

# ASKPAPERS_TEST_DELAY_S=0.4 makes every answer of the page's server late by up to twice as much, each by another time: what
# depends on the order in which two of them come fails then.
_DELAY_S = float(os.environ.get("ASKPAPERS_TEST_DELAY_S", "0"))


@pytest.fixture(scope="session", autouse=True)
def _late_server() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if _DELAY_S:
            at_once = gr.Blocks.process_api

            async def late(*args: Any, **kwargs: Any) -> Any:
                await asyncio.sleep(random.random() * _DELAY_S)
                told = await at_once(*args, **kwargs)
                await asyncio.sleep(random.random() * _DELAY_S)
                return told

            patch.setattr(gr.Blocks, "process_api", late)
        yield


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
