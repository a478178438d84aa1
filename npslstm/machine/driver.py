"""The loop of compiled code: runs a list of operations without returning to Python in between.

An operation is two integers: the address of a compiled function, and the address of the table of
its arguments (see `compiler`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic

OPERATION: dict[str, Any] = {"_nrt": False}  # see `options`
SECOND = 1_000_000_000  # nanoseconds


@intrinsic
def array_at(context, address, shape, dtype):
    """The C-contiguous array that begins at an address; somebody else keeps its memory.

    Numba's `carray` does this too, but only where references are counted.
    """
    kind = types.Array(dtype.dtype, len(shape), "C")

    def generate(context, builder, signature, values):
        integer = ir.IntType(64)
        itemsize = integer(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        items, strides = integer(1), []
        for length in reversed(cgutils.unpack_tuple(builder, values[1])):
            strides.insert(0, builder.mul(items, itemsize))
            items = builder.mul(items, length, flags=["nsw"])
        array = context.make_array(kind)(context, builder)
        array.data = builder.inttoptr(values[0], array.data.type)
        array.shape, array.strides = values[1], cgutils.pack_array(builder, strides)
        array.nitems, array.itemsize = items, itemsize
        array.meminfo, array.parent = array.meminfo.type(None), array.parent.type(None)
        return array._getvalue()

    return kind(address, shape, dtype), generate


@intrinsic
def natural(context, address):
    """The integer at an address, which is not negative: so that compiled code need not ask whether
    it is, wherever it is an index or a length."""

    def generate(context, builder, signature, values):
        integer = ir.IntType(64)
        number = builder.load(builder.inttoptr(values[0], integer.as_pointer()))
        limits = [ir.Constant(integer, 0), ir.Constant(integer, 2**62)]
        number.set_metadata("range", builder.module.add_metadata(limits))
        return number

    return types.int64(types.int64), generate


@intrinsic
def call(context, address, table):
    """Call the compiled function at `address` with the address of its table of arguments."""

    def generate(context, builder, signature, values):
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), [values[1]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def load(context, address):
    """The integer at an address, as other threads see it."""

    def generate(context, builder, signature, values):
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def store(context, address, value):
    """Write an integer to an address; other threads see it after all that was written before it."""

    def generate(context, builder, signature, values):
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        builder.store_atomic(values[1], pointer, "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def exchange(context, address, old, new):
    """Write `new` to an address that holds `old`; whether it did. Of many threads only one does."""

    def generate(context, builder, signature, values):
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        found = builder.cmpxchg(pointer, values[1], values[2], "acq_rel", "acquire")
        return builder.extract_value(found, 1)

    return types.boolean(types.int64, types.int64, types.int64), generate


@intrinsic
def add(context, address, number):
    """Add to the integer at an address, which many threads may do at once."""

    def generate(context, builder, signature, values):
        pointer = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        builder.atomic_rmw("add", pointer, values[1], "acq_rel")
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def now(context, clock, kind, place):
    """Nanoseconds that the system's function at the address `clock` counts; 0 if there is none.
    `place` is the address of two integers that it may write to."""

    def generate(context, builder, signature, values):
        integer = ir.IntType(64)
        time = cgutils.alloca_once_value(builder, integer(0))
        with builder.if_then(builder.icmp_signed("!=", values[0], integer(0))):
            kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32), integer])
            function = builder.inttoptr(values[0], kind.as_pointer())
            builder.call(function, [builder.trunc(values[1], ir.IntType(32)), values[2]])
            pointer = builder.inttoptr(values[2], integer.as_pointer())
            seconds = builder.load(pointer)
            rest = builder.load(builder.gep(pointer, [integer(1)]))
            builder.store(builder.add(builder.mul(seconds, integer(SECOND)), rest), time)
        return builder.load(time)

    return types.int64(types.int64, types.int64, types.int64), generate


@cfunc("void(int64)", **OPERATION)
def run(table):
    """Call every operation of a list in order, and the list several times over.

    table: the addresses of two arrays, of the operations' functions and of their tables; how many
    operations there are, and how often to run them. So a list of operations is one as well.
    """
    fields = array_at(table, (4,), np.int64)
    functions = array_at(fields[0], (fields[2],), np.int64)
    tables = array_at(fields[1], (fields[2],), np.int64)
    for _ in range(fields[3]):
        for k in range(fields[2]):
            call(functions[k], tables[k])
