"""One model built in npslstm and in Keras, with the same random weights and data, and every number
of the two compared: outputs, states, losses, gradients, and weights and slots after three steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import npslstm

from . import gradients
from .contexts import precision, without_warnings
from .differences import agree, difference
from .nested import flat
from .twins import count_names_anew, randomize

STEPS = 3  # of the optimizer
USED = 0.6  # the share of time steps that a mask leaves


def compare(
    build: Callable[[Any], Any],
    seed: int = 0,
    dtype: str = "float32",
    masked: bool = False,
    weighted: bool = False,
) -> None:
    """Assert that build(npslstm) and build(keras) agree, with the same random weights and data.

    build: makes a compiled model on Input(batch_shape=...). masked: give a mask to calls.
    weighted: give weights of samples to evaluation and training.
    """
    from .graph_pair import GraphPair  # which is a Pair

    with precision(dtype), without_warnings():
        rng = np.random.default_rng(seed)
        count_names_anew()
        ours, theirs = build(npslstm), build(keras)
        kind = Pair if isinstance(ours, npslstm.Sequential) else GraphPair
        pair = kind(ours, theirs, rng, dtype, masked, weighted)
        pair.same_structure()
        randomize(pair.ours, pair.theirs, rng)
        pair.random_states()
        pair.same_outputs()
        pair.same_derivatives()
        pair.same_evaluation()
        if not pair.drops:
            pair.same_training()


class Pair:
    """A model of each library, and the data they have in common."""

    def __init__(
        self, ours: Any, theirs: Any, rng: np.random.Generator, dtype: str, masked: bool,
        weighted: bool,
    ) -> None:  # fmt: skip
        self.ours, self.theirs, self.rng = ours, theirs, rng
        self.dtype, self.masked, self.weighted = dtype, masked, weighted
        self.keepers = [layer for layer in theirs.layers if getattr(layer, "stateful", False)]
        # What dropout drops is drawn by each library in its own way: no training can agree.
        self.drops = any(getattr(layer, "rate", 0) for layer in theirs.layers)

    # ---- data ------------------------------------------------------------------------------------

    def normal(self, *shape: int, deviation: float = 1) -> np.ndarray:
        return self.rng.normal(0, deviation, shape).astype(self.dtype)

    def inputs(self) -> np.ndarray:
        """With steps for a Masking layer to find, if that is the first one."""
        x, first = self.normal(*self.ours.input_shape), self.ours.layers[0]
        if isinstance(first, npslstm.layers.Masking):
            x[self.rng.uniform(size=x.shape[:2]) > USED] = first.mask_value
        return x

    def mask(self) -> np.ndarray | None:
        return self.rng.uniform(size=self.ours.input_shape[:2]) < USED if self.masked else None

    def batch(self) -> dict[str, Any]:
        """Arguments of train_on_batch."""
        x, shape = self.inputs(), self.ours.output_shape
        y = self.targets(self.ours.compiled.objectives[0].loss_argument, shape)
        weights = self.weights(shape)
        return {"x": x, "y": y, "sample_weight": weights if self.weighted else None}

    def targets(self, loss: Any, shape: tuple[int, ...]) -> np.ndarray:
        """What an output of this shape is compared with by a loss."""
        y = self.normal(*shape)
        if isinstance(loss, npslstm.losses.BinaryCrossentropy):
            return (y > 0).astype(self.dtype)
        if loss.takes_logits:
            labels = self.rng.integers(0, shape[-1], shape[:-1])
            return labels if loss.sparse else np.eye(shape[-1], dtype=self.dtype)[labels]
        return y

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        """Of the samples, or time steps, of an output."""
        return self.rng.uniform(0.5, 2, shape[:-1]).astype(self.dtype)

    def random_states(self) -> None:
        shapes = [[s.shape for s in states] for states in self.ours.get_states()]
        states = [[self.normal(*s, deviation=0.5) for s in pair] for pair in shapes]
        self.ours.set_states(states)
        for layer, values in zip(self.keepers, states, strict=True):
            for variable, value in zip(layer.states, values, strict=True):
                variable.assign(value)

    # ---- comparisons -----------------------------------------------------------------------------

    def agree(self, name: str, ours: Any, theirs: Any, what: str) -> None:
        agree(name + (", float64" if self.dtype == "float64" else ""), ours, theirs, what)

    def same_structure(self) -> None:
        """Shapes; names, shapes and types of weights, and the values of those not random."""
        assert self.ours.output_shape == self.theirs.output_shape
        kinds = [
            [(v.name, tuple(v.shape), str(v.dtype)) for v in variables]
            for model in (self.ours, self.theirs)
            for variables in (model.weights, model.trainable_weights)
        ]
        assert kinds[:2] == kinds[2:]
        for mine, keras_ in zip(self.ours.weights, self.theirs.weights, strict=True):
            if "kernel" not in mine.name and (mine.name != "scale" or not mine.shape):
                agree("exact", mine.numpy(), keras_.numpy(), f"initial {mine.name}")

    def same_states(self) -> None:
        states = [[s.numpy() for s in layer.states] for layer in self.keepers]
        ours = [state for layer in self.ours.get_states() for state in layer]
        theirs = [state for layer in states for state in layer]
        self.agree("random state", ours, theirs, "states")

    def same_outputs(self) -> None:
        """Two calls, the second from the states that the first one left."""
        for _ in range(2 if self.keepers else 1):
            x, mask = self.inputs(), self.mask()
            mine, keras_ = (flat(m(x, mask=mask)) for m in (self.ours, self.theirs))
            keras_ = [y.numpy() for y in keras_]
            assert {y.dtype.name for y in [*mine, *keras_]} == {self.dtype}
            self.agree("random output", mine, keras_, "output")
            self.same_states()

    def same_derivatives(self) -> None:
        """Outputs in training, from an initial state, and the gradients of a sum of them."""
        x, upstream = self.inputs(), self.normal(*self.ours.output_shape)
        first, state = self.ours.layers[0], None
        if isinstance(first, npslstm.layers.LSTM):
            state = list(self.normal(2, len(x), first.units, deviation=0.5))
        options: dict[str, Any] = {"mask": self.mask(), "training": not self.drops}
        mine = gradients.of_ours(self.ours.layers, x, upstream, initial_state=state, **options)
        keras_ = gradients.of_keras(self.theirs.layers, x, upstream, initial_state=state, **options)
        self.agree("random output", mine.output, keras_.output, "output in training")
        found = [[g.x, *g.weights, *g.state] for g in (mine, keras_)]
        self.same_gradients(*found, ["the input", *self.weight_names(), "h", "c"])
        self.same_states()

    def weight_names(self) -> list[str]:
        """Those that are trained, as 'kernel of layer 0'."""
        layers = enumerate(self.ours.layers)
        return [f"{v.name} of layer {k}" for k, layer in layers for v in layer.trainable_weights]

    def same_gradients(
        self, ours: list[np.ndarray], theirs: list[np.ndarray], names: list[str]
    ) -> None:
        """All together: beside the largest gradient of the model, that of a weight which is
        normalised away later is 0, but for rounding errors that have nothing to agree with."""
        assert [g.shape for g in ours] == [g.shape for g in theirs]
        if ours:
            gaps = [difference(*both, "absolute") for both in zip(ours, theirs, strict=True)]
            flat = [np.concatenate([g.ravel() for g in each]) for each in (ours, theirs)]
            self.agree("random gradient", *flat, f"gradients, most of {names[np.argmax(gaps)]}")

    def same_evaluation(self) -> None:
        batch = self.batch()
        mine, keras_ = self.ours.test_on_batch(**batch), self.theirs.test_on_batch(**batch)
        self.agree("random loss", mine, keras_, "loss of an evaluation")
        self.same_states()

    def same_training(self) -> None:
        """Gradients of the first loss; loss and states of each step; weights and slots at last."""
        seen = recorded(self.theirs.optimizer)
        batch = self.batch()
        mine = loss_gradients(self.ours, batch)
        for step in range(STEPS):
            losses = [flat(m.train_on_batch(**batch)) for m in (self.ours, self.theirs)]
            self.agree("random loss", losses[0], list(map(float, losses[1])), f"step {step + 1}")
            if step == 0:
                self.same_gradients(mine, seen, self.weight_names())
            self.same_states()
            batch = self.batch()
        name = "random weights after three steps"
        self.agree(name, self.ours.get_weights(), self.theirs.get_weights(), "weights")
        slots = [v.numpy() for v in self.theirs.optimizer.variables]
        self.agree(name, [v.numpy() for v in self.ours.optimizer.variables], slots, "slots")


def loss_gradients(model: Any, batch: dict[str, Any]) -> list[np.ndarray]:
    """The gradients of a batch's loss, from a step of length 0 that is undone."""
    optimizer, compiled = model.optimizer, model.compiled
    losses = {"loss": compiled.loss_argument, "loss_weights": compiled.loss_weights}
    weights, states = model.get_weights(), model.get_states()
    model.compile(npslstm.optimizers.SGD(0.0), **losses)
    model.train_on_batch(**batch)
    found = [v.gradient.copy() for v in model.trainable_weights]
    model.set_weights(weights)
    model.set_states(states)
    model.compile(optimizer, **losses)
    return found


def recorded(optimizer: Any) -> list[np.ndarray]:
    """A list that will hold the gradients of a Keras optimizer's first step."""
    seen: list[np.ndarray] = []
    apply = optimizer.apply_gradients

    def remember(pairs: Any) -> None:
        pairs = list(pairs)
        seen.extend(() if seen else (gradient.numpy() for gradient, _ in pairs))
        apply(pairs)

    optimizer.apply_gradients = remember
    return seen
