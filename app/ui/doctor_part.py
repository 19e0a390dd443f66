"""The Test button: what a model can do, found out while one watches, and put right by hand where one knows better."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator
from dataclasses import dataclass
from typing import Any, cast

import gradio as gr

from app.core.models import ModelPick, Profile
from app.core.report import Finding
from app.ui.models_html import findings_html, profile_html
from app.ui.notices import Updates, failure_html
from app.ui.service import ChatService, EditsProfiles
from app.ui.stream import Stream, drained

_TESTS_AT_ONCE = 4
_MOST_PAPERS = 50
_STEPS = [("all", "all"), ("few: only answers", "few")]
_PROMPTS = [("full", "full"), ("short", "short")]


@dataclass(eq=False)
class Trial:
    """A test as its session knows it. Compared by identity, because Gradio hashes states and a profile holds a dict."""

    stream: Stream[Finding | Profile]
    profile: Profile | None = None
    forgotten: bool = False


class DoctorPart:
    """The buttons, the findings and the profile. Holds no state of a session."""

    def __init__(self, service: ChatService) -> None:
        self._service = service

    def draw_buttons(self) -> None:
        """Call inside a Blocks context, where the buttons of the panel stand."""
        self.run: gr.State = gr.State(None)
        self.test = gr.Button("Test this model", size="sm", min_width=0, elem_id="ap-doctor-test")
        self.stop = gr.Button("Stop the test", size="sm", min_width=0, visible=False, elem_id="ap-doctor-stop")

    def draw(self) -> None:
        """Call inside a Blocks context, below them."""
        self.findings = gr.HTML("", elem_id="ap-doctor-findings", padding=False, js_on_load=None)
        with gr.Accordion("Change what it gets", open=False, visible=False, elem_id="ap-profile-edit") as self.edit:
            self.papers = gr.Number(
                label="Papers an answer may rest on", minimum=1, maximum=_MOST_PAPERS, precision=0, elem_id="ap-profile-papers"
            )  # fmt: skip
            self.steps = gr.Radio(_STEPS, label="Steps it takes", elem_id="ap-profile-steps")
            self.prompt = gr.Radio(_PROMPTS, label="Prompt", elem_id="ap-profile-prompt")
            self.save = gr.Button("Keep this", size="sm", elem_id="ap-profile-save")

    @property
    def cleared(self) -> list[Any]:
        """What `forgotten` changes."""
        return [self.findings, self.edit]

    def wire(self, pick: gr.State, **quiet: Any) -> None:
        fields = [self.papers, self.steps, self.prompt]
        outputs = [self.run, self.test, self.stop, self.findings, self.edit, *fields]
        self.test.click(
            self.tested, inputs=[pick], outputs=outputs, trigger_mode="once", concurrency_id="test",
            concurrency_limit=_TESTS_AT_ONCE, **quiet,
        )  # fmt: skip
        self.stop.click(self.stopped, inputs=[self.run], **quiet)
        self.save.click(
            self.saved, inputs=[self.run, *fields], outputs=[self.findings, self.edit, *fields], **quiet
        )  # fmt: skip

    async def tested(self, pick: ModelPick | None) -> AsyncGenerator[Updates, None]:
        """The findings one by one, then the profile. Leaving the page stops the test."""
        test = Trial(drained(lambda: _with_profile(self._service.test_model(pick))))
        found: list[Finding] = []
        shown = {
            self.run: test,
            self.test: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            self.edit: gr.Accordion(visible=False),
        }
        over: Updates = {self.test: gr.Button(visible=True), self.stop: gr.Button(visible=False)}
        try:
            yield {**shown, self.findings: findings_html(found, running=True)}
            async for batch in test.stream.batches():
                for each in batch:
                    if isinstance(each, Profile):
                        test.profile = each
                    else:
                        found.append(each)
                yield {self.findings: findings_html(found, running=True)}
            if test.forgotten:
                yield over  # another model answers by now: nothing is to be said of this one
                return
            if test.stream.left:
                yield {**over, self.findings: findings_html(found, '<p class="ap-ended">Stopped.</p>')}
                return
            end = profile_html(test.profile) if test.profile else ""
            yield {**over, self.findings: findings_html(found, end), **self._editing(test.profile)}
        except Exception as error:
            yield {**over, self.findings: findings_html(found, failure_html(error))}
        finally:
            test.stream.leave()

    async def stopped(self, test: Trial | None) -> None:
        """Stop: the test itself takes the buttons back."""
        if test is not None:
            test.stream.leave()

    def forgotten(self, test: Trial | None) -> Updates:
        """Nothing of a model that answers no more. Call it in the event loop, where the test is read."""
        if test is not None:
            test.forgotten = True
            test.stream.leave()
        return {self.findings: "", self.edit: gr.Accordion(visible=False)}

    def saved(self, test: Trial | None, papers: float | None, steps: str | None, prompt: str | None) -> Updates:
        """The profile with what the person changed of it."""
        if test is None or test.profile is None or not isinstance(self._service, EditsProfiles):
            return {self.edit: gr.Accordion(visible=False)}
        before = test.profile
        wanted = {"papers": str(int(papers)) if papers else "", "steps": steps or "", "prompt": prompt or ""}
        now = {"papers": str(before.papers or ""), "steps": before.steps, "prompt": before.prompt}
        changes = {name: value for name, value in wanted.items() if value and value != now[name]}
        try:
            if changes:
                test.profile = self._service.edit_profile(before, changes)
        except Exception as error:
            return {self.findings: findings_html((), profile_html(before) + failure_html(error))}
        return {self.findings: findings_html((), profile_html(test.profile)), **self._editing(test.profile)}

    def _editing(self, profile: Profile | None) -> Updates:
        """The fields with what holds now, folded; away where nothing can be changed."""
        if profile is None or not isinstance(self._service, EditsProfiles):
            return {self.edit: gr.Accordion(visible=False)}
        return {
            self.edit: gr.Accordion(visible=True, open=False),
            self.papers: gr.Number(value=profile.papers),
            self.steps: gr.Radio(value=profile.steps),
            self.prompt: gr.Radio(value=profile.prompt),
        }


def _with_profile(told: Iterator[Finding | Profile]) -> Iterator[Finding | Profile]:
    """All that is told, and the profile also where a generator returns it."""
    returned = yield from cast("Generator[Finding | Profile, None, object]", told)
    if isinstance(returned, Profile):
        yield returned
