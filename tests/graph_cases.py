"""The table of gradient checks for graphs: merges, attention, shared layers, states, inner models.

Each case is a function that makes a model in float64; inputs have a size for each axis but the
samples. `test_gradients` differentiates each, and fails if a public layer is missing here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import npslstm
from npslstm import layers as nn

T, F, H = 3, 2, 4
L2 = {"class_name": "L1L2", "config": {"l1": 0.05, "l2": 0.1}}


def inp(*shape: int) -> Any:
    return npslstm.Input(shape or (T, F), dtype="float64")


def layer(name: str, *arguments: Any, **options: Any) -> Any:
    return getattr(nn, name)(*arguments, dtype="float64", **options)


def sequences(x: Any, units: int = H, **options: Any) -> Any:
    return layer("LSTM", units, return_sequences=True, **options)(x)


def merged(name: str, *shapes: tuple[int, ...], **options: Any) -> Any:
    """Inputs of these shapes, an LSTM on the first if it is a sequence, and a merge layer."""
    ins = [inp(*shape) for shape in shapes]
    first = sequences(ins[0], shapes[0][-1]) if len(shapes[0]) == 2 else ins[0]
    return npslstm.Model(ins, layer(name, **options)([first, *ins[1:]]))


def masked(name: str, **options: Any) -> Any:
    """Two sequences that hide their steps of zeros, merged and read by an LSTM."""
    a, b = inp(), inp()
    hidden = [sequences(layer("Masking")(x)) for x in (a, b)]
    y = layer(name, **options)(hidden)
    if "Attention" in name:  # which by itself passes little of an error on to its queries
        y = layer("Add")([y, hidden[0]])
    return npslstm.Model([a, b], sequences(y))


def attention(name: str, inputs: int = 2, **options: Any) -> Any:
    a, b = inp(), inp(5, F)
    query, value = sequences(a), sequences(b)
    key = [layer("Dense", H, use_bias=False)(b)] if inputs == 3 else []
    return npslstm.Model([a, b], layer(name, **options)([query, value, *key]))


def on_sequences(name: str, *arguments: Any, **options: Any) -> Any:
    x = inp()
    return npslstm.Model(x, layer(name, *arguments, **options)(sequences(x)))


def encoder_decoder(**options: Any) -> Any:
    a, b = inp(), inp(2, F)
    y, h, c = layer("LSTM", H, return_state=True, return_sequences=True, **options)(a)
    z, h2, c2 = layer("LSTM", H, return_state=True, **options)(b, initial_state=[h, c])
    return npslstm.Model([a, b], [y, z, h2, c2, h])


def states_alone() -> Any:
    x = inp()
    _, h, c = layer("LSTM", H, return_state=True)(x)
    return npslstm.Model(x, [h, c])


def siamese() -> Any:
    a, b = inp(), inp()
    shared = layer("LSTM", H, kernel_regularizer=L2, activity_regularizer=L2)
    difference = layer("Subtract")([shared(a), shared(b)])
    return npslstm.Model([a, b], layer("Dense", 1)(difference))


def residual() -> Any:
    x = inp(T, H)
    y = x
    for _ in range(3):
        y = sequences(y) + y
    return npslstm.Model(x, y)


def operators() -> Any:
    a, b = inp(), inp()
    return npslstm.Model([a, b], (a - sequences(b, F)) * a + b)


def in_each_other() -> Any:
    x, a, b = inp(), inp(), inp()
    y, h, _ = layer("LSTM", H, return_sequences=True, return_state=True)(x)
    inner = npslstm.Model(x, [y, h])
    chain = npslstm.Sequential([inp(T, H), layer("LSTM", 3), layer("Dense", 2)])
    (y1, h1), (y2, h2) = inner(a), inner(b)
    return npslstm.Model([a, b], [chain(y1), chain(y2), layer("Add")([h1, h2])])


def output_and_reader() -> Any:
    x = inp()
    y = sequences(x)
    return npslstm.Model(x, [y, layer("LSTM", 3)(y), x])


def bidirectional_twice() -> Any:
    a, b = inp(), inp()
    both = layer("Bidirectional", layer("LSTM", 3))
    return npslstm.Model([a, b], layer("Concatenate")([both(a), both(b)]))


def normed_twice() -> Any:
    a, b = inp(), inp()
    norm = layer("LayerNormalization", gamma_regularizer=L2)
    return npslstm.Model([a, b], [norm(sequences(a)), norm(sequences(b))])


FLAT = ((F,), (F,), (F,))
SEQUENCES = ((T, F), (T, F), (T, F))
PAIR = SEQUENCES[:2]

GRAPHS: dict[str, Callable[[], Any]] = {
    **{
        f"{name} of {kind}": functools.partial(merged, name, *shapes)
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
        for kind, shapes in {"vectors": FLAT, "sequences": SEQUENCES}.items()
    },
    **{
        f"{name}, spread": functools.partial(merged, name, (T, F), (F,), (1, F), (T, 1))
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
    },
    "Subtract of vectors": functools.partial(merged, "Subtract", *FLAT[:2]),
    "Subtract of sequences": functools.partial(merged, "Subtract", *PAIR),
    "Subtract, spread": functools.partial(merged, "Subtract", (T, F), (F,)),
    "Concatenate in time": functools.partial(merged, "Concatenate", (T, F), (2, F), axis=1),
    "Dot of vectors": functools.partial(merged, "Dot", *FLAT[:2], axes=1),
    "Dot, normalized": functools.partial(merged, "Dot", *FLAT[:2], axes=1, normalize=True),
    "Dot of features": functools.partial(merged, "Dot", *PAIR, axes=2),
    "Dot in time": functools.partial(merged, "Dot", *PAIR, axes=1),
    "Dot, normalized in time": functools.partial(merged, "Dot", *PAIR, axes=1, normalize=True),
    "Dot of a sequence and a vector": functools.partial(merged, "Dot", (T, F), (F,), axes=(2, 1)),
    **{f"{n}, masked": functools.partial(masked, n) for n in ("Add", "Concatenate", "Multiply")},
    "Concatenate in time, masked": functools.partial(masked, "Concatenate", axis=1),
    **{
        f"{name}, {inputs} inputs, use_scale={scale}": functools.partial(
            attention, name, inputs, use_scale=scale
        )
        for name in ("Attention", "AdditiveAttention") for inputs in (2, 3)
        for scale in (True, False)
    },
    "Attention, masked": functools.partial(masked, "Attention"),
    "AdditiveAttention, masked": functools.partial(masked, "AdditiveAttention"),
    "Attention, dropout": functools.partial(attention, "Attention", dropout=0.4, seed=1),
    "LayerNormalization": functools.partial(on_sequences, "LayerNormalization"),
    "LayerNormalization, bare": functools.partial(
        on_sequences, "LayerNormalization", center=False, scale=False
    ),
    "LayerNormalization, shared": normed_twice,
    "Permute": functools.partial(on_sequences, "Permute", (2, 1)),
    "Reshape": functools.partial(on_sequences, "Reshape", (2, -1)),
    "encoder and decoder": encoder_decoder,
    "encoder and decoder, dropout": functools.partial(encoder_decoder, recurrent_dropout=0.3),
    "encoder and decoder, backwards": functools.partial(encoder_decoder, go_backwards=True),
    "states alone": states_alone,
    "siamese": siamese,
    "residual": residual,
    "operators": operators,
    "models in a model": in_each_other,
    "an output that others read": output_and_reader,
    "Bidirectional, shared": bidirectional_twice,
}  # fmt: skip
