"""The peephole cell beside ONNX's LSTM operator, as its reference evaluator computes it."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from npslstm import cells
from npslstm.bundles import State, Weights
from npslstm.scan import scan

T, B, F, H = 6, 3, 2, 5

# |ours - theirs|, at most. Measured in float64: 2.2e-16 and 3.3e-16.
CLOSE = 2e-15


def to_onnx(matrix: np.ndarray, order: str) -> np.ndarray:
    """Blocks of columns in the order i f g o, or p's i f o, as rows in ONNX's order; with its axis
    of directions in front."""
    names = "ifo" if order == "iof" else "ifgo"
    blocks = dict(zip(names, np.split(matrix, len(names), axis=-1), strict=True))
    return np.concatenate([blocks[name] for name in order], axis=-1).T[np.newaxis]


def by_onnx(x: np.ndarray, weights: Weights, start: State) -> tuple[np.ndarray, ...]:
    """h of all steps, the last h and the last c."""
    bias = to_onnx(weights.b, "iofg")
    inputs = {
        "X": x, "W": to_onnx(weights.W, "iofg"), "R": to_onnx(weights.U, "iofg"),
        "B": np.concatenate([bias, np.zeros_like(bias)], axis=1),
        "h": start.h[np.newaxis], "c": start.c[np.newaxis], "P": to_onnx(weights.p, "iof"),
    }  # fmt: skip
    node = helper.make_node(
        "LSTM", ["X", "W", "R", "B", "", "h", "c", "P"], ["Y", "Y_h", "Y_c"], hidden_size=H
    )
    values = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, array.shape)
        for name, array in inputs.items()
    ]
    shapes = (T, 1, B, H), (1, B, H), (1, B, H)
    results = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape)
        for name, shape in zip(node.output, shapes, strict=True)
    ]
    graph = helper.make_graph([node], "peephole", values, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
    onnx.checker.check_model(model)
    y, h, c = ReferenceEvaluator(model).run(None, inputs)
    return y[:, 0], h[0], c[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_peephole_cell_is_onnxs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = (F, 4 * H), (H, 4 * H), (4 * H,), (3 * H,)
    weights = Weights(*(rng.uniform(-1, 1, shape) for shape in shapes))
    x, start = rng.normal(size=(T, B, F)), State(*rng.normal(size=(2, B, H)))
    end, tape = scan(x, weights, start, cell=cells.PEEPHOLE)
    y, h, c = by_onnx(x, weights, start)
    assert max(np.abs(tape.h[1:] - y).max(), np.abs(end.h - h).max()) < CLOSE
    assert np.abs(end.c - c).max() < CLOSE
