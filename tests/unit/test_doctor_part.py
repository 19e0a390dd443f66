"""The Test button's handlers, without a browser."""

from __future__ import annotations

import asyncio
from typing import Any

import gradio as gr
import pytest

from app.core.errors import ModelUnreachableError
from app.core.models import ModelPick
from app.ui.doctor_part import DoctorPart, Trial
from app.ui.local_server import inside_a_loop
from tests.fake_models import PROFILE
from tests.fake_service import FakeService


def part_of(service: FakeService) -> DoctorPart:
    def drawn() -> DoctorPart:
        part = DoctorPart(service)
        with gr.Blocks(analytics_enabled=False):
            part.draw_buttons()
            part.draw()
        return part

    return inside_a_loop(drawn)


def updates_of(part: DoctorPart, pick: ModelPick | None) -> list[dict[Any, Any]]:
    async def all_of() -> list[dict[Any, Any]]:
        return [update async for update in part.tested(pick)]

    return asyncio.run(all_of())


@pytest.mark.parametrize("pick", [None, ModelPick("ollama:qwen3:8b")])
def test_a_profile_is_shown_whether_told_or_returned(pick: ModelPick | None) -> None:
    """Both ways a service may end a test give the profile and the fields to change it."""
    part = part_of(FakeService())
    updates = updates_of(part, pick)
    assert "3 of 3 test questions" in updates[-1][part.findings]
    assert updates[-1][part.edit].visible is True and updates[-1][part.papers].value == 6
    assert updates[0][part.run].profile == (PROFILE if pick is None else updates[0][part.run].profile)


def test_a_test_that_fails_says_why() -> None:
    """What was found stays, the error stands below in words, and the buttons come back."""

    class Away(FakeService):
        def test_model(self, pick: ModelPick | None = None) -> Any:
            yield from list(super().test_model(pick))[:1]
            raise ModelUnreachableError("Nobody <b>answers</b>.", "Start it.")

    part = part_of(Away())
    last = updates_of(part, None)[-1]
    assert "answers at &lt;i&gt;" in last[part.findings] and "Nobody &lt;b&gt;" in last[part.findings]
    assert last[part.test].visible is True and last[part.stop].visible is False


def test_only_what_was_changed_is_set_by_hand() -> None:
    """Fields left as they are stay measured; without a profile, or a service that keeps none, nothing can be changed."""
    part = part_of(FakeService())
    test = Trial(stream=None, profile=PROFILE)  # type: ignore[arg-type]
    part.saved(test, 6, "all", "full")
    assert test.profile == PROFILE
    part.saved(test, 3, "all", "short")
    assert test.profile and test.profile.edited == ("papers", "prompt") and test.profile.papers == 3
    assert part.saved(None, 3, "all", "short")[part.edit].visible is False
    part.saved(test, None, None, None)
    assert test.profile.papers == 3
