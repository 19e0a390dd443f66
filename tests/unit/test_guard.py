"""The guard before a server of nothing: who passes, who does not, and what they are told."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest

from app.core.errors import LibraryError
from app.ui.door.caller import caller_of
from app.ui.door.door import Door
from app.ui.door.guard import Guard
from app.ui.door.health import Health
from app.ui.door.limits import Limits
from app.ui.headers import Receive, Send
from tests.fake_service import FakeService
from tests.unit.test_login import FakePeople

ADA = {"authorization": f"Basic {base64.b64encode(b'ada:correct').decode()}"}
BROWSER = {"accept": "text/html", "user-agent": "Mozilla/5.0"}


async def behind(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Says who the guard let through, and how much they sent."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    caller = caller_of(type("Request", (), {"scope": scope})())
    text = f"{message['type']} {caller.name or 'nobody'} {caller.address} {size}"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})


def client(door: Door, address: str = "127.0.0.1", service: FakeService | None = None) -> httpx.AsyncClient:
    guard = Guard(behind, door, Health(service or FakeService()), mcp=False)
    transport = httpx.ASGITransport(guard, client=(address, 5000))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860")


def get(door: Door, path: str, address: str = "127.0.0.1", **headers: str) -> httpx.Response:
    async def got() -> httpx.Response:
        async with client(door, address) as asking:
            return await asking.get(path, headers=headers)

    return asyncio.run(got())


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/gradio_api/mcp/", "/gradio_api/mcp/sse", "/gradio_api/heartbeat/x", "/gradio_api/file=/etc/passwd",
     "/theme.css", "/loginx", "/login/x", "//login", "/healthz/../config", "/assets/x.js"],
)  # fmt: skip
def test_nothing_passes_without_a_login(path: str) -> None:
    """Where there is a login, every path needs it; with it every one passes."""
    door = Door(FakePeople(), local=False)
    for address in ("192.0.2.1", "127.0.0.1"):
        refused = get(door, path, address)
        assert refused.status_code == 401
        assert refused.json() == {
            "detail": {
                "error": "Sign in first: with a browser, or with name and password in each request (HTTP Basic)."
            }
        }
        assert refused.headers["www-authenticate"].startswith("Basic")
    assert get(door, path, "192.0.2.1", authorization="Basic eDp5").status_code == 401
    if "mcp" not in path:
        assert get(door, path, "192.0.2.1", **ADA).text == "http.request ada 192.0.2.1 0"


def test_people_are_shown_the_form() -> None:
    """A browser's page leads to the form, its other requests are refused without a dialog of the browser's own."""
    door = Door(FakePeople(), root_path="/papers", local=False)
    for path in ("/papers", "/papers/", "/"):
        shown = get(door, path, **BROWSER)
        assert (shown.status_code, shown.headers["location"]) == (303, "/papers/login")
    form = get(door, "/papers/login", **BROWSER)
    assert 'action="/papers/login"' in form.text
    fetched = get(door, "/papers/config", accept="*/*", **{"user-agent": "Mozilla/5.0"})
    assert fetched.status_code == 401
    assert "www-authenticate" not in fetched.headers


def test_signing_in_and_out() -> None:
    """A wrong password is said to be, a right one gives a cookie that scripts of the page cannot read."""

    async def through() -> None:
        async with client(Door(FakePeople(), root_path="/papers", local=False)) as asking:
            wrong = await asking.post("/papers/login", data={"name": '"><b>ada', "password": "x"})
            assert wrong.status_code == 403
            assert "Name and password do not fit." in wrong.text
            assert "<b>ada" not in wrong.text
            assert (await asking.post("/papers/login", content=b"x" * 100_000)).status_code == 403
            right = await asking.post("/papers/login", data={"name": "ada", "password": "correct"})
            assert (right.status_code, right.headers["location"]) == (303, "/papers/")
            cookie = right.headers["set-cookie"].lower()
            for part in ("httponly", "samesite=lax", "path=/papers"):
                assert part in cookie
            assert (await asking.get("/papers/")).text.startswith("http.request ada")
            assert (await asking.get("/papers/logout")).text.startswith("http.request ada"), "a link signs nobody out"
            token = {"cookie": right.headers["set-cookie"].split(";")[0]}
            assert (await asking.post("/papers/logout")).headers["location"] == "/papers/login"
            assert (await asking.get("/papers/", headers=token)).status_code == 401

    asyncio.run(through())


def test_too_many_wrong_passwords() -> None:
    """The sixth try is told to wait, in the form and in a script."""

    async def through() -> None:
        async with client(Door(FakePeople(), local=False)) as asking:
            for _ in range(5):
                await asking.post("/login", data={"name": "ada", "password": "x"})
            told = await asking.post("/login", data={"name": "ada", "password": "correct"})
            assert told.status_code == 429
            assert "Too many wrong passwords. Try again in 60 s." in told.text
            script = await asking.get("/config", headers=ADA)
            assert script.status_code == 429
            assert script.headers["retry-after"] == "60"

    asyncio.run(through())


def test_a_name_that_leads_here_from_outside() -> None:
    """A page for this computer answers to this computer's names alone, so that no site can have a browser call it."""
    for host in ("127.0.0.1:7860", "localhost", "[::1]:7860", "papers.localhost:7860"):
        assert get(Door(), "/", host=host).status_code == 200
    for host in ("evil.example", "evil.example:7860", "127.0.0.1.evil.example", "192.168.1.2:7860", "x@localhost.evil"):
        refused = get(Door(), "/gradio_api/run/ask", host=host)
        assert refused.status_code == 421
        assert "ASKPAPERS_PROXIES" in refused.text
    assert get(Door(local=False), "/", host="papers.example").status_code == 200


