"""Which embedder a person asks for, the name a library keeps for it, and the vectors of sentence-transformers."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.adapters import choose_embedder
from app.adapters.choose_embedder import DEFAULT_NAME, FORMS, WAYS, name_of, open_embedder, spec_of
from app.adapters.embedder_http import HttpEmbedder
from app.adapters.embedder_st import SentenceTransformerEmbedder
from app.adapters.embedder_vectors import estimate_tokens
from app.adapters.embeddings import MiniLMEmbedder
from app.core.domain import Paper
from app.core.errors import AskPapersError, EmbedderError, InputError, SettingsError
from app.core.ports import Embedder
from tests.embedding_server import EmbeddingServer, vector_of

MODELS = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,12}(/[a-z0-9.-]{1,12})?(:[a-z0-9.]{1,6})?", fullmatch=True)
SPECS = st.one_of(
    st.just("default"),
    st.builds("{}:{}".format, st.sampled_from(sorted(WAYS)), MODELS),
)


# --- specs and names --------------------------------------------------------------------------------------------------


@given(spec=SPECS)
def test_spec_and_name_are_inverse(spec: str) -> None:
    """A spec comes back from its name, a name from its spec, and the name means the same embedder as the spec."""
    name = name_of(spec)
    assert spec_of(name) == spec.removesuffix(":latest") if spec.startswith("ollama:") else spec_of(name) == spec
    assert name_of(spec_of(name)) == name


@given(one=SPECS, other=SPECS)
def test_two_embedders_have_two_names(one: str, other: str) -> None:
    """No two specs share a name, so that no library takes one embedder for another."""
    bare = [spec.removesuffix(":latest") if spec.startswith("ollama:") else spec for spec in (one, other)]
    assert (name_of(one) == name_of(other)) == (bare[0] == bare[1])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("default", MiniLMEmbedder.name),
        (" Default ", DEFAULT_NAME),
        (DEFAULT_NAME, DEFAULT_NAME),
        (f"sentence-transformers:{DEFAULT_NAME}", f"sentence-transformers:{DEFAULT_NAME}"),
        ("OpenAI: text-embedding-3-small", "openai:text-embedding-3-small"),
        ("ollama:nomic-embed-text:v1.5", "ollama:nomic-embed-text:v1.5"),
        ("ollama:all-minilm:latest", "ollama:all-minilm"),
        ("compatible:models/newt.gguf", "compatible:models/newt.gguf"),
    ],
)
def test_names(typed: str, name: str) -> None:
    """Case, blanks and Ollama's own default tag make no other embedder; all other colons belong to the model."""
    assert name_of(typed) == name


