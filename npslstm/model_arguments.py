"""What a Model is made of, as the user gives it: Tensors in some form, layers, names."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

from .arguments import shown
from .forms import Form
from .graph import Plan
from .layers.checks import Shape
from .layers.input import InputLayer
from .tensors import Tensor

FORM = (
    "Write it as inputs and outputs: x = Input((time_steps, features)); y = Dense(1)(LSTM(32)(x)); "
    "model = npslstm.Model(x, y)."
)


def flat_tensors(given: Any, argument: str) -> tuple[list[Tensor], Form]:
    """The Tensors in an argument, and its form; a dict's are sorted by their keys, as in Keras."""
    form: Form = None
    several = [given]
    if isinstance(given, dict):
        if not all(isinstance(key, str) for key in given):
            raise ValueError(f"{argument} of a Model: the keys of a dict are names, as text.")
        form = tuple(given)
        several = [given[key] for key in sorted(form)]
    elif isinstance(given, (list, tuple)):
        form, several = "list", list(given)
    for one in several:
        if not isinstance(one, Tensor):
            raise ValueError(
                f"{argument} of a Model are Tensors, such as Input((10, 3)) and what layers called "
                f"on it return; received {shown(one)} of type {type(one).__name__}. {FORM}"
            )
    if not several:
        raise ValueError(f"{argument} of a Model: there are none. {FORM}")
    if argument == "inputs" and len({id(one) for one in several}) < len(several):
        raise ValueError("inputs of a Model: each Input may be there once; one is there twice.")
    return several, form


def beginning_at(tensor: Tensor) -> Tensor:
    """An Input in place of what a layer makes, where a model begins in the middle of another."""
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype).tensor()


def names_of(tensors: Sequence[Tensor], form: Form) -> list[str]:
    """What the arrays are called: by a dict's keys, else by the layers that make them."""
    if isinstance(form, tuple):
        return sorted(form)
    names: list[str] = []
    for tensor in tensors:
        name, number = tensor.name, 1
        while name in names:  # several outputs of one layer
            name, number = f"{tensor.name}_{number}", number + 1
        names.append(name)
    return names


def require_one_dtype(tensors: Sequence[Tensor], found: Plan) -> None:
    """Raise ValueError for inputs or layers of several precisions."""
    kinds = {one.dtype: one.name for one in (*tensors, *(call.layer for call in found.calls))}
    if len(kinds) > 1:
        (first, name), (second, other) = list(kinds.items())[:2]
        raise ValueError(
            f"All of a model computes in one precision; '{name}' is {first}, '{other}' is "
            f"{second}. Give Inputs and layers the same dtype=, or write "
            "npslstm.config.set_floatx('float64') before the first."
        )


def require_one_of_each(found: Plan) -> None:
    """Raise ValueError for two layers of one name."""
    names = collections.Counter(name for one in found.layers for name in one.names)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise ValueError(
            f"Names of layers must differ within a model; {twice[0]!r} is the name of "
            f"{names[twice[0]]}. Write name='another_name' in one of them."
        )


def require_fit(wanted: Shape, shape: Shape, name: str) -> None:
    """Raise ValueError for an array of another shape than its input's."""
    fits = len(wanted) == len(shape) and all(
        want is None or have is None or want == have
        for want, have in zip(wanted[1:], shape[1:], strict=True)
    )
    if not fits:
        which = f"input '{name}'" if name else "the input"
        raise ValueError(
            f"{which} of the model is of shape {wanted}, samples first, None for any number; "
            f"received {tuple(shape)}. Bring the array into that shape, or write None in the Input "
            "for a number of time steps that varies."
        )


def alone_or_list(entries: list[Any]) -> Any:
    return entries[0] if len(entries) == 1 else entries
