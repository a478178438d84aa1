"""How a plain function of arrays is compiled to a function of one address.

A kernel is compiled for the dtypes, ranks and functions of its arguments (it is specialised by the
functions passed to it, as a C++ template is). What is compiled is a wrapper, which finds the
addresses and shapes of the arguments in a table of integers, and whose only argument is the address
of that table: all kernels look the same from outside, and can be called one after the other by
`driver`, without Python.
"""

from __future__ import annotations

import ctypes
import functools
import inspect
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from .codegen import parts_as_text, tune
from .users import ROOT, as_now, called_by, fingerprint, is_users, package, refusal

INTERPRETED = bool(int(os.environ.get("NUMBA_DISABLE_JIT") or 0))  # Numba itself comes later


# ---- addresses ---------------------------------------------------------------------------------


def reader_of_addresses() -> Callable[[np.ndarray], int]:
    """How to tell where an array's numbers begin: `array.ctypes.data` takes 2 microseconds, which
    is much of a call of fit; the pointer stands behind the head of the object (PyArrayObject in
    NumPy's ndarraytypes.h). Where it does not, `ctypes` is asked."""
    read, head = ctypes.c_size_t.from_address, object.__basicsize__
    probes: list[np.ndarray] = [np.zeros(3), np.zeros((2, 2), np.float32)[1:], np.zeros(0)]
    if all(read(id(probe) + head).value == probe.ctypes.data for probe in probes):
        return lambda array: read(id(array) + head).value

    def asked(array: np.ndarray) -> int:
        return array.ctypes.data

    return asked


address = reader_of_addresses()

# ---- arguments --------------------------------------------------------------------------------


def entries(argument: Any) -> list[int]:
    """The integers that stand for an argument in an operation's table."""
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError(f"A kernel needs C-contiguous arrays, got strides {argument.strides}.")
        return [address(argument), *argument.shape]
    if isinstance(argument, tuple):
        return [n for a in argument for n in entries(a)]
    if callable(argument):
        return []
    if argument < 0:
        raise ValueError(f"A kernel takes integers from 0 on, got {argument}.")
    return [int(argument)]


def width(argument: Any) -> int:
    """How many integers those are."""
    return 1 + argument.ndim if isinstance(argument, np.ndarray) else len(entries(argument))


def kind(argument: Any) -> str:
    """The part of an argument that a kernel is compiled for, e.g. f43 = float32, three axes."""
    if isinstance(argument, np.ndarray):
        return f"{argument.dtype.str[1:]}{argument.ndim}"
    if isinstance(argument, tuple):
        return type(argument).__name__ + "_" + "_".join(kind(a) for a in argument)
    if callable(argument):
        module = (argument.__module__ or "").rpartition(".")[2]
        return module + argument.__name__ + fingerprint(argument)
    return "i"


def unpack(argument: Any, slot: int, names: dict[str, Any]) -> tuple[str, int]:
    """Source text that makes `argument` again from the table, and the next free slot."""
    if isinstance(argument, np.ndarray):
        names[f"dtype_{slot}"] = argument.dtype.type
        end = slot + 1 + argument.ndim
        shape = ", ".join(map(entry, range(slot + 1, end)))
        return f"array_at({entry(slot)}, ({shape},), dtype_{slot})", end
    if isinstance(argument, tuple):
        names[type(argument).__name__] = type(argument)
        parts = []
        for a in argument:
            text, slot = unpack(a, slot, names)
            parts.append(text)
        return f"{type(argument).__name__}({', '.join(parts)})", slot
    if callable(argument):
        name = f"{argument.__name__.strip('<>')}_{len(names)}"  # two functions may have one name
        names[name] = now = as_now(argument)
        register(now)
        return name, slot
    return entry(slot), slot + 1


def entry(slot: int) -> str:
    """Source text for one integer of the table."""
    return f"natural(table + {8 * slot})"


# ---- compilation ------------------------------------------------------------------------------


@functools.cache
def driver_address(name: str) -> int:
    """Address of a function of `driver`, or of `sharing`."""

    def text() -> tuple[str, str]:
        from . import driver, sharing

        function = getattr(driver, name, None) or getattr(sharing, name)
        return function.inspect_llvm(), function.native_name

    return loaded(f"driver_{name}", text)


addresses: dict[str, int] = {}


def address_of(kernel: Callable[..., None], arguments: Sequence[Any]) -> int:
    """Address of `kernel` compiled for such arguments: from memory, from disk, or made now."""
    module = kernel.__module__.rpartition(".")[2]
    label = "_".join([module, *map(kind, (kernel, *arguments))])
    if label not in addresses:
        addresses[label] = loaded(label, lambda: compiled_text(kernel, arguments, label))
    return addresses[label]


LOCK = threading.RLock()  # LLVM makes and loads one function at a time
if hasattr(os, "register_at_fork"):  # a new process never begins in the middle of that
    os.register_at_fork(
        before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release
    )


def loaded(label: str, make: Callable[[], tuple[str, str]]) -> int:
    """Address of the function that is kept under a label; `make` gives LLVM's text and name."""
    from . import cache, objects

    with LOCK:
        code = cache.read(label)
        if code is None:
            cache.announce()
            tune()
            objects.engine()  # makes BLAS known, also to Numba
            code = objects.object_file(*make(), label)
            cache.write(label, code)
        return objects.load(code, label)


def compiled_text(
    kernel: Callable[..., None], arguments: Sequence[Any], label: str
) -> tuple[str, str]:
    """A wrapper that reads the table of arguments and calls the kernel with them, as LLVM has it:
    its text, and the wrapper's name there."""
    import numba

    from .driver import array_at, natural
    from .options import OPTIONS

    names: dict[str, Any] = {"array_at": array_at, "natural": natural}
    now = as_now(kernel)
    register(now)
    names |= {"kernel": now, "__name__": __name__}
    texts, slot = [], 0
    for argument in arguments:
        text, slot = unpack(argument, slot, names)
        texts.append(text)
    source = "def wrapper(table):\n"
    source += "    kernel(\n        " + ",\n        ".join(texts) + ",\n    )\n"
    exec(compile(source, f"<kernel {label}>", "exec"), names)
    signature = numba.types.void(numba.types.int64)
    users = [f for f in functions_in((kernel, *arguments)) if is_users(f)]
    try:
        with parts_as_text():
            made = numba.cfunc(signature, **OPTIONS)(names["wrapper"])
    except Exception as error:  # Numba's own kinds, and what it stumbles over
        if not users:
            raise
        raise ValueError(refusal(users, error)) from error
    return made.inspect_llvm(), made.native_name


def functions_in(arguments: Iterable[Any]) -> Iterator[Any]:
    """The functions among arguments, also in bundles of them."""
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from functions_in(argument)
        elif inspect.isfunction(argument):
            yield argument


def register(function: Callable) -> None:
    """Let compiled code call `function`, and every function that it calls."""
    from . import lowering, lowering_products  # noqa: F401 - make the lowerings known
    from .options import KNOWN, compiled

    if function in KNOWN:
        return
    compiled(function)
    for value in called_by(function):
        if is_users(value) or package(value) == ROOT:
            register(value)
