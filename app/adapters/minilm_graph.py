"""Turns the weights of all-MiniLM-L6-v2 into one ONNX file, so that torch is never needed.

The graph is plain fp32, opset 17, standard operators only: a BERT encoder, then mean pooling over the
attention mask and L2 normalisation. Inputs `input_ids` and `attention_mask`, int64 of shape (batch, seq);
output `sentence_embedding`, float32 of shape (batch, hidden). ONNX Runtime fuses it when it loads it, which
measured as fast as hand-fused operators.

Source of the architecture: BERT (arXiv:1810.04805) as the model's `config.json` sets it, pooled as in
Sentence-BERT (arXiv:1908.10084).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

# The two facts of config.json that the shapes of the weights do not tell. The weights are pinned by hash, so
# these cannot drift apart from them.
HEADS = 12
EPSILON = 1e-12

OPSET = 17
IR_VERSION = 8  # the one that belongs to opset 17: older runtimes read it too
MASKED = -10000.0  # what BERT adds to the attention score of padding

Weights = Mapping[str, NDArray[np.float32]]


class Builder:
    """Collects nodes and constants; every operator returns the name of its output."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def const(self, name: str, value: NDArray[Any]) -> str:
        """Register a constant once under `name`."""
        if name not in self.constants:
            # order="C" and not ascontiguousarray: that one turns a scalar into a vector.
            self.constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def scalar(self, value: float) -> str:
        return self.const(f"f32_{value!r}", np.array(value, np.float32))

    def ints(self, *values: int) -> str:
        return self.const("i64_" + "_".join(map(str, values)), np.array(values, np.int64))

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def linear(self, x: str, layer: str) -> str:
        kernel = self.const(f"{layer}.kernel", self.weights[f"{layer}.weight"].T)
        bias = self.const(f"{layer}.bias", self.weights[f"{layer}.bias"])
        return self.op("Add", self.op("MatMul", x, kernel), bias)

    def layer_norm(self, x: str, layer: str) -> str:
        gain = self.const(f"{layer}.weight", self.weights[f"{layer}.weight"])
        bias = self.const(f"{layer}.bias", self.weights[f"{layer}.bias"])
        return self.op("LayerNormalization", x, gain, bias, axis=-1, epsilon=EPSILON)


def embeddings(b: Builder) -> str:
    """(batch, seq) token ids -> (batch, seq, hidden)."""
    words = b.const("words", b.weights["embeddings.word_embeddings.weight"])
    # A sentence alone is always segment 0, so that vector is added to the position table once for all.
    segment = b.weights["embeddings.token_type_embeddings.weight"][0]
    positions = b.const("positions", b.weights["embeddings.position_embeddings.weight"] + segment)
    length = b.op("Slice", b.op("Shape", "input_ids"), b.ints(1), b.ints(2))
    used = b.op("Slice", positions, b.ints(0), length)
    summed = b.op("Add", b.op("Gather", words, "input_ids"), used)
    return b.layer_norm(summed, "embeddings.LayerNorm")


def _attention(b: Builder, x: str, mask: str, layer: str, hidden: int) -> str:
    """Multi-head self-attention with its output layer, residual and normalisation; shape kept."""
    split = b.ints(0, 0, HEADS, hidden // HEADS)

    def heads(part: str, order: list[int]) -> str:
        projected = b.linear(x, f"{layer}.attention.self.{part}")
        return b.op("Transpose", b.op("Reshape", projected, split), perm=order)

    query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    scale = b.scalar(math.sqrt(hidden // HEADS))
    scores = b.op("Add", b.op("Div", b.op("MatMul", query, key), scale), mask)
    mixed = b.op("MatMul", b.op("Softmax", scores, axis=-1), value)
    joined = b.op("Reshape", b.op("Transpose", mixed, perm=[0, 2, 1, 3]), b.ints(0, 0, hidden))
    out = b.linear(joined, f"{layer}.attention.output.dense")
    return b.layer_norm(b.op("Add", out, x), f"{layer}.attention.output.LayerNorm")


def _feed_forward(b: Builder, x: str, layer: str) -> str:
    """The two dense layers with the exact (erf) GELU between them; shape kept."""
    wide = b.linear(x, f"{layer}.intermediate.dense")
    erf = b.op("Erf", b.op("Div", wide, b.scalar(math.sqrt(2.0))))
    gelu = b.op("Mul", b.op("Mul", wide, b.op("Add", erf, b.scalar(1.0))), b.scalar(0.5))
    out = b.linear(gelu, f"{layer}.output.dense")
    return b.layer_norm(b.op("Add", out, x), f"{layer}.output.LayerNorm")


def _pool(b: Builder, x: str, kept: str) -> str:
    """(batch, seq, hidden) -> the mean over the kept tokens, of length 1: (batch, hidden)."""
    total = b.op("ReduceSum", b.op("Mul", x, b.op("Unsqueeze", kept, b.ints(2))), b.ints(1), keepdims=0)
    count = b.op("ReduceSum", kept, b.ints(1), keepdims=1)
    return b.op("LpNormalization", b.op("Div", total, count), output="sentence_embedding", axis=-1, p=2)


def build_graph(weights: Weights) -> onnx.ModelProto:
    """The whole model as a checked ONNX graph. KeyError when a tensor of the BERT encoder is missing."""
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    b = Builder(weights)
    kept = b.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    dropped = b.op("Sub", b.scalar(1.0), b.op("Unsqueeze", kept, b.ints(1, 2)))
    mask = b.op("Mul", dropped, b.scalar(MASKED))
    x = embeddings(b)
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        x = _attention(b, x, mask, f"encoder.layer.{layer}", hidden)
        x = _feed_forward(b, x, f"encoder.layer.{layer}")
        layer += 1
    pooled = _pool(b, x, kept)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info(pooled, TensorProto.FLOAT, ["batch", hidden])]
    graph = helper.make_graph(b.nodes, "minilm", inputs, outputs, list(b.constants.values()))
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="askpapers")
    onnx.checker.check_model(model)
    return model


def save_graph(weights: Path, target: Path) -> None:
    """Build the graph of a `model.safetensors` and save it; `target` appears whole or not at all.

    Errors: OSError when a file cannot be read or written, KeyError when the weights are no BERT encoder."""
    part = target.with_name(target.name + ".part")
    try:
        part.write_bytes(build_graph(load_file(weights)).SerializeToString())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
