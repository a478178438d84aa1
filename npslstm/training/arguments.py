"""The numbers and switches of fit, evaluate and predict, checked before anything is changed.

Each function returns the value as a plain int, bool or function, and raises ValueError that names
the argument, what was received, and what to write.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..arguments import shown
from ..identifiers import unknown_arguments

LARGEST = 2**63 - 1  # of whole numbers: beyond, they no longer fit in an array


def received(value: Any) -> str:
    """A value as a message shows it: short, and with its type."""
    return f"received {shown(value)} of type {type(value).__name__}"


def whole_number(value: Any) -> int | None:
    """An int, or what counts as one, such as np.int64(3); None for anything else, also for True."""
    if isinstance(value, (bool, np.bool_)):
        return None
    try:
        return operator.index(value)
    except Exception:  # whatever an object of the user's own raises
        return None


def count(value: Any, name: str, meaning: str, least: int = 1, example: int = 10) -> int:
    """`value` as an int of at least `least`."""
    number = whole_number(value)
    if number is None or not least <= number <= LARGEST:
        wanted = f"a whole number of at least {least}"
        if number is not None and number > LARGEST:
            wanted += f" and at most {LARGEST}"
        raise ValueError(
            f"{name} is {meaning}, {wanted}; {received(value)}. Write for example {name}={example}."
        )
    return number


def refuse_unknown(function: Callable[..., Any], others: Mapping[str, Any]) -> None:
    """Raise TypeError if there are arguments that a function does not have."""
    if others:
        raise TypeError(unknown_arguments(function, others))


def optional_count(value: Any, name: str, meaning: str) -> int | None:
    """`count` of a number from 1 on that may be left out as None."""
    return None if value is None else count(value, name, meaning)


def batch_count(value: Any, name: str) -> int | None:
    """steps, steps_per_epoch or validation_steps: the number of batches, or None for all."""
    return optional_count(value, name, "how many batches to use")


def batch_size_of(value: Any, name: str = "batch_size") -> int | None:
    """A batch size; None, or 0 as in Keras, to have it chosen."""
    if value is None or (type(value) is int and 0 < value <= LARGEST):
        return value
    number = whole_number(value)
    if number is None or not 0 <= number <= LARGEST:
        raise ValueError(
            f"{name} must be a positive integer; {received(value)}. Write for example {name}=32."
        )
    return number or None


def shuffling(value: Any) -> bool | str:
    """shuffle: True, False or 'batch'."""
    if value is None:
        return False
    if isinstance(value, str) and value == "batch":
        return "batch"
    if isinstance(value, (bool, np.bool_)) or whole_number(value) in (0, 1):
        return bool(value)
    raise ValueError(
        "shuffle is True for a new order of all samples every epoch, 'batch' for one within each "
        f"batch, or False; {received(value)}."
    )


def share(value: Any) -> float:
    """validation_split: 0 or None for nothing, else the share that is held out."""
    number = 0.0 if value is None else real(value)
    if number is None or not 0 <= number < 1:
        raise ValueError(
            "validation_split is the share of the samples that is held out, from 0 to below 1; "
            f"{received(value)}. Write for example validation_split=0.2."
        )
    return number


def real(value: Any) -> float | None:
    """A number as a float; None if it is none, or NaN."""
    if not isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if np.isnan(number) else number


def number_for(owner: Any, value: Any, name: str, example: Any) -> Any:
    """A number that the constructor of a callback was given, as it is."""
    if real(value) is None or isinstance(value, (bool, np.bool_)):
        kind = type(owner).__name__
        raise ValueError(
            f"{name} of {kind} is a number; {received(value)}. Write for example "
            f"{kind}({name}={example})."
        )
    return value


def talking(owner: Any, value: Any) -> Any:
    """The `verbose` that the constructor of a callback was given, as it is."""
    if real(value) is None:
        kind = type(owner).__name__
        raise ValueError(
            f"verbose of {kind} is 1 for a line whenever it does something, or 0; "
            f"{received(value)}. Write for example {kind}(verbose=1)."
        )
    return value


def frequency(value: Any) -> Callable[[int], bool]:
    """validation_freq: whether to validate after an epoch, which is counted from 0.

    A number n stands for every n-th epoch; a list holds the epochs' numbers, counted from 1.
    """
    number = whole_number(value)
    if number is not None and 1 <= number <= LARGEST:
        return lambda epoch: (epoch + 1) % number == 0
    listed = isinstance(value, np.ndarray) and value.ndim
    if listed or isinstance(value, (list, tuple, set, frozenset)):
        numbers = [whole_number(epoch) for epoch in value]
        if all(epoch is not None and epoch >= 1 for epoch in numbers):
            wanted = frozenset(numbers)
            return lambda epoch: epoch + 1 in wanted
    raise ValueError(
        "validation_freq is after how many epochs to validate, a whole number of at least 1, or a "
        f"list of epochs, the first of which is 1; {received(value)}. Write for example "
        "validation_freq=2 or validation_freq=[1, 5, 10]."
    )


def weights_by_label(class_weight: Any, dtype: Any) -> dict[int, float]:
    """class_weight as {label: weight} with plain numbers."""
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            f"class_weight is a dict {{label: weight}}; {received(class_weight)}. Write for "
            "example class_weight={0: 1.0, 1: 5.0}."
        )
    found: dict[int, float] = {}
    for label, weight in class_weight.items():
        key, number = real(label), real(weight)
        if key is None or key != np.floor(key) or np.isinf(key):
            raise ValueError(
                f"class_weight's keys are labels, which are whole numbers; {received(label)}. "
                "Write for example class_weight={0: 1.0, 1: 5.0}."
            )
        with np.errstate(over="ignore"):
            fits = number is not None and bool(np.isfinite(np.dtype(dtype).type(number)))
        if not fits or number is None:
            raise ValueError(
                f"The weight of class {int(key)} in class_weight must be a finite number; "
                f"{received(weight)}."
            )
        found[int(key)] = number
    return found


PLAIN = {int, float, bool, str, type(None)}


class Schedule(NamedTuple):
    """How long fit trains and when it validates, as checked by `schedule`."""

    epochs: int
    first: int
    steps: int | None
    shuffle: bool | str
    held_out: float
    validation_steps: int | None
    validates_after: Callable[[int], bool]


def checked_schedule(
    epochs: Any, initial_epoch: Any, steps_per_epoch: Any, shuffle: Any, validation_split: Any,
    validation_steps: Any, validation_freq: Any,
) -> Schedule:  # fmt: skip
    """Check these arguments of fit."""
    given = (
        epochs, initial_epoch, steps_per_epoch, shuffle, validation_split, validation_steps,
        validation_freq,
    )  # fmt: skip
    if all([type(value) in PLAIN for value in given]):
        return known_schedule(*given)  # programs call fit thousands of times with the same
    return new_schedule(*given)


def new_schedule(
    epochs: Any, initial_epoch: Any, steps_per_epoch: Any, shuffle: Any, validation_split: Any,
    validation_steps: Any, validation_freq: Any,
) -> Schedule:  # fmt: skip
    """What `schedule` makes of these arguments."""
    return Schedule(
        count(epochs, "epochs", "how many times fit uses all samples", 0, 100),
        count(initial_epoch, "initial_epoch", "the epoch to count from", 0, 5),
        batch_count(steps_per_epoch, "steps_per_epoch"),
        shuffling(shuffle),
        share(validation_split),
        batch_count(validation_steps, "validation_steps"),
        frequency(validation_freq),
    )


known_schedule = functools.lru_cache(64, typed=True)(new_schedule)
