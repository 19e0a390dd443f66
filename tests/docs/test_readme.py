"""What the README says is what happens: its commands run, its tree exists, its settings and help are the real ones."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.core.domain import Answer, ModelInfo
from app.ui.answer_json import answer_to_json
from tests.conftest import ROOT
from tests.docs import settings_table

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = """Listing of today

Lighthouse: Finding Papers by Their Shadows

We present Lighthouse, a toy system invented for this test, which finds papers by the shadows that they cast. On
three invented benchmarks it is right in 61% of all cases and wrong in the others. Its code does not exist.

Foghorn: Hearing What an Abstract Does Not Say

Foghorn is another invention of this test: it listens to abstracts until they say more than is written in them.
We find that they never do, in four of four experiments, and conclude that listening harder is of no use at all.
"""

REFERENCES = r"""
@article{gull2024,
  title = {Gull: Reading the Sea Line by Line},
  author = {Newt, Ada and Olm, Bo},
  abstract = {We present Gull, an invented system that reads the sea line by line and finds 79\% of all waves.}
}

@article{tern2023,
  title = {Tern: A Paper Without Its Abstract},
  author = {Eft, Cy},
}
"""
EXPORT = """TY  - JOUR
TI  - Plover: Counting Steps Along the Shore
AU  - Eft, Cy
AB  - Plover counts its steps along the shore and is right in nine cases out of ten, which is made up, too.
ER  -
"""
MORE = '{"title": "Dunlin: One Record More", "abstract": "Dunlin is the last invention of this test. It does little."}'


def blocks(kind: str) -> list[str]:
    """The README's code blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def console() -> list[tuple[str, str]]:
    """(command, expected output) of every console block, in order."""
    steps = []
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output))
    return steps


def as_pattern(expected: str) -> str:
    """A regular expression for an expected output in which `...` stands for anything."""
    return ".*?".join(re.escape(part) for part in expected.rstrip().split("...")) + r"\s*"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Path:
    """A working folder with files to ingest and a library of its own."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "exports").mkdir()
    files = {"my-page.txt": PAGE, "refs.bib": REFERENCES, "exports/shore.ris": EXPORT, "more.jsonl": MORE}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(starter_folder, folder / "library")
    return folder


@pytest.mark.parametrize(("command", "expected"), console(), ids=[command for command, _ in console()])
def test_console_block(
    command: str, expected: str, folder: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command shown prints what is shown; they build on each other, as in the README."""
    monkeypatch.setenv("ASKPAPERS_DATA_DIR", str(folder / "library"))
    monkeypatch.setenv("ASKPAPERS_MODEL_CACHE", str(model_cache))
    name, *arguments = shlex.split(command)
    assert name == "askpapers"
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(as_pattern(expected), done.stdout, re.DOTALL), done.stdout


def test_there_are_console_blocks() -> None:
    """The pattern that finds the commands still finds them."""
    assert len(console()) >= 5


def test_settings_table() -> None:
    """README's table lists exactly the settings there are, with their defaults and words."""
    assert settings_table.readme_with_table(README) == README


def test_env_example() -> None:
    """.env.example lists exactly the settings there are."""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == settings_table.env_example()


def test_help() -> None:
    """README's help is what the command prints."""
    assert blocks("help") == [settings_table.printed_help()]


def test_every_command_has_help_with_an_example() -> None:
    """Each command's help shows how it is typed."""
    groups = {"library"}
    for name in cli.commands:
        printed = CliRunner().invoke(cli, [name, "--help"], prog_name="askpapers").output
        assert f"askpapers {name}" in printed.split("Options:")[0].split("\n", 1)[1] or name in groups, name


def test_tree() -> None:
    """Every path of the tree exists, and no folder of the packages is missing from it."""
    (tree,) = blocks("tree")
    listed: set[Path] = set()
    parents: list[Path] = []
    for line in tree.splitlines():
        names = re.match(r"(?P<indent> *)(?P<names>\S+(?: \S+\.py)*)", line)
        assert names, line
        depth = len(names["indent"]) // 2
        for entry in names["names"].split():
            path = Path(*parents[:depth], entry)
            assert (ROOT / path).exists(), f"{path} is in the README's tree but not in the repository"
            listed.add(path)
            if entry.endswith("/"):
                parents[depth:] = [Path(entry)]
    for package in ("app", "ingest", "prompts"):
        for init in (ROOT / package).rglob("__init__.py"):
            assert init.parent.relative_to(ROOT) in listed, f"{init.parent} is missing from the README's tree"


def test_links() -> None:
    """Relative links and pictures point at files that exist."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_the_first_screen_is_what_ci_runs() -> None:
    """The set-up lines stand in the README once each; `.ci/run` and test_newcomer take them from there."""
    first, second = blocks("sh")[:2]
    assert first.strip().endswith(".venv/bin/askpapers serve")
    assert second.strip().endswith(".venv/bin/pytest -n 3")
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_schema_line() -> None:
    """README names exactly the keys that `ask --json` prints, in their order."""
    (line,) = re.findall(r"`\{(\"schema\": 1,.*?)\}`", README, re.DOTALL)
    answer = Answer("Q", "Q", "lookup", "answered", "A", ModelInfo("extractive", "quotes"))
    assert re.findall(r"\"(\w+)\"", line) == list(answer_to_json(answer))
