"""The questions of `engines` put to npslstm."""

from __future__ import annotations

from typing import Any

import numpy as np

import npslstm
from npslstm.arrays import inward, inward_shape, outward
from npslstm.program import Program

from .engines import STATES, Arrays, by_weight, numbered


class Npslstm:
    nn: Any = npslstm

    def outputs(self, model: Any, x: np.ndarray) -> Arrays:
        model.parameters  # noqa: B018 - brings the weights home if another model borrowed them
        program = Program(model.dtype)
        signal = source = program.input(*inward_shape(x.shape))
        signals = {}
        for name, layer in numbered(model.layers):
            signals[name] = signal = layer.write(program, signal)
        source.value[...] = inward(np.asarray(x, model.dtype))
        program.run(program.steps())
        found = {name: outward(signal.value) for name, signal in signals.items()}
        for name, layer in numbered(model.layers):
            if layer.name in program.tapes:
                tape = program.tapes[layer.name]
                found[f"{name}, h"] = outward(tape.h[1:])
                found[f"{name}, last c"] = tape.c[-1].copy()
        return found

    def states(self, model: Any) -> Arrays:
        layers = [(n, layer) for n, layer in numbered(model.layers) if self.keeps_state(layer)]
        return {
            f"{name}, {s}": v.copy()
            for name, layer in layers
            for s, v in zip(STATES, layer.states, strict=False)
        }

    def keeps_state(self, layer: Any) -> bool:
        return getattr(layer, "stateful", False)

    def reset(self, model: Any) -> None:
        model.reset_states()
        if model.optimizer.built:
            model.optimizer.clock[0] = 0
            for slot in model.optimizer.memory.values():
                slot[...] = 0

    def gradients(self, model: Any, x: np.ndarray, y: np.ndarray) -> Arrays:
        kept = self.keep(model)
        model.train_on_batch(x, y)
        found = by_weight(model.layers, [v.gradient for v in model.trainable_weights])
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
            model.optimizer.clock[0] = iterations
            for slot, values in model.optimizer.memory.items():
                values[...] = memory.get(slot, 0)


ENGINE = Npslstm()
