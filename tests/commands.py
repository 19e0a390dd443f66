"""Runs `askpapers` commands in this process, which takes a fraction of the time of a process of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.conftest import ROOT


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout of a command that went well."""
        assert self.code == 0, self.err
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    def refused(self) -> str:
        """What stands on stderr, after checking that it is what happened and what to do, and nothing else."""
        assert self.code == 2 and self.out == "", (self.code, self.out, self.err)
        assert len(self.err.strip().splitlines()) == 2 and "Traceback" not in self.err, self.err
        return self.err


@dataclass
class Askpapers:
    """The command over the library in `folder`, with these settings in the environment."""

    folder: Path
    model_cache: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        mine = {"DATA_DIR": str(self.folder), "MODEL_CACHE": str(self.model_cache), "LLM": "extractive"}
        return {f"ASKPAPERS_{name}": value for name, value in (mine | self.settings).items()}

    def __call__(self, *arguments: str | Path) -> Done:
        out, err = _Standard(), io.StringIO()
        code = 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["askpapers", *map(str, arguments)])
            try:
                main()
            except SystemExit as left:
                code = int(left.code or 0)
        out.flush()
        return Done(code, out.buffer.getvalue().decode("utf-8"), err.getvalue())

    def start(self, *arguments: str | Path, stdin: int | None = None) -> subprocess.Popen[str]:
        """The command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "app", *map(str, arguments)],
            env=os.environ | self.environment | {"PYTHONPATH": str(ROOT)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )


class _Standard(io.TextIOWrapper):
    """A standard output that keeps the bytes as they were written."""

    buffer: io.BytesIO

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
