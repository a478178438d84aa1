"""One graph built in npslstm and in Keras: what `pair` does, with lists of inputs and outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

import npslstm

from . import gradients
from .engines import by_weight
from .nested import flat
from .pair import USED, Pair


class GraphPair(Pair):
    """See `Pair`. States to begin with are tensors of a graph, so there are none to be given."""

    def inputs(self) -> Any:
        """With steps for Masking layers to find."""
        xs = [self.normal(*shape) for shape in self.ours.input_shapes]
        if any(isinstance(layer, npslstm.layers.Masking) for layer in self.ours.layers):
            for x in xs:
                if x.ndim == 3:
                    x[self.rng.uniform(size=x.shape[:2]) > USED] = 0
        return alone_or_all(xs)

    def output_shapes(self) -> list[tuple[int, ...]]:
        return [tensor.shape for tensor in self.ours.outputs]

    def batch(self) -> dict[str, Any]:
        shapes, objectives = self.output_shapes(), self.ours.compiled.objectives
        x = self.inputs()
        pairs = zip(objectives, shapes, strict=True)
        y = [self.targets(one.loss_argument, shape) for one, shape in pairs]
        weights = [self.weights(shape) for shape in shapes]
        given = alone_or_all(weights) if self.weighted else None
        return {"x": x, "y": alone_or_all(y), "sample_weight": given}

    def same_derivatives(self) -> None:
        xs = flat(self.inputs())
        upstreams = [self.normal(*shape) for shape in self.output_shapes()]
        given = xs, upstreams, not self.drops
        outputs, mine = gradients.of_our_model(self.ours, *given)
        keras_outputs, keras_ = gradients.of_keras_model(self.theirs, *given)
        self.agree("random output", outputs, keras_outputs, "outputs in training")
        names = [f"input {k}" for k in range(len(xs))]
        self.same_gradients(mine, keras_, [*names, *self.weight_names()])
        self.same_states()

    def weight_names(self) -> list[str]:
        return list(by_weight(self.ours, [v.value for v in self.ours.trainable_weights]))

    def same_evaluation(self) -> None:
        """The sum of the losses, and each of several."""
        batch = self.batch()
        mine, keras_ = (m.test_on_batch(**batch) for m in (self.ours, self.theirs))
        self.agree("random loss", flat(mine), [float(v) for v in flat(keras_)], "losses")
        self.same_states()


def alone_or_all(arrays: list[np.ndarray]) -> Any:
    """The only one by itself: a list of one weight array of one step is another thing in Keras."""
    return arrays if len(arrays) > 1 else arrays[0]
