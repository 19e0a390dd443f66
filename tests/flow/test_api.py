"""The public functions over a real server: by HTTP, by Gradio's client and by a real MCP client."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, Tool

from app.adapters.people_file import PeopleFile
from app.ui.door.door import Door
from app.ui.gradio_app import Server, launch
from tests.fake_service import PAPERS, FakeService

NAMES = ["search_papers", "get_paper", "ask", "compare_papers"]
SECRET = "/home/ada"
PASSWORD = "correct horse"
BASIC = {"Authorization": f"Basic {base64.b64encode(f'ada:{PASSWORD}'.encode()).decode()}"}


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService(pace=0.0)


@pytest.fixture(scope="module")
def server(service: FakeService) -> Iterator[Server]:
    running = launch(service, port=0)
    yield running
    running.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page with a login for one person."""
    people = PeopleFile(tmp_path_factory.mktemp("people") / "people", rounds=4)
    people.add("ada", PASSWORD)
    running = launch(FakeService(pace=0.0), port=0, door=Door(people, local=False))
    yield running
    running.close()


def call(server: Server, name: str, **arguments: Any) -> httpx.Response:
    return httpx.post(f"{server.url}gradio_api/run/{name}", json=arguments, timeout=30)


def result(server: Server, name: str, **arguments: Any) -> Any:
    (found,) = call(server, name, **arguments).raise_for_status().json()["data"]
    return found


def test_searching_and_one_paper(server: Server) -> None:
    found = result(server, "search_papers", query="benchmarks", k=1, since="2024", author="Kim")
    assert [each["paper"]["id"] for each in found["papers"]] == ["2402.00004"]
    assert found["papers"][0]["abstract"] == PAPERS[3].abstract
    assert [each["paper"]["year"] for each in result(server, "search_papers", query="", until="2022-01")["papers"]] == [
        2021,
        2022,
    ]
    for id in ("2101.00001", "arXiv:2101.00001v2", "https://arxiv.org/abs/2101.00001"):
        assert result(server, "get_paper", id=id)["title"] == PAPERS[0].title


def test_asking(server: Server, service: FakeService) -> None:
    """An answer has its citations with quotes and its verdicts; an abstention says why; history goes along."""
    answer = result(server, "ask", question="compare Sparrow and Finch")
    assert answer["status"] == "answered"
    assert [citation["paper"]["id"] for citation in answer["citations"]] == ["2101.00001", "2203.00002"]
    for citation in answer["citations"]:
        abstract = next(paper.abstract for paper in PAPERS if paper.id == citation["paper"]["id"])
        assert all(abstract[quote["start"] : quote["end"]] == quote["text"] for quote in citation["quotes"])
    assert {claim["verdict"] for claim in answer["claims"]} == {"supported"}
    told = result(server, "ask", question="abstain", history=[answer])
    assert (told["status"], told["reason"]) == ("abstained", "not_in_library")
    assert service.asked[-1].history[0].markers == {1: "2101.00001", 2: "2203.00002", 3: "2305.00003"}


def test_comparing(server: Server, service: FakeService) -> None:
    """The papers that are given are those compared, whatever their titles sound like."""
    assert result(server, "compare_papers", papers=["2203.00002", "2101.00001"], aspects=["cost"])["kind"] == "compare"
    asked = service.asked[-1]
    assert asked.correction is not None
    assert asked.correction.papers == ("2203.00002", "2101.00001")
    assert asked.correction.aspects == ("cost",)


@pytest.mark.parametrize(
    ("name", "arguments", "status", "words"),
    [
        ("ask", {}, 400, '"question" is missing.'),
        ("ask", {"question": ""}, 400, '"question" cannot be used'),
        ("ask", {"question": ["x"]}, 400, '"question" cannot be used'),
        ("ask", {"question": "x" * 5000}, 400, "5,000 characters; the limit is 4,000"),
        ("ask", {"question": "x", "history": [{"role": "user"}]}, 400, 'no text in "content"'),
        ("ask", {"question": "x", "nonsense": 1}, 400, 'no argument "nonsense"'),
        ("ask", {"data": ["x", None, 1]}, 400, "Too many arguments"),
        ("ask", {"question": "busy"}, 503, "is busy. Wait a minute"),
        ("ask", {"question": "crash"}, 500, "Something went wrong in askpapers itself."),
        ("search_papers", {"query": "crash"}, 500, "Something went wrong in askpapers itself."),
        ("search_papers", {"query": "x", "k": 0}, 400, '"k" cannot be used'),
        ("search_papers", {"query": "x", "since": "soon"}, 400, '"soon" is no date.'),
        ("search_papers", {"query": "x", "since": "2024", "until": "2023"}, 400, '"2024" is after "2023".'),
        ("search_papers", {"query": " "}, 400, "nothing to search for"),
        ("get_paper", {"id": "../etc"}, 404, 'no paper "../etc"'),
        ("compare_papers", {"papers": ["2101.00001"]}, 400, '"papers" cannot be used'),
        ("compare_papers", {"papers": ["2101.00001", "2101.00001v2"]}, 400, "one and the same paper"),
        ("compare_papers", {"papers": ["2101.00001", "nope"]}, 404, 'no paper "nope"'),
    ],
)
def test_errors_in_words(server: Server, name: str, arguments: dict[str, Any], status: int, words: str) -> None:
    """What was wrong, with the status that fits, and never the text of an unknown exception."""
    told = call(server, name, **arguments)
    assert told.status_code == status
    assert words in told.json()["error"]
    assert SECRET not in told.text


