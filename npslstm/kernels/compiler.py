"""How a plain function becomes an operation: a compiled kernel bound to its arrays.

A kernel is a plain Python function of arrays, NamedTuples of arrays, integers and functions, that
writes its results in place. `Operation(kernel, *arguments)` compiles it for the dtypes, ranks and
functions it is given (a kernel is specialised by the functions passed to it, as a C++ template is),
and keeps the arguments' addresses in a table, so that running it costs no argument passing.
With NUMBA_DISABLE_JIT=1 the same objects simply call the kernel.

Compiled kernels are kept on disk, in a folder named by a hash of the sources they are made from:
Numba itself looks only at the file of the outermost function, and would run stale code silently.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import inspect
import marshal
import os
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np

INTERPRETED = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
PACKAGE = pathlib.Path(__file__).parent.parent
ROOT = __package__.partition(".")[0]

# OpenBLAS uses threads from about 2^18 multiplications; arrays of fewer elements than this do not
# reach that in any product.
SPLIT_BY_BLAS = 4096


class Operation:
    """A kernel bound to its arguments. Arrays must be C-contiguous; they are kept alive here.

    Call it to run it once, or hand several to `Steps`.
    """

    __slots__ = ("kernel", "arguments", "table", "address")

    def __init__(self, kernel: Callable[..., None], *arguments: Any) -> None:
        self.kernel = kernel
        self.arguments = list(arguments)
        self.table = np.array([n for a in arguments for n in entries(a)], np.int64)
        self.address = 0 if INTERPRETED else address_of(kernel, arguments)

    def rebind(self, position: int, array: np.ndarray) -> None:
        """Let argument `position` be `array` from now on: same dtype and rank, any shape."""
        start = sum(len(entries(a)) for a in self.arguments[:position])
        new = entries(array)
        self.arguments[position] = array
        self.table[start : start + len(new)] = new

    def __call__(self) -> None:
        Steps([self]).run()

    @property
    def largest(self) -> int:
        """Number of elements of the largest array that it works on."""
        return max(map(size, self.arguments), default=0)


class Repeated(Operation):
    """Some steps, run several times over, as one operation of other steps."""

    __slots__ = ("steps",)

    def __init__(self, steps: Steps, repetitions: int) -> None:
        self.steps = steps
        self.kernel = functools.partial(interpret, steps.operations, repetitions)
        self.arguments = []
        tables = steps.addresses.ctypes.data, steps.tables.ctypes.data
        self.table = np.array([*tables, len(steps.operations), repetitions], np.int64)
        self.address = 0 if INTERPRETED else driver().repeat.address

    @property
    def largest(self) -> int:
        return max((o.largest for o in self.steps.operations), default=0)


class Steps:
    """Operations in the order in which they run; `run(n)` runs them all, n times over.

    Matrix products keep to one thread: BLAS would split even small ones, which costs more than it
    gains, and on a busy machine a thousand times more.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = tuple(operations)
        self.addresses = np.array([o.address for o in self.operations], np.int64)
        self.tables = np.array([o.table.ctypes.data for o in self.operations], np.int64)
        largest = max((o.largest for o in self.operations), default=0)
        self.uses_blas_threads = largest >= SPLIT_BY_BLAS

    def run(self, repetitions: int = 1) -> None:
        if self.uses_blas_threads:
            with blas_threads().limit(limits=1, user_api="blas"):
                self.run_now(repetitions)
        else:
            self.run_now(repetitions)

    def run_now(self, repetitions: int) -> None:
        if INTERPRETED:
            interpret(self.operations, repetitions)
        else:
            driver().drive(self.addresses, self.tables, repetitions)


def interpret(operations: Sequence[Operation], repetitions: int) -> None:
    """What `driver.drive` does, in the interpreter."""
    with np.errstate(all="ignore"):  # inf and NaN pass silently, as they do in compiled code
        for _ in range(repetitions):
            for operation in operations:
                operation.kernel(*operation.arguments)


def size(argument: Any) -> int:
    """Number of elements of the largest array in an argument."""
    if isinstance(argument, tuple):
        return max(size(a) for a in argument)
    return argument.size if isinstance(argument, np.ndarray) else 0


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
        return f"carray(pointer(table[{slot}]), ({shape}), dtype_{slot})", slot + 1 + argument.ndim
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
    from .driver import pointer
    from .options import OPTIONS

    link_blas()
    names: dict[str, Any] = {"carray": numba.carray, "pointer": pointer, "int64": np.int64}
    register(kernel)
    names |= {"kernel": kernel, "__name__": __name__}
    texts, slot = [], 0
    for argument in arguments:
        text, slot = unpack(argument, slot, names)
        texts.append(text)
    name = "wrapped_" + hashlib.sha256(label.encode()).hexdigest()[:16]
    source = f"# {label}\ndef {name}(address):\n"
    source += f"    table = carray(pointer(address), ({slot},), int64)\n"
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


@functools.cache
def blas_threads() -> Any:
    """Sets the number of threads of NumPy's and SciPy's BLAS."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


# ---- the cache on disk ------------------------------------------------------------------------


@functools.cache
def cache_folder() -> pathlib.Path:
    """Where compiled kernels are kept: one folder for one state of the sources.

    NPSLSTM_CACHE_DIR names its parent; otherwise it is `npslstm` in the user's cache folder.
    """
    sources = [
        PACKAGE / "cell.py",
        PACKAGE / "scan.py",
        *sorted((PACKAGE / "kernels").glob("*.py")),
    ]
    state = hashlib.sha256(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    for source in sources:
        state.update(source.read_bytes())
    default = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    parent = os.environ.get("NPSLSTM_CACHE_DIR") or pathlib.Path(default) / "npslstm"
    folder = pathlib.Path(parent) / state.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        print(
            f"npslstm: {folder} cannot be written to, so every process compiles its kernels "
            "anew; set NPSLSTM_CACHE_DIR to a folder that can.",
            file=sys.stderr,
        )
        temporary = tempfile.mkdtemp(prefix="npslstm-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return pathlib.Path(temporary)


def write(path: pathlib.Path, text: str) -> None:
    """Write a file in one step, so that another process never reads half of it."""
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(text)
    part.replace(path)


@functools.cache
def announce() -> None:
    """Say once, on a terminal, why the first run takes seconds longer than the next."""
    if sys.stderr.isatty():
        print("npslstm: compiling its kernels for this machine, once ...", file=sys.stderr)
