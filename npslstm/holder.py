"""What a model holds besides its structure: weights, states, programs; who may use them, and what
copies of it have."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from .arguments import entries
from .arrays import as_weight
from .layers.base import Layer
from .layers.state import StateKeeper
from .parameters import Parameters, Variable
from .pool import Pool
from .seqlock import SequenceLock, join
from .watch import Clock


class Holder:
    """The layers of a model, and all the numbers in them."""

    name: str
    stacked: list[Layer]

    @property
    def built(self) -> bool:
        """Whether it has its weights."""
        raise NotImplementedError

    @property
    def dtype(self) -> str:
        """The precision that its layers compute in."""
        raise NotImplementedError

    @property
    def named_layers(self) -> list[Any]:
        """All whose names must differ."""
        return list(self.stacked)

    @property
    def every_layer(self) -> list[Layer]:
        """The layers and all within them."""
        return once_each(one for layer in self.stacked for one in layer.every_layer)

    # ---- copies and programs -------------------------------------------------------------------

    def have_own_programs(self) -> None:
        """Begin without programs, in use by nobody but through layers that others have, too."""
        self.own_lock = self.known_lock = SequenceLock()  # `lock`, as of the last look
        self.pool = Pool(self.state)
        self.kept_parameters: Parameters | None = None
        self.known_keepers: tuple[int, list[StateKeeper]] = -1, []  # `state_keepers`, and when
        self.known_shapes: dict[Any, tuple[int, Any]] = {}  # likewise the shapes of outputs
        self.join_locks()

    def __getstate__(self) -> dict[str, Any]:
        """A copy has configuration, weights, states, optimizer and random numbers, no programs."""
        own = {k: v for k, v in vars(self).items() if k not in ("own_lock", "known_lock", "pool")}
        with self.lock:  # whatever is copied later, these are the numbers of one moment
            moment = self.numbers()
        return own | {"kept_parameters": None, "numbers of one moment": moment}

    def numbers(self) -> tuple[Any, ...]:
        """Copies of all that training and predicting change."""
        return self.get_weights(), self.get_states() if self.built else []

    def __setstate__(self, state: dict[str, Any]) -> None:
        moment = state.pop("numbers of one moment")
        vars(self).update(state)
        self.have_own_programs()
        self.take_over(*moment)

    def take_over(self, weights: list[np.ndarray], states: list[list[np.ndarray]]) -> None:
        """Have the numbers of one moment, unless layers were built after it."""
        if len(weights) == len(self.weights):
            self.set_weights(weights)
            if states:
                self.set_states(states)

    def __copy__(self) -> Any:
        """As Keras has it: a copy of a model, of whatever kind, has layers of its own."""
        return copy.deepcopy(self)

    # ---- weights -------------------------------------------------------------------------------

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer; one that is met again, in a model within, counts once."""
        return once_each(v for layer in self.stacked for v in layer.weights)

    @property
    def trainable_weights(self) -> list[Variable]:
        """Those that training changes."""
        return once_each(v for layer in self.stacked for v in layer.trainable_weights)

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Those that it does not, of frozen layers too."""
        return once_each(v for layer in self.stacked for v in layer.non_trainable_weights)

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer by layer."""
        with self.lock:
            return [v.numpy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all weights, layer by layer. Raises ValueError, changing none, if they differ."""
        own, weights = self.weights, entries(weights, "weights", "set_weights", "arrays")
        if len(weights) != len(own):
            hint = "" if self.built else " The model was not built: give it an Input."
            raise ValueError(
                f"Model '{self.name}' has {len(own)} weights; set_weights was given "
                f"{len(weights)}.{hint}"
            )
        arrays = [
            as_weight(w, v.shape, self.dtype, "weights: a weight")
            for w, v in zip(weights, own, strict=True)
        ]
        for position, (variable, array) in enumerate(zip(own, arrays, strict=True)):
            if array.shape != variable.shape:
                raise ValueError(
                    f"weights: number {position}, '{variable.name}', has shape {variable.shape}; "
                    f"set_weights was given shape {array.shape}."
                )
        with self.lock.change:
            for variable, array in zip(own, arrays, strict=True):
                variable.assign(array)

    def count_params(self) -> int:
        """How many numbers the weights hold. Raises ValueError before the model is built."""
        for layer in self.stacked:
            layer.count_params()
        return sum(v.value.size for v in self.weights)

    @property
    def parameters(self) -> Parameters:
        """The flat vector of all weights, as training needs it: made when first needed, after
        `compile`, and when layers were frozen; and again where another model has taken them over.
        """
        roles = self.trainable_weights, self.non_trainable_weights
        kept = self.kept_parameters
        if kept is None or not kept.matches(*roles):
            with self.lock.change:
                kept = self.kept_parameters = Parameters(*roles)
        elif not kept.still_own():
            with self.lock.change:
                kept.adopt()
        return kept

    def gather_weights(self) -> None:
        """Bring the weights into one vector, as training needs them."""
        self.parameters  # noqa: B018

    def state(self) -> tuple[Any, ...]:
        """What programs are written from: another one after each change. Raises ValueError if two
        layers have come to be called the same."""
        names = [name for layer in self.named_layers for name in layer.names]
        twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
        if twice is not None:
            raise ValueError(
                f"Names of layers must differ within a model; two are called '{twice}'. Write for "
                "example layer.name = 'another_name'."
            )
        return tuple(layer.state() for layer in self.stacked)

    def forget_programs(self) -> None:
        """The weights or their roles have changed: programs must be made anew."""
        self.kept_parameters = None
        self.pool.clear()

    # ---- threads -------------------------------------------------------------------------------

    @property
    def lock(self) -> SequenceLock:
        """Guards the numbers of this model, and of all that have layers in common with it."""
        lock = self.known_lock
        if lock.joined is not None:
            lock = self.known_lock = lock.root()
        return lock

    def join_locks(self) -> None:
        layers = getattr(self, "stacked", ())
        if layers:
            join([self.own_lock, *(one.lock for one in self.every_layer)])
            Clock.time += 1

    # ---- state ---------------------------------------------------------------------------------

    @property
    def state_keepers(self) -> list[StateKeeper]:
        return list(self.keepers())

    def keepers(self) -> list[StateKeeper]:
        if self.known_keepers[0] != Clock.time:  # layers were added, or their settings changed
            found = once_each(keeper for layer in self.stacked for keeper in layer.state_keepers)
            self.known_keepers = Clock.time, found
        return self.known_keepers[1]

    @property
    def stateful(self) -> bool:
        """Whether any layer carries its state from batch to batch."""
        return bool(self.keepers())

    @property
    def state_batch_size(self) -> int | None:
        """The number of samples that stateful layers keep states for; None before that is known."""
        for layer in self.keepers():
            if layer.carried is not None:
                return layer.carried.h.shape[0]
        return None

    def get_states(self) -> list[list[np.ndarray]]:
        """Copies of [h, c], each (samples, units), of every stateful layer in order."""
        with self.lock:
            return [layer.get_states() for layer in self.state_keepers]

    def set_states(self, states: list[Any]) -> None:
        """Continue from what `get_states` returned. Raises ValueError, changing none, if it
        does not fit."""
        keepers = self.state_keepers
        if not isinstance(states, (list, tuple)) or len(states) != len(keepers):
            raise ValueError(
                f"Model '{self.name}' has {len(keepers)} stateful layers; states must be a list "
                f"with [h, c] for each of them, as get_states() returns it."
            )
        for layer, state in zip(keepers, states, strict=True):
            layer.given_state(state, layer.require_state().h.shape[0], "states")
        with self.lock.change:
            for layer, state in zip(keepers, states, strict=True):
                layer.set_states(state)

    def reset_states(self) -> None:
        """Make every stateful layer forget. Without stateful layers nothing happens."""
        with self.lock.change:
            for layer in self.state_keepers:
                if layer.carried is not None:
                    layer.reset_state()


def once_each(things: Iterable[Any]) -> list[Any]:
    """Things in order, each where it is met first."""
    return list({id(one): one for one in things}.values())
