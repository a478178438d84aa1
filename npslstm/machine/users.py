"""Functions that are not this package's, in compiled code: a user's activation, or cell.

Compiled code has the numbers that a function refers to built in, and is kept on disk. So it is
named by all that the function refers to, and made from a copy of the function as it is now: who
changes a constant, or redefines a function in a notebook, gets other code.
"""

from __future__ import annotations

import builtins
import hashlib
import inspect
import marshal
import re
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

ROOT = __package__.partition(".")[0]
# Numba has its own of what these hold; their releases are part of the cache folder's name.
KNOWN_ELSEWHERE = {"numpy", "numba", "math", "builtins"}


def is_users(value: Any) -> bool:
    """Whether this is a plain function of somebody else's."""
    return inspect.isfunction(value) and package(value) not in (ROOT, *KNOWN_ELSEWHERE)


def package(value: Any) -> str:
    """The package that a function or a module belongs to."""
    name = value.__name__ if isinstance(value, types.ModuleType) else value.__module__
    return (name or "").partition(".")[0]


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function, and of all functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def names_in(function: Any) -> set[str]:
    """All names of variables and attributes in a function's text."""
    return {name for code in codes(function.__code__) for name in code.co_names}


def of_module(function: Any) -> dict[str, Any]:
    """What a function refers to among the names of its module, also in functions within it."""
    found = function.__globals__
    return {name: found[name] for name in names_in(function) if name in found}


def around(function: Any) -> dict[str, Any]:
    """What it refers to among the variables of the functions around it."""
    places = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: place.cell_contents for name, place in places if not is_empty(place)}


def is_empty(place: types.CellType) -> bool:
    try:
        place.cell_contents  # noqa: B018 - raises where nothing was assigned yet
    except ValueError:
        return True
    return False


def is_users_module(value: Any) -> bool:
    return isinstance(value, types.ModuleType) and package(value) not in (ROOT, *KNOWN_ELSEWHERE)


def attributes(module: Any, function: Any) -> dict[str, Any]:
    """What a function may refer to in a module."""
    return {name: vars(module)[name] for name in names_in(function) if name in vars(module)}


def called_by(function: Any) -> Iterator[Any]:
    """The functions that it refers to, also by way of modules."""
    waiting = [*around(function).values(), *of_module(function).values()]
    seen: list[Any] = []
    while waiting:
        value = waiting.pop()
        if inspect.isfunction(value):
            yield value
        elif is_users_module(value) and value not in seen:
            seen.append(value)
            waiting += attributes(value, function).values()


# ---- what tells one from another ----------------------------------------------------------------


def fingerprint(function: Any, outer: tuple[Any, ...] = ()) -> str:
    """What tells a user's function from another of its name: a hash of it and of all it refers to.

    Functions of the package need none; the cache folder's name stands for them. `outer` are the
    functions and modules that led here: what calls itself is not followed again.
    """
    if not is_users(function) or function in outer:
        return ""
    digest = hashlib.sha256(marshal.dumps(function.__code__))
    within = (*outer, function)
    digest.update(told([function.__defaults__, function.__kwdefaults__], within).encode())
    for found in (around(function), of_module(function)):
        digest.update(told(sorted(found.items()), within).encode())
    return digest.hexdigest()[:16]


def told(value: Any, outer: tuple[Any, ...]) -> str:
    """A value in words that no other one has; the last function of `outer` refers to it."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(told(one, outer) for one in value)}]"
    if isinstance(value, np.ndarray):
        numbers = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return f"{value.dtype} {value.shape} {numbers}"
    if isinstance(getattr(value, "py_func", None), types.FunctionType):  # compiled by Numba
        return told(value.py_func, outer)
    if inspect.isfunction(value):
        within = told(list(around(value).values()), (*outer, value)) if value not in outer else ""
        name = f"{value.__module__}.{value.__qualname__} {value.__name__} {within}"
        return fingerprint(value, outer) or name
    if is_users_module(value) and value not in outer:
        by = next(one for one in reversed(outer) if inspect.isfunction(one))
        return told(sorted(attributes(value, by).items()), (*outer, value))
    if isinstance(value, (type, types.ModuleType, types.BuiltinFunctionType)):
        return f"{getattr(value, '__module__', '')}.{value.__name__}"
    return repr(value)


# ---- as they are now ----------------------------------------------------------------------------


def as_now(value: Any, made: dict[Any, Any] | None = None, by: Any = None) -> Any:
    """A copy of a user's function, with copies of those that it refers to: Numba compiles a
    function once, and would keep the constants of then. Others as they are.

    made: what stands for what; by: the function that refers to a module.
    """
    made = {} if made is None else made
    if inspect.isfunction(value) and value in made:
        return made[value]
    if is_users_module(value) and by is not None:
        module = made[value] = types.ModuleType(value.__name__)
        for name, one in attributes(value, by).items():
            seen = isinstance(one, types.ModuleType) and one in made
            setattr(module, name, made[one] if seen else as_now(one, made, by))
        return module
    if not is_users(value):
        return value
    own = {"__builtins__": builtins, "__name__": value.__module__ or "users"}
    closure = tuple(types.CellType() for _ in value.__closure__ or ())
    copy = types.FunctionType(
        value.__code__, own, value.__name__, value.__defaults__, closure or None
    )
    copy.__kwdefaults__ = value.__kwdefaults__
    vars(copy).update(vars(value))
    made[value] = copy
    own.update({name: as_now(one, made, value) for name, one in of_module(value).items()})
    variables = around(value)
    for name, place in zip(value.__code__.co_freevars, closure, strict=True):
        if name in variables:
            place.cell_contents = as_now(variables[name], made, value)
    return copy


# ---- what cannot be compiled --------------------------------------------------------------------

PLACE = re.compile(r'File "([^"]+)", line (\d+)')
DEEPER = "raised a specific error:"  # behind the last of these stands what went wrong first
IDLE = (
    "Failed in nopython", "During", "raised from", "File ", ">>>", "There are", "- Of which",
    "Overload in", "With argument", "Rejected", "No implementation", "<source", "-", "^",
)  # fmt: skip


def refusal(functions: list[Any], error: Exception) -> str:
    """What a user is told of their functions that Numba does not compile: which, where and why."""
    text, files = str(error), {f.__code__.co_filename.rpartition("/")[2] for f in functions}
    where = [(file, line) for file, line in PLACE.findall(text) if file.rpartition("/")[2] in files]
    lines = [line.strip() for line in text.rpartition(DEEPER)[2].splitlines()]
    lines = [line for line in lines if line and not line.startswith(IDLE) and "<kernel" not in line]
    reason = lines[0].partition(": Failed")[0] if lines else "see the error that led to this one"
    if "NRT" in text:
        reason = (
            "it makes an array, which compiled code may not. Write into the arrays that it is "
            "given, with npslstm.primitives (each2(function, out, p, q), copy(out, p), ...) or in "
            "a loop over numbers"
        )
    names = ", ".join(dict.fromkeys(f"'{f.__name__}'" for f in functions))
    place = f" ({where[-1][0].rpartition('/')[2]}, line {where[-1][1]})" if where else ""
    return (
        f"{names} cannot be compiled{place}: {reason[:200].rstrip('.')}. Compiled code knows "
        "numbers, rows, loops and other such functions; NUMBA_DISABLE_JIT=1 runs without compiling."
    )
