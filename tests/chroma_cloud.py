"""A stand-in for Chroma Cloud: an HTTP server on the loopback address that speaks its v2 protocol, keeps everything in
memory, enforces the documented quotas, and remembers every request. Written from the real client's requests and the
shapes it reads; the scores of its sparse search are exact BM25."""

from __future__ import annotations

import json
import math
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

TENANT, DATABASE, KEY = "11111111-2222-3333-4444-555555555555", "papers-db", "ck-invented"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Record:
    """What is kept of an id."""

    embedding: list[float]
    document: str | None
    metadata: dict[str, Any]


@dataclass
class Collection:
    """What is kept of a collection."""

    id: str
    name: str
    metadata: dict[str, Any]
    schema: Any
    records: dict[str, Record] = field(default_factory=dict)


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


class CloudStandIn:
    """Use as a context manager. `asked` are the requests so far; `refuse_next` makes the next one fail."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.collections: dict[str, Collection] = {}
        self.refuse_next: Refused | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> CloudStandIn:
        handler = type("Handler", (_Handler,), {"cloud": self})
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._httpd.daemon_threads = True
        self._thread = threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._httpd.server_address[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join()

    def bodies(self, ending: str) -> list[Any]:
        """The bodies of the requests to paths that end so."""
        return [asked.body for asked in self.asked if asked.path.endswith(ending)]

    def answer(self, asked: Asked) -> Any:
        """The reply to one request. Raises Refused."""
        with self._lock:
            self.asked.append(asked)
            if self.refuse_next:
                refused, self.refuse_next = self.refuse_next, None
                raise refused
            if asked.headers.get("x-chroma-token") != KEY:
                raise Refused(401, "AuthError", "Unauthorized")
            return self._route(asked)

    def _route(self, asked: Asked) -> Any:
        parts = [unquote(part) for part in asked.path.removeprefix("/api/v2/").split("/")]
        if parts == ["auth", "identity"]:
            return {"user_id": "somebody", "tenant": TENANT, "databases": [DATABASE]}
        if parts == ["pre-flight-checks"]:
            return {"max_batch_size": 5461, "supports_base64_encoding": False}
        if parts == ["heartbeat"]:
            return {"nanosecond heartbeat": 1}
        if parts == ["tenants", TENANT]:
            return {"name": TENANT}
        if parts == ["tenants", TENANT, "databases", DATABASE]:
            return {"id": str(uuid.UUID(int=7)), "name": DATABASE, "tenant": TENANT}
        if parts[:5] == ["tenants", TENANT, "databases", DATABASE, "collections"]:
            return self._collections(asked, parts[5:])
        raise Refused(404, "NotFoundError", f"nothing is at {asked.path}")

    def _collections(self, asked: Asked, parts: list[str]) -> Any:
        if not parts and asked.method == "GET":
            return [_shown(collection) for collection in self.collections.values()]
        if not parts:
            return _shown(self._create(asked.body))
        found = next((c for c in self.collections.values() if parts[0] in (c.id, c.name)), None)
        if found is None:
            raise Refused(404, "NotFoundError", f"Collection [{parts[0]}] does not exists")
        if len(parts) == 1:
            if asked.method == "DELETE":
                del self.collections[found.name]
                return {}
            if asked.method == "PUT":
                found.metadata = {**found.metadata, **(asked.body.get("new_metadata") or {})}
                _within_collection(found.metadata)
                return {}
            return _shown(found)
        return getattr(self, f"_{parts[1]}")(found, asked.body)

    def _create(self, body: Any) -> Collection:
        if body["name"] in self.collections:
            if body["get_or_create"]:
                return self.collections[body["name"]]
            raise Refused(409, "UniqueConstraintError", f"Collection [{body['name']}] already exists")
        _within_collection(body["metadata"] or {})
        collection = Collection(str(uuid.uuid4()), body["name"], dict(body["metadata"] or {}), body["schema"])
        self.collections[collection.name] = collection
        return collection

    # --- records ------------------------------------------------------------------------------------------------

    def _upsert(self, collection: Collection, body: Any) -> Any:
        _quota("records per write", len(body["ids"]), 300)
        for n, key in enumerate(body["ids"]):
            _quota("bytes of an id", len(key.encode()), 128)
            document = (body.get("documents") or [None] * len(body["ids"]))[n]
            _quota("bytes of a document", len((document or "").encode()), 16_384)
            old = collection.records.get(key)
            meta = {**(old.metadata if old else {}), **body["metadatas"][n]}
            _within_record(meta)
            meta = {name: value for name, value in meta.items() if value is not None}
            collection.records[key] = Record(body["embeddings"][n], document, meta)
        return {}

    def _update(self, collection: Collection, body: Any) -> Any:
        _quota("records per write", len(body["ids"]), 300)
        for key, meta in zip(body["ids"], body["metadatas"], strict=True):
            if key in collection.records:
                kept = {**collection.records[key].metadata, **meta}
                _within_record(kept)
                collection.records[key].metadata = {name: v for name, v in kept.items() if v is not None}
        return {}

    def _delete(self, collection: Collection, body: Any) -> Any:
        gone = [key for key, _ in self._matching(collection, body.get("ids"), body.get("where"))]
        _quota("records per write", len(gone), 300)
        for key in gone:
            del collection.records[key]
        return {"deleted": len(gone)}

    def _count(self, collection: Collection, body: Any) -> Any:
        return len(collection.records)

    def _get(self, collection: Collection, body: Any) -> Any:
        found = self._matching(collection, body.get("ids"), body.get("where"))
        found = found[body.get("offset") or 0 :]
        most = body.get("limit")
        _quota("results", most if most is not None else len(found), 300)
        found = found[:most]
        include = body["include"]
        return {
            "ids": [key for key, _ in found],
            "metadatas": [record.metadata for _, record in found] if "metadatas" in include else None,
            "documents": [record.document for _, record in found] if "documents" in include else None,
            "embeddings": [record.embedding for _, record in found] if "embeddings" in include else None,
            "uris": None,
            "include": include,
        }

    def _query(self, collection: Collection, body: Any) -> Any:
        _quota("results", body["n_results"], 300)
        (query,) = body["query_embeddings"]
        found = self._matching(collection, body.get("ids"), body.get("where"))
        near = sorted((1 - sum(a * b for a, b in zip(query, r.embedding, strict=True)), key) for key, r in found)
        near = near[: body["n_results"]]
        nothing = dict.fromkeys(("metadatas", "documents", "embeddings", "uris"))
        return {"ids": [[key for _, key in near]], "distances": [[d for d, _ in near]], "include": [], **nothing}

    def _search(self, collection: Collection, body: Any) -> Any:
        replies = [self._one_search(collection, search) for search in body["searches"]]
        nothing = {name: [None] * len(replies) for name in ("metadatas", "documents", "embeddings")}
        scores = [[score for score, _ in reply] for reply in replies]
        select = [search["select"]["keys"] for search in body["searches"]]
        return {"ids": [[k for _, k in reply] for reply in replies], "scores": scores, "select": select, **nothing}

    def _one_search(self, collection: Collection, search: Any) -> list[tuple[float, str]]:
        knn = search["rank"]["$knn"]
        index = (collection.schema or {}).get("keys", {}).get(knn["key"], {}).get("sparse_vector")
        if not index or not index["sparse_vector_index"]["enabled"]:
            raise Refused(400, "InvalidArgumentError", f"no sparse index on {knn['key']}")
        _quota("results", search["limit"]["limit"], 300)
        with_words = {key: r.metadata[knn["key"]] for key, r in collection.records.items() if knn["key"] in r.metadata}
        allowed = {key for key, _ in self._matching(collection, None, search["filter"])}
        found = []
        for key, sparse in with_words.items():
            weights = dict(zip(sparse["indices"], sparse["values"], strict=True))
            score = 0.0
            for term, weight in zip(knn["query"]["indices"], knn["query"]["values"], strict=True):
                holders = sum(term in other["indices"] for other in with_words.values())
                idf = math.log(1 + (len(with_words) - holders + 0.5) / (holders + 0.5))
                score += idf * weight * weights.get(term, 0.0)
            if score and key in allowed:
                found.append((-score, key))
        return sorted(found)[: search["limit"]["limit"]]

    def _matching(self, collection: Collection, ids: Any, where: Any) -> list[tuple[str, Record]]:
        chosen = collection.records.items()
        if ids is not None:
            chosen = {key: collection.records[key] for key in ids if key in collection.records}.items()
        return [(key, record) for key, record in chosen if not where or _fits(record.metadata, where)]


def _fits(meta: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    if "$and" in where:
        _quota("where predicates", len(where["$and"]), 8)
        return all(_fits(meta, part) for part in where["$and"])
    ((name, wanted),) = where.items()
    wanted = wanted if isinstance(wanted, dict) else {"$eq": wanted}
    ((operator, value),) = wanted.items()
    held = meta.get(name)
    if held is None:
        return False
    if operator == "$eq":
        return bool(held == value)
    if operator == "$in":
        return held in value
    return bool({"$gt": held > value, "$gte": held >= value, "$lte": held <= value}[operator])


def _quota(what: str, found: int, most: int) -> None:
    if found > most:
        raise Refused(422, "QuotaError", f"Quota exceeded: {what}, {found} of {most}")


def _within_record(meta: Mapping[str, Any]) -> None:
    _quota("metadata keys", len([name for name, value in meta.items() if value is not None]), 32)
    for name, value in meta.items():
        _quota("bytes of a metadata key", len(name.encode()), 36)
        if not isinstance(value, dict):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            _quota(f"bytes of the metadata value {name}", len(text.encode()), 4096)


def _within_collection(meta: Mapping[str, Any]) -> None:
    for value in meta.values():
        _quota("bytes of a collection metadata value", len(str(value).encode()), 256)


def _shown(collection: Collection) -> dict[str, Any]:
    return {
        "id": collection.id,
        "name": collection.name,
        "configuration_json": {"hnsw": None, "spann": {}, "embedding_function": None},
        "schema": collection.schema,
        "metadata": collection.metadata,
        "dimension": None,
        "tenant": TENANT,
        "database": DATABASE,
        "version": 0,
        "log_position": 0,
    }


class _Handler(BaseHTTPRequestHandler):
    cloud: CloudStandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, urlsplit(self.path).path, headers, json.loads(text) if text else None)
        try:
            status, reply = 200, self.cloud.answer(asked)
        except Refused as refused:
            status, reply = refused.status, {"error": refused.kind, "message": str(refused)}
        body = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve
