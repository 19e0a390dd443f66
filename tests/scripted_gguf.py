"""A tiny GGUF model of hand-set weights that answers every prompt with the same scripted reply, on any real server.

The trick: attention and feed-forward layers end in zeros, so what reaches the output layer depends on the last token
alone. The piece number n of the reply is one token, and its embedding points along axis n; the output row of the piece
after it points along the same axis, and nothing else does. So each piece calls the next one, from the assistant tag
that ends a prompt to the end tag, with such a lead that no temperature changes it. What stands in the prompt counts
for its length only: the server cuts it up with a real byte-level BPE tokenizer, trained here on a sample of text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

START, STOP = "<|assistant|>", "<|end|>"
_TAGS = ("<|bos|>", "<|system|>", "<|user|>", START, STOP)
# A model's template decides whether llama.cpp takes the reasoning out of the text: it looks for "</think>" in it.
PLAIN_TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
REASONING_TEMPLATE = PLAIN_TEMPLATE.replace("{{ m.content }}", "{{ m.content.split('</think>')[-1] }}")

_VOCABULARY = 2000
# Numbers and brackets are pieces of their own, so that "[1]" reaches the reader in parts, as real models send it.
_PIECE = re.compile(r"</?think>|\s*(?:\w+|[^\w\s<]+|<)|\s+")
_LEAD = 10.0  # times the square root of the width: the distance between the next piece and any other token
_HEAD = 32


def pieces(reply: str) -> list[str]:
    """The reply cut into tokens of which no two are equal: where one would repeat, it takes in what follows."""
    found: list[str] = []
    held = ""
    for piece in _PIECE.findall(reply):
        held += piece
        if held not in found:
            found.append(held)
            held = ""
    while held in found:
        held = found.pop() + held
    return [*found, held] if held else found


def write_model(path: Path, reply: str, sample: Iterable[str], *, window: int = 8192, endless: bool = False) -> None:
    """Write the model that says `reply`; an `endless` one begins again where it would end.

    The tokenizer learns from `sample`: on text of that kind it needs few tokens."""
    vocabulary, merges = _tokenizer(sample)
    tokens = list(vocabulary)
    script = [_in_byte_letters(piece) for piece in pieces(reply)]
    tokens += [token for token in script if token not in vocabulary]
    ids = {token: number for number, token in enumerate(tokens)}
    chain = [ids[START], *(ids[token] for token in script), ids[script[0]] if endless else ids[STOP]]
    width = -(-(len(chain) + 1) // _HEAD) * _HEAD

    writer = GGUFWriter(path, "llama")
    writer.add_name("scripted")
    writer.add_context_length(window)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if t in _TAGS else TokenType.NORMAL for t in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(ids["<|bos|>"])
    writer.add_eos_token_id(ids[STOP])
    writer.add_chat_template(PLAIN_TEMPLATE)
    _add_weights(writer, chain, len(tokens), width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokenizer(sample: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """(tokens by number, merges) of a byte-level BPE tokenizer trained on the sample."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(_TAGS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(sample, trainer)
    model = json.loads(trained.to_str())["model"]
    vocabulary = dict(sorted(model["vocab"].items(), key=lambda item: item[1]))
    return vocabulary, [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]


def _in_byte_letters(text: str) -> str:
    """Text as a byte-level vocabulary spells it: one letter a byte."""
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return "".join(letters for letters, _ in whole.pre_tokenize_str(text))


def _add_weights(writer: GGUFWriter, chain: list[int], tokens: int, width: int) -> None:
    """One layer that adds nothing, and the chain in embeddings and output rows. Axis 0 is for tokens outside it."""
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(width)
    writer.add_head_count(width // _HEAD)
    writer.add_head_count_kv(width // _HEAD)
    writer.add_rope_dimension_count(_HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    embedding = np.zeros((tokens, width), np.float32)
    output = np.zeros((tokens, width), np.float32)
    embedding[:, 0] = 1
    for axis, (this, following) in enumerate(pairwise(chain), start=1):
        embedding[this] = 0
        embedding[this, axis] = 1
        output[following, axis] = _LEAD
    ones, zeros = np.ones(width, np.float32), np.zeros((width, width), np.float32)
    writer.add_tensor("token_embd.weight", embedding)
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", ones)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", zeros)
    writer.add_tensor("output_norm.weight", ones)
    writer.add_tensor("output.weight", output)
