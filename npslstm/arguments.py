"""Checks of the arguments that users write, with the same words everywhere.

Each takes the value, the argument's name and the `kind` of thing that it is an argument of, such as
'LSTM', and returns the value as the package uses it. A value that is refused is never iterated,
compared, or asked for its truth: what a stranger's object does then is unknown, and may never end.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import math
import os
import reprlib
from collections.abc import Iterable
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

MOST = 2**31 - 1  # of units, time steps, features: whatever is counted

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 100


def shown(value: Any) -> str:
    """A value as a message shows it: `repr`, but short, and even if that fails."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    try:
        return _short.repr(value)
    except Exception:  # also of an int of more digits than Python writes out
        return f"an object of type {type(value).__name__}"


def plain(value: Any) -> Any:
    """An array without axes as the NumPy scalar that it holds; anything else as it is."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def is_whole(value: Any) -> bool:
    """Whether this is an int of Python or NumPy; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def whole_number(
    value: Any, name: str, kind: str, lowest: int = 1, highest: int | None = None,
    error: type[Exception] = ValueError,
) -> int:  # fmt: skip
    """An int from `lowest` to `highest`, or to MOST. Raises ValueError; `error` if it is no int."""
    number = plain(value)
    if not is_whole(number):
        raise error(_refusal(value, name, kind, _whole_range(lowest, highest), max(lowest, 1)))
    if not lowest <= number <= (MOST if highest is None else highest):
        raise ValueError(_refusal(value, name, kind, _whole_range(lowest, highest), max(lowest, 1)))
    return int(number)


def real_number(
    value: Any, name: str, kind: str, low: float = -math.inf, high: float = math.inf, *,
    above: bool = False, finite: bool = True, example: float | None = None,
    error: type[Exception] = ValueError,
) -> float:  # fmt: skip
    """A float from `low` to `high`, above `low` if `above`. Raises ValueError, also for NaN and,
    if `finite`, for infinity; or `error` for what is no number."""
    number = _as_float(value)
    wanted = _real_range(low, high, above, finite)
    example = (0.5 if high <= 1 else 1.0) if example is None else example
    if number is None:
        raise error(_refusal(value, name, kind, wanted, example))
    outside = not low <= number <= high or (above and number == low)
    if outside or (finite and math.isinf(number)):
        raise ValueError(_refusal(value, name, kind, wanted, example))
    return number


def flag(value: Any, name: str, kind: str) -> bool:
    """True or False, also written 1 or 0. Raises ValueError."""
    value = plain(value)
    if isinstance(value, (bool, np.bool_)) or (is_whole(value) and value in (0, 1)):
        return bool(value)
    raise ValueError(_refusal(value, name, kind, "True or False", True))


def text(value: Any, name: str, kind: str, choices: Iterable[str] = ()) -> str:
    """A text, one of `choices` if there are any. Raises ValueError."""
    known = tuple(choices)
    if isinstance(value, str) and (not known or value in known):
        return str(value)
    if not known:
        raise ValueError(_refusal(value, name, kind, "a text", name))
    raise ValueError(
        f"{kind}: {name} is one of {', '.join(map(repr, known))}; received {shown(value)}."
    )


def label(value: Any, kind: str, in_paths: bool = True) -> str | None:
    """A `name=` that things are called by; None to have one made. Raises ValueError, also for '/'
    in names that, as in Keras, are parts of paths."""
    if value is None:
        return None
    if not isinstance(value, str) or (in_paths and "/" in value):
        raise ValueError(_refusal(value, "name", kind, "a text without '/'", "first"))
    return str(value)


def entries(value: Any, name: str, kind: str, of: str) -> list[Any]:
    """The entries of a list, a tuple or an array. Raises ValueError for anything else."""
    if isinstance(value, (list, tuple)) or (type(value) is np.ndarray and value.ndim):
        return list(value)
    raise ValueError(
        f"{kind}: {name} is a list of {of}; received {shown(value)} of type "
        f"{type(value).__name__}. Write {name}=[...]."
    )


def is_size(value: Any) -> bool:
    """Whether something can have so many entries."""
    return is_whole(plain(value)) and 0 < value <= MOST


