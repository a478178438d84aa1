"""The derivatives of sum(output * upstream) + penalties, of a stack of layers or of a graph, of
npslstm's and of Keras's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from npslstm.arrays import time_major_shape, to_batch_major, to_time_major
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
    shape = time_major_shape(x.shape)
    signal = program.input(*shape, needs_gradient=True, masked=mask is not None)
    states = [program.signal(*state.shape) for state in initial_state or ()]
    source, more = signal, states
    for layer in layers:
        layer.ensure_built(time_major_shape(signal.shape))
        signal, more = layer.write(program, signal, *more), []
    source.value[...] = to_time_major(x)
    for state, values in zip(states, initial_state or (), strict=True):
        state.value[...] = values
    if mask is not None:
        source.mask[...] = mask.T
    signal.gradient[...] = to_time_major(upstream)
    program.steps().run()
    weights = [v.gradient.copy() for layer in layers for v in layer.trainable_weights]
    first = [state.gradient for state in states]
    y, dx = to_batch_major(signal.value), to_batch_major(source.gradient)
    return Derivatives(y, dx, weights, first)


def of_our_model(
    model: Any, xs: Sequence[np.ndarray], upstreams: Sequence[np.ndarray], training: bool = False
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The outputs of a graph; the gradients by its inputs, and by the trainable weights."""
    program = Program(model.dtype, training, learns=True)
    sources = [program.input(*time_major_shape(x.shape), needs_gradient=True) for x in xs]
    made = model.write(program, *sources)
    signals = made if isinstance(made, tuple) else (made,)
    for source, x in zip(sources, xs, strict=True):
        source.value[...] = to_time_major(x)
    for signal, upstream in zip(signals, upstreams, strict=True):
        signal.gradient[...] = to_time_major(upstream)
    program.steps().run()
    weights = [v.gradient.copy() for v in model.trainable_weights]
    gradients = [to_batch_major(source.gradient) for source in sources]
    return [to_batch_major(signal.value) for signal in signals], [*gradients, *weights]


def of_keras_model(
    model: Any, xs: Sequence[np.ndarray], upstreams: Sequence[np.ndarray], training: bool = False
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """By TensorFlow's tape."""
    xs = [tf.constant(x) for x in xs]
    weights = [v.value for v in model.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        made = model(xs, training=training)
        outputs = made if isinstance(made, (list, tuple)) else [made]
        loss = sum(model.losses)
        for y, upstream in zip(outputs, upstreams, strict=True):
            loss += tf.reduce_sum(y * upstream)
    found = tape.gradient(loss, [*xs, *weights], unconnected_gradients="zero")
    return [y.numpy() for y in outputs], [tf.convert_to_tensor(g).numpy() for g in found]


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
