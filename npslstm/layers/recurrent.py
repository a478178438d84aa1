"""Pieces of recurrent layers: reading a sequence from its end, dropout, configurations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations, constraints, initializers, regularizers
from ..kernels import dropout, movement
from ..program import Program, Signal
from ..scan import NO_MASK, Drops
from .dropout import draw_mask


def turned_round(program: Program, x: Signal) -> Signal:
    """x read from its end: the time axis and the mask the other way round."""
    mask = NO_MASK
    if x.mask.size:
        mask = np.zeros_like(x.mask)
        program.forward(movement.reverse, x.mask, mask)
    y = program.signal(*x.shape, mask=mask)
    program.forward(movement.reverse, x.value, y.value)
    if x.gradient.size:
        program.backward(movement.reverse, y.gradient, x.gradient)
    return y


def dropped_out(program: Program, x: Signal, layer: Any) -> tuple[Signal, Drops]:
    """Dropout of a recurrent layer in training: x with one mask for all gates, or masks for each.

    The masks of a batch are the same at all its time steps.
    """
    T, B, F = x.shape
    inputs = program.training and 0 < layer.dropout < 1
    recurrent = program.training and 0 < layer.recurrent_dropout < 1
    each_gate = inputs and layer.implementation == 1
    drops = Drops(
        program.zeros(*(4, B, F) if each_gate else (0, 0, 0)),
        program.zeros(*(4, B, layer.units) if recurrent else (0, 0, 0)),
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
