"""What a model is given, from what was measured of it: a weak one gets fewer steps and an easier prompt, never more."""

from __future__ import annotations

from dataclasses import replace

from app.core.models import Profile

SLOW, SMALL, FEW_PAPERS = 3.0, 3000, 3


def weaknesses(measured: Profile) -> list[str]:
    """Why it is weak, in words; nothing if it is not."""
    found = []
    if measured.canaries >= 2 and measured.cited <= 1:
        found.append(f"it cited {measured.cited} of {measured.canaries} times")
    if measured.tokens_per_s is not None and measured.tokens_per_s < SLOW:
        found.append(f"it writes {measured.tokens_per_s:.1f} tokens a second")
    if measured.window is not None and measured.window < SMALL:
        found.append(f"its window is {measured.window:,} tokens")
    return found


def chosen(measured: Profile) -> Profile:
    """The profile with what the model gets: prompt, papers (None: as many as the settings say) and steps."""
    if weaknesses(measured):
        return replace(measured, prompt="short", papers=FEW_PAPERS, steps="few")
    return replace(measured, prompt="full", papers=None, steps="all")
