"""Profiles are kept whole, by model and address; edits outlive measuring, and a broken file is no trouble."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.profile_file import EDITABLE, ProfileFile
from app.core.errors import InputError, SettingsError
from app.core.models import Profile

HERE = "http://127.0.0.1:11434"
MEASURED = Profile(
    "qwen3:8b",
    HERE,
    window=8192,
    window_from="/api/ps",
    first_token_s=0.4,
    tokens_per_s=12.5,
    streams=True,
    stops=True,
    json_schema=False,
    reasons=True,
    cited=2,
    canaries=3,
    prompt="short",
    papers=3,
    steps="few",
    measured_at="2026-11-26T12:00:00Z",
    more={"token_ratios": [0.91, 0.93]},
)


@pytest.fixture
def file(tmp_path: Path) -> ProfileFile:
    return ProfileFile(tmp_path / "data" / "profiles.json")


def test_a_profile_comes_back_whole(file: ProfileFile) -> None:
    """What is kept is what is read, each model at each address for itself."""
    other = replace(MEASURED, address="http://10.0.0.2:11434", window=4096, edited=())
    assert file.get("qwen3:8b", HERE) is None and file.all() == []
    file.put(MEASURED)
    file.put(other)
    again = ProfileFile(file.path)
    assert asdict(again.get("qwen3:8b", f"{HERE}/") or other) == asdict(MEASURED)
    assert [each.address for each in again.all()] == sorted([HERE, other.address])
    assert file.forget("qwen3:8b", HERE) and not file.forget("qwen3:8b", HERE)
    assert again.get("qwen3:8b", HERE) is None and len(again.all()) == 1


def test_edits_outlive_measuring(file: ProfileFile) -> None:
    """A field set by hand keeps its value until it is given back; the others are as measured."""
    file.put(MEASURED)
    edited = file.edit("qwen3:8b", HERE, {"papers": "5", "steps": "all", "reasons": "no"})
    assert (edited.papers, edited.steps, edited.reasons) == (5, "all", False)
    assert edited.edited == ("papers", "steps", "reasons")
    kept = file.put(replace(MEASURED, papers=2, tokens_per_s=99.0))
    assert (kept.papers, kept.steps, kept.tokens_per_s) == (5, "all", 99.0)
    assert file.edit("qwen3:8b", HERE, {"papers": "measured"}).edited == ("steps", "reasons")
    assert file.put(replace(MEASURED, papers=2)).papers == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"papers": "0"}, "papers"), ({"papers": "many"}, "many"), ({"steps": "some"}, "some"), ({"window": "12"}, "12"),
        ({"model": "x"}, "model"), ({"streams": "perhaps"}, "perhaps"), ({"prompt": ""}, "prompt"), ({"edited": "x"}, "edited"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_said(file: ProfileFile, changes: dict[str, str], said: str) -> None:
    """The person's own word stands in the error, and nothing changes."""
    file.put(MEASURED)
    with pytest.raises(InputError, match=said) as refused:
        file.edit("qwen3:8b", HERE, {"steps": "all", **changes})
    assert refused.value.hint
    assert file.get("qwen3:8b", HERE) == ProfileFile(file.path).get("qwen3:8b", HERE)
    assert file.all()[0].edited == ()


def test_what_was_never_measured_cannot_be_edited(file: ProfileFile) -> None:
    """It is named, with the command that measures."""
    with pytest.raises(InputError, match="gemma3") as refused:
        file.edit("gemma3", HERE, {"papers": "3"})
    assert "profile measure" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", '{"schema": 2, "profiles": []}', '{"schema": 1, "profiles": {"a": 1}}', "[" * 50_000,
        '{"schema": 1, "profiles": [1, null, {}, {"model": "x"}, {"model": "x", "address": "y", "papers": "lots"}]}',
        '{"schema": 1, "profiles": [{"model": "x", "address": "y", "papers": -3}, {"model": "x", "address": "y", "steps": "none"}]}',
    ],
)  # fmt: skip
def test_a_broken_file_is_no_profile(file: ProfileFile, text: str) -> None:
    """Whatever stands in it, nothing is read from it and it can be written anew."""
    file.path.parent.mkdir(parents=True)
    file.path.write_text(text, encoding="utf-8")
    assert file.all() == []
    file.put(MEASURED)
    assert file.get("qwen3:8b", HERE) is not None


def test_fields_of_another_version_are_left_alone(file: ProfileFile) -> None:
    """A field we do not know does not cost the rest of the profile."""
    file.put(MEASURED)
    whole = json.loads(file.path.read_text(encoding="utf-8"))
    whole["profiles"][0]["mood"] = "good"
    file.path.write_text(json.dumps(whole), encoding="utf-8")
    assert file.get("qwen3:8b", HERE) == replace(MEASURED, more={"token_ratios": [0.91, 0.93]})


def test_two_writers_lose_nothing(file: ProfileFile) -> None:
    """Profiles of different models kept at once are all there."""
    threads = [
        threading.Thread(target=ProfileFile(file.path).put, args=(replace(MEASURED, model=f"m{n}"),)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file.all()) == 8
    assert not list(file.path.parent.glob("*.tmp"))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file where the folder should be: the error names it."""
    (tmp_path / "data").write_text("not a folder", encoding="utf-8")
    with pytest.raises(SettingsError, match="profiles.json") as failed:
        ProfileFile(tmp_path / "data" / "profiles.json").put(MEASURED)
    assert failed.value.hint
    assert ProfileFile(tmp_path / "data" / "profiles.json").all() == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(EDITABLE), text=st.text(max_size=12))
def test_any_text_is_a_value_or_an_error(file: ProfileFile, name: str, text: str) -> None:
    """Nothing a person types breaks the file."""
    file.put(MEASURED)
    try:
        file.edit("qwen3:8b", HERE, {name: text})
    except InputError as refused:
        assert refused.hint
    assert file.get("qwen3:8b", HERE) is not None