def test_a_folder_is_kept_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder named from the working folder is found from anywhere, in each way of naming it."""
    (tmp_path / "models" / "newt").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    whole = f"sentence-transformers:{tmp_path / 'models' / 'newt'}"
    for typed in ("models/newt", "./models/newt/", str(tmp_path / "models" / "newt")):
        assert name_of(f"sentence-transformers:{typed}") == whole
    monkeypatch.chdir(tmp_path / "models")
    assert name_of(spec_of(whole)) == whole


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("", "Type: default"),
        ("nomic-embed-text:v1.5", "ollama:nomic-embed-text:v1.5"),
        ("axolotl", "compatible:axolotl"),
        ("BAAI/bge-small-en-v1.5", "Type: sentence-transformers:BAAI/bge-small-en-v1.5"),
        ("./newt-model", "Type: sentence-transformers:./newt-model"),
        ("/newt/model", "Type: sentence-transformers:/newt/model"),
        ("C:\\models\\newt", "Type: sentence-transformers:C:\\models\\newt"),
        ("text-embedding-3-small", "Type: openai:text-embedding-3-small"),
        ("all-MiniLM-L6-v2", "Type: default"),
        ("olama:newt", "Type: ollama:newt"),
        ("openai", "Type: openai:text-embedding-3-small"),
        ("ollama:", "Type: ollama:nomic-embed-text"),
        ("default:newt", "Type: default"),
        ("defalt", "Type: default"),
        ("http://127.0.0.1:11434", "ASKPAPERS_EMBEDDER_BASE_URL to http://127.0.0.1:11434"),
    ],
)
def test_what_is_no_spec(typed: str, hint: str) -> None:
    """What a person may well type instead gets the form that was meant."""
    with pytest.raises(InputError) as caught:
        name_of(typed)
    assert hint in caught.value.hint
    assert f'"{typed}"' in str(caught.value)


def test_an_unknown_way_lists_the_forms(tmp_path: Path) -> None:
    """The error for a way nobody knows names every form there is, by opening too."""
    with pytest.raises(InputError) as caught:
        open_embedder("telepathy:newt", model_cache=tmp_path)
    assert FORMS in str(caught.value)


@given(typed=st.one_of(st.text(max_size=30), st.text(max_size=20).map("sentence-transformers:{}".format)))
@example("sentence-transformers:~nobody-of-this-name/newt")
@example("sentence-transformers:" + "newt" * 2000)
@example("ollama::latest")
@example("ollama:newt :latest:latest")
def test_any_text_is_a_spec_or_an_input_error(typed: str) -> None:
    """No text a person can type ends in another error."""
    try:
        name = name_of(typed)
    except InputError as error:
        assert error.hint
    else:
        assert name_of(spec_of(name)) == name


# --- opening ----------------------------------------------------------------------------------------------------------


def test_the_default_opens(model_cache: Path) -> None:
    """`default` is the real MiniLM, and calls itself what a library keeps."""
    embedder = open_embedder("default", model_cache=model_cache)
    assert isinstance(embedder, MiniLMEmbedder)
    assert embedder.name == name_of("default")


@pytest.mark.parametrize(
    ("spec", "typed", "path"),
    [
        ("ollama:newt-embed", "{host}", "/api/embed"),
        ("ollama:newt-embed", "http://{host}/v1", "/api/embed"),
        ("ollama:newt-embed", "http://{host}/api/", "/api/embed"),
        ("ollama:newt-embed", "http://{host}/v1/embeddings", "/api/embed"),
        ("ollama:newt-embed", "http://{host}/api/embed", "/api/embed"),
        ("compatible:newt-embed", "{host}", "/v1/embeddings"),
        ("compatible:newt-embed", "http://{host}/v1/", "/v1/embeddings"),
        ("compatible:newt-embed", "http://{host}/v1/embeddings", "/v1/embeddings"),
        ("llamacpp:newt-embed", "{host}", "/v1/embeddings"),
        ("lmstudio:newt-embed", "http://{host}", "/v1/embeddings"),
        ("vllm:newt-embed", "http://{host}/v1", "/v1/embeddings"),
        ("tei:newt-embed", "http://{host}", "/v1/embeddings"),
    ],
)
def test_addresses_as_people_type_them(tmp_path: Path, spec: str, typed: str, path: str) -> None:
    """Whatever part of the address is typed, the request goes to the one right path."""
    with EmbeddingServer() as server:
        url = typed.format(host=server.ollama_url.removeprefix("http://"))
        embedder: Embedder = open_embedder(spec, model_cache=tmp_path, base_url=url, api_key="sk-newt")
        assert np.allclose(embedder.embed(["toad"])[0], vector_of("toad"), atol=1e-6)
        assert embedder.name == spec
        assert server.asked[0].path == path
        assert server.asked[0].headers["authorization"] == "Bearer sk-newt"


def test_what_must_be_set(tmp_path: Path) -> None:
    """A missing address or key names the setting to set, and a bad address the embedder's own."""
    with pytest.raises(SettingsError) as caught:
        open_embedder("compatible:newt", model_cache=tmp_path)
    assert "ASKPAPERS_EMBEDDER_BASE_URL" in caught.value.hint
    with pytest.raises(SettingsError) as caught:
        open_embedder("openai:newt", model_cache=tmp_path)
    assert "OPENAI_API_KEY" in caught.value.hint
    for spec in ("compatible:newt", "ollama:newt"):
        with pytest.raises(SettingsError, match="ftp://toad") as caught:
            open_embedder(spec, model_cache=tmp_path, base_url="ftp://toad")
        assert "ASKPAPERS_EMBEDDER_BASE_URL" in caught.value.hint
        assert "ASKPAPERS_LLM" not in caught.value.hint


