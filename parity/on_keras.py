"""The questions of `engines` put to Keras, on the tensorflow backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .engines import STATES, Arrays, Calls, by_weight, numbered
from .nested import flat, mapped


class Keras:
    nn: Any = keras

    def outputs(self, model: Any, x: Any) -> Arrays:
        calls = Calls(model)
        x = mapped(lambda array: tf.constant(array, model.dtype), x)
        self.run(model, x, calls)
        return calls.found

    def run(self, model: Any, x: Any, calls: Calls) -> Any:
        """As the model runs itself, with each of its layers watched."""
        graph = getattr(model, "_functional", model)  # of a Sequential
        xs = graph._standardize_inputs(x)
        return graph._run_through_graph(xs, lambda layer: self.watching(layer, calls))

    def watching(self, layer: Any, calls: Calls) -> Callable[..., Any]:
        """What is called in the layer's place, and tells; of masks there are nodes, too."""
        if id(layer) not in calls.names:
            return layer

        def call(*arguments: Any, **options: Any) -> Any:
            found: dict[str, Any] = {}
            if hasattr(layer, "layers"):
                outputs = self.run(layer, *arguments, calls)
            elif isinstance(layer, keras.layers.LSTM):
                outputs, found["h"], found["last c"] = self.all_steps(layer, *arguments, **options)
            else:
                outputs = layer(*arguments, **options)
            for k, y in enumerate(flat(outputs)):
                found |= {f"output {k}": y, f"mask {k}": getattr(y, "_keras_mask", None)}
            calls.note(layer, found)
            return outputs

        return call

    def all_steps(self, layer: Any, *arguments: Any, **options: Any) -> tuple[Any, Any, Any]:
        """What the layer hands on, h at every time step, and the last c."""
        settings = layer.return_sequences, layer.return_state
        layer.return_sequences = layer.return_state = True
        h, last_h, c = layer(*arguments, **options)
        layer.return_sequences, layer.return_state = settings
        y = h if layer.return_sequences else last_h
        return [y, last_h, c] if layer.return_state else y, h, c

    def states(self, model: Any) -> Arrays:
        layers = [(name, layer) for name, layer in numbered(model) if self.keeps_state(layer)]
        return {
            f"{name}, {s}": v.numpy()
            for name, layer in layers
            for s, v in zip(STATES, layer.states, strict=False)
        }

    def keeps_state(self, layer: Any) -> bool:
        return getattr(layer, "stateful", False)

    def reset(self, model: Any) -> None:
        for _, layer in numbered(model):
            if self.keeps_state(layer):
                layer.reset_state()
        rate = model.optimizer.variables[1:2]  # it comes after the number of steps
        for variable in model.optimizer.variables:
            if variable is not rate[0]:
                variable.assign(np.zeros(variable.shape))

    def gradients(self, model: Any, x: Any, y: Any, sample_weight: Any = None) -> Arrays:
        kept = self.keep(model)
        x = mapped(lambda array: tf.constant(array, model.dtype), x)
        y, sample_weight = (mapped(tf.constant, given) for given in (y, sample_weight))
        weights = [v.value for v in model.trainable_variables]
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = model.compute_loss(x, y, outputs, sample_weight, training=True)
        found = tape.gradient(loss, weights, unconnected_gradients="zero")
        gradients = [tf.convert_to_tensor(g).numpy() for g in found]
        self.restore(model, kept)
        return by_weight(model, gradients)

    def slots(self, model: Any) -> Arrays:
        return {str(k): v.numpy() for k, v in enumerate(model.optimizer.variables[2:])}

    def keep(self, model: Any) -> Any:
        optimizer = [v.numpy() for v in model.optimizer.variables]
        return model.get_weights(), self.states(model), optimizer

    def restore(self, model: Any, kept: Any) -> None:
        weights, states, optimizer = kept
        model.set_weights(weights)
        for name, layer in numbered(model):
            if self.keeps_state(layer):
                for s, variable in zip(STATES, layer.states, strict=False):
                    variable.assign(states[f"{name}, {s}"])
        for k, variable in enumerate(model.optimizer.variables):
            variable.assign(optimizer[k] if k < len(optimizer) else np.zeros(variable.shape))


ENGINE = Keras()
