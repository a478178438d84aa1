"""hypothesis draws architectures: layers that fit on each other, a loss that fits the last of them.

Whatever is drawn is valid; nothing is thrown away. Simple choices stand first in each list, for
hypothesis shrinks towards them. All factors are powers of two or their sums: Keras rounds some of
them to float32 even in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .architectures import Architecture, Part, layer

Draw = Callable[[st.SearchStrategy], Any]
Pairs = list[tuple[Any, str]]
Options = dict[str, st.SearchStrategy]

MOST_LAYERS = 4  # before the one that a crossentropy wants

# activation and recurrent_activation of an LSTM. The gates' one is bounded: without that c grows
# exponentially from step to step, and rounding errors with it. npslstm compiles its scan for each
# pair and precision, in seconds, so a short run takes FEW.
USUAL = ("tanh", "sigmoid")
FEW: Pairs = [("relu", "hard_sigmoid")]
MANY: Pairs = [
    *FEW, (None, "tanh"), ("softsign", "softmax"), ("softplus", "sigmoid"), ("elu", "softsign"),
    ("sigmoid", "tanh"), ("silu", "hard_sigmoid"), ("hard_tanh", "sigmoid"),
]  # fmt: skip
BOUNDED = ["tanh", "softsign", "sigmoid", "hard_tanh"]
SQUASHES = ["tanh", "relu", "sigmoid", "softmax", "softplus", "elu", "silu"]


def one_of(*values: Any) -> st.SearchStrategy:
    return st.sampled_from(values)


def some(draw: Draw, options: Options, one_in: int = 3) -> dict[str, Any]:
    """Each of the options, or not: one in so many is given."""
    given = one_of(*[False] * (one_in - 1), True)
    return {name: draw(value) for name, value in options.items() if draw(given)}


# ---- options -------------------------------------------------------------------------------------

FALSE, TRUE = st.just(False), st.just(True)
TRAINABLE = one_of(True, True, False)
PENALTY = one_of(
    Part("regularizers", "L2", {"l2": 2.0**-4}),
    Part("regularizers", "L1", {"l1": 2.0**-5}),
    Part("regularizers", "L1L2", {"l1": 2.0**-6, "l2": 2.0**-5}),
)
CONSTRAINT = one_of(
    Part("constraints", "NonNeg", {}),
    Part("constraints", "MaxNorm", {"max_value": 0.75}),
    Part("constraints", "UnitNorm", {}),
    Part("constraints", "MinMaxNorm", {"min_value": 0.5, "max_value": 1.0, "rate": 0.5}),
)
BIAS = one_of("ones", Part("initializers", "Constant", {"value": 0.25}))

DENSE: Options = {
    "activation": st.sampled_from(SQUASHES), "use_bias": FALSE, "bias_initializer": BIAS,
    "trainable": TRAINABLE, "kernel_regularizer": PENALTY, "bias_regularizer": PENALTY,
    "activity_regularizer": PENALTY, "kernel_constraint": CONSTRAINT,
    "bias_constraint": CONSTRAINT,
}  # fmt: skip
LSTM: Options = {
    "use_bias": FALSE, "unit_forget_bias": FALSE, "go_backwards": TRUE, "stateful": TRUE,
    "zero_output_for_mask": TRUE, "unroll": TRUE, "implementation": st.just(1),
    "bias_initializer": BIAS, "trainable": TRAINABLE, "kernel_regularizer": PENALTY,
    "recurrent_regularizer": PENALTY, "bias_regularizer": PENALTY,
    "activity_regularizer": PENALTY, "kernel_constraint": CONSTRAINT,
    "recurrent_constraint": CONSTRAINT, "bias_constraint": CONSTRAINT,
}  # fmt: skip
NORMALIZATION: Options = {
    "center": FALSE, "scale": FALSE, "momentum": one_of(0.5, 0.0), "epsilon": st.just(2.0**-4),
    "trainable": TRAINABLE, "gamma_regularizer": PENALTY, "beta_regularizer": PENALTY,
    "gamma_constraint": CONSTRAINT,
}  # fmt: skip


# ---- layers --------------------------------------------------------------------------------------


def dense(draw: Draw) -> Part:
    return layer("Dense", units=draw(st.integers(1, 5)), **some(draw, DENSE))


def lstm(draw: Draw, pairs: Pairs, sequences: bool) -> Part:
    options = some(draw, LSTM)
    if options.keys() >= {"go_backwards", "zero_output_for_mask", "unroll"}:
        del options["unroll"]  # Keras unrolled shows the wrong steps as 0 here: see test_lstm.py
    pair = draw(st.sampled_from([USUAL] * len(pairs) + pairs))
    if pair != USUAL:
        options |= {"activation": pair[0], "recurrent_activation": pair[1]}
    if pair[0] not in BOUNDED:
        options.pop("stateful", None)  # over the fifty steps of all batches errors would grow, too
    if sequences:
        options["return_sequences"] = True
    return layer("LSTM", units=draw(st.integers(1, 5)), **options)


def both_ways(draw: Draw, pairs: Pairs) -> Part:
    """A Bidirectional; stateful ones are compared in test_bidirectional.py."""
    inner = lstm(draw, pairs, sequences=draw(one_of(True, False)))
    for option in ("stateful", "go_backwards"):
        inner.options.pop(option, None)
    mode = draw(one_of("concat", "sum", "ave", "mul"))
    return layer("Bidirectional", layer=inner, merge_mode=mode)


def of_every_piece(draw: Draw, pairs: Pairs) -> Part:
    """From (samples, pieces, time steps, features) to (samples, pieces, features)."""
    if draw(one_of("LSTM", "Flatten")) == "Flatten":
        return layer("TimeDistributed", layer=layer("Flatten"))
    inner = lstm(draw, pairs, sequences=False)
    inner.options.pop("stateful", None)  # the pieces would mix their states
    return layer("TimeDistributed", layer=inner)


def layer_on(draw: Draw, rank: int, pairs: Pairs, normal: bool) -> Part:
    """A layer for inputs of this rank: 2, 3 or 4. normal: not to be normalised."""
    if rank == 4:
        return of_every_piece(draw, pairs)
    kinds = ["Dense", "Activation", "Dropout", "Flatten"]
    sequential = ["LSTM", "sequences", "Bidirectional", "TimeDistributed"]
    kinds += ["RepeatVector"] if rank == 2 else sequential
    kinds += [] if normal else ["BatchNormalization"]
    weights = {"LSTM": 6, "sequences": 9, "BatchNormalization": 3, "Bidirectional": 2}
    kind = draw(st.sampled_from([k for k in kinds for _ in range(weights.get(k, 1))]))
    if kind in ("LSTM", "sequences"):
        return lstm(draw, pairs, kind == "sequences")
    if kind == "Bidirectional":
        return both_ways(draw, pairs)
    if kind == "Dense":
        return dense(draw)
    options = {
        "Activation": lambda: {"activation": draw(st.sampled_from(SQUASHES))},
        "BatchNormalization": lambda: some(draw, NORMALIZATION),
        "Dropout": lambda: {"rate": draw(one_of(0.0, 0.0, 0.0, 0.5))},
        "Flatten": dict,
        "RepeatVector": lambda: {"n": draw(st.integers(1, 4))},
        "TimeDistributed": lambda: {"layer": dense(draw)},
    }
    return layer(kind, **options[kind]())


def rank_after(part: Part, rank: int) -> int:
    """The rank of a layer's output."""
    if part.name == "TimeDistributed":
        return 1 + rank_after(part.options["layer"], rank - 1)
    if part.name == "Bidirectional":
        return rank_after(part.options["layer"], rank)
    if part.name == "LSTM":
        return 3 if part.options.get("return_sequences") else 2
    return {"Flatten": 2, "RepeatVector": 3}.get(part.name, rank)


