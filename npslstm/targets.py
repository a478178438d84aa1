"""Targets and sample weights brought into the shape of a model's outputs, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import as_numbers


def align(
    y: np.ndarray, output_shape: tuple[Any, ...], sparse: bool, name: str = "y_true"
) -> np.ndarray:
    """Targets with the axes of the output: (N, K) or (N, T, K); for sparse ones K = 1.

    name: 'y' where these are an argument of fit, 'y_true' where outputs are one as well, y_pred.
    A last axis of size 1 may be missing or too many. Raises ValueError for other differences.
    """
    wanted = (*output_shape[:-1], 1) if sparse else tuple(output_shape)
    if y.shape == wanted:
        return y
    aligned = y
    if y.ndim == len(wanted) - 1 and wanted[-1] == 1:
        aligned = y[..., None]
    elif y.ndim == len(wanted) + 1 and y.shape[-1] == 1:
        aligned = y[..., 0]
    fits = aligned.ndim == len(wanted) and all(
        want is None or have == want for have, want in zip(aligned.shape, wanted, strict=True)
    )
    if not fits:
        raise ValueError(mismatch(y.shape, output_shape, sparse, name))
    return aligned


def mismatch(
    shape: tuple[int, ...], output_shape: tuple[Any, ...], sparse: bool, name: str
) -> str:
    """What is wrong with targets of this shape, and what to write."""
    where = "(samples, units)" if len(output_shape) == 2 else "(samples, time steps, units)"
    text = (
        f"{name}: the targets have shape {shape}; {outputs(name)} is {where} = {output_shape}. "
    )
    if sparse:
        return text + (
            "A sparse loss takes one integer label for each output row, of shape "
            f"{tuple(output_shape[:-1])}; for one-hot targets use 'categorical_crossentropy'."
        )
    if len(shape) in (1, len(output_shape) - 1) and output_shape[-1] != 1:
        return text + (
            "For integer labels use 'sparse_categorical_crossentropy', or make them one-hot with "
            "np.eye(number_of_classes)[labels]."
        )
    if len(shape) < len(output_shape):
        return text + (
            "With return_sequences=True in the last LSTM there is an output at every time step; "
            "leave it out for one output a sample, or give a target for every time step."
        )
    return text + "Give the last layer as many units as a target has numbers."


def outputs(name: str) -> str:
    """What targets of this name are compared with."""
    return "the model's output" if name == "y" else "the output y_pred"


def check_labels(y: np.ndarray, classes: int, name: str = "y_true") -> None:
    """Raise ValueError unless all labels are integers from 0 to classes - 1. name: see `align`."""
    if y.size == 0:
        return
    low, high = y.min(), y.max()
    if not (low >= 0 and high < classes) or (y != np.floor(y)).any():
        who = "the model" if name == "y" else "y_pred"
        raise ValueError(
            f"{name}: the labels reach from {low:g} to {high:g}; {who} has {classes} "
            f"{'output' if classes == 1 else 'outputs'}, so labels must be the integers 0 to "
            f"{classes - 1}. Give the last layer one unit for each class, or renumber the labels."
        )


def align_weights(
    weights: Any, shape: tuple[int, ...], dtype: Any, name: str = "sample_weight"
) -> np.ndarray:
    """Sample weights for targets of `shape`: (N,) or, for sequences, (N, T). name: in messages."""
    w = as_numbers(weights, dtype, name)
    if w.ndim == len(shape) and w.shape[-1] == 1 and len(shape) == 2:
        w = w[:, 0]
    if len(shape) == 3 and w.shape == (shape[0], 1):
        w = np.ascontiguousarray(np.broadcast_to(w, shape[:2]))
    if w.shape != tuple(shape[:-1]):
        wanted = "(samples,)" if len(shape) == 2 else "(samples, time steps) or (samples, 1)"
        raise ValueError(
            f"{name} has shape {w.shape}; for this model it must be {wanted}, here "
            f"{tuple(shape[:-1])}: one weight for each output row."
        )
    return w
