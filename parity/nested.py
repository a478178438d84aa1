"""Arrays in lists and dicts, as the data of models with several inputs or outputs come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def mapped(function: Callable[..., Any], *given: Any) -> Any:
    """What `function` makes of each array, or of the arrays in the same places; None stays."""
    first = given[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {key: mapped(function, *(one[key] for one in given)) for key in first}
    if isinstance(first, (list, tuple)):
        return type(first)(mapped(function, *entries) for entries in zip(*given, strict=True))
    return function(*given)


def flat(given: Any) -> list[Any]:
    """The arrays one after the other: those of a dict by its keys in order, as Keras has them."""
    if given is None:
        return []
    if isinstance(given, dict):
        given = [given[key] for key in sorted(given)]
    if isinstance(given, (list, tuple)):
        return [array for entry in given for array in flat(entry)]
    return [given]


def named(given: Any, name: str) -> dict[str, Any]:
    """Each array by a name: 'predict', or 'predict[1]' and 'predict[key]' of several."""
    if isinstance(given, dict):
        pairs = [(f"{name}[{key}]", one) for key, one in given.items()]
    elif isinstance(given, (list, tuple)):
        pairs = [(f"{name}[{k}]", one) for k, one in enumerate(given)]
    else:
        return {name: given}
    return {label: array for key, one in pairs for label, array in named(one, key).items()}


def samples(given: Any) -> int:
    """How many samples there are: as many as the first array has rows."""
    return len(flat(given)[0])


def part(given: Any, start: int, stop: int) -> Any:
    """The samples from `start` to before `stop`."""
    return mapped(lambda array: array[start:stop], given)


def together(parts: Sequence[Any]) -> Any:
    """The samples of all parts, one part behind the other."""
    return mapped(lambda *arrays: np.concatenate(arrays), *parts)
