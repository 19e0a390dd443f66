"""The page without a browser: what its script sends to ask a question, and the stream that comes back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


class PageClient:
    """One session of a page, as one tab of a browser has it."""

    def __init__(self, url: str, **options: Any) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, **options)
        self._config = self._http.get("config").raise_for_status().json()
        self._session = secrets.token_hex(8)

    @contextmanager
    def asking(self, question: str) -> Iterator[Iterator[str]]:
        """Ask it; inside are the lines of the stream, each a message of the server. Leaving goes away from it."""
        box = next(c["id"] for c in self._config["components"] if c["props"].get("elem_id") == "ap-question")
        event = next(d for d in self._config["dependencies"] if [box, "submit"] in d["targets"])
        values = {c["id"]: c["props"].get("value") for c in self._config["components"]}
        data = [question if each == box else values.get(each) for each in event["inputs"]]
        body = {"data": data, "fn_index": event["id"], "session_hash": self._session, "trigger_id": box}
        self._http.post("gradio_api/queue/join", json=body).raise_for_status()
        path = f"gradio_api/queue/data?session_hash={self._session}"
        with self._http.stream("GET", path) as reply:
            yield (line for line in reply.iter_lines() if line.startswith("data:"))

    def status(self, question: str) -> str:
        """What the status line says to a question that is refused."""
        with self.asking(question) as lines:
            for line in lines:
                message = json.loads(line.removeprefix("data:"))
                if message["msg"] == "process_generating":
                    return next(str(each) for each in message["output"]["data"] if "ap-status" in str(each))
        raise AssertionError("the stream ended without a word")

    def close(self) -> None:
        self._http.close()
