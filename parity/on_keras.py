"""The questions of `engines` put to Keras, on the tensorflow backend."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .engines import STATES, Arrays, by_weight, numbered


class Keras:
    nn: Any = keras

    def outputs(self, model: Any, x: np.ndarray) -> Arrays:
        signal, mask, found = tf.constant(x, model.dtype), None, {}
        for name, layer in numbered(model.layers):
            options = {"mask": mask} if mask is not None and self.takes_mask(layer) else {}
            if isinstance(layer, keras.layers.LSTM):
                h, c, y = self.all_steps(layer, signal, options)
                found[f"{name}, h"], found[f"{name}, last c"] = np.array(h), np.array(c)
            else:
                y = layer(signal, **options)
            mask = layer.compute_mask(signal, mask)
            found[name], signal = np.array(y), y
        return found

    def takes_mask(self, layer: Any) -> bool:
        return "mask" in layer.call.__code__.co_varnames

    def all_steps(self, layer: Any, x: Any, options: dict[str, Any]) -> Any:
        """h at every time step, the last c, and what the layer hands to the next."""
        settings = layer.return_sequences, layer.return_state
        layer.return_sequences = layer.return_state = True
        h, last_h, c = layer(x, **options)
        layer.return_sequences, layer.return_state = settings
        return h, c, h if layer.return_sequences else last_h

    def states(self, model: Any) -> Arrays:
        layers = [(name, each) for name, each in numbered(model.layers) if self.keeps_state(each)]
        return {
            f"{name}, {s}": v.numpy()
            for name, layer in layers
            for s, v in zip(STATES, layer.states, strict=False)
        }

    def keeps_state(self, layer: Any) -> bool:
        return getattr(layer, "stateful", False)

    def reset(self, model: Any) -> None:
        for layer in model.layers:
            if self.keeps_state(layer):
                layer.reset_state()
        rate = model.optimizer.variables[1:2]  # it comes after the number of steps
        for variable in model.optimizer.variables:
            if variable is not rate[0]:
                variable.assign(np.zeros(variable.shape))

    def gradients(self, model: Any, x: np.ndarray, y: np.ndarray) -> Arrays:
        kept = self.keep(model)
        x, y = tf.constant(x, model.dtype), tf.constant(y)
        weights = [v.value for v in model.trainable_variables]
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x, y, model(x, training=True), training=True)
        gradients = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, weights)]
        self.restore(model, kept)
        return by_weight(model.layers, gradients)

    def slots(self, model: Any) -> Arrays:
        return {str(k): v.numpy() for k, v in enumerate(model.optimizer.variables[2:])}

    def keep(self, model: Any) -> Any:
        optimizer = [v.numpy() for v in model.optimizer.variables]
        return model.get_weights(), self.states(model), optimizer

    def restore(self, model: Any, kept: Any) -> None:
        weights, states, optimizer = kept
        model.set_weights(weights)
        for name, layer in numbered(model.layers):
            if self.keeps_state(layer):
                for s, variable in zip("hc", layer.states, strict=True):
                    variable.assign(states[f"{name}, {s}"])
        for k, variable in enumerate(model.optimizer.variables):
            variable.assign(optimizer[k] if k < len(optimizer) else np.zeros(variable.shape))


ENGINE = Keras()
