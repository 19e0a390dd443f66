"""How much an answer may take of a model, and what is known of the model that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.chat import budget
from app.chat.truncation import LearnedWindow
from app.core.models import Profile


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer may take: papers it rests on, the model's window and the room kept for the reply.

    `told` says that the window is what the server itself tells. `read`, where it is there, gives both as they are now; it
    asks the server at the first question that needs a model, and again from time to time. `learned` is what calls have shown of it since, shared by
    all questions to this model. `profile` is what was measured of the model, None if nothing was."""

    papers: int = 6
    window_tokens: int = 4096
    answer_tokens: int = 800
    told: bool = False
    learned: LearnedWindow = field(default_factory=LearnedWindow)
    profile: Profile | None = None
    read: Callable[[], tuple[int, bool]] | None = None

    @property
    def planned(self) -> int:
        """The window as far as it is known without having been used."""
        return self.read()[0] if self.read else self.window_tokens

    @property
    def window(self) -> int:
        """The window to plan for now."""
        return self.learned.within(self.planned)

    @property
    def certain(self) -> bool:
        """Whether the window is what the server itself tells."""
        return self.read()[1] if self.read else self.told

    @property
    def reply(self) -> int:
        """The room kept for the reply."""
        return budget.reply_room(self.window, self.answer_tokens)

    @property
    def few_steps(self) -> bool:
        """Whether the model is too weak or slow for steps a reader does not see."""
        return self.profile is not None and self.profile.steps == "few"

    @property
    def short_prompt(self) -> bool:
        return self.profile is not None and self.profile.prompt == "short"

    def beside(self, prompt_tokens: int) -> bool:
        """Whether a prompt of so many tokens leaves room for the reply."""
        return prompt_tokens + self.reply + budget.TEMPLATE_TOKENS <= self.window
