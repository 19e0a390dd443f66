"""Opening Chroma: a folder on this computer, a server (`chroma run`), or Chroma Cloud. The same calls work on all, but
Cloud takes and gives less at a time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import chromadb
import httpx
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT
from chromadb.config import Settings as ChromaSettings
from filelock import FileLock

from app.core.errors import AskPapersError, LibraryError, SettingsError

# What Chroma's clients raise: their own tree, bare ValueErrors, SQLite and disk trouble, those of the HTTP library, a
# bare Exception for an error page that is not Chroma's, and KeyErrors for a reply that is not.
CHROMA_ERRORS = (Exception,)
CLOUD = "cloud"
_CLOUD_ADDRESS = "https://api.trychroma.com"
# Chroma's client waits for ever. A server that takes longer than this over one call is taken for dead.
_KNOCK_S, _ANSWER_S = 10.0, 120.0
# What Chroma Cloud's quotas allow by default (docs.trychroma.com/cloud/quotas-limits): records a write and a read, bytes
# of one value of a record's metadata. A server of one's own says itself how many it takes; the others have no limit.
_CLOUD_RECORDS, _CLOUD_VALUE_BYTES = 300, 4096


@dataclass(frozen=True, slots=True)
class ChromaPlace:
    """Where the vectors live. `url` is a server's address or "cloud"; without it they lie in `folder`. `stand_in` is
    the address of what answers in place of Chroma Cloud, for tests."""

    folder: Path
    url: str | None = None
    api_key: str | None = None
    tenant: str | None = None
    database: str | None = None
    stand_in: str | None = None

    @property
    def shared(self) -> bool:
        """Whether other computers may use the same collections."""
        return self.url is not None

    @property
    def cloud(self) -> bool:
        """Whether this is Chroma Cloud, which has sparse search and quotas."""
        return self.url == CLOUD

    def records_at_once(self, most: int) -> int:
        """How many records to read or write in one call, if it were for us `most`."""
        return min(most, _CLOUD_RECORDS) if self.cloud else most

    @property
    def value_bytes(self) -> int | None:
        """How long a text in a record's metadata may be, in bytes; None for any length."""
        return _CLOUD_VALUE_BYTES if self.cloud else None

    def __str__(self) -> str:
        return f'"{self.url}"' if self.url else f'"{self.folder}"'

    def open(self) -> Any:
        """A client (any: the declared type, ClientAPI, lacks close()). Raises LibraryError when nothing answers."""
        settings = ChromaSettings(anonymized_telemetry=False)
        try:
            if self.url is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                # Of two processes that open a new folder both would make its tables, and one would fail.
                with FileLock(self.folder / "opening.lock"):
                    return chromadb.PersistentClient(str(self.folder), settings)
            client = self._open_cloud(settings) if self.cloud else self._open_server(settings)
            for session in _sessions(client):
                session.timeout = httpx.Timeout(_ANSWER_S, connect=_KNOCK_S)
            return client
        except AskPapersError:
            raise
        except CHROMA_ERRORS as error:
            raise self.error(error) from error

    def close(self, client: Any) -> None:
        """Let a client go, and the connections that Chroma's own close() leaves open."""
        sessions = _sessions(client)
        client.close()
        for session in sessions:
            session.close()

    def end(self) -> None:
        """Nobody will open it any more."""

    def _open_cloud(self, settings: ChromaSettings) -> Any:
        if not self.api_key:
            raise SettingsError(
                "Chroma Cloud wants a key, and there is none.",
                "Set ASKPAPERS_CHROMA_API_KEY (and ASKPAPERS_CHROMA_TENANT and ASKPAPERS_CHROMA_DATABASE, if the key is "
                "for more than one database).",
            )
        at = urlsplit(self.stand_in or _CLOUD_ADDRESS)
        # Asked first, with some patience, since Chroma's client waits for ever and leaves connections open when it fails.
        headers = {"x-chroma-token": self.api_key}
        reply = httpx.get(
            f"{at.geturl()}/api/v2/auth/identity", headers=headers, timeout=_KNOCK_S, verify=at.scheme == "https"
        )
        settings.chroma_server_ssl_verify = at.scheme == "https"
        if reply.status_code in (401, 403):
            raise LibraryError(
                f"Chroma Cloud cannot be used: it refuses the key (HTTP {reply.status_code}).",
                "Set ASKPAPERS_CHROMA_API_KEY to a key of the database that you mean.",
            )
        return chromadb.CloudClient(
            self.tenant,
            self.database,
            self.api_key,
            settings,
            cloud_host=str(at.hostname),
            cloud_port=int(at.port or 443),
            enable_ssl=at.scheme == "https",
        )

    def _open_server(self, settings: ChromaSettings) -> Any:
        address = self._address()
        ssl, path = address.scheme == "https", address.path.rstrip("/")
        port = address.port or (443 if ssl else 8000)
        host = f"[{address.hostname}]" if ":" in str(address.hostname) else str(address.hostname)
        headers = {"x-chroma-token": self.api_key} if self.api_key else {}
        settings.chroma_server_ssl_verify = (
            ssl  # reading all certificates for a plain connection takes a tenth of a second
        )
        base = f"{address.scheme}://{host}:{port}{path}"
        tenant, database = self.tenant or DEFAULT_TENANT, self.database or DEFAULT_DATABASE
        with httpx.Client(base_url=f"{base}/api/v2", headers=headers, timeout=_KNOCK_S, verify=ssl) as visitor:
            self._knock(visitor, tenant, database)
        return chromadb.HttpClient(base if path else host, port, ssl, headers or None, settings, tenant, database)

    def _address(self) -> SplitResult:
        """The server's address in its parts. Raises SettingsError if it is none."""
        try:
            address = urlsplit(str(self.url).strip())
            # The port is read here too, since one that is none raises ValueError.
            if address.scheme in {"http", "https"} and address.hostname and not address.username and address.port != 0:
                return address
        except ValueError:
            pass
        raise SettingsError(
            f"ASKPAPERS_CHROMA_URL cannot be {self}.",
            "Give the server's address, for example http://127.0.0.1:8000, or cloud for Chroma Cloud; a key goes into "
            "ASKPAPERS_CHROMA_API_KEY.",
        )

    def _knock(self, visitor: httpx.Client, tenant: str, database: str) -> None:
        """Whether a Chroma server is there and has the database, asked with some patience; its own client would wait
        for ever, and leaves connections open when it fails."""
        reply = visitor.get("/heartbeat")
        if reply.status_code != 200 or "heartbeat" not in reply.text:
            raise LibraryError(
                f"What answers at {self} (HTTP {reply.status_code}) is no Chroma server, or one that refuses us.",
                "Check ASKPAPERS_CHROMA_URL, and ASKPAPERS_CHROMA_API_KEY if the server wants a key.",
            )
        reply = visitor.get(f"/tenants/{quote(tenant, safe='')}/databases/{quote(database, safe='')}")
        if reply.status_code in (401, 403):
            raise LibraryError(
                f"The Chroma server at {self} refuses the key (HTTP {reply.status_code}).",
                "Set ASKPAPERS_CHROMA_API_KEY to a key that it takes.",
            )
        if reply.status_code == 404:
            raise LibraryError(
                f'The Chroma server at {self} has no database "{database}" of a tenant "{tenant}".',
                "Make it there, or check ASKPAPERS_CHROMA_TENANT and ASKPAPERS_CHROMA_DATABASE.",
            )

    def error(self, error: Exception) -> LibraryError:
        """Chroma's exception in our words."""
        why = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
        if self.cloud:
            return LibraryError(
                f"Chroma Cloud cannot be used: {why}.",
                "Check ASKPAPERS_CHROMA_API_KEY, ASKPAPERS_CHROMA_TENANT and ASKPAPERS_CHROMA_DATABASE, and the way to "
                "the network, then try again: what was reported as stored is there.",
            )
        if self.url:
            return LibraryError(
                f"The Chroma server at {self} cannot be used: {why}.",
                "Check that it runs (chroma run --path FOLDER) and that ASKPAPERS_CHROMA_URL and the key are right, then "
                "try again: what was reported as stored is there.",
            )
        return LibraryError(
            f"The vectors in {self} cannot be used: {why}.",
            "Check that the folder is there and yours to write and the disk is not full, then try again: "
            "what was reported as stored is there.",
        )


@dataclass(frozen=True)
class OneClient(ChromaPlace):
    """A server to which all of a library's parts go by one client. Each may close it; `end` does."""

    kept: list[Any] = field(default_factory=list, repr=False, compare=False)
    opening: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def open(self) -> Any:
        with self.opening:
            if not self.kept:
                self.kept.append(ChromaPlace.open(self))
            return self.kept[0]

    def close(self, client: Any) -> None:
        """Others may still use it."""

    def end(self) -> None:
        """Let the client go. The next to open gets another."""
        while self.kept:
            ChromaPlace.close(self, self.kept.pop())


def _sessions(client: Any) -> list[httpx.Client]:
    """The HTTP connections of a client and of the second one that it keeps inside. A folder has none."""
    servers: tuple[Any, ...] = (client._server, getattr(getattr(client, "_admin_client", None), "_server", None))
    return [server._session for server in servers if hasattr(server, "_session")]
