"""What one engine answers to every question of a comparison, on given batches, as named arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .engines import Arrays, Engine
from .nested import named, samples, together


class Batch(NamedTuple):
    """Data as `fit` takes them: arrays, or lists or dicts of them."""

    x: Any
    y: Any
    sample_weight: Any = None

    @property
    def samples(self) -> int:
        return samples(self.x)


STEPS = (1, 10, 100)  # of the optimizer


def observe(
    engine: Engine, model: Any, batches: Sequence[Batch], steps: Sequence[int] = STEPS
) -> dict[str, Arrays]:
    """By quantity: outputs, state, loss and metrics, gradients, optimizer, result.

    The model must be built and compiled. It is afterwards what it was before.
    """
    kept = engine.keep(model)
    found: dict[str, Arrays] = {}
    for look in (outputs_and_state, carried_state, losses, gradients, optimizer_steps, results):
        engine.restore(model, kept)
        engine.reset(model)
        options = {"steps": steps} if look is optimizer_steps else {}
        for quantity, arrays in look(engine, model, batches, **options).items():
            found.setdefault(quantity, {}).update(arrays)
    engine.restore(model, kept)
    return {quantity: arrays for quantity, arrays in found.items() if arrays}


def outputs_and_state(engine: Engine, model: Any, batches: Sequence[Batch]) -> dict[str, Arrays]:
    """Every layer for every batch, and the states that each leaves to the next."""
    outputs, state = {}, {}
    for k, batch in enumerate(batches, 1):
        outputs |= labelled(engine.outputs(model, batch.x), f"batch {k}")
        state |= labelled(engine.states(model), f"after batch {k}")
    engine.reset(model)
    state |= labelled(engine.states(model), "after reset")
    outputs |= labelled(engine.outputs(model, batches[0].x), "batch 1 after reset")
    return {"outputs": outputs, "state": state}


def carried_state(engine: Engine, model: Any, batches: Sequence[Batch]) -> dict[str, Arrays]:
    """States through predict, evaluate and fit, none of which resets them."""
    batch, found = batches[0], {}
    quiet = {"batch_size": batch.samples, "verbose": 0}
    model.predict(batch.x, **quiet)
    found |= labelled(engine.states(model), "after predict")
    model.evaluate(batch.x, batch.y, sample_weight=batch.sample_weight, **quiet)
    found |= labelled(engine.states(model), "then evaluate")
    model.fit(*batch[:2], sample_weight=batch.sample_weight, epochs=1, shuffle=False, **quiet)
    found |= labelled(engine.states(model), "then fit")
    return {"state": found}


def losses(engine: Engine, model: Any, batches: Sequence[Batch]) -> dict[str, Arrays]:
    """Of every batch by itself, and their means over an epoch of fit, key by key."""
    found = {}
    for k, batch in enumerate(batches, 1):
        found |= labelled(model.test_on_batch(*batch, return_dict=True), f"batch {k}")
    engine.reset(model)
    x, y, sample_weight = whole(batches)
    quiet = {"batch_size": batches[0].samples, "shuffle": False, "verbose": 0}
    history = model.fit(x, y, epochs=2, sample_weight=sample_weight, **quiet).history
    return {"loss and metrics": found | labelled(history, "two epochs of fit")}


def gradients(engine: Engine, model: Any, batches: Sequence[Batch]) -> dict[str, Arrays]:
    """Of the program's own loss, by every weight, for every batch; states move from one on."""
    found = {}
    for k, batch in enumerate(batches, 1):
        found |= labelled(engine.gradients(model, *batch), f"batch {k}")
    return {"gradients": found}


def optimizer_steps(
    engine: Engine, model: Any, batches: Sequence[Batch], steps: Sequence[int]
) -> dict[str, Arrays]:
    """Weights and what the optimizer remembers after some steps over the batches in turn."""
    found = {}
    for k in range(max(steps, default=0)):
        model.train_on_batch(*batches[k % len(batches)])
        if k + 1 in steps:
            when = f"after {k + 1} step{'s' * (k > 0)}"
            weights = {f"weight {n}": w for n, w in enumerate(model.get_weights())}
            slots = {f"slot {n}": s for n, s in engine.slots(model).items()}
            found |= labelled(weights | slots, when)
    return {"optimizer": found}


def results(engine: Engine, model: Any, batches: Sequence[Batch]) -> dict[str, Arrays]:
    """evaluate and predict over all batches."""
    x, y, sample_weight = whole(batches)
    quiet = {"batch_size": batches[0].samples, "verbose": 0}
    options = {"sample_weight": sample_weight, "return_dict": True, **quiet}
    evaluated = labelled(model.evaluate(x, y, **options), "evaluate")
    engine.reset(model)
    return {"result": evaluated | named(model.predict(x, **quiet), "predict")}


def whole(batches: Sequence[Batch]) -> Batch:
    """All batches as one."""
    return Batch(*(together(parts) for parts in zip(*batches, strict=True)))


def labelled(arrays: Any, when: str) -> Arrays:
    return {f"{name}, {when}": np.asarray(array) for name, array in arrays.items()}
