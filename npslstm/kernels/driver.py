"""The machine room: runs a list of compiled operations without returning to Python in between.

An operation is two integers: the address of a compiled function, and the address of the table of
its arguments (see `compiler`). Nothing about LSTMs is in here; a student may skip this file.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def pointer(context, address):
    """An integer as the pointer that it is."""

    def generate(context, builder, signature, values):
        return builder.inttoptr(values[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@intrinsic
def call(context, address, table):
    """Call the compiled function at `address` with the address of its table of arguments."""

    def generate(context, builder, signature, values):
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), [values[1]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@cfunc("void(int64)", cache=True)
def repeat(table):
    """`drive` as an operation of other lists. table: both addresses, how many, how often."""
    fields = carray(pointer(table), (4,), np.int64)
    addresses = carray(pointer(fields[0]), (fields[2],), np.int64)
    tables = carray(pointer(fields[1]), (fields[2],), np.int64)
    for _ in range(fields[3]):
        for k in range(fields[2]):
            call(addresses[k], tables[k])


@njit("void(int64[::1], int64[::1], int64)", cache=True, nogil=True)
def drive(addresses, tables, repetitions):
    """Call every operation in order, `repetitions` times over."""
    for _ in range(repetitions):
        for k in range(addresses.size):
            call(addresses[k], tables[k])
