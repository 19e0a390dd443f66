"""What every test shares: no network but loopback, no settings from the machine, one real embedder, one starter library."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Library, Service
from app.core.ports import Embedder
from app.core.settings import Settings
from app.wire import switch_telemetry_off

switch_telemetry_off()

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parent.parent
# Lies beside a checkout where the project keeps material that may not be published in the repository.
SHARED = Path(os.environ.get("ASKPAPERS_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The prepared embedding model; fetched once, before the network is closed to the tests."""
    from tests.embedder_fixture import model_folder

    return model_folder().parent


@pytest.fixture(scope="session")
def embedder(model_cache: Path) -> Embedder:
    """The real default embedder."""
    from app.adapters.embeddings import MiniLMEmbedder

    return MiniLMEmbedder.open(model_cache / "all-MiniLM-L6-v2")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only(model_cache: Path) -> Iterator[None]:
    """Connections to anything but this machine fail, so that no test depends on the network."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]) if isinstance(address, tuple) else ""
            if host not in {"127.0.0.1", "::1", "localhost"}:
                raise OSError(f"the tests may not connect to {host}")
        real(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = real  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody's key, address or .env reaches a test, and no test reaches anybody's library."""
    for name in [n for n in os.environ if n.startswith(("ASKPAPERS_", "OPENAI_"))]:
        if name not in {
            "ASKPAPERS_MODEL_CACHE",
            "ASKPAPERS_EMBEDDER_DIR",
            "ASKPAPERS_CHROMIUM",
            "ASKPAPERS_SHARED",
        }:
            monkeypatch.delenv(name)
    monkeypatch.setenv("ASKPAPERS_DATA_DIR", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)


def settings_for(folder: Path, model_cache: Path, **more: object) -> Settings:
    """Settings of a library in `folder`, answering with quotes unless told otherwise."""
    values: dict[str, object] = {"llm": "extractive", "data_dir": folder, "model_cache": model_cache, **more}
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]


def service_in(folder: Path, model_cache: Path, **more: object) -> Service:
    """A service over a library in `folder`."""
    settings = settings_for(folder, model_cache, **more)
    return Service(settings, Library(settings))


@pytest.fixture(scope="session")
def starter_folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """A folder holding the starter library. Shared: tests read it and never write to it."""
    folder = tmp_path_factory.mktemp("starter")
    service_in(folder, model_cache).load_starter()
    return folder


@pytest.fixture(scope="session")
def starter(starter_folder: Path, model_cache: Path) -> Service:
    """The starter library, answering with quotes."""
    return service_in(starter_folder, model_cache)


@pytest.fixture(scope="session")
def listing_page() -> Path:
    """The real page our first user pasted. It may not be published, so it is there only where the project keeps it."""
    page = SHARED / "corpus" / "papers-page.txt"
    if not page.is_file():
        pytest.skip(f"the real listing page is not at {page} (set ASKPAPERS_SHARED)")
    return page
