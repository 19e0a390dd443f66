"""A model of another provider is traced by nobody, whatever some other project's environment says."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.kinds_of_servers import KindServer

CODE = """
import sys
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tracers.langchain import wait_for_all_tracers
from app.adapters.foreign_chat import ForeignChatModel
inner = GenericFakeChatModel(messages=iter([AIMessage("an answer")]))
model = ForeignChatModel(model=inner, provider="x", model_name="y")
print("".join(c.content for c in model.stream("q")) if sys.argv[1] == "stream" else model.invoke("q").content)
wait_for_all_tracers()
"""


@pytest.mark.parametrize("way", ["stream", "invoke"])
def test_untraced(way: str) -> None:
    """With LangSmith's variables set, its address is not contacted."""
    with KindServer({}, (200, {})) as trap:
        tracing = {"LANGSMITH_TRACING_V2": "true", "LANGSMITH_API_KEY": "ls-x", "LANGSMITH_ENDPOINT": trap.url}
        done = subprocess.run(
            [sys.executable, "-c", CODE, way], capture_output=True, text=True, env={**os.environ, **tracing}, timeout=60
        )
        assert done.stdout.strip() == "an answer", done.stderr
        assert trap.asked == []
