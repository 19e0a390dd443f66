"""A tiny BERT cross-encoder of hand-set weights, as GGUF: a text scores higher the more words it shares with the query.

Each word of the vocabulary has an axis of its own. In the first layer a word attends to its copies and to [CLS]: the
more copies, the less is left for [CLS], and how much that is goes to an axis kept for it. In the second layer [CLS]
takes the mean of that axis over all words, and the classifier hands it on with its sign turned. A word that is not in
the vocabulary attends to [CLS] alone, so that two of them are no copies. Of texts of one length without repeats, the
one that repeats more words of the query therefore wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, PoolingType, TokenType

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_UNKNOWN, _CLS = 1, 2
_WIDTH = 128
_LEFT_FOR_CLS, _MEAN = _WIDTH - 1, _WIDTH - 2
_COPY, _TO_CLS, _ONLY_CLS = 6.0, 5.0, 20.0


def write_reranker(path: Path, words: Sequence[str], window: int = 512) -> None:
    """Write the model; `words` are all it knows, in lower case, at most 120."""
    tokens = [*_SPECIAL, *dict.fromkeys(words)]
    assert len(tokens) <= _MEAN
    writer = GGUFWriter(path, "bert")
    writer.add_name("tiny-reranker")
    writer.add_context_length(window)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(2)
    writer.add_feed_forward_length(_WIDTH)
    writer.add_head_count(1)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.RANK)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([token if token in _SPECIAL else f"\u2581{token}" for token in tokens])
    writer.add_token_types([TokenType.CONTROL if token in _SPECIAL else TokenType.NORMAL for token in tokens])
    writer.add_token_type_count(1)
    for name, number in (("pad", 0), ("unk", _UNKNOWN), ("bos", _CLS), ("sep", 3), ("eos", 3)):
        getattr(writer, f"add_{name}_token_id")(number)
    _add_weights(writer, len(tokens), window)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_weights(writer: GGUFWriter, tokens: int, window: int) -> None:
    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.float32)

    # A layer norm makes about sqrt(width) of the one axis a token has.
    size = np.float32(np.sqrt(_WIDTH))
    writer.add_tensor("token_embd.weight", np.eye(tokens, _WIDTH, dtype=np.float32) * size)
    writer.add_tensor("token_types.weight", zeros(1, _WIDTH))
    writer.add_tensor("position_embd.weight", zeros(window, _WIDTH))
    known = slice(_CLS, tokens)

    query = zeros(_WIDTH, _WIDTH)  # rows are outputs, columns are inputs
    query[range(_CLS, tokens), range(_CLS, tokens)] = _COPY
    query[_CLS, known] = _TO_CLS
    query[_CLS, _UNKNOWN] = _ONLY_CLS
    left = zeros(_WIDTH, _WIDTH)
    left[_LEFT_FOR_CLS, _CLS] = 1
    mean = zeros(_WIDTH, _WIDTH)
    mean[_MEAN, _LEFT_FOR_CLS] = 1
    identity = np.eye(_WIDTH, dtype=np.float32)
    # Logits are divided by sqrt(width), and both sides of the product are of that size.
    layers = ((query / size, identity, left), (zeros(_WIDTH, _WIDTH), identity, mean))
    for number, (q, k, v) in enumerate(layers):
        for name, weight in (("attn_q", q), ("attn_k", k), ("attn_v", v), ("attn_output", identity)):
            writer.add_tensor(f"blk.{number}.{name}.weight", weight)
            writer.add_tensor(f"blk.{number}.{name}.bias", zeros(_WIDTH))
        for name in ("ffn_up", "ffn_down"):
            writer.add_tensor(f"blk.{number}.{name}.weight", zeros(_WIDTH, _WIDTH))
            writer.add_tensor(f"blk.{number}.{name}.bias", zeros(_WIDTH))
    for norm in (
        "token_embd_norm",
        *(f"blk.{n}.{name}_norm" for n in (0, 1) for name in ("attn_output", "layer_output")),
    ):
        writer.add_tensor(f"{norm}.weight", np.ones(_WIDTH, np.float32))
        writer.add_tensor(f"{norm}.bias", zeros(_WIDTH))
    dense, out = zeros(_WIDTH, _WIDTH), zeros(1, _WIDTH)
    dense[_MEAN, _MEAN] = -0.3
    out[0, _MEAN] = 10
    writer.add_tensor("cls.weight", dense)
    writer.add_tensor("cls.bias", zeros(_WIDTH))
    writer.add_tensor("cls.output.weight", out)
    writer.add_tensor("cls.output.bias", zeros(1))
