"""The tutorial programs of `examples` on either engine, from the same weights in the same order.

A program is run by its own `main`. What parity needs of it is taken on the way: models that its
`build` makes start with prepared weights; what it hands to `fit` are the batches to compare on;
what `fit`, `evaluate` and `predict` return, what it prints, and its scores are results to compare.
Three things are changed: samples are not shuffled, `fit` is silent, and no picture is drawn.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import npslstm
from examples import PROGRAMS
from npslstm.datasets import mnist

from .engines import Arrays
from .observe import Batch
from .tolerances import FLOAT32

TUTORIALS = PROGRAMS[: PROGRAMS.index("mnist") + 1]
SEED = 7


class Fit(NamedTuple):
    """One call of fit: which model of the program, its data, and the history key by key."""

    model: int
    x: np.ndarray
    y: np.ndarray
    batch_size: int
    history: dict[str, list[float]]


@dataclass
class Run:
    """What a program did."""

    models: list[Any] = field(default_factory=list)
    makers: list[Callable[[Any], Any]] = field(default_factory=list)  # each model anew, on any nn
    fits: list[Fit] = field(default_factory=list)
    results: Arrays = field(default_factory=dict)
    nudged: bool = False

    def subjects(self) -> list[int]:
        """The models to compare: those trained on data that no model before was trained on."""
        first: dict[int, int] = {}
        for fit in self.fits:
            first.setdefault(id(fit.x), fit.model)
        return sorted(set(first.values()))

    def curve(self, model: int, key: str = "loss") -> list[float]:
        """A value over all epochs of a model's training, however many fits that took."""
        fits = [fit for fit in self.fits if fit.model == model]
        return [value for fit in fits for value in fit.history[key]]

    def steps(self, model: int) -> int:
        """How many steps the optimizer took."""
        fits = [fit for fit in self.fits if fit.model == model]
        return sum(-(-len(f.x) // f.batch_size) * len(f.history["loss"]) for f in fits)

    def batches(self, model: int, most: int) -> list[Batch]:
        """The first `most` batches of each part of the data that the model was trained on."""
        found, seen = [], []
        for fit in self.fits:
            if fit.model != model or any(fit.x is x for x in seen):
                continue
            seen.append(fit.x)
            size = fit.batch_size
            starts = range(0, len(fit.x), size)[:most]
            found += [Batch(fit.x[k : k + size], fit.y[k : k + size]) for k in starts]
        return found


def run(
    name: str, nn: Any, epochs: int | None = None, dtype: str = "float32", nudged: bool = False
) -> Run:
    """The program `name` on engine nn, from npslstm's initial weights for SEED.

    nudged: with the first weight of every model one float32 epsilon, 2^-23, larger.
    """
    module, done = importlib.import_module(f"examples.{name}"), Run(nudged=nudged)
    options = {} if epochs is None else {"epochs": epochs}
    printed = io.StringIO()
    with (
        precision(nn, dtype),
        mock.patch.object(module, "build", watched(module.build, done)),
        mock.patch.object(module, "draw", return_value=Path("not drawn")),
        mock.patch.object(mnist, "load_data", not_downloaded),
        contextlib.redirect_stdout(printed),
    ):
        scores = module.main(nn, seed=SEED, **options)["score"]
    done.results |= {f"score {name}": np.float64(score) for name, score in scores.items()}
    return replace(done, results=done.results | {"printed": words(printed.getvalue())})


@contextlib.contextmanager
def precision(nn: Any, dtype: str) -> Iterator[None]:
    """Everything made inside is of this dtype: Keras keeps a policy of its own for layers."""
    settings = [nn.config.set_floatx]
    if hasattr(nn.config, "set_dtype_policy"):
        settings.append(nn.config.set_dtype_policy)
    before = nn.config.floatx()
    for use in settings:
        use(dtype)
    try:
        yield
    finally:
        for use in settings:
            use(before)


def not_downloaded(*_: Any, **__: Any) -> None:
    raise FileNotFoundError("No images are downloaded for a comparison.")


# ---- what is watched ----------------------------------------------------------------------------


def watched(build: Any, done: Run) -> Any:
    """`build` whose models start with prepared weights and have their calls written down."""

    def build_watched(nn: Any, *arguments: Any, **options: Any) -> Any:
        model, number = build(nn, *arguments, **options), len(done.models)
        with precision(npslstm, "float32"), npslstm_seed(SEED + number):
            weights = build(npslstm, *arguments, **options).get_weights()
        if done.nudged:
            weights[0].flat[0] += FLOAT32
        model.set_weights(weights)
        done.models.append(model)
        done.makers.append(lambda nn: build(nn, *arguments, **options))
        evaluate, predict, fit = model.evaluate, model.predict, model.fit
        model.evaluate = watched_answer("evaluate", evaluate, done)
        model.predict = watched_answer("predict", predict, done)

        def fit_watched(x: Any, y: Any, **settings: Any) -> Any:
            quiet = {**settings, "shuffle": False, "verbose": 0}
            with mock.patch.object(model, "evaluate", evaluate):  # fit's own use is not a result
                history = fit(x, y, **quiet)
            size = settings.get("batch_size", 32)
            done.fits.append(Fit(number, x, y, size, history.history))
            return history

        model.fit = fit_watched
        return model

    return build_watched


@contextlib.contextmanager
def npslstm_seed(seed: int) -> Iterator[None]:
    """This seed inside; afterwards NumPy's random numbers go on as if nothing had been."""
    state = np.random.get_state()
    npslstm.utils.set_random_seed(seed)
    yield
    np.random.set_state(state)


def watched_answer(name: str, answer: Any, done: Run) -> Any:
    def answer_watched(*arguments: Any, **options: Any) -> Any:
        value = answer(*arguments, **options)
        done.results[f"{name} {len(done.results) + 1}"] = np.array(value)
        return value

    return answer_watched


# ---- what is printed ----------------------------------------------------------------------------


def words(text: str) -> np.ndarray:
    """Printed text as code points, # for numbers, which are compared before they are rounded."""
    return np.array([ord(c) for c in re.sub(r"-?\d+\.\d+(e[+-]\d+)?( s\b)?", "#", text)])
