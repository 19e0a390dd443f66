"""How the models that were compared over a library did, all its comparisons together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from app.adapters.scoreboard_file import ScoreboardFile
from app.core.duel import MEASURES, Duel, Standing, Total
from app.core.settings import Settings

FILE = "scoreboard.jsonl"


def scoreboard_of(settings: Settings) -> ScoreboardFile:
    """The file of the library of these settings."""
    return ScoreboardFile(settings.library_dir / FILE)


def rows_of(duel: Duel, at: str | None = None) -> list[dict[str, Any]]:
    """A row for each model that was asked to the end. One that never answered is none: its server was away."""
    when = at or datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [_row(total, duel, when) for total in duel.totals if total.asked > total.failed]


def _row(total: Total, duel: Duel, at: str) -> dict[str, Any]:
    return {
        "at": at,
        "model": total.model,
        "source": duel.source,
        "questions": total.asked,
        "failed": total.failed,
        "refused": total.refused,
        "claims": total.supported + total.partly + total.unsupported + total.unsourced,
        # A mean is kept with what it is of, so that means can be put together again.
        "values": {name: [value, total.counted[name]] for name, value in total.values.items() if value is not None},
    }


def standings(rows: Sequence[Mapping[str, Any]]) -> list[Standing]:
    """A line for each model, the one used last first."""
    by_model: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if isinstance(row.get("model"), str):
            by_model.setdefault(row["model"], []).append(row)
    found = [_standing(model, own) for model, own in by_model.items()]
    return sorted(found, key=lambda standing: standing.last, reverse=True)


def _standing(model: str, rows: Sequence[Mapping[str, Any]]) -> Standing:
    return Standing(
        model=model,
        runs=len(rows),
        questions=sum(_whole(row, "questions") for row in rows),
        failed=sum(_whole(row, "failed") for row in rows),
        refused=sum(_whole(row, "refused") for row in rows),
        claims=sum(_whole(row, "claims") for row in rows),
        values={measure.name: _mean(list(_weighed(measure.name, rows))) for measure in MEASURES},
        last=max(str(row.get("at", "")) for row in rows),
    )


def _weighed(name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, float]]:
    """(value, weight) of each run: claims where the share is of claims, else questions."""
    for row in rows:
        values = row.get("values")
        kept = values.get(name) if isinstance(values, dict) else None
        if isinstance(kept, list) and len(kept) == 2 and all(isinstance(each, (int, float)) for each in kept):
            yield float(kept[0]), float(_whole(row, "claims") if name == "unsupported_claims" else kept[1])


def _mean(weighed: Sequence[tuple[float, float]]) -> float | None:
    whole = sum(weight for _, weight in weighed)
    return sum(value * weight for value, weight in weighed) / whole if whole else None


def _whole(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) else 0
