"""A workload on ONNX Runtime, which predicts but does not train: the model as an ONNX file.

The file is written here, from the weights, with the few fields of https://onnx.ai/onnx/repo-docs/
IR.html that it takes, in protobuf's encoding: https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from .workloads import BINARY, CATEGORICAL, Workload, data, weights

FLOAT, INT64 = 1, 7  # TensorProto.DataType
OPSET, IR_VERSION = 17, 8
TAIL = {BINARY: "Sigmoid", CATEGORICAL: "Softmax"}


# ---- protobuf ------------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    head, rest = number & 0x7F, number >> 7
    return bytes([head | 0x80]) + varint(rest) if rest else bytes([head])


def message(*fields: tuple[int, Any]) -> bytes:
    """A message of (field number, value): an int, a text, or bytes, which may be a message."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts.append(varint(number << 3) + varint(value))
        else:
            content = value.encode() if isinstance(value, str) else value
            parts.append(varint(number << 3 | 2) + varint(len(content)) + content)
    return b"".join(parts)


def tensor(name: str, array: np.ndarray) -> bytes:
    dims = [(1, n) for n in array.shape]
    kind = INT64 if array.dtype == np.int64 else FLOAT
    return message(*dims, (2, kind), (8, name), (9, array.tobytes()))


def node(operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> bytes:
    """attributes: an int, or a list of ints."""
    fields = [(1, name) for name in inputs] + [(2, name) for name in outputs] + [(4, operator)]
    for name, value in attributes.items():
        if isinstance(value, list):
            fields.append((5, message((1, name), *((8, n) for n in value), (20, 7))))
        else:
            fields.append((5, message((1, name), (3, value), (20, 2))))
    return message(*fields)


def described(name: str, *shape: int) -> bytes:
    """An input or output of the graph."""
    dims = message(*((1, message((1, n))) for n in shape))
    return message((1, name), (2, message((1, message((1, FLOAT), (2, dims))))))


# ---- the model -----------------------------------------------------------------------------------


def gates(array: np.ndarray) -> np.ndarray:
    """(..., 4H) in the order i f g o as (1, 4H, ...) in ONNX's order i o f g."""
    i, f, g, o = np.split(array, 4, axis=-1)
    return np.ascontiguousarray(np.concatenate([i, o, f, g], axis=-1).T[None])


def model(workload: Workload) -> bytes:
    """A model of one LSTM layer. Stateful ones take h and c and give them back."""
    (H,) = workload.units
    W, U, b, *rest = weights(workload)
    bias = np.concatenate([gates(b), np.zeros((1, 4 * H), np.float32)], axis=1)
    constants = {"W": gates(W), "U": gates(U), "b": bias, "first": np.zeros(1, np.int64)}
    nodes = [
        node("Transpose", ["x"], ["x by time"], perm=[1, 0, 2]),
        node("LSTM", ["x by time", "W", "U", "b", "", "h0", "c0"], ["", "h1", "c1"], hidden_size=H),
        node("Squeeze", ["h1", "first"], ["h"]),
    ]
    top = "h"
    if workload.normalized:
        gamma, beta, mean, variance = rest[:4]
        scale = gamma / np.sqrt(variance + np.float32(1e-3))
        constants |= {"scale": scale, "shift": beta - scale * mean}
        nodes.append(node("Mul", ["h", "scale"], ["scaled"]))
        nodes.append(node("Add", ["scaled", "shift"], ["normalized"]))
        top = "normalized"
    constants |= {"kernel": rest[-2], "offset": rest[-1]}
    nodes.append(node("Gemm", [top, "kernel", "offset"], ["z"]))
    nodes.append(node(TAIL.get(workload.loss, "Identity"), ["z"], ["y"]))
    states = [described(name, 1, workload.samples, H) for name in ("h0", "c0", "h1", "c1")]
    graph = message(
        *((1, n) for n in nodes), (2, workload.name),
        *((5, tensor(name, array)) for name, array in constants.items()),
        (11, described("x", workload.samples, workload.steps, workload.features)),
        *((11, state) for state in states[:2]),
        (12, described("y", workload.samples, workload.outputs)),
        *((12, state) for state in states[2:]),
    )  # fmt: skip
    return message((1, IR_VERSION), (7, graph), (8, message((2, OPSET))))


class Model:
    def __init__(self, workload: Workload, framework: str) -> None:
        self.workload = workload
        self.session = onnxruntime.InferenceSession(model(workload), onnxruntime.SessionOptions())
        zero = np.zeros((1, workload.samples, workload.units[0]), np.float32)
        self.inputs = {"x": data(workload)[0], "h0": zero, "c0": zero}

    def predict(self) -> np.ndarray:
        y, h, c = self.session.run(["y", "h1", "c1"], self.inputs)
        if self.workload.stateful:
            self.inputs |= {"h0": h, "c0": c}
        return y
