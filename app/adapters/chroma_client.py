"""Opening Chroma: a folder on this computer, a server (`chroma run`), or Chroma Cloud. The same calls work on all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError

from app.core.errors import LibraryError, SettingsError

# What Chroma's clients raise: their own tree, bare ValueErrors, SQLite and disk trouble, and those of its HTTP library.
CHROMA_ERRORS = (OSError, ChromaError, ValueError, RuntimeError, httpx.HTTPError)


@dataclass(frozen=True, slots=True)
class ChromaPlace:
    """Where the vectors live. `url` is a server's address or "cloud"; without it they lie in `folder`."""

    folder: Path
    url: str | None = None
    api_key: str | None = None
    tenant: str | None = None
    database: str | None = None

    @property
    def shared(self) -> bool:
        """Whether other computers may use the same collections."""
        return self.url is not None

    def __str__(self) -> str:
        return f'"{self.url}"' if self.url else f'"{self.folder}"'

    def open(self) -> Any:
        """A client (any: the declared type, ClientAPI, lacks close()). Raises LibraryError when nothing answers."""
        try:
            return self._client()()
        except CHROMA_ERRORS as error:
            raise self.error(error) from error

    def _client(self) -> Callable[[], Any]:
        settings = ChromaSettings(anonymized_telemetry=False)
        if self.url is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return lambda: chromadb.PersistentClient(str(self.folder), settings)
        if self.url == "cloud":
            return lambda: chromadb.CloudClient(self.tenant, self.database, self.api_key, settings)
        address = urlsplit(self.url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise SettingsError(
                f'ASKPAPERS_CHROMA_URL cannot be "{self.url}".',
                "Give the server's address, for example http://127.0.0.1:8000, or cloud for Chroma Cloud.",
            )
        ssl = address.scheme == "https"
        more = {name: value for name, value in (("tenant", self.tenant), ("database", self.database)) if value}
        headers = {"x-chroma-token": self.api_key} if self.api_key else None
        host, port = address.hostname, address.port or (443 if ssl else 8000)
        return lambda: chromadb.HttpClient(host, port, ssl, headers, settings, **more)

    def error(self, error: Exception) -> LibraryError:
        """Chroma's exception in our words."""
        if self.url:
            return LibraryError(
                f"The Chroma server at {self} cannot be used: {error}.",
                "Check that it runs (chroma run) and that ASKPAPERS_CHROMA_URL and the key are right, then try again: "
                "what was reported as stored is there.",
            )
        return LibraryError(
            f"The vectors in {self} cannot be used: {error}.",
            "Check that the folder is there and yours to write and the disk is not full, then try again: "
            "what was reported as stored is there.",
        )
