"""How a plain function of arrays is compiled to a function of one address.

A kernel is compiled for the dtypes, ranks and functions of its arguments (it is specialised by the
functions passed to it, as a C++ template is). What is compiled is a wrapper, which finds the
addresses and shapes of the arguments in a table of integers, and whose only argument is the address
of that table: all kernels look the same from outside, and can be called one after the other by
`driver`, without Python.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import marshal
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .cache import announce, cache_folder, write

INTERPRETED = bool(int(os.environ.get("NUMBA_DISABLE_JIT") or 0))  # Numba itself comes later
ROOT = __package__.partition(".")[0]


# ---- arguments --------------------------------------------------------------------------------


def entries(argument: Any) -> list[int]:
    """The integers that stand for an argument in an operation's table."""
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError(f"A kernel needs C-contiguous arrays, got strides {argument.strides}.")
        return [argument.ctypes.data, *argument.shape]
    if isinstance(argument, tuple):
        return [n for a in argument for n in entries(a)]
    return [] if callable(argument) else [int(argument)]


def kind(argument: Any) -> str:
    """The part of an argument that a kernel is compiled for, e.g. f43 = float32, three axes."""
    if isinstance(argument, np.ndarray):
        return f"{argument.dtype.str[1:]}{argument.ndim}"
    if isinstance(argument, tuple):
        return type(argument).__name__ + "_" + "_".join(kind(a) for a in argument)
    return argument.__name__ + fingerprint(argument) if callable(argument) else "i"


def fingerprint(function: Any, outer: tuple[Any, ...] = ()) -> str:
    """What tells a user's function from another of its name: a hash of it and of all it calls.

    Functions of the package need none; the cache folder's name stands for them. `outer` are the
    functions that led here: one that calls itself is not followed again.
    """
    if not inspect.isfunction(function) or function in outer or package(function) == ROOT:
        return ""
    digest = hashlib.sha256(marshal.dumps(function.__code__))
    for variables in inspect.getclosurevars(function)[:2]:
        for name, value in sorted(variables.items()):
            found = fingerprint(value, (*outer, function)) or repr(value)
            digest.update(f"{name} {found}".encode())
    return digest.hexdigest()[:16]


def package(function: Any) -> str:
    return function.__module__.partition(".")[0]


def unpack(argument: Any, slot: int, names: dict[str, Any]) -> tuple[str, int]:
    """Source text that makes `argument` again from the table, and the next free slot."""
    if isinstance(argument, np.ndarray):
        shape = "".join(f"table[{slot + 1 + axis}], " for axis in range(argument.ndim))
        names[f"dtype_{slot}"] = argument.dtype.type
        return f"array_at(table[{slot}], ({shape}), dtype_{slot})", slot + 1 + argument.ndim
    if isinstance(argument, tuple):
        names[type(argument).__name__] = type(argument)
        parts = []
        for a in argument:
            text, slot = unpack(a, slot, names)
            parts.append(text)
        return f"{type(argument).__name__}({', '.join(parts)})", slot
    if callable(argument):
        register(argument)
        names[argument.__name__] = argument
        return argument.__name__, slot
    return f"table[{slot}]", slot + 1


# ---- compilation ------------------------------------------------------------------------------

compiled_kernels: dict[str, Any] = {}


def address_of(kernel: Callable[..., None], arguments: Sequence[Any]) -> int:
    """Address of `kernel` compiled for such arguments: from memory, from disk, or made now."""
    module = kernel.__module__.rpartition(".")[2]
    label = "_".join([module, *map(kind, (kernel, *arguments))])
    if label not in compiled_kernels:
        compiled_kernels[label] = compile_kernel(kernel, arguments, label)
    return compiled_kernels[label].address


def compile_kernel(kernel: Callable[..., None], arguments: Sequence[Any], label: str) -> Any:
    """Compile a wrapper that reads the table of arguments and calls the kernel with them."""
    import numba

    from .driver import array_at
    from .options import OPTIONS

    link_blas()
    names: dict[str, Any] = {"array_at": array_at, "int64": np.int64}
    register(kernel)
    names |= {"kernel": kernel, "__name__": __name__}
    texts, slot = [], 0
    for argument in arguments:
        text, slot = unpack(argument, slot, names)
        texts.append(text)
    name = "wrapped_" + hashlib.sha256(label.encode()).hexdigest()[:16]
    source = f"# {label}\ndef {name}(address):\n"
    source += f"    table = array_at(address, ({slot},), int64)\n"
    source += "    kernel(\n        " + ",\n        ".join(texts) + ",\n    )\n"
    path = cache_folder() / f"{name}.py"
    if not path.exists():
        announce()
        write(path, source)
    exec(compile(source, str(path), "exec"), names)
    signature = numba.types.void(numba.types.int64)
    return numba.cfunc(signature, cache=True, **OPTIONS)(names[name])


def register(function: Callable) -> None:
    """Let compiled code call `function`, and every function of the package that it calls."""
    from . import spelling  # noqa: F401 - makes its spellings known
    from .options import KNOWN, compiled

    if function in KNOWN:
        return
    compiled(function)
    for called in inspect.getclosurevars(function)[:2]:
        for value in called.values():
            if inspect.isfunction(value) and package(value) in (ROOT, package(function)):
                register(value)


@functools.cache
def driver() -> Any:
    from . import driver

    return driver


@functools.cache
def link_blas() -> None:
    from .blas import link

    link()