@st.composite
def stack(
    draw: Draw, rank: int, pairs: Pairs, normal: bool, most: int = MOST_LAYERS
) -> tuple[list[Part], int]:
    """Up to `most` layers on inputs of this rank, and the rank of their output.

    What follows the first layer is a stack again: that lets hypothesis put it in the whole's place.
    """
    part = layer_on(draw, rank, pairs, normal)
    rank, above = rank_after(part, rank), []
    normal = normal or part.name == "BatchNormalization"
    if rank == 4 or (most > 1 and draw(one_of(False, True, True))):
        above, rank = draw(stack(rank, pairs, normal, most - 1))
    return [part, *above], rank


# ---- losses and optimizers -----------------------------------------------------------------------

REDUCTION = one_of("sum", "mean_with_sample_weight")
CROSSENTROPIES = {
    "BinaryCrossentropy": "sigmoid",
    "CategoricalCrossentropy": "softmax",
    "SparseCategoricalCrossentropy": "softmax",
}


def loss_and_its_layers(draw: Draw, rank: int) -> tuple[Part, list[Part]]:
    """A loss, and what has to come last for its sake."""
    name = draw(one_of("MeanSquaredError", "MeanAbsoluteError", *CROSSENTROPIES))
    if name not in CROSSENTROPIES:
        return Part("losses", name, some(draw, {"reduction": REDUCTION})), []
    options: Options = {"reduction": REDUCTION, "from_logits": TRUE}
    if name != "SparseCategoricalCrossentropy":
        options["label_smoothing"] = st.just(0.25)
    chosen = some(draw, options)
    last = layer("Dense", units=draw(st.integers(2, 4)))
    if chosen.get("from_logits"):
        return Part("losses", name, chosen), [last]
    squash = CROSSENTROPIES[name]
    form = draw(one_of("Dense", "Activation", "Dropout", *["TimeDistributed"] * (rank == 3)))
    if form == "Activation":
        return Part("losses", name, chosen), [last, layer("Activation", activation=squash)]
    last.options["activation"] = squash
    return Part("losses", name, chosen), {
        "Dense": [last],
        "Dropout": [last, layer("Dropout", rate=0.0)],
        "TimeDistributed": [layer("TimeDistributed", layer=last)],
    }[form]