@pytest.mark.parametrize(
    ("spec", "port"), [("ollama", 11434), ("llamacpp", 8080), ("lmstudio", 1234), ("vllm", 8000), ("tei", 3000)]
)
def test_usual_addresses(tmp_path: Path, spec: str, port: int) -> None:
    """Without an address each server is looked for on this machine, where it listens unless told otherwise."""
    embedder = open_embedder(f"{spec}:newt", model_cache=tmp_path)
    assert isinstance(embedder, HttpEmbedder)
    assert f'"http://127.0.0.1:{port}' in str(embedder._server.place)


def test_openai_goes_to_openai(tmp_path: Path) -> None:
    """The official way keeps to the official address, whatever the base URL of other embedders is."""
    embedder = open_embedder("openai:newt", model_cache=tmp_path, api_key="sk-x", base_url="http://127.0.0.1:1/v1")
    assert isinstance(embedder, HttpEmbedder)
    with pytest.raises(EmbedderError, match=r'"https://api\.openai\.com/v1"'):  # the tests have no network
        HttpEmbedder(embedder.name, embedder._server, lambda s: None).embed(["toad"])


def test_choosing_loads_no_vendor() -> None:
    """Names can be had without loading openai, onnxruntime or torch, so that commands start fast."""
    code = f"import sys, {choose_embedder.__name__}; print([m for m in ('openai', 'onnxruntime') if m in sys.modules])"
    root = Path(choose_embedder.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- estimated tokens -------------------------------------------------------------------------------------------------


@given(text=st.text(max_size=80), more=st.text(max_size=20))
def test_a_longer_text_never_takes_fewer_tokens(text: str, more: str) -> None:
    """The splitter searches by halves, which needs a count that only grows."""
    assert estimate_tokens(text + more) >= estimate_tokens(text) >= 2


def test_the_estimate_is_from_above(embedder: Embedder, starter: Any) -> None:
    """For nearly every abstract the estimate is at least what a real tokenizer counts, and not far more."""
    papers: list[Paper] = list(starter.library.store.papers())
    ratios = [estimate_tokens(paper.abstract) / embedder.count_tokens(paper.abstract) for paper in papers]
    assert len(ratios) >= 10
    assert np.mean(np.asarray(ratios) >= 1.0) >= 0.99
    assert np.mean(ratios) < 2.5


# --- sentence-transformers --------------------------------------------------------------------------------------------


class ToyTransformer:
    """The part of SentenceTransformer's interface that is used, over bags of words."""

    max_seq_length: int | None = 64

    def __init__(self, prompts: dict[str, str] | None = None, scale: float = 1.0) -> None:
        self.prompts = prompts or {"query": "", "document": ""}
        self.scale = scale
        self.seen: list[str] = []

    def encode(self, sentences: list[str], *, prompt: str, **options: Any) -> Any:
        assert options["normalize_embeddings"]
        self.seen += [prompt + sentence for sentence in sentences]
        return np.asarray([vector_of(prompt + sentence) for sentence in sentences], np.float32) * self.scale

    def tokenizer(self, text: str, *, truncation: bool, verbose: bool) -> dict[str, list[int]]:
        assert not truncation
        return {"input_ids": [0, *(1 for _ in text.split()), 0]}


def toy(transformer: ToyTransformer, model: str = "pond/newt") -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(
        f"sentence-transformers:{model}", model, loader=lambda model, local_only: transformer
    )


def test_rows_of_sentence_transformers() -> None:
    """One float32 row of length 1 a text, empty and broken ones included; no texts give no rows of that width."""
    embedder: Embedder = toy(ToyTransformer())
    texts = ["toad", "", "half \ud800 a pair", "newt and olm"]
    vectors = embedder.embed(texts)
    assert vectors.shape == (4, embedder.dimension) == (4, 32)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert np.allclose(vectors[3], vector_of("newt and olm"), atol=1e-6)
    assert embedder.embed_bulk([]).shape == (0, 32)


def test_window_and_tokens_of_sentence_transformers() -> None:
    """The model's own window and tokenizer count, without any cut; an absent or huge window is bounded."""
    transformer = ToyTransformer()
    assert toy(transformer).max_tokens == 64
    assert toy(transformer).count_tokens("newt " * 100) == 102
    transformer.max_seq_length = None
    assert toy(transformer).max_tokens == 512
    transformer.max_seq_length = 32768
    assert toy(transformer).max_tokens == 2048


def test_prompts_of_sentence_transformers() -> None:
    """The prompts that a model configures win over ours; ours stand in where it configures none."""
    own = ToyTransformer({"query": "ask: ", "document": ""})
    toy(own, "intfloat/e5-small").embed(["toad"])
    toy(own, "intfloat/e5-small").embed_bulk(["toad"])
    assert own.seen == ["ask: toad", "toad"]
    bare = ToyTransformer()
    toy(bare, "intfloat/e5-small").embed(["toad"])
    toy(bare, "intfloat/e5-small").embed_bulk(["toad"])
    assert bare.seen == ["query: toad", "passage: toad"]
    assert toy(bare, "intfloat/e5-small").max_tokens == 63


def test_vectors_of_sentence_transformers_are_checked() -> None:
    """A model that gives NaN, or fails, ends in an EmbedderError."""
    with pytest.raises(EmbedderError, match="NaN"):
        toy(ToyTransformer(scale=float("nan"))).embed(["toad"])

    class Broken(ToyTransformer):
        def encode(self, sentences: list[str], *, prompt: str, **options: Any) -> Any:
            raise RuntimeError("out of memory")

    with pytest.raises(EmbedderError, match="out of memory"):
        toy(Broken()).embed(["toad"])


def test_a_model_from_the_hub_is_looked_for_here_first() -> None:
    """The hub is asked only for a model that is not on this computer, which is told; and nothing before the first use."""
    asked: list[bool] = []
    told: list[str] = []

    def loader(model: str, local_only: bool) -> Any:
        asked.append(local_only)
        if local_only:
            raise OSError("not in the cache")
        return ToyTransformer()

    embedder = SentenceTransformerEmbedder(
        "sentence-transformers:pond/newt", "pond/newt", report=told.append, loader=loader
    )
    assert asked == []
    assert (embedder.dimension, embedder.max_tokens) == (32, 64)
    assert asked == [True, False]
    assert "pond/newt" in told[0]


def test_a_folder_is_never_looked_for_on_the_hub(tmp_path: Path) -> None:
    """A folder that is gone or holds no model is said to be so, without the network."""
    asked: list[bool] = []

    def loader(model: str, local_only: bool) -> Any:
        asked.append(local_only)
        raise OSError("no config.json")

    for folder, words in ((tmp_path / "gone", "is not there"), (tmp_path, "no config.json")):
        with pytest.raises(EmbedderError, match=words) as caught:
            SentenceTransformerEmbedder(f"sentence-transformers:{folder}", str(folder), loader=loader).embed(["toad"])
        assert caught.value.hint
    assert asked == [True]


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed"
)
def test_the_package_is_missing(tmp_path: Path) -> None:
    """Without the extra, the error says what to type."""
    embedder = open_embedder(f"sentence-transformers:{tmp_path}", model_cache=tmp_path)
    with pytest.raises(AskPapersError, match="not installed") as caught:
        embedder.embed(["toad"])
    assert isinstance(caught.value, EmbedderError)
    assert caught.value.hint == 'Type: pip install "askpapers[sentence-transformers]"'


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch and transformers warn of themselves
def test_the_real_package(tmp_path: Path) -> None:
    """A tiny BERT made on the spot, by the real package and offline: window, tokenizer and vectors of length 1."""
    pytest.importorskip("sentence_transformers")
    folder = tiny_bert(tmp_path / "pond")
    real = open_embedder(f"sentence-transformers:{folder}", model_cache=tmp_path)
    vectors = real.embed(["newt toad", "newt toad", "olm cave", "", "newt " * 100])
    assert vectors.shape == (5, real.dimension) == (5, 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(vectors[0], vectors[1], atol=1e-5)
    assert not np.allclose(vectors[0], vectors[2], atol=1e-2)
    assert (real.max_tokens, real.count_tokens("newt toad"), real.count_tokens("newt " * 100)) == (32, 4, 102)


def tiny_bert(folder: Path) -> Path:
    """A folder with a BERT of random weights for 32 tokens and five words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "newt", "toad", "olm", "cave", "."]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(words), max_position_embeddings=32, **sizes)).save_pretrained(folder)
    return folder
