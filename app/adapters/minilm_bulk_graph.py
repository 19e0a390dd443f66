"""The graph that makes papers' vectors: the weights of `minilm_graph` with the dense layers in 8-bit integers.

It takes one text at a time, so it needs neither padding nor a mask, no text changes another's vector, and the
integers are scaled to that text alone. Input `input_ids`, int64 of shape (batch, seq), every row of the same real
length; output as of the fp32 graph. Attention, normalisation and pooling stay in fp32.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from app.adapters.minilm_graph import EPSILON, HEADS, IR_VERSION, OPSET, Builder, Weights, embeddings

Array = NDArray[np.float32]

CONTRIB = "com.microsoft"  # operators of ONNX Runtime itself; there since well before 1.20
CONTRIB_OPSET = 1
LARGEST = 127
UNSIGNED = 255
# GELU is never below -0.17: moved up by this it is positive, and all 8 bits serve the values it does take.
GELU_SHIFT = 0.18


def weights_of_graph(path: Path) -> dict[str, Array]:
    """The weights back out of a saved fp32 graph, under the names of the safetensors file.

    The segment vector is already in the positions there, so it comes back as zeros."""
    weights: dict[str, Array] = {}
    for tensor in onnx.load(str(path)).graph.initializer:
        value, name = numpy_helper.to_array(tensor), tensor.name
        if name == "words":
            weights["embeddings.word_embeddings.weight"] = value
        elif name == "positions":
            weights["embeddings.position_embeddings.weight"] = value
            weights["embeddings.token_type_embeddings.weight"] = np.zeros((1, value.shape[1]), np.float32)
        elif name.endswith(".kernel"):
            weights[name.removesuffix("kernel") + "weight"] = value.T
        elif name.endswith((".weight", ".bias")):
            weights[name] = value
    return weights


def quantise(weight: Array) -> tuple[NDArray[np.int8], Array]:
    """(out, in), `in` even -> integers of that shape and the size of one step for each output.

    CPUs without dot-product instructions add two neighbouring products in 16 bits and cut off what is larger. So
    the steps are such that no two neighbours of one sign exceed 128 together: 255 x 128 fits, and every CPU gives
    the same vectors."""
    pairs = np.abs(weight[:, 0::2] + weight[:, 1::2]).max(axis=1)
    step = np.maximum(np.maximum(np.abs(weight).max(axis=1), pairs), 1e-9) / LARGEST
    return np.round(weight / step[:, None]).astype(np.int8), step.astype(np.float32)


class _BulkBuilder(Builder):
    """Adds ONNX Runtime's own operators and dense layers in integers; (batch, seq, width) in and out."""

    def contrib(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.op(kind, *inputs, domain=CONTRIB, **attributes)

    def dense(self, x: str, layers: Sequence[str], name: str) -> str:
        """The dense `layers`, side by side. One scale for the whole text, found as it comes by."""
        whole, step = quantise(np.concatenate([self.weights[f"{layer}.weight"] for layer in layers]))
        bias = np.concatenate([self.weights[f"{layer}.bias"] for layer in layers])
        return self.contrib(
            "DynamicQuantizeMatMul",
            x,
            self.const(f"{name}.integers", whole.T),
            self.const(f"{name}.step", step),
            self.const("i8_0", np.array(0, np.int8)),
            self.const(f"{name}.bias", bias),
        )

    def dense_after_gelu(self, x: str, layer: str) -> str:
        """The same with one scale for each token: tokens differ most here, and one for all cost half the exactness."""
        whole, step = quantise(self.weights[f"{layer}.weight"])
        outputs, inputs = whole.shape
        moved = GELU_SHIFT * (whole * step[:, None]).sum(axis=1)
        bias = (self.weights[f"{layer}.bias"] - moved).astype(np.float32)
        tokens = self.op("Reshape", self.op("Add", x, self.scalar(GELU_SHIFT)), self.ints(-1, inputs))
        scale = self.op("Mul", self.op("ReduceMax", tokens, axes=[1], keepdims=1), self.scalar(1 / UNSIGNED))
        small = self.op("QuantizeLinear", tokens, self.op("Reshape", scale, self.ints(-1)), axis=0)
        weight, steps = self.const(f"{layer}.integers", whole.T), self.const(f"{layer}.step", step)
        product = self.contrib("MatMulIntegerToFloat", small, weight, self.scalar(1.0), steps)
        summed = self.op("Add", self.op("Mul", product, scale), self.const(f"{layer}.bias", bias))
        shape = self.op("Concat", self.op("Shape", "input_ids"), self.ints(outputs), axis=0)
        return self.op("Reshape", summed, shape)

    def add_and_norm(self, x: str, residual: str, layer: str) -> str:
        gain = self.const(f"{layer}.weight", self.weights[f"{layer}.weight"])
        bias = self.const(f"{layer}.bias", self.weights[f"{layer}.bias"])
        return self.contrib("SkipLayerNormalization", x, residual, gain, bias, epsilon=EPSILON)


def _layer(b: _BulkBuilder, x: str, layer: str, hidden: int) -> str:
    """One encoder layer; shape kept."""
    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    joined = b.dense(x, parts, f"{layer}.attention.self")
    names = [f"{layer}.{part}" for part in ("q", "k", "v")]
    b.nodes.append(helper.make_node("Split", [joined, b.ints(hidden, hidden, hidden)], names, axis=-1))
    mixed = b.contrib("MultiHeadAttention", *names, num_heads=HEADS)
    attended = b.dense(mixed, [f"{layer}.attention.output.dense"], f"{layer}.attention.output.dense")
    x = b.add_and_norm(attended, x, f"{layer}.attention.output.LayerNorm")
    wide = b.contrib("Gelu", b.dense(x, [f"{layer}.intermediate.dense"], f"{layer}.intermediate.dense"))
    return b.add_and_norm(b.dense_after_gelu(wide, f"{layer}.output.dense"), x, f"{layer}.output.LayerNorm")


def build_bulk_graph(weights: Weights) -> bytes:
    """The whole model as a checked, serialised ONNX graph. KeyError when a tensor of the BERT encoder is missing."""
    hidden = weights["embeddings.word_embeddings.weight"].shape[1]
    b = _BulkBuilder(weights)
    x, layer = embeddings(b), 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        x = _layer(b, x, f"encoder.layer.{layer}", hidden)
        layer += 1
    mean = b.op("ReduceMean", x, axes=[1], keepdims=0)
    pooled = b.op("LpNormalization", mean, output="sentence_embedding", axis=-1, p=2)
    graph = helper.make_graph(
        b.nodes,
        "minilm-bulk",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "seq"])],
        [helper.make_tensor_value_info(pooled, TensorProto.FLOAT, ["batch", hidden])],
        list(b.constants.values()),
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, CONTRIB_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="askpapers")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
