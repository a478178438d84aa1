"""What experimenters do to layers, in the thread in which they do it: for other threads the network
is as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ..changes import Changes

Experiment = Callable[[int, int], Changes]  # what is changed, for T time steps and B samples

# Of each layer under experiment, by its identity.
UNDER_WAY: ContextVar[dict[int, Experiment] | None] = ContextVar("experiments", default=None)


def experiment_of(layer: Any) -> Experiment | None:
    """What is done to a layer here and now; None for nothing. `layer.changes` is there for those
    who want an experiment of all threads."""
    experiments = UNDER_WAY.get()
    own = None if experiments is None else experiments.get(id(layer))
    return own or getattr(layer, "changes", None)


def set_experiment(layer: Any, experiment: Experiment | None) -> None:
    """Do this to a layer from now on, in this thread; None for nothing."""
    experiments = dict(UNDER_WAY.get() or {})
    experiments.pop(id(layer), None)
    if experiment is not None:
        experiments[id(layer)] = experiment
    UNDER_WAY.set(experiments or None)
