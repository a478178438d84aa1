"""Two sets of answers side by side: each quantity against its tolerance, as rows with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .differences import difference
from .engines import Arrays, engine
from .findings import Findings, Row
from .nested import flat, mapped, part
from .observe import STEPS, Batch, observe
from .tolerances import TOLERANCES, named

Answers = dict[str, Arrays]
# A gradient that is smaller than this share of the model's largest one counts as that large: it is
# what sums have left, as that of attention's scale, and its rounding errors are of the terms' size.
SMALL = 2.0**-5


def rows(
    subject: str, ours: Answers, theirs: Answers, dtype: str, steps: dict[str, int]
) -> list[Row]:
    """One row for each quantity that either side has; steps: see Tolerance.after."""
    return [
        row(subject, q, ours.get(q, {}), theirs.get(q, {}), named(q, dtype), steps.get(q, 0))
        for q in dict.fromkeys([*ours, *theirs])
    ]


def row(
    subject: str, quantity: str, ours: Arrays, theirs: Arrays, tolerance: str, steps: int = 0
) -> Row:
    """The worst difference of all arrays of one quantity. An array that only one side has, or two
    of different shapes, count as infinitely far apart."""
    allowed = TOLERANCES[tolerance].after(steps)
    worst, where, compared = 0.0, "", 0
    least = SMALL * largest(theirs) if quantity == "gradients" else 0.0
    for name in dict.fromkeys([*ours, *theirs]):
        gap = float("inf")
        if name in ours and name in theirs and np.shape(ours[name]) == np.shape(theirs[name]):
            gap = difference(ours[name], theirs[name], allowed.kind, least)
            compared += np.size(ours[name])
        if gap > worst or not where:
            worst, where = gap, name
    return Row(
        subject, quantity, tolerance, where, compared,
        worst / allowed.epsilon, allowed.allowed_epsilons, allowed.epsilon,
    )  # fmt: skip


def largest(arrays: Arrays) -> float:
    """The largest finite magnitude in any of them."""
    found = [np.abs(a[np.isfinite(a)]).max(initial=0.0) for a in arrays.values()]
    return float(max(found, default=0.0))


def compare(
    model: Any, keras_model: Any, x: Any, y: Any, batch_size: int = 32, sample_weight: Any = None
) -> Findings:
    """Any two models that should agree, a built and compiled one of npslstm and one of Keras.

    x, y, sample_weight: data as for `fit`, lists or dicts for several inputs and outputs;
    batch_size: for stateful models theirs is taken. Asks both models for the outputs of every
    layer, states, losses, gradients, optimizer steps and predictions, and leaves them as they were.
    `print(compare(...))` shows the table; `.agree` is the verdict. Weights are compared first:
    `transfer(source, target)` copies them, in either direction.

    Raises ValueError for models that were not built or not compiled.
    """
    from .versions import ran_on

    for m in (model, keras_model):
        if m.optimizer is None:
            raise ValueError(f"Model '{m.name}' was not compiled: parity compares training too.")
        if not m.built:
            raise ValueError(f"Model '{m.name}' was not built: begin it with an Input.")
    size = model.state_batch_size or batch_size
    data = Batch(*(mapped(np.asarray, given) for given in (x, y, sample_weight)))
    batches = split(data, size, whole=bool(model.stateful))
    weights = [
        {"weights": {str(k): w for k, w in enumerate(m.get_weights())}}
        for m in (model, keras_model)
    ]
    found = [
        before | observe(engine(name), m, batches, STEPS[:2])
        for before, name, m in zip(weights, ("npslstm", "keras"), (model, keras_model), strict=True)
    ]
    counts = steps_of(batches, STEPS[:2], model.stateful)
    return Findings(ran_on(), rows(model.name, *found, dtype=model.dtype, steps=counts))


def steps_of(batches: Sequence[Batch], steps: Sequence[int], stateful: bool) -> dict[str, int]:
    """How many steps the rounding of each quantity adds up over: those of all inputs, one of which
    may be read behind the other."""
    shapes = [array.shape for array in flat(batches[0].x)]
    time_steps = max(1, sum(shape[1] for shape in shapes if len(shape) > 2))
    time_steps *= len(batches) if stateful else 1
    names = ("outputs", "state", "gradients", "result")
    return dict.fromkeys(names, time_steps) | {"optimizer": max(steps, default=0)}


def transfer(source: Any, target: Any) -> None:
    """Give the model or layer `target` the weights of `source`, whichever of them is Keras's."""
    target.set_weights(source.get_weights())


def split(data: Batch, size: int, whole: bool) -> Sequence[Batch]:
    """Batches in order; whole: without a shorter one at the end, which stateful models refuse."""
    stop = data.samples - data.samples % size if whole else data.samples
    return [Batch(*(part(a, k, k + size) for a in data)) for k in range(0, stop, size)]
