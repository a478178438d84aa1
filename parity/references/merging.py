"""Merge layers, over shapes and masks. Behind sequences stands an LSTM, which shows their mask."""

from .cases import RATE, F, case, descent, flat, graph_of, numbers
from .graphs import padded

N, T = 3, 4
SERIES, FACTS = (T, F), (F,)


def merged(nn, rng, merge, shapes, masked=(), alone=False, data=1):
    """Outputs and gradients of a merge of inputs of these shapes, some with masks.

    Inputs come out of a Dense layer, which wants gradients and does not leave masked steps at 0;
    data: how many of several do not, the last ones. alone: nothing stands behind the merge.
    """
    L, inputs = nn.layers, [nn.Input(shape) for shape in shapes]
    xs = [L.Masking()(x) if k in masked else x for k, x in enumerate(inputs)]
    learned = max(1, len(xs) - data)
    xs[:learned] = [L.Dense(x.shape[-1], activation="relu")(x) for x in xs[:learned]]
    y = merge(xs)
    y = L.LSTM(1, return_sequences=True)(y) if len(y.shape) == 3 and not alone else y
    model = graph_of(nn, rng, inputs, y, optimizer=nn.optimizers.SGD(RATE))
    x = [padded(rng, N, *shape) for shape in shapes]
    outputs = model.predict(x, verbose=0)
    return outputs, flat(descent(model, x, numbers(rng, *outputs.shape)))


def all_of(found):
    """Answers of several cases in two vectors."""
    outputs, gradients = zip(*found, strict=True)
    return {"graph output: all": flat(outputs), "graph gradient: all": flat(gradients)}


# ---- element by element -------------------------------------------------------------------------


def element_by_element(nn, rng, kind, number=3):
    merge, series = getattr(nn.layers, kind), [SERIES] * number
    found = [
        merged(nn, rng, merge(), series),
        merged(nn, rng, merge(), series, range(number)),
        merged(nn, rng, merge(), series, range(number), alone=True),
        merged(nn, rng, merge(), series, range(1)),
        merged(nn, rng, merge(), [FACTS] * number),
        merged(nn, rng, merge(), [FACTS, SERIES]),
        merged(nn, rng, merge(), [(T, 1), SERIES], range(2)),
    ]
    return all_of(found)


@case
def add(nn, rng):
    return element_by_element(nn, rng, "Add")


@case
def subtract(nn, rng):
    return element_by_element(nn, rng, "Subtract", 2)


@case
def multiply(nn, rng):
    return element_by_element(nn, rng, "Multiply")


@case
def average(nn, rng):
    return element_by_element(nn, rng, "Average")


@case
def maximum(nn, rng):
    return element_by_element(nn, rng, "Maximum")


@case
def minimum(nn, rng):
    return element_by_element(nn, rng, "Minimum")


@case
def ties(nn, rng):
    """Where both are equal: the first one is taught. Plain gradient descent, from equal weights."""
    found, x = {}, numbers(rng, N, F)
    for kind in ("Maximum", "Minimum"):
        given = nn.Input((F,))
        both = [nn.layers.Dense(2, kernel_initializer="zeros")(given) for _ in "ab"]
        model = nn.Model(given, getattr(nn.layers, kind)()(both))
        model.compile(optimizer=nn.optimizers.SGD(1.0), loss="mse", run_eagerly=True)
        model.train_on_batch(x, x[:, :2])
        found[f"layer output: {kind}"] = flat(model.get_weights())
    return found


# ---- side by side -------------------------------------------------------------------------------


@case
def concatenate_arrays(nn, rng):
    """Of one shape, along both axes."""
    a, b = numbers(rng, 2, 3, 3), numbers(rng, 2, 3, 3)
    return {f"exact: axis {axis}": nn.layers.Concatenate(axis=axis)([a, b]) for axis in (1, 2, -1)}


@case
def concatenate(nn, rng):
    """Features, and steps one after the other, with masks of all, of some and of none."""
    found = [merged(nn, rng, nn.layers.Concatenate(), [FACTS, (2,), FACTS])]
    for axis, shapes in ((-1, [SERIES, (T, 2), SERIES]), (1, [SERIES, (2, F), SERIES])):
        for masked in ((), (0, 1, 2), (1,)):
            found.append(merged(nn, rng, nn.layers.Concatenate(axis=axis), shapes, masked))
    return all_of(found)


# ---- products -----------------------------------------------------------------------------------


@case
def dot(nn, rng):
    """Over every axis, of two and of three; without and with rows of length 1."""
    found = []
    for shapes, axes in (
        ([FACTS, FACTS], 1), ([SERIES, (2, F)], 2), ([(N, F), (N, F)], 1),
        ([SERIES, FACTS], (2, 1)),
    ):  # fmt: skip
        for normalize in (False, True):
            layer = nn.layers.Dot(axes=axes, normalize=normalize)
            found.append(merged(nn, rng, layer, shapes, data=0))
    return all_of(found)


@case
def dot_of_short_rows(nn, rng):
    """A row of zeros stays as it is."""
    a, b = numbers(rng, 3, F), numbers(rng, 3, F)
    a[0], a[1] = 0, 1e-4 * a[1]
    return {"layer output: all": nn.layers.Dot(axes=1, normalize=True)([a, b])}
