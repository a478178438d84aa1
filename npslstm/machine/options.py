"""How functions are compiled: Numba's options, and the functions that compiled code may call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.extending import overload, register_jitable

# Every fast-math freedom but two: `nnan` and `ninf` would turn NaN into finite numbers.
# error_model="numpy": division by zero gives inf, and loops with a division can be vectorised.
# _nrt=False: nobody counts references. Kernels allocate nothing, and who calls them keeps their
# arrays alive; the counting cost a small step more than its arithmetic.
# forceinline: a kernel becomes one function with all that it calls, which would otherwise hand on
# each array as a dozen numbers on the stack.
OPTIONS: dict[str, Any] = {
    "fastmath": {"nsz", "arcp", "contract", "afn", "reassoc"},
    "error_model": "numpy",
    "_nrt": False,
    "forceinline": True,
}
CALLED = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
AS_WRITTEN = {"nsz"}  # fast-math freedoms of functions that are marked `primitives.as_written`

KNOWN: set[Callable] = set()


def lowers(function):
    """Decorator: the decorated function chooses how compiled code carries out `function`."""
    KNOWN.add(function)
    return overload(function, jit_options=CALLED)


def compiled(function, options=CALLED):
    """Let kernels call `function`, a plain Python function, which itself stays as it is."""
    if function not in KNOWN:
        if getattr(function, "as_written", False):
            options = options | {"fastmath": AS_WRITTEN}
        KNOWN.add(function)
        register_jitable(**options)(function)
    return function


def noinline(function):
    """`compiled`, but as a function of its own: for what is so long that a call does not count."""
    return compiled(function, CALLED | {"forceinline": False})


def in_order(function):
    """`compiled`, but sums and products stay in the order in which they are written. Unlike in what
    is marked `primitives.as_written`, a product and a sum may be one instruction."""
    return compiled(function, CALLED | {"fastmath": {"nsz", "contract"}})
