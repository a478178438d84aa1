"""Several inputs or outputs as users write them: one array, a list in order, or a dict by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arguments import shown

# The keys of a dict as they were written, 'list', or None for one by itself. Inside, what a dict
# holds is in the order of the sorted keys, as in Keras.
Form = tuple[str, ...] | str | None


def each(given: Any, names: Sequence[str], what: str, kind: str) -> list[Any]:
    """What was given for each name, in order. kind: what has names, 'inputs' or 'outputs'.

    Raises ValueError, listing the names, for a dict that lacks some, and for what is no list of
    as many entries.
    """
    if isinstance(given, dict):
        missing = [name for name in names if name not in given]
        if missing:
            raise ValueError(
                f"{what}: the model has the {kind} {quoted(names)}; the dict given lacks "
                f"{quoted(missing)}."
            )
        return [given[name] for name in names]
    if len(names) == 1:
        return [given[0] if holds_one_array(given) else given]
    if isinstance(given, (list, tuple)) and len(given) == len(names):
        return list(given)
    received = f"{len(given)} entries" if isinstance(given, (list, tuple)) else shown(given)
    raise ValueError(
        f"{what}: the model has {len(names)} {kind} ({quoted(names)}); give a list with an array "
        f"for each, or a dict by name; received {received}."
    )


def holds_one_array(given: Any) -> bool:
    """Whether this is the list of a model's only array."""
    return isinstance(given, (list, tuple)) and len(given) == 1 and type(given[0]) is np.ndarray


def like(form: Form, values: Sequence[Any]) -> Any:
    """Values in the form in which a model was made: a dict, a list, or the only one by itself."""
    return values[0] if len(values) == 1 and form == "list" else as_made(form, values)


def as_made(form: Form, values: Sequence[Any]) -> Any:
    """`like`, but that a list of one stays a list."""
    if isinstance(form, tuple):
        found = dict(zip(sorted(form), values, strict=True))
        return {key: found[key] for key in form}
    return list(values) if form == "list" or len(values) > 1 else values[0]


def quoted(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
