"""What the page says of models: who answers, which servers there are, what a test found. Pure functions.

Names of models and what servers say is untrusted: all of it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from app.core.domain import ModelInfo
from app.core.models import ModelPick, Profile
from app.core.report import Finding
from app.core.shown import shown
from app.ui.markup import line_html
from app.ui.notices import failure_html
from app.ui.picks import Found, troubles
from app.ui.service import ChatService

LOOKING = '<p class="ap-servers" role="status">Looking for model servers on the computer that runs askpapers …</p>'


def model_name(model: ModelInfo) -> str:
    """A model as its settings name it."""
    if model.provider == "extractive":
        return "quotes, no model"
    return f"{model.provider}:{model.name}" if model.name else model.provider


def now_html(service: ChatService, pick: ModelPick | None) -> str:
    """Who answers the next question in this session, and why; or what is wrong with that."""
    try:
        model, note = service.model(pick), service.model_note(pick)
    except Exception as error:
        return failure_html(error)
    key = " Your key is kept in memory for this browser window only." if pick and pick.api_key else ""
    return (
        f'<p class="ap-now" role="status">Next answer: <strong>{line_html(model_name(model))}</strong>'
        f"<span>{escape(shown(_sentence(note)))}{key}</span></p>"
    )


def _sentence(note: str) -> str:
    return note if not note or note.endswith((".", "!", "?")) else f"{note}."


def servers_html(found: Found) -> str:
    """What there is to know of the servers found beside their models."""
    if not found:
        return (
            '<p class="ap-servers">No model server was found on the computer that runs askpapers. Start one (Ollama, '
            "llama.cpp, LM Studio, vLLM) and look again, or choose another model.</p>"
        )
    items = "".join(f"<li><strong>{line_html(who)}</strong>: {line_html(why)}</li>" for who, why in troubles(found))
    return f'<ul class="ap-servers">{items}</ul>' if items else ""


def findings_html(findings: Sequence[Finding], end: str = "", *, running: bool = False) -> str:
    """A line for each part looked at: whether it works in a word, what was seen, what to do. `end` is safe HTML."""
    items = "".join(map(_finding, findings))
    waiting = '<li class="is-waiting"><span class="ap-dots"></span>Testing …</li>' if running else ""
    told = f'<ul class="ap-findings" aria-live="polite">{items}{waiting}</ul>' if items or waiting else ""
    return f"{told}{end}"


def _finding(finding: Finding) -> str:
    kind, word = ("is-ok", "ok") if finding.ok else ("is-fail", "FAIL")
    hint = f'<span class="ap-hint">{line_html(finding.hint)}</span>' if finding.hint else ""
    return (
        f'<li class="{kind}"><span class="ap-verdict">{word}</span><div><strong>{line_html(finding.what)}</strong> '
        f"{line_html(finding.words)}{hint}</div></li>"
    )


def profile_html(profile: Profile) -> str:
    """What a model can do, in words."""
    rows = "".join(f"<dt>{title}</dt><dd>{line_html(words)}</dd>" for title, words in profile_words(profile))
    return f'<dl class="ap-profile" aria-label="What this model can do">{rows}</dl>'


def profile_words(profile: Profile) -> Iterator[tuple[str, str]]:
    """(our title, words) of everything that is known."""
    if profile.window:
        where = f" (from {profile.window_from})" if profile.window_from else ""
        yield "Window", f"{profile.window:,} tokens{where}"
    speed = [f"first word after {profile.first_token_s:.1f} s"] if profile.first_token_s is not None else []
    speed += [f"{profile.tokens_per_s:.0f} tokens a second"] if profile.tokens_per_s is not None else []
    if speed:
        yield "Speed", ", ".join(speed)
    if profile.canaries:
        yield "Cites", f"{profile.cited} of {profile.canaries} test questions answered with the right markers"
    if able := ", ".join(_able(profile)):
        yield "Able to", able
    few = "few: it writes answers and nothing else"
    yield "Steps", few if profile.steps == "few" else "all: it may also rewrite questions and repair sentences"
    if profile.papers:
        yield "Papers", f"at most {profile.papers} an answer"
    yield "Prompt", "the short one" if profile.prompt == "short" else "the full one"
    if profile.measured_at:
        yield "Measured", profile.measured_at.replace("T", " ").replace("Z", " UTC")
    if profile.edited:
        yield "Set by hand", ", ".join(profile.edited)


def _able(profile: Profile) -> Iterator[str]:
    for known, yes, no in (
        (profile.streams, "stream", "not stream"),
        (profile.stops, "stop when told", "not stop when told"),
        (profile.json_schema, "keep to a JSON schema", "not keep to a JSON schema"),
    ):
        if known is not None:
            yield yes if known else no
    if profile.reasons:
        yield "think aloud"
