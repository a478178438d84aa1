"""Settings of layers that are changed after the layer was made: which are refused, and which are
those of its weights as well."""

from __future__ import annotations

from typing import Any

from ..parameters import Variable
from ..seeding import SeedGenerator
from ..watch import same


def refuse_fixed(layer: Any, name: str, value: Any) -> None:
    """Raise ValueError for a setting that cannot change any more, or a weight's place."""
    before = layer.__dict__[name]
    if isinstance(before, Variable) and value is not before:
        raise ValueError(
            f"'{name}' is a weight of layer '{layer.name}': write layer.{name}.assign(array), or "
            "layer.set_weights(arrays)."
        )
    fixed = name in layer.fixed or name.endswith("_initializer")
    if fixed and layer.__dict__.get("built") and not same(before, value):
        raise ValueError(
            f"Layer '{layer.name}' is built with {name}={before!r}, on which its weights or shapes "
            f"depend, so that {name} can no longer be set. Make a new layer with {name}={value!r}."
        )


def hand_on(layer: Any, name: str) -> None:
    """Give a weight the regularizer or constraint that its layer was given, and the layer the
    random numbers of its new seed."""
    if name == "seed" and "seed_generator" in vars(layer):
        layer.seed_generator = SeedGenerator(layer.seed)
    weight, _, kind = name.rpartition("_")
    if kind in ("regularizer", "constraint"):
        for variable in layer.own_weights:
            if variable.name in (weight, f"{weight}_kernel"):
                setattr(variable, kind, getattr(layer, name))

