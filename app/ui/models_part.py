"""Choosing the model that answers: in this browser session only, from the next question on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr

from app.core.models import ModelPick
from app.ui.doctor_part import DoctorPart, Trial
from app.ui.models_html import LOOKING, model_name, now_html, servers_html
from app.ui.notices import Updates, failure_html
from app.ui.picks import AS_SET_UP, OTHER, Found, choices, pick_of, providers, typed_pick, value_of
from app.ui.service import ChatService


class ModelsPart:
    """The panel. Holds no state of a session: what a session picked, its key too, is in a `gr.State`, which Gradio keeps
    in memory and neither writes down nor sends to the browser."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self.doctor = DoctorPart(service)

    def draw_state(self) -> None:
        """What a session picked. Call inside a Blocks context, before what needs `pick`."""
        self.pick: gr.State = gr.State(None)
        self.found: gr.State = gr.State(None)

    def draw(self) -> None:
        """The panel. Call inside a Blocks context."""
        with gr.Accordion("Chat model", open=False, elem_id="ap-models") as self.fold:
            self.now = gr.HTML("", elem_id="ap-models-now", padding=False, js_on_load=None)
            self.choice = gr.Radio(
                choices((), "…"),
                value=AS_SET_UP,
                label="Who answers in this browser window",
                elem_id="ap-models-choice",
            )
            with gr.Group(visible=False, elem_id="ap-models-other") as self.other:
                self._draw_other()
            self.problem = gr.HTML("", elem_id="ap-models-problem", padding=False, js_on_load=None)
            self.servers = gr.HTML("", elem_id="ap-models-servers", padding=False, js_on_load=None)
            with gr.Row(elem_id="ap-models-buttons", elem_classes="ap-row"):
                self.doctor.draw_buttons()
                self.look = gr.Button("Look again", size="sm", min_width=0, elem_id="ap-models-look")
            self.doctor.draw()

    def _draw_other(self) -> None:
        self.provider = gr.Dropdown(
            providers(), value="compatible", label="Provider", allow_custom_value=True, elem_id="ap-models-provider"
        )
        self.model = gr.Textbox(
            label="Model", placeholder="qwen3:8b", max_lines=1, elem_id="ap-models-model", max_length=200
        )
        self.url = gr.Textbox(
            label="Base URL, if it is a server of your own",
            placeholder="http://127.0.0.1:11434/v1",
            max_lines=1,
            elem_id="ap-models-url",
            max_length=500,
        )
        self.key = gr.Textbox(
            label="Key, if it wants one",
            info="Kept in memory for this browser window only; never stored or shown again.",
            type="password",
            max_lines=1,
            elem_id="ap-models-key",
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
        )
        self.use = gr.Button("Use this model", size="sm", elem_id="ap-models-use")

    def wire(self, **quiet: Any) -> list[Any]:
        """Connect the components; gives the events after which another model may answer."""
        looking = [self.choice, self.servers, self.found]
        self.fold.expand(self.looked_once, inputs=[self.pick, self.found], outputs=looking, **quiet)
        self.look.click(self.looked, inputs=[self.pick], outputs=looking, trigger_mode="once", **quiet)
        shown = [self.pick, self.now, self.problem, self.choice, self.other, self.key, *self.doctor.cleared]
        chosen = self.choice.input(
            self.chosen, inputs=[self.choice, self.pick, self.found, self.doctor.run], outputs=shown,
            trigger_mode="always_last", **quiet,
        )  # fmt: skip
        typed = gr.on(
            [self.use.click, self.model.submit, self.url.submit, self.key.submit],
            self.typed,
            inputs=[self.provider, self.model, self.url, self.key, self.pick, self.doctor.run],
            outputs=shown,
            **quiet,
        )
        self.doctor.wire(self.pick, **quiet)
        return [chosen, typed]

    def refreshing(self) -> dict[str, Any]:
        """How to connect `refreshed` to an event."""
        return {
            "inputs": [self.pick, self.found],
            "outputs": [self.now, self.choice],
            "show_progress": "hidden",
            "api_visibility": "private",
        }

    def refreshed(self, pick: ModelPick | None, found: Found | None) -> Updates:
        """The line on who answers, as of now."""
        return {self.now: now_html(self._service, pick), self.choice: self._choices(pick, found or ())}

    async def looked_once(self, pick: ModelPick | None, found: Found | None) -> AsyncGenerator[Updates, None]:
        """The servers, looked for when the panel is opened for the first time."""
        if found is None:
            async for update in self.looked(pick):
                yield update

    async def looked(self, pick: ModelPick | None) -> AsyncGenerator[Updates, None]:
        """The servers there are now."""
        yield {self.servers: LOOKING}
        try:
            found = tuple(await asyncio.to_thread(self._service.servers))
        except Exception as error:
            yield {self.servers: failure_html(error)}
            return
        shown = await asyncio.to_thread(self._choices, pick, found)
        yield {self.found: found, self.servers: servers_html(found), self.choice: shown}

    def _choices(self, pick: ModelPick | None, found: Found) -> Any:
        try:
            set_up = model_name(self._service.model())
        except Exception:
            set_up = "cannot be used now"  # the head line says why
        return gr.Radio(choices(found, set_up), value=value_of(pick, found))

    async def chosen(
        self, value: str | None, before: ModelPick | None, found: Found | None, testing: Trial | None
    ) -> Updates:
        """A choice of the list takes effect; "another" first asks which."""
        if value == OTHER:
            return {self.other: gr.Group(visible=True), self.problem: ""}
        try:
            taken = await asyncio.to_thread(self._taken, pick_of(value, found or ()))
        except Exception as error:
            return self._refused(error, before, found or ())
        return {**taken, **self.doctor.forgotten(testing), self.other: gr.Group(visible=False)}

    async def typed(
        self, provider: str, model: str, url: str, key: str, before: ModelPick | None, testing: Trial | None
    ) -> Updates:
        """What was typed takes effect. The key leaves the page at once, whatever becomes of it."""
        try:
            taken = await asyncio.to_thread(self._taken, typed_pick(provider, model, url, key, before))
        except Exception as error:
            return {self.problem: failure_html(error), self.key: ""}
        return {**taken, **self.doctor.forgotten(testing)}

    def _taken(self, pick: ModelPick | None) -> Updates:
        """The page with another model. Raises what is wrong with it."""
        self._service.model(pick)
        return {self.pick: pick, self.now: now_html(self._service, pick), self.problem: "", self.key: ""}

    def _refused(self, error: Exception, before: ModelPick | None, found: Found) -> Updates:
        """What is wrong with a choice; the model that was there before goes on answering."""
        return {self.problem: failure_html(error), self.choice: gr.Radio(value=value_of(before, found)), self.key: ""}
