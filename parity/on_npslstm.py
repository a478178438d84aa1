"""The questions of `engines` put to npslstm."""

from __future__ import annotations

from typing import Any

import numpy as np

import npslstm
from npslstm.arrays import time_major_shape, to_batch_major, to_time_major
from npslstm.forms import each
from npslstm.program import Program, Signal

from .engines import STATES, Arrays, Calls, by_weight, numbered


class Npslstm:
    nn: Any = npslstm

    def outputs(self, model: Any, x: Any) -> Arrays:
        model.gather_weights()  # brings them home if another model borrowed them
        names = model.input_names
        xs = [np.asarray(a, model.dtype) for a in each(x, names, "x", "inputs")]
        program, watched = Program(model.dtype), Watched(model)
        sources = [program.input(*time_major_shape(a.shape)) for a in xs]
        watched.write(model, program, *sources)
        for source, a in zip(sources, xs, strict=True):
            source.value[...] = to_time_major(a)
        program.steps().run()
        return watched.seen(program)

    def states(self, model: Any) -> Arrays:
        layers = [(n, layer) for n, layer in numbered(model) if self.keeps_state(layer)]
        return {
            f"{name}, {s}": v.copy()
            for name, layer in layers
            for s, v in zip(STATES, layer.states, strict=False)
        }

    def keeps_state(self, layer: Any) -> bool:
        return getattr(layer, "stateful", False) and not hasattr(layer, "layers")

    def reset(self, model: Any) -> None:
        model.reset_states()
        if model.optimizer.built:
            model.optimizer.step_count[0] = 0
            for slot in model.optimizer.memory.values():
                slot[...] = 0

    def gradients(self, model: Any, x: Any, y: Any, sample_weight: Any = None) -> Arrays:
        kept = self.keep(model)
        model.train_on_batch(x, y, sample_weight=sample_weight)
        found = by_weight(model, [v.gradient for v in model.trainable_weights])
        self.restore(model, kept)
        return found

    def slots(self, model: Any) -> Arrays:
        return {str(k): np.array(v.value) for k, v in enumerate(model.optimizer.variables[2:])}

    def keep(self, model: Any) -> Any:
        optimizer = model.optimizer
        memory = {slot: a.copy() for slot, a in optimizer.memory.items()} if optimizer.built else {}
        return model.get_weights(), model.get_states(), memory, optimizer.iterations

    def restore(self, model: Any, kept: Any) -> None:
        weights, states, memory, iterations = kept
        model.set_weights(weights)
        model.set_states(states)
        if model.optimizer.built:
            model.optimizer.step_count[0] = iterations
            for slot, values in model.optimizer.memory.items():
                values[...] = memory.get(slot, 0)


class InPlace:
    """What stands in the place of a layer or model, and is it but for what is `given`."""

    def __init__(self, original: Any, **given: Any) -> None:
        self.original = original
        vars(self).update(given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class Watched:
    """Writes a model into a program, and keeps the signals of every call."""

    def __init__(self, model: Any) -> None:
        self.calls = Calls(model)
        self.signals: list[tuple[Any, tuple[Signal, ...]]] = []

    def write(self, model: Any, program: Program, *xs: Signal) -> Any:
        """As the model writes itself, with each of its layers watched."""
        calls = [call._replace(layer=self.watching(call.layer)) for call in model.plan.calls]
        plan = model.plan._replace(calls=calls)
        return npslstm.Model.write(InPlace(model, plan=plan), program, *xs)

    def watching(self, layer: Any) -> Any:
        """What writes itself as the layer does, and tells."""

        def write(program: Program, *xs: Signal) -> Any:
            inner = isinstance(layer, npslstm.Model)
            made = self.write(layer, program, *xs) if inner else layer.write(program, *xs)
            self.signals.append((layer, made if isinstance(made, tuple) else (made,)))
            return made

        return InPlace(layer, write=write)

    def seen(self, program: Program) -> Arrays:
        """All that was made by a run."""
        tapes = {key: list(records) for key, records in program.tapes.items()}
        for layer, signals in self.signals:
            found: dict[str, Any] = {}
            for k, signal in enumerate(signals):
                found[f"output {k}"] = to_batch_major(signal.value)
                found[f"mask {k}"] = signal.mask.T if signal.mask.size else None
            if id(layer) in tapes:
                tape = tapes[id(layer)].pop(0)
                found |= {"h": to_batch_major(tape.h[1:]), "last c": tape.c[-1]}
            self.calls.note(layer, found)
        return self.calls.found


ENGINE = Npslstm()
