"""Abstracts that say opposite things: both sides are quoted, whoever writes the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import Service
from app.core.domain import Paper
from tests.conftest import service_in
from tests.conversation import ask

FOR = Paper(
    "for", "Dropout in Small Recurrent Networks",
    "We train recurrent networks on diaries. Dropout improves the accuracy of small recurrent networks.",
)  # fmt: skip
AGAINST = Paper(
    "against", "Recurrent Networks Revisited",
    "Many diaries are read again. Dropout reduces the accuracy of small recurrent networks.",
)  # fmt: skip
OTHER = Paper("other", "Newts and Their Limbs", "Newts regrow limbs after a loss. Limbs grow slowly in winter.")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Service:
    found = service_in(tmp_path_factory.mktemp("disagree"), model_cache)
    found.library.ingest([FOR, AGAINST, OTHER])
    found.library.embed()
    return found


def test_both_sides_are_quoted(service: Service) -> None:
    """Where it is asked whether something is so, the answer says that abstracts disagree and cites both sentences."""
    answer = ask(service, "Does dropout improve the accuracy of small recurrent networks?")
    assert (answer.status, answer.reason) == ("answered", "abstracts_disagree")
    assert "The abstracts disagree on this:" in answer.text
    quoted = {c.paper.id: {q.text for q in c.quotes} for c in answer.citations}
    assert "Dropout improves the accuracy of small recurrent networks." in quoted["for"]
    assert "Dropout reduces the accuracy of small recurrent networks." in quoted["against"]


def test_papers_that_agree_or_treat_other_things_do_not(service: Service) -> None:
    """A question that the papers do not contradict each other on is answered as any other."""
    answer = ask(service, "Do newts regrow limbs?")
    assert answer.status == "answered" and answer.reason is None
