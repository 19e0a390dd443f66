"""Conversations of tests/data/talk.jsonl over the starter library, with the real embedder and no chat model.

Half of them were looked at while the rules were written; the other half only measures. A conversation is good if its last
answer rests on the right papers, and on none that it must not.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.bootstrap import Service
from app.core.domain import Answer, Question, Turn
from app.core.events import AnswerReady
from tests.conversation import cases


def _talk(service: Service, turns: list[str]) -> tuple[Answer, dict[int, str]]:
    """The last answer, and what the markers of the conversation meant before it."""
    history: tuple[Turn, ...] = ()
    answer, known = None, {}
    for text in turns:
        known = {marker: paper for turn in reversed(history) for marker, paper in turn.markers.items()}
        answer = next(e.answer for e in service.ask(Question(text, history)) if isinstance(e, AnswerReady))
        history = (*history, answer.as_turn())
    assert answer is not None
    return answer, known


def _good(service: Service, case: dict[str, Any]) -> bool:
    answer, known = _talk(service, case["turns"])
    cited = [citation.paper.id for citation in answer.citations]
    evidence = [item.paper.id for item in answer.evidence]
    wanted = [*case.get("papers", []), *(known[marker] for marker in case.get("markers", []))]
    checks = [
        # An abstract that does not say leaves no citation, but its paper is shown first.
        set(wanted) <= set(cited or evidence[: len(wanted)]),
        not set(case.get("not", [])) & set(cited),
        answer.kind == case.get("kind", answer.kind),
        not case.get("any") or bool(set(case["any"]) & set(cited)),
        set(case.get("evidence", [])) <= set(evidence),
        list(answer.excluded) == case.get("excluded", list(answer.excluded)),
        list(answer.pinned) == case.get("pinned", list(answer.pinned)),
        (answer.status == "clarify") == case.get("asked_back", answer.status == "clarify"),
        all(item.paper.year == case.get("year", item.paper.year) for item in answer.evidence),
        case.get("says", "") in answer.text,
        case.get("asks", "") in answer.standalone_question,
    ]
    return all(checks)


@pytest.mark.parametrize("half", ["dev", pytest.param("test", marks=pytest.mark.slow)])
def test_conversations_stay_with_their_papers(starter: Service, half: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Markers, places, pins, corrections, changes of subject and questions back end at the papers that are meant."""
    asked = [case for case in cases("talk") if case["half"] == half]
    failed = [case["id"] for case in asked if not _good(starter, case)]
    with capsys.disabled():
        print(
            f"\ntalk, {half}: {len(asked) - len(failed)}/{len(asked)}{'  not: ' + ' '.join(failed) if failed else ''}"
        )
    assert len(failed) <= 3
