"""The house holds: imports run downwards, names are ours, start-up stays light, the repository names no machine."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.conftest import ROOT


def tracked() -> list[Path]:
    """The text files of the repository."""
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    )
    return [ROOT / n for n in names if n and not n.endswith(".png") and (ROOT / n).is_file()]


def test_imports_run_downwards() -> None:
    """import-linter keeps every contract of pyproject.toml; its report names the line that breaks one."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_else_owns_our_top_level_names() -> None:
    """`app`, `ingest` and `prompts` are common names; another distribution installing one would break ours."""
    owners = metadata.packages_distributions()
    for name in ("app", "ingest", "prompts"):
        assert set(owners.get(name, ["askpapers"])) == {"askpapers"}, owners[name]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("app.cli", ["chromadb", "gradio", "langchain_core", "openai", "onnxruntime", "sqlalchemy", "tantivy"]),
        ("app.chat.chain", ["gradio", "openai", "langchain_openai", "sqlalchemy", "tiktoken"]),
        ("app.kept, app.ui.gradio_app", ["chromadb", "sqlalchemy"]),
        ("ingest.pipeline", ["gradio", "openai", "langchain_core"]),
    ],
)
def test_light_imports(module: str, unwanted: list[str]) -> None:
    """Importing a floor does not load the heavy vendors it does not need, so that commands start fast."""
    code = f"import sys, {module}; print([m for m in {unwanted!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_machine_paths_or_registry_hosts() -> None:
    """Nothing in the repository points at the machine it was written on, or at a package registry."""
    hosts = [
        ".".join(parts)
        for parts in (("py" + "pi", "org"), ("python" + "hosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
    ]
    unwanted = re.compile("|".join([re.escape(host) for host in hosts] + ["/wo" + "rk/"]))
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if unwanted.search(line)
    }
    assert not found


def test_modules_stay_small() -> None:
    """A module over 320 lines has more than one job; 250 is where a reviewer starts to ask."""
    long = {
        str(p.relative_to(ROOT)): lines
        for package in ("app", "ingest")
        for p in (ROOT / package).rglob("*.py")
        if (lines := len(p.read_text(encoding="utf-8").splitlines())) > 320
    }
    assert not long
