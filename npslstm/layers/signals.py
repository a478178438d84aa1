"""Pieces of layers with several inputs: signals brought to one shape, combined, chosen from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..kernels import combining as kernels
from ..kernels import data_movement
from ..program import Program, Signal
from ..scan import NO_MASK


def alike(program: Program, xs: Sequence[Signal]) -> list[Signal]:
    """The inputs spread to one shape."""
    rank = max(x.value.ndim for x in xs)
    threes = [x.shape if x.value.ndim == rank else (1, *x.shape) for x in xs]
    shape = tuple(max(sizes) for sizes in zip(*threes, strict=True))
    return [
        x if x.shape == shape else spread(program, x, three, shape)
        for x, three in zip(xs, threes, strict=True)
    ]


def spread(
    program: Program, x: Signal, three: tuple[int, ...], shape: tuple[int, ...]
) -> Signal:
    """x, which is of shape `three` but for an axis of 1 in front, in a larger shape."""
    whole = shape
    if len(shape) == 2:
        three, whole = (1, *three), (1, *shape)
    y = program.signal(*shape, mask=x.mask if x.mask.shape == shape[:2] else NO_MASK)
    program.forward(kernels.spread, x.value.reshape(three), y.value.reshape(whole))
    if x.gradient.size:
        program.backward(
            kernels.d_spread, y.gradient.reshape(whole), x.gradient.reshape(three)
        )
    return y


def pair(program: Program, operation: str, a: Signal, b: Signal) -> Signal:
    """Two signals of one shape combined."""
    kernel, y = kernels.TABLE[operation], program.signal(*a.shape)
    program.forward(kernel.forward, a.rows, b.rows, y.rows)
    if a.gradient.size or b.gradient.size:
        da, db = (
            s.gradient_rows if s.gradient.size else program.zeros(*s.rows.shape) for s in (a, b)
        )
        program.backward(kernel.backward, y.gradient_rows, a.rows, b.rows, da, db)
    return y


def mask_of_either(program: Program, xs: Sequence[Signal]) -> np.ndarray:
    """True where a step is used in any input; none if one has no mask."""
    masks = [x.mask for x in xs]
    if not all(mask.size for mask in masks):
        return NO_MASK
    found = masks[0]
    for mask in masks[1:]:
        either = np.zeros_like(found)
        program.forward(kernels.either, found, mask, either)
        found = either
    return found


def rearranged(program: Program, x: Signal, axes: tuple[int, int, int]) -> Signal:
    """x with its three axes in another order: axis k of the result is axis axes[k] of x."""
    y = program.signal(*(x.shape[axis] for axis in axes))
    order, back = np.array(axes), np.argsort(axes)
    program.forward(kernels.rearrange, x.value, order, y.value)
    if x.gradient.size:
        program.backward(kernels.rearrange, y.gradient, back, x.gradient)
    return y


def hidden_as(program: Program, x: Signal, mask: np.ndarray, number: float) -> Signal:
    """x with a number in place of its masked steps."""
    if not mask.size:
        return x
    rest = Signal(np.full(x.shape, number, x.value.dtype), program.zeros(*(0,) * x.value.ndim))
    return chosen(program, mask, x, rest)


def chosen(program: Program, mask: np.ndarray, a: Signal, b: Signal) -> Signal:
    """Steps of a where the mask is True, of b elsewhere; masked as a is."""
    y, shown = program.signal(*a.shape, mask=a.mask), mask.reshape(-1)
    program.forward(kernels.choose, shown, a.rows, b.rows, y.rows)
    if a.gradient.size or b.gradient.size:
        da, db = (
            s.gradient_rows if s.gradient.size else program.zeros(*s.rows.shape) for s in (a, b)
        )
        program.backward(kernels.d_choose, y.gradient_rows, shown, da, db)
    return y


def flattened(program: Program, x: Signal) -> Signal:
    """x as (samples, all the rest)."""
    if x.value.ndim == 2:
        return Signal(x.value, x.gradient)
    T, B = x.shape[:2]
    y = program.signal(B, math.prod(x.shape) // B)
    program.forward(data_movement.swap, x.value.reshape(T, B, -1), y.value.reshape(B, T, -1))
    if x.gradient.size:
        dy, dx = y.gradient.reshape(B, T, -1), x.gradient.reshape(T, B, -1)
        program.backward(data_movement.swap, dy, dx)
    return y
