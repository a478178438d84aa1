"""Random data for a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from npslstm.forms import like

from ..nested import flat
from ..observe import Batch
from .table import T


def batch_for(model: Any, rng: np.random.Generator, samples: int, weighted: bool = False) -> Batch:
    """Random data in the form in which a model of npslstm takes them, with steps of zeros that a
    Masking layer finds; weighted: with weights for every output."""
    xs = []
    for shape in model.input_shapes:
        x = rng.normal(0, 1, (samples, *(T if size is None else size for size in shape[1:])))
        if x.ndim > 2:
            x[rng.uniform(size=x.shape[:2]) < 0.3] = 0
        xs.append(x.astype(model.dtype))
    objectives = model.compiled.objectives
    outputs = [one.shape[1:] for one in flat(model(like(model.input_form, xs)))]
    ys = [
        targets(one.loss_argument, (samples, *shape), rng, model.dtype)
        for one, shape in zip(objectives, outputs, strict=True)
    ]
    weights = None
    if weighted:
        given = [rng.uniform(0.5, 2, (samples, *shape[:-1])) for shape in outputs]
        weights = like(model.output_form, [w.astype(model.dtype) for w in given])
    return Batch(like(model.input_form, xs), like(model.output_form, ys), weights)


def targets(loss: Any, shape: tuple[int, ...], rng: np.random.Generator, dtype: str) -> Any:
    """What an output of this shape is compared with by this loss."""
    labels = rng.integers(0, shape[-1], shape[:-1])
    if loss == "sparse_categorical_crossentropy":
        return labels
    if loss == "categorical_crossentropy":
        return np.eye(shape[-1], dtype=dtype)[labels]
    if loss == "binary_crossentropy":
        return rng.integers(0, 2, shape).astype(dtype)
    return rng.normal(0, 1, shape).astype(dtype)
