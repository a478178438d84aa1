"""Expressions written into a program: buffers, operations, and the mirror of each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..expressions import Expression, in_order
from ..kernels import data_movement
from ..kernels import expressions as kernels
from ..kernels.expression_functions import OF_ONE, OF_TWO
from ..program import Program


class Place(NamedTuple):
    """Where the numbers of an expression stand, and their errors; size 0 where none are wanted."""

    value: np.ndarray
    gradient: np.ndarray


def write(program: Program, root: Expression, leaves: dict[int, Place]) -> Place:
    """Add an expression to a program. leaves: what stands for which, by their identity; the errors
    of those that have room for them are written. Those of the result are for the caller to write.
    """
    places = dict(leaves)
    parts = in_order(root)
    for part in parts:
        if id(part) not in places:
            places[id(part)] = place_for(program, part, [places[id(one)] for one in part.inputs])
    for part in parts:
        if part.inputs:
            write_part(program, part, places[id(part)], [places[id(one)] for one in part.inputs])
    result = places[id(root)]
    for part in parts:  # runs before all that is added to them
        errors = places[id(part)].gradient
        if part.kind != "reshape" and errors.size and not np.shares_memory(errors, result.gradient):
            program.backward(data_movement.clear, flat(errors))
    return result


def place_for(program: Program, part: Expression, inputs: list[Place]) -> Place:
    """Buffers for one part."""
    if part.kind == "constant":
        value = np.ascontiguousarray(part.setting, program.dtype).reshape(part.shape)
        return Place(value.copy(), program.zeros(0))
    if part.kind == "reshape":  # the same numbers
        (x,) = inputs
        gradient = x.gradient.reshape(part.shape) if x.gradient.size else x.gradient
        return Place(x.value.reshape(part.shape), gradient)
    wanted = program.learns and any(x.gradient.size for x in inputs)
    value = program.zeros(*part.shape)
    return Place(value, program.zeros(*part.shape) if wanted else program.zeros(0))


def write_part(program: Program, part: Expression, y: Place, inputs: list[Place]) -> None:
    """The operations of one part."""
    learns = bool(y.gradient.size)
    if part.kind == "one":
        (x,), function = inputs, OF_ONE[part.setting]
        program.forward(kernels.each_of_one, flat(x.value), flat(y.value), function.forward)
        if learns:
            program.backward(
                kernels.d_each_of_one, flat(y.gradient), flat(x.value), flat(y.value),
                flat(x.gradient), function.derivative,
            )  # fmt: skip
    elif part.kind == "two":
        write_two(program, part, y, inputs)
    elif part.kind == "choose":
        c, a, b = inputs
        values = three(c.value), three(a.value), three(b.value), three(y.value)
        program.forward(kernels.choose, *values)
        for which, x in ((1, a), (0, b)):
            if learns and x.gradient.size:
                program.backward(
                    kernels.d_choose, three(y.gradient), values[0], three(x.gradient), which
                )
    elif part.kind == "sum":
        (x,), axis = inputs, part.setting
        whole = x.value.shape
        sizes = whole[:axis], whole[axis], whole[axis + 1 :]
        shape = (int(np.prod(sizes[0])), sizes[1], int(np.prod(sizes[2])))
        outer = shape[0], shape[2]
        program.forward(kernels.add_up, x.value.reshape(shape), y.value.reshape(outer))
        if learns:
            program.backward(
                kernels.d_add_up, y.gradient.reshape(outer), x.gradient.reshape(shape)
            )
    elif part.kind == "cut":
        (x,), axes = inputs, 3 - len(part.setting)
        place = np.array([(0, 1)] * axes + part.setting, np.int64)
        program.forward(kernels.cut, three(x.value), place, three(y.value))
        if learns:
            program.backward(kernels.d_cut, three(y.gradient), place, three(x.gradient))


def write_two(program: Program, part: Expression, y: Place, inputs: list[Place]) -> None:
    """A function of two arrays."""
    (a, b), function = inputs, OF_TWO[part.setting]
    values = three(a.value), three(b.value), three(y.value)
    program.forward(kernels.each_of_two, *values, function.forward)
    for x, derivative in ((a, function.to_a), (b, function.to_b)):
        if y.gradient.size and x.gradient.size:
            program.backward(
                kernels.d_each_of_two, three(y.gradient), *values, three(x.gradient), derivative
            )


def flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1)


def three(array: np.ndarray) -> Any:
    """An array with axes of 1 in front, so that it has three."""
    return array.reshape((1,) * (3 - array.ndim) + array.shape)