@pytest.mark.parametrize("body", ["{", "[1]", "3", '"x"', "[" * 100_000])
def test_bodies_that_are_no_call(server: Server, body: str) -> None:
    told = httpx.post(
        f"{server.url}gradio_api/run/ask", content=body, headers={"content-type": "application/json"}, timeout=30
    )
    assert told.status_code == 400
    assert told.json()["error"].startswith("The body is not")


def test_gradio_client(server: Server) -> None:
    """Gradio's own client finds the four functions and nothing else of the page."""
    client = Client(server.url, verbose=False, analytics_enabled=False)
    described: Any = client.view_api(return_format="dict", print_info=False)
    assert [name.strip("/") for name in described["named_endpoints"]] == NAMES
    assert not described["unnamed_endpoints"]
    assert client.predict("2101.00001", api_name="/get_paper")["venue"] == "ACL"
    with pytest.raises(AppError, match="no paper"):
        client.predict("nope", api_name="/get_paper")
    client.close()


async def tools_of(
    url: str, calls: list[tuple[str, dict[str, Any]]], headers: dict[str, str] | None = None
) -> tuple[list[Tool], list[CallToolResult]]:
    """The tools that a server lists, and what these calls give."""
    async with (
        httpx.AsyncClient(headers=headers, timeout=30) as client,
        streamable_http_client(url, http_client=client) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = (await session.list_tools()).tools
        return tools, [await session.call_tool(name, arguments) for name, arguments in calls]


async def refusal_of(url: str) -> str:
    """How a server refuses a client without a login; nothing if it does not."""
    try:
        await tools_of(url, [])
    except Exception as error:
        return repr(error)
    return ""


def text_of(told: CallToolResult) -> str:
    (content,) = told.content
    assert isinstance(content, TextContent)
    return content.text


def test_mcp(server: Server) -> None:
    """A real client lists the tools with what each argument means, and gets JSON, or an error in words."""
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search_papers", {"query": "benchmarks", "k": 1}),
        ("ask", {"question": "compare Sparrow and Finch"}),
        ("get_paper", {"id": "nope"}),
        ("ask", {"question": "crash"}),
        ("ask", {}),
    ]
    tools, told = asyncio.run(tools_of(server.mcp_url, calls))
    assert [tool.name for tool in tools] == NAMES
    for tool in tools:
        assert tool.description
        assert all(each["description"] for each in tool.inputSchema["properties"].values())
        assert "request" not in tool.inputSchema["properties"]
    assert tools[0].inputSchema["required"] == ["query"]
    assert json.loads(text_of(told[0]))["papers"][0]["paper"]["id"] == PAPERS[3].id
    assert json.loads(text_of(told[1]))["citations"][0]["quotes"][0]["text"] in PAPERS[0].abstract
    assert [each.isError for each in told] == [False, False, True, True, True]
    assert text_of(told[2]) == 'There is no paper "nope" in this library. search_papers finds ids.'
    assert SECRET not in text_of(told[3])
    assert "'question' is a required property" in text_of(told[4])


def test_every_route_wants_the_login(guarded: Server) -> None:
    """Of all routes that the server has, those of MCP and files among them, none answers a stranger but the login and
    the health."""
    paths = set(guarded.page.app.openapi()["paths"])
    assert {"/gradio_api/heartbeat/{session_hash}", "/gradio_api/cancel", "/config"} <= paths
    paths |= {f"/gradio_api/mcp{rest}" for rest in ("", "/", "/http", "/sse", "/schema", "/messages/")}
    paths -= {"/login", "/login/", "/logout", "/gradio_api/startup-events"}
    with httpx.Client(base_url=guarded.url) as stranger:
        for path in paths:
            for method in ("GET", "POST", "HEAD"):
                assert stranger.request(method, path.replace("{", "").replace("}", "")).status_code == 401, path
        assert stranger.get("/healthz").status_code == 200
        assert stranger.get("/", headers={"accept": "text/html"}).headers["location"] == "/login"


def test_calls_with_a_login(guarded: Server) -> None:
    """Name and password with each call let HTTP, Gradio's and MCP clients in; wrong ones do not."""
    ask = f"{guarded.url}gradio_api/run/ask"
    assert httpx.post(ask, json={"question": "abstain"}, auth=("ada", PASSWORD)).status_code == 200
    assert httpx.post(ask, json={"question": "abstain"}, auth=("ada", "wrong")).status_code == 401
    client = Client(guarded.url, verbose=False, analytics_enabled=False, headers=BASIC)
    assert client.predict("2101.00001", api_name="/get_paper")["year"] == 2021
    client.close()
    tools, (told,) = asyncio.run(tools_of(guarded.mcp_url, [("ask", {"question": "abstain"})], headers=BASIC))
    assert [tool.name for tool in tools] == NAMES
    assert json.loads(text_of(told))["status"] == "abstained"
    assert "401 Unauthorized" in asyncio.run(refusal_of(guarded.mcp_url))


def test_people_removed_are_out_at_once(tmp_path: Path) -> None:
    """Somebody taken out of the file is refused at their next call, without a restart."""
    people = PeopleFile(tmp_path / "people", rounds=4)
    people.add("ada", PASSWORD)
    people.add("bo", PASSWORD)
    running = launch(FakeService(pace=0.0), port=0, door=Door(people, local=False))
    try:
        with httpx.Client(base_url=running.url) as ada:
            assert ada.post("/login", data={"name": "ada", "password": PASSWORD}).status_code == 303
            assert ada.get("/config").status_code == 200
            assert ada.get("/config").json()["username"] == "ada"
            PeopleFile(people.path, rounds=4).remove("ada")
            assert ada.get("/config").status_code == 401
    finally:
        running.close()
