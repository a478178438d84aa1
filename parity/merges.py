"""Merge layers, LayerNormalization, Permute and Reshape over their options, in small models.

CASES has them by name. Behind a merge of sequences stands an LSTM, which shows where the mask went.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

T, F = 4, 3
SERIES, FACTS = (T, F), (F,)
Merge = Callable[..., Any]  # from `nn` and Tensors to a Tensor


class Case(NamedTuple):
    """shapes: of samples, by input. masked: the inputs that have a Masking layer. data: the inputs
    that are merged as they are; the others come out of a Dense layer, which wants gradients, and
    does not leave masked steps at 0."""

    shapes: Sequence[tuple[int, ...]]
    merge: Merge
    masked: Sequence[int] = ()
    data: Sequence[int] = ()

    def build(self, nn: Any) -> Any:
        """The compiled model."""
        L = nn.layers
        inputs = [nn.Input(shape) for shape in self.shapes]
        xs = [L.Masking()(x) if k in self.masked else x for k, x in enumerate(inputs)]
        xs = [
            x if k in self.data else L.Dense(x.shape[-1], activation="softsign")(x)
            for k, x in enumerate(xs)
        ]
        y = self.merge(nn, *xs)
        if len(y.shape) == 3:
            y = L.LSTM(2, return_sequences=True)(y)
        model = nn.Model(inputs, y)
        model.compile(nn.optimizers.SGD(0.125), "mse", run_eagerly=True)
        return model


def layer(name: str, *arguments: Any, **options: Any) -> Merge:
    """A layer of several inputs."""
    return lambda nn, *xs: getattr(nn.layers, name)(*arguments, **options)(list(xs))


def alone(name: str, *arguments: Any, **options: Any) -> Merge:
    """A layer of one input."""
    return lambda nn, x: getattr(nn.layers, name)(*arguments, **options)(x)


def function(name: str, **options: Any) -> Merge:
    """A merge by a function, such as nn.layers.add."""
    return lambda nn, *xs: getattr(nn.layers, name)(list(xs), **options)


CASES: dict[str, Case] = {}

# ---- element by element --------------------------------------------------------------------------

for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
    all_of = range(2 if kind == "Subtract" else 3)
    series = [SERIES for _ in all_of]
    CASES |= {
        f"{kind}, features": Case([FACTS for _ in all_of], layer(kind)),
        f"{kind}, sequences": Case(series, function(kind.lower())),
        f"{kind}, first is data": Case(series, layer(kind), data=[0]),
        f"{kind}, last is data": Case(series, layer(kind), data=[len(all_of) - 1]),
        f"{kind}, all masked": Case(series, layer(kind), all_of),
        f"{kind}, first masked": Case(series, layer(kind), [0]),
        f"{kind}, others masked": Case(series, layer(kind), all_of[1:]),
        f"{kind}, one feature": Case([SERIES, (T, 1)], layer(kind), [0, 1]),
        f"{kind}, one step": Case([(1, F), SERIES], layer(kind)),
        f"{kind}, both spread": Case([(T, 1), (1, F)], layer(kind)),
        f"{kind}, features to sequences": Case([SERIES, FACTS], layer(kind)),
        f"{kind}, sequences to features": Case([FACTS, SERIES], layer(kind)),
    }
CASES |= {
    "Add, four axes": Case([(2, T, F)] * 2, lambda nn, *xs: nn.layers.Flatten()(nn.layers.add(xs))),
    "one array twice": Case([SERIES], lambda nn, a: nn.layers.Multiply()([a, a])),
}

# ---- side by side --------------------------------------------------------------------------------

CASES |= {
    "Concatenate, features": Case([FACTS, (2,)], layer("Concatenate")),
    "Concatenate, axis 1 of two": Case([FACTS, (2,)], layer("Concatenate", axis=1)),
    "Concatenate, three sequences": Case([SERIES, (T, 2), SERIES], function("concatenate")),
    "Concatenate, axis 2": Case([SERIES, (T, 2)], layer("Concatenate", axis=2), data=[0]),
    "Concatenate, axis 1": Case([SERIES, (2, F)], layer("Concatenate", axis=1), data=[1]),
    "Concatenate, axis -2": Case([SERIES, (2, F)], function("concatenate", axis=-2)),
    "Concatenate, four axes": Case(
        [(2, T, F)] * 2, lambda nn, *xs: nn.layers.Flatten()(nn.layers.Concatenate()(list(xs)))
    ),
}
for axis, shapes in ((-1, [SERIES, (T, 2)]), (1, [SERIES, (2, F)])):
    for masked in ([0, 1], [0], [1]):
        CASES[f"Concatenate, axis {axis}, {masked} masked"] = Case(
            shapes, layer("Concatenate", axis=axis), masked
        )

# ---- products ------------------------------------------------------------------------------------

DOTS = [
    ([FACTS, FACTS], 1), ([FACTS, FACTS], -1), ([SERIES, (2, F)], 2), ([SERIES, (2, F)], (-1, 2)),
    ([SERIES, (T, 2)], 1), ([SERIES, (F, 2)], (2, 1)), ([SERIES, (2, T)], (1, 2)),
    ([SERIES, FACTS], (2, 1)), ([FACTS, SERIES], (1, 2)), ([(T,), SERIES], (1, 1)),
]  # fmt: skip
for shapes, axes in DOTS:
    for normalize in (False, True):
        title = f"Dot, {shapes}, axes={axes}" + ", normalized" * normalize
        CASES[title] = Case(shapes, layer("Dot", axes=axes, normalize=normalize))
CASES |= {
    "Dot, first is data": Case([SERIES, SERIES], layer("Dot", axes=1, normalize=True), data=[0]),
    "Dot, last is data": Case([FACTS, FACTS], layer("Dot", axes=1), data=[1]),
    "Dot, its function": Case([FACTS, FACTS], function("dot", axes=1)),
    "Dot, masked": Case([SERIES, SERIES], layer("Dot", axes=2), [0, 1]),
}

# ---- one input -----------------------------------------------------------------------------------


def normalized(**options: Any) -> Merge:
    """Options that are pairs (module, class, arguments) are objects of `nn`."""

    def merge(nn: Any, x: Any) -> Any:
        made = {
            name: getattr(getattr(nn, value[0]), value[1])(*value[2])
            if isinstance(value, tuple) else value
            for name, value in options.items()
        }  # fmt: skip
        return nn.layers.LayerNormalization(**made)(x)

    return merge


NORMALIZED: dict[str, dict[str, Any]] = {
    "": {}, "axis -1": {"axis": -1}, "axis 2": {"axis": 2}, "axis [2]": {"axis": [2]},
    "epsilon": {"epsilon": 2.0**-2}, "no scale": {"scale": False}, "no center": {"center": False},
    "neither": {"scale": False, "center": False}, "frozen": {"trainable": False},
    "initialized": {
        "gamma_initializer": ("initializers", "Constant", (0.5,)), "beta_initializer": "ones",
    },
    "penalised": {
        "gamma_regularizer": ("regularizers", "L2", (2.0**-4,)),
        "beta_regularizer": ("regularizers", "L1", (2.0**-5,)),
        "activity_regularizer": ("regularizers", "L2", (2.0**-6,)),
    },
    "constrained": {
        "gamma_constraint": ("constraints", "MaxNorm", (0.5,)),
        "beta_constraint": ("constraints", "NonNeg", ()),
    },
}  # fmt: skip
CASES |= {
    f"LayerNormalization, {name}": Case([SERIES], normalized(**options), [0])
    for name, options in NORMALIZED.items()
}
CASES |= {
    "LayerNormalization, features": Case([FACTS], alone("LayerNormalization")),
    "LayerNormalization, data": Case([SERIES], alone("LayerNormalization"), data=[0]),
    "LayerNormalization, one feature": Case([(T, 1)], alone("LayerNormalization")),
    "Permute (2, 1)": Case([SERIES], alone("Permute", (2, 1)), [0]),
    "Permute (1, 2)": Case([SERIES], alone("Permute", (1, 2)), [0]),
    "Permute (1,)": Case([FACTS], alone("Permute", (1,))),
    "Reshape to features": Case([SERIES], alone("Reshape", (T * F,)), [0]),
    "Reshape to what is left": Case([SERIES], alone("Reshape", (-1, 2)), [0]),
    "Reshape to sequences": Case([(T * F,)], alone("Reshape", (T, F))),
    "Reshape to itself": Case([SERIES], alone("Reshape", (T, F)), [0]),
    "Reshape of four axes": Case([(2, T, F)], alone("Reshape", (T, -1))),
    "Reshape to four axes": Case(
        [SERIES],
        lambda nn, x: nn.layers.TimeDistributed(nn.layers.LSTM(2))(
            nn.layers.Reshape((2, 2, -1))(x)
        ),
    ),
}  # fmt: skip