def test_too_large() -> None:
    """More than an upload may have is refused, whether it says how large it is or not."""

    async def through() -> None:
        async with client(Door(limits=Limits(upload_mb=1))) as asking:
            said = await asking.post("/gradio_api/upload", content=b"x" * (3 << 20))
            assert said.status_code == 413
            assert "an upload may have 1 MB" in said.text

            async def parts() -> Any:
                for _ in range(40):
                    yield b"x" * (1 << 16)

            cut = await asking.post("/gradio_api/upload", content=parts())
            assert cut.text.startswith("http.disconnect")

    asyncio.run(through())


def test_health() -> None:
    """Everybody may ask whether it lives and is ready; how its parts are is for who is known."""
    door = Door(FakePeople(), local=False)
    assert get(door, "/healthz", "192.0.2.1").json() == {"status": "ok"}
    assert get(door, "/readyz", "192.0.2.1").json() == {"ready": True}
    assert get(door, "/readyz", "127.0.0.1").json() == {"ready": True}, "a proxy may stand on this computer"
    whole = {
        "ready": True,
        "library": "4 papers",
        "vectors": "dense index 100 %",
        "model": "Chosen by ASKPAPERS_MODEL.",
    }
    assert get(door, "/readyz", "192.0.2.1", **ADA).json() == whole
    assert get(Door(), "/readyz").json() == whole


class Broken(FakeService):
    def paper_count(self) -> int:
        raise LibraryError("The library is damaged.", "Type: askpapers library verify")


def test_not_ready() -> None:
    """A library that cannot be opened is said to be, with what to do; a server that only lives is still well."""

    async def through() -> None:
        async with client(Door(), service=Broken()) as asking:
            told = await asking.get("/readyz")
            assert told.status_code == 503
            assert told.json() == {
                "ready": False,
                "library": "The library is damaged. Type: askpapers library verify",
            }
            assert (await asking.get("/healthz")).status_code == 200

    asyncio.run(through())


def test_without_mcp() -> None:
    """Where the package for MCP is not installed, its address says how to get it."""
    told = get(Door(), "/gradio_api/mcp/")
    assert told.status_code == 404
    assert "pip install" in told.text