def is_axis(value: Any) -> bool:
    """Whether this can be the number of an axis; no array has more than 64 of them."""
    return is_whole(value) and -64 <= value < 64


def axes(value: Any, name: str, kind: str) -> Any:
    """None, an axis, or a tuple of axes, counted from the end if negative. Raises ValueError."""
    if value is None:
        return None
    if isinstance(value, (list, tuple)) and all(map(is_axis, value)):
        return tuple(int(axis) for axis in value)
    if is_axis(plain(value)):
        return int(value)
    wanted = "a number of an axis, or a tuple of such numbers"
    raise ValueError(_refusal(value, name, kind, wanted, 0))


def takes(value: Any, *in_order: Any, **by_name: Any) -> bool:
    """Whether a function takes such arguments; True where it does not say, as some do in C."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*in_order, **by_name)
    except TypeError:
        return False
    return True


def counted(number: int, thing: str) -> str:
    """'1 feature', '2 features'."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def function(value: Any, name: str, kind: str, of: str) -> Any:
    """A function of the one argument `of`. Raises ValueError."""
    if callable(value) and not isinstance(value, type) and takes(value, None):
        return value
    raise ValueError(
        f"{kind}: {name} is a function of {of}; received {shown(value)} of type "
        f"{type(value).__name__}. Write for example {name}=lambda {of}: ..."
    )


class naming:
    """Whatever is refused inside is refused as this argument: `with naming("x"):`. A class, as
    contextlib's way takes a microsecond, of a call of ten."""

    __slots__ = ("argument",)

    def __init__(self, argument: str) -> None:
        self.argument = argument

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, *trace: Any) -> None:
        if isinstance(error, ValueError):
            raise ValueError(f"{self.argument}: {error}") from None


# ---- words ---------------------------------------------------------------------------------------


def _refusal(value: Any, name: str, kind: str, wanted: str, example: Any) -> str:
    """What is said of a value that an argument does not take."""
    return (
        f"{kind}: {name} must be {wanted}; received {shown(value)} of type "
        f"{type(value).__name__}. Write for example {name}={example!r}."
    )


def _whole_range(lowest: int, highest: int | None) -> str:
    if highest is not None:
        return f"a whole number from {lowest} to {highest}"
    kind = "a positive integer" if lowest == 1 else f"a whole number, {lowest} or more"
    return f"{kind} (at most {MOST:,})"


def _real_range(low: float, high: float, above: bool, finite: bool) -> str:
    word = "a finite number" if finite else "a number"
    if math.isinf(low):
        return word if math.isinf(high) else f"{word}, at most {high:g}"
    if math.isinf(high):
        if low == 0 and not above:
            return f"{word} that is not negative"
        return f"{word} above {low:g}" if above else f"{word}, {low:g} or more"
    return f"a number {'above' if above else 'from'} {low:g} {'up ' * above}to {high:g}"


def _as_float(value: Any) -> float | None:
    """The float that a number is, or None: bools and NaN are no numbers to compute with."""
    number = plain(value)
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, Real):
        return None
    try:
        found = float(number)
    except (OverflowError, ValueError, TypeError):  # 10**400
        return None
    return None if math.isnan(found) else found


# ---- memory --------------------------------------------------------------------------------------


@functools.cache
def memory() -> int:
    """Bytes of memory that this machine, or the container that it is used through, has."""
    limits = []
    if hasattr(os, "sysconf"):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with contextlib.suppress(OSError, ValueError):  # no container, or no limit: 'max'
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min((limit for limit in limits if limit > 0), default=2**40)


def require_memory(shape: Iterable[int], itemsize: int, what: str, advice: str) -> None:
    """Raise ValueError if an array would not fit into this machine's memory, before any is taken.

    what: 'LSTM: the weights of units=... '; advice: what to write instead.
    """
    size = math.prod(int(n) for n in shape) * itemsize
    if size > memory():
        gigabytes = f"{size / 1e9:.3g}" if size < 1e300 else "more than 1e291"
        raise ValueError(
            f"{what} would take {gigabytes} GB; this machine has {memory() / 1e9:.3g} GB of "
            f"memory. {advice}"
        )
