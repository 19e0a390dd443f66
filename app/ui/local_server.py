"""What it takes to run Gradio's server in this process without side effects."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from app.core.errors import InputError

T = TypeVar("T")


def inside_a_loop(action: Callable[[], T]) -> T:
    """`action()` with an event loop running in this thread.

    Outside one, Gradio makes an event loop for every lock it creates and closes none of them, which leaves
    some thirty file descriptors open until the garbage collector complains about them.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        return action()

    async def run() -> T:
        return action()

    return asyncio.run(run())


def free_port(host: str, port: int) -> int:
    """`port` if this machine can listen there now (0: any free port), else InputError."""
    if not 0 <= port <= 65535:
        raise InputError(f"There is no port {port}.", "Give one from 1024 to 65535 with `--port`.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Port {port} on {host} is in use by another program.",
                f"Choose another with `--port`, for example `--port {port + 1}`.",
            ) from None
        if error.errno == errno.EACCES:
            raise InputError(
                f"Port {port} needs administrator rights.", "Choose one from 1024 up with `--port`."
            ) from None
        raise InputError(
            f'Cannot listen on "{host}", port {port}: {error.strerror}.',
            "Use `--host 127.0.0.1` for this computer only, or an address of this computer.",
        ) from None


@contextmanager
def no_proxy_for_ourselves(host: str) -> Iterator[None]:
    """While starting, Gradio calls its own server over HTTP; a company proxy cannot reach it for us."""
    if not urllib.request.getproxies():
        yield
        return
    known = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    value = ",".join(filter(None, [known, "localhost", "127.0.0.1", host]))
    with _environment({"NO_PROXY": value, "no_proxy": value}):
        yield


@contextmanager
def believing(proxies: str) -> Iterator[None]:
    """While starting, uvicorn reads here whose X-Forwarded-For and -Proto it believes; left alone it would believe
    every program of this computer."""
    with _environment({"FORWARDED_ALLOW_IPS": proxies}):
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    kept = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
