"""Pieces of recurrent layers: reading from the end, dropout, buffers, configurations, advice."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations, constraints, initializers, regularizers
from ..bundles import State, Weights
from ..cells import OWN
from ..kernels import data_movement, dropout, masking
from ..program import Program, Signal
from ..scan import NO_MASK, Drops, Tape, tape_shapes
from .checks import Shape
from .dropout import draw_mask


def turned_round(program: Program, x: Signal) -> Signal:
    """x read from its end: the time axis and the mask the other way round."""
    mask = NO_MASK
    if x.mask.size:
        mask = np.zeros_like(x.mask)
        program.forward(data_movement.reverse, x.mask, mask)
    y = program.signal(*x.shape, mask=mask)
    program.forward(data_movement.reverse, x.value, y.value)
    if x.gradient.size:
        program.backward(data_movement.reverse, y.gradient, x.gradient)
    return y


def dropped_out(program: Program, x: Signal, layer: Any) -> tuple[Signal, Drops]:
    """Dropout of a recurrent layer in training: x with one mask for all gates, or masks for each.

    The masks of a batch are the same at all its time steps.
    """
    T, B, F = x.shape
    gates = len(layer.cell.gates)
    inputs = program.training and 0 < layer.dropout < 1
    recurrent = program.training and 0 < layer.recurrent_dropout < 1
    each_gate = inputs and layer.implementation == 1
    drops = Drops(
        program.zeros(*(gates, B, F) if each_gate else (0, 0, 0)),
        program.zeros(*(gates, B, layer.units) if recurrent else (0, 0, 0)),
    )
    generator = layer.seed_generator.generator
    if each_gate:
        program.before.append(lambda: draw_mask(generator, layer.dropout, drops.x))
    elif inputs:
        drop, whole = program.zeros(B, F), x
        x = program.signal(T, B, F, mask=whole.mask)
        program.before.append(lambda: draw_mask(generator, layer.dropout, drop))
        program.forward(dropout.forward, whole.rows, drop, x.rows)
        if whole.gradient.size:
            program.backward(dropout.backward, x.gradient_rows, drop, whole.gradient_rows)
    if recurrent:
        program.before.append(lambda: draw_mask(generator, layer.recurrent_dropout, drops.h))
    return x, drops


def described(name: str, value: Any) -> Any:
    """A constructor argument as a configuration stores it."""
    for family in (initializers, regularizers, constraints):
        if name.endswith(family.__name__.rpartition(".")[2][:-1]):
            return family.serialize(value)
    return activations.serialize(value) if name.endswith("activation") else value


def new_tape(program: Program, layer: Any, T: int, B: int) -> Tape:
    """Buffers for one forward pass; z is kept only if a derivative needs it, or a reader, and the
    gates unless the program forgets."""
    derivatives = layer.activation.kernels, layer.recurrent_activation.kernels
    keep_z = program.keeps_z or any(function.needs_x for function in derivatives)
    keep_z = keep_z or (program.learns and layer.cell.name not in OWN)  # a user's may read it
    shapes = tape_shapes(T, B, layer.units, layer.columns, keep_z, not program.forgets)
    return Tape(*(program.zeros(*shape) for shape in shapes))


def visible(program: Program, layer: Any, x: Signal, tape: Tape, dh_out: np.ndarray) -> Signal:
    """What the next layer sees of h: every step or the last, and what masked steps show."""
    y, dy = tape.h[1:], dh_out
    if x.mask.size:
        y, dy = program.zeros(*y.shape), program.zeros(*dh_out.shape)
        hide = int(layer.zero_output_for_mask)
        program.forward(masking.forward, tape.h, x.mask, hide, y)
        if program.learns:
            held = program.zeros(*y.shape[1:])
            program.backward(masking.backward, dy, x.mask, hide, held, dh_out)
    if layer.return_sequences:
        return Signal(y, dy)
    return Signal(y[-1], dy[-1] if program.learns else program.zeros(0, 0))


def ends(program: Program, last: State) -> tuple[Signal, Signal]:
    """The last h and c for those who go on from them, each with a gradient of its own."""
    h, c = (
        Signal(s, program.zeros(*s.shape) if program.learns else program.zeros(0, 0)) for s in last
    )
    return h, c


def weights_of(program: Program, layer: Any) -> tuple[Weights, Weights]:
    """The weights of an LSTM as the scan has them, and where their gradients go."""
    W, U = layer.kernel, layer.recurrent_kernel
    if layer.use_bias:
        b, db = layer.bias.value, program.gradient_of(layer.bias)
    else:
        b, db = program.zeros(layer.columns), program.zeros(layer.columns)
    p, dp = program.zeros(0), program.zeros(0)
    if layer.cell.own:
        own = layer.cell_kernel
        p, dp = own.value.reshape(-1), program.gradient_of(own).reshape(-1)
    gradients = Weights(program.gradient_of(W), program.gradient_of(U), db, dp)
    return Weights(W.value, U.value, b, p), gradients


def rank_message(layer: Any, shape: Shape) -> str:
    """What is said of inputs without three axes, and how to give them three."""
    message = (
        f"LSTM layer '{layer.name}' needs inputs of 3 axes (samples, time steps, features); "
        f"received shape {shape}. "
    )
    if len(shape) == 1:
        return message + "For one sequence of one feature write x.reshape(1, -1, 1)."
    if len(shape) != 2:
        return message + "In an Input leave the number of samples out: (time steps, features)."
    n, f = -1 if shape[0] is None else shape[0], shape[1]
    if layer.built and f == layer.kernel.shape[0]:
        message += f"If this is one sample of {n} time steps, write x[np.newaxis]. "
    return message + (
        f"For data, write x.reshape({n}, {f}, 1) for {f} time steps of one feature, or "
        f"x.reshape({n}, 1, {f}) for one time step of {f} features. If the layer before is an "
        "LSTM, give that one return_sequences=True."
    )
