"""The derivatives of sum(output * upstream) + penalties of a stack of layers, here and in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from npslstm import scan
from npslstm.arrays import inward, inward_shape, outward
from npslstm.bundles import State
from npslstm.program import Program


class Derivatives(NamedTuple):
    """output of the last layer; dL/dx; dL/d(each trainable weight); dL/d(h0) and dL/d(c0)."""

    output: np.ndarray
    x: np.ndarray
    weights: list[np.ndarray]
    state: list[np.ndarray]


def of_ours(
    layers: Sequence[Any],
    x: np.ndarray,
    upstream: np.ndarray,
    mask: np.ndarray | None = None,
    training: bool = False,
    initial_state: Sequence[np.ndarray] | None = None,
) -> Derivatives:
    """By a Program; initial_state [h, c] is for the first layer."""
    program = Program(layers[0].dtype, training, learns=True)
    shape = inward_shape(x.shape)
    signal = program.input(*shape, needs_gradient=True, masked=mask is not None)
    source, more = signal, () if initial_state is None else (State(*initial_state),)
    for layer in layers:
        layer.ensure_built(inward_shape(signal.shape))
        signal, more = layer.write(program, signal, *more), ()
    source.value[...] = inward(x)
    if mask is not None:
        source.mask[...] = mask.T
    signal.gradient[...] = inward(upstream)
    program.run(program.steps())
    mirrors = [op.arguments[3] for op in program.backward_operations if op.kernel is scan.backward]
    weights = [v.gradient.copy() for layer in layers for v in layer.trainable_weights]
    first = list(mirrors[0].d_state) if initial_state is not None else []
    return Derivatives(outward(signal.value), outward(source.gradient), weights, first)


def of_keras(
    layers: Sequence[Any],
    x: np.ndarray,
    upstream: np.ndarray,
    mask: np.ndarray | None = None,
    training: bool = False,
    initial_state: Sequence[np.ndarray] | None = None,
) -> Derivatives:
    """By TensorFlow's tape."""
    x = tf.constant(x)
    mask = None if mask is None else tf.constant(mask)
    state = [] if initial_state is None else [tf.constant(s) for s in initial_state]
    weights = [v.value for layer in layers for v in layer.trainable_variables]
    options = {"initial_state": state} if state else {}
    with tf.GradientTape() as tape:
        tape.watch([x, *state])
        y = x
        for layer in layers:
            y, seen = call(layer, y, mask, training, **options), y
            mask = layer.compute_mask(seen, mask) if layer.supports_masking else None
            options = {}
        loss = tf.reduce_sum(y * upstream)
        for layer in layers:
            loss += sum(layer.losses)
    dx, *rest = tape.gradient(loss, [x, *weights, *state], unconnected_gradients="zero")
    rest = [g.numpy() for g in rest]
    return Derivatives(y.numpy(), dx.numpy(), rest[: len(weights)], rest[len(weights) :])


def call(layer: Any, x: Any, mask: Any, training: bool, **options: Any) -> Any:
    """Keras's layer on x, with those of mask and training that its `call` knows."""
    names = layer.call.__code__.co_varnames[: layer.call.__code__.co_argcount]
    if "mask" in names:
        options["mask"] = mask
    if "training" in names:
        options["training"] = training
    return layer(x, **options)
