"""Who is timed: npslstm and its peers, each in a process of its own that imports one framework."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ALL_ASKS = ("train", "predict", "fit_call")
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu",
    "MPLBACKEND": "Agg",
}  # fmt: skip


# Without byte code on disk a source is compiled at every start; installed packages have it.
SLOWING = ("NUMBA_DISABLE_JIT", "PYTHONDONTWRITEBYTECODE")


class Contestant(NamedTuple):
    """`module` of this package has the class Model; `asks` are the measurements that it is fit for;
    `imports` is what a program of its user imports, `needs` the distributions that must be there.
    """

    key: str
    title: str
    module: str
    imports: str
    needs: tuple[str, ...]
    asks: tuple[str, ...] = ALL_ASKS
    backend: str = ""

    @property
    def missing(self) -> list[str]:
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    @property
    def environment(self) -> dict[str, str]:
        """For its processes: nothing of the caller's settings that would slow one of them down."""
        kept = {k: v for k, v in os.environ.items() if k not in SLOWING}
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        backend = {"KERAS_BACKEND": self.backend} if self.backend else {}
        return kept | QUIET | {"PYTHONPATH": os.pathsep.join(paths)} | backend


ENGINE = Contestant("npslstm", "npslstm", "on_keras", "npslstm", ("npslstm",))
PEERS = (
    Contestant(
        "keras_tf", "Keras, TensorFlow", "on_keras", "keras", ("keras", "tensorflow"),
        backend="tensorflow",
    ),
    Contestant("keras_jax", "Keras, JAX", "on_keras", "keras", ("keras", "jax"), backend="jax"),
    Contestant("pytorch", "PyTorch", "on_torch", "torch", ("torch",), ("train", "predict")),
    Contestant("jax_scan", "JAX, by hand", "on_jax", "jax", ("jax",), ("train", "predict")),
    Contestant(
        "onnxruntime", "ONNX Runtime", "on_onnx", "onnxruntime", ("onnxruntime",), ("predict",)
    ),
)  # fmt: skip
CONTESTANTS = {c.key: c for c in (ENGINE, *PEERS)}


def left_out() -> list[str]:
    """A line for each peer that is not installed."""
    return [
        f"{peer.title} is left out: {' and '.join(peer.missing)} not installed."
        for peer in PEERS
        if peer.missing
    ]
