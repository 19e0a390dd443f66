"""Bringing the address of an OpenAI-compatible server into the one form the client needs."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from app.core.errors import SettingsError

_EXAMPLE = "Write ASKPAPERS_LLM_BASE_URL like http://localhost:11434/v1 or https://api.example.org/v1"
# What people copy from an example request; the client adds these itself.
_ENDPOINTS = re.compile(r"/(chat/completions|completions|responses|embeddings|models|rerank|reranking)$")
# Ollama's own protocol; it speaks the OpenAI one beside it, under /v1.
_OLLAMA_NATIVE = re.compile(r"^/api(/(chat|generate|tags))?$")


def normalise(typed: str) -> str:
    """The base URL for what a person typed: scheme, host and path, without a slash at the end.

    Repaired: a missing scheme, a slash or an endpoint at the end, Ollama's `/api`, a missing `/v1` where
    there is no path at all, and 0.0.0.0, which is an address to listen on. Raises SettingsError for the rest.
    """
    text = typed.strip().strip("'\"").strip()
    if "://" not in text:
        text = f"{_scheme_for(text)}://{text}"
    parts = _split(text, typed)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    path = _ENDPOINTS.sub("", path)
    if not path or (_OLLAMA_NATIVE.match(path) and parts.port == 11434):
        path = "/v1"
    netloc = parts.netloc.lower()
    if parts.hostname == "0.0.0.0":
        netloc = netloc.replace("0.0.0.0", "127.0.0.1")
    return urlunsplit((parts.scheme, netloc, path, "", ""))


def is_loopback(url: str) -> bool:
    """Whether this address is the machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_official(url: str | None) -> bool:
    """Whether this address is OpenAI itself, which takes other parameters than compatible servers."""
    return bool(url) and urlsplit(url).hostname == "api.openai.com"


def _split(text: str, typed: str) -> SplitResult:
    """The parts of the address, or SettingsError where it is none that can be used."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f'The base URL "{_safe(typed)}" is not an address', _EXAMPLE) from None
    if parts.scheme not in ("http", "https"):
        raise SettingsError(f'The base URL "{_safe(typed)}" is neither http nor https', _EXAMPLE)
    if not host or re.search(r"[\s\\]", text):
        raise SettingsError(f'The base URL "{_safe(typed)}" is not an address', _EXAMPLE)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(
            f'The base URL "{_safe(typed)}" holds more than an address',
            "Remove the user name, and all from '?' or '#' on; a key goes into OPENAI_API_KEY. " + _EXAMPLE,
        )
    return parts


def _scheme_for(text: str) -> str:
    """http for the local network, https elsewhere, so that a key never travels in clear text by accident."""
    host = text.partition("/")[0].rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "https" if "." in host and not host.endswith((".local", ".lan", ".internal")) else "http"
    return "http" if address.is_private or address.is_unspecified else "https"


def _safe(typed: str) -> str:
    """The typed value for a message, without what may be a secret: user name, password and query."""
    return re.sub(r"[?#].*", "?...", re.sub(r"(^|//)[^/@]*@", r"\1...@", typed.strip()))
