"""The Docker file is linted and keeps our own rules; compose file and README agree with it. No image is built here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from tests.conftest import ROOT
from tests.docs.test_readme import README

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
KNOWN = {f"ASKPAPERS_{name}".upper() for name in Settings.model_fields}


def steps(word: str) -> list[str]:
    """What stands behind every instruction of this name, on one line each."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return re.findall(rf"^{word} (.*)$", joined, re.MULTILINE)


def test_hadolint() -> None:
    """A linter that many use finds nothing at all."""
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed here")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_our_own_rules() -> None:
    """A pinned base, no root, nothing fetched by ADD, no secrets, health and command without a shell."""
    assert steps("FROM") == ["python:3.11.13-slim-bookworm AS build", "python:3.11.13-slim-bookworm"]
    assert steps("ADD") == []
    assert DOCKERFILE.index("USER 10001:10001") > DOCKERFILE.rindex("RUN ")
    assert steps("USER") == ["10001:10001"]
    assert steps("VOLUME") == ["/data"]
    assert json.loads(steps("CMD")[-1]) == ["askpapers", "serve"]
    (health,) = steps("HEALTHCHECK")
    assert json.loads(health.partition("CMD ")[2])[0] == "python"
    assert "/healthz" in health
    assert not re.search(r"KEY|TOKEN|PASSWORD|SECRET", DOCKERFILE)
    assert "allow-anonymous" not in re.sub(r"^#.*$", "", DOCKERFILE, flags=re.MULTILINE)


def test_it_copies_what_there_is() -> None:
    """Every path it copies is in the repository and not kept from the builder; every other is."""
    copied = [path for step in steps("COPY") if not step.startswith("--from") for path in step.split()[:-1]]
    for path in copied:
        assert (ROOT / path).exists(), path
        assert f"!{path}" in IGNORED, path
    assert IGNORED[IGNORED.index("*")] == "*"
    assert {each[1:] for each in IGNORED if each.startswith("!")} == set(copied)


def test_its_settings_are_ours() -> None:
    """Each setting that the image or compose file sets is one that there is; port and address fit."""
    values = dict(re.findall(r"(ASKPAPERS_\w+)=(\S+)", " ".join(steps("ENV"))))
    assert set(values) <= KNOWN
    assert values["ASKPAPERS_HOST"] == "0.0.0.0"
    assert steps("EXPOSE") == [values["ASKPAPERS_PORT"]] == ["7860"]
    ours = COMPOSE["services"]["askpapers"]
    assert set(ours["environment"]) <= KNOWN
    assert ours["environment"]["ASKPAPERS_AUTH_FILE"].startswith(f"{values['ASKPAPERS_DATA_DIR']}/")
    assert ours["ports"] == ["127.0.0.1:7860:7860"]
    assert [volume.partition(":")[0] for volume in ours["volumes"]] == ["library"]
    assert all(":" in each["image"] for each in COMPOSE["services"].values() if "image" in each)


def test_readme_says_how() -> None:
    """The commands of the README name the image, the volume and the port that the file has."""
    assert "docker build -t askpapers ." in README
    assert "-v askpapers:/data" in README
    assert "docker compose up" in README