# RMSprop and Adam divide by the gradient's own size: with the usual epsilon of 1e-7 a gradient that
# is nothing but rounding errors becomes a whole step, in another direction in each library. With
# these epsilons a step is no less exact than its gradient; test_optimizers.py has the usual ones.
MEMORY = {"SGD": {}, "RMSprop": {"rho": 0.75}, "Adam": {"beta_1": 0.5, "beta_2": 0.75}}
OWN = {"SGD": ["momentum", "nesterov"], "RMSprop": ["momentum", "centered"], "Adam": ["amsgrad"]}
CLIPS = ["clipnorm", "clipvalue", "global_clipnorm"]


def optimizer(draw: Draw) -> Part:
    name, clip = draw(one_of(*MEMORY)), draw(one_of(None, None, *CLIPS))
    options = {"learning_rate": 2.0**-4, **MEMORY[name]}
    if name != "SGD":
        options["epsilon"] = 2.0**-4
    own = {"momentum": st.just(0.5), "nesterov": TRUE, "centered": TRUE, "amsgrad": TRUE}
    drawn = some(draw, {**own, "weight_decay": st.just(0.125)}, 2)
    options |= {k: v for k, v in drawn.items() if k in [*OWN[name], "weight_decay"]}
    if clip:
        options[clip] = 0.25
    return Part("optimizers", name, options)


# ---- the whole -----------------------------------------------------------------------------------


@st.composite
def architectures(draw: Draw, pairs: Pairs = MANY) -> Architecture:
    """Models of up to six layers on inputs of 2 to 4 axes, in both precisions."""
    dtype, weighted = draw(one_of("float32", "float64")), draw(st.booleans())
    batch, features, steps = (draw(st.integers(1, most)) for most in (4, 4, 6))
    masks = ["mask given", "mask found"]
    kind = draw(one_of("sequences", *masks, "features", "sequences", *masks, "pieces"))
    shapes = {"features": (features,), "pieces": (draw(st.integers(1, 3)), steps, features)}
    shape = shapes.get(kind, (steps, features))
    first = [layer("Masking")] if kind == "mask found" else []
    # Through numbers that are normal already, as one or two always are, no gradient comes but
    # rounding errors.
    parts, rank = draw(stack(1 + len(shape), pairs, normal=batch < 3))
    trained = optimizer(draw)
    loss, last = loss_and_its_layers(draw, rank)
    return Architecture(
        shape, (*first, *parts, *last), batch, loss, trained, kind == "mask given", weighted, dtype
    )
