"""Runs a drawn sequence of calls on npslstm or Keras, and keeps all that can be seen of it.

In Keras a call within a callback changes what belongs to the call around it: running means, stop
flags, history and validation data. Here such calls are put in brackets that restore those, which is
what npslstm does by itself; see docs/keras.md.
"""

from __future__ import annotations

import builtins
import contextlib
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

import npslstm

from .call_sequences import HOOKS, STOPS, Call, Sequence

T, F, N = 3, 2, 4
ALL_HOOKS = sorted({hook for hooks in HOOKS.values() for hook in hooks})


class Subject:
    """A model of `nn`, npslstm or keras, the arrays that it is given, and what it did.

    journal: every hook with its logs, and every result, in order.
    """

    def __init__(self, nn: Any, sequence: Sequence) -> None:
        self.nn = nn
        self.kind = sequence.model
        self.own = nn is npslstm
        self.compiled_inside = False  # by a callback: until the call around it ends none is made
        self.journal: list[tuple[Any, ...]] = []
        rng = np.random.default_rng(sequence.seed)
        samples = N if self.kind == "stateful" else N + 1
        self.x = rng.normal(0, 1, (samples, T, F)).astype("float32")
        if self.kind == "masked":
            self.x[:, 2:][rng.random(samples) < 0.5] = 0
        self.y = rng.normal(0, 1, (samples, 1)).astype("float32")
        if self.kind == "classifier":
            self.y = rng.integers(0, 3, samples)
        self.sample_weight = rng.uniform(0.5, 2, samples).astype("float32")
        self.model = self.make()
        shapes = [w.shape for w in self.model.get_weights()]
        self.weights = [[rng.normal(0, 0.5, s).astype("float32") for s in shapes] for _ in range(2)]
        self.model.set_weights(self.weights[0])

    def make(self) -> Any:
        nn, layers = self.nn, self.nn.layers
        first = nn.Input(batch_shape=(2, T, F)) if self.kind == "stateful" else nn.Input((T, F))
        below = [layers.Masking()] if self.kind == "masked" else []
        lstm = layers.LSTM(3, stateful=self.kind == "stateful")
        last = layers.Dense(3, "softmax") if self.kind == "classifier" else layers.Dense(1)
        self.model = nn.Sequential([first, *below, lstm, last])
        self.compile(0)
        return self.model

    def compile(self, number: int) -> None:
        nn = self.nn
        optimizers = [nn.optimizers.SGD(0.125, momentum=0.5), nn.optimizers.Adam(0.0625, epsilon=1)]
        loss, metrics = "mse", ["mae"]
        if self.kind == "classifier":
            loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
        weighted = ["mse"] if self.kind == "masked" else None
        self.model.compile(
            optimizers[number], loss, metrics=metrics, weighted_metrics=weighted, run_eagerly=True
        )

    # ---- calls ---------------------------------------------------------------------------------

    def do(self, call: Call, depth: int = 0) -> None:
        """Make a call, and note what it returned or raised."""
        try:
            returned = self.make_call(call, depth)
        except (Exception, KeyboardInterrupt) as error:
            self.journal.append((depth, call.method, "raised", kind_of(error)))
            if depth and "mistake" not in call.options:
                raise
            return
        if call.method in HOOKS and not depth:
            flag = dict(zip(HOOKS, STOPS, strict=True))[call.method]
            self.journal.append((depth, flag, getattr(self.model, flag), None))
        self.journal.append((depth, call.method, "returned", returned))

    def make_call(self, call: Call, depth: int) -> Any:
        model, method = self.model, call.method
        if method == "compile":
            self.compiled_inside = depth > 0
            return self.compile(call.options["number"])
        if method == "set_weights":
            return model.set_weights(self.weights[call.options["number"]])
        if method == "reset_states":
            for layer in model.layers:
                if getattr(layer, "stateful", False):
                    layer.reset_state()
            return None
        if method == "summary":
            return model.summary(print_fn=lambda *_, **__: None)
        if method == "save":
            with tempfile.TemporaryDirectory() as folder:
                return model.save(pathlib.Path(folder, "m.keras"))
        self.compiled_inside = self.compiled_inside and depth > 0
        options = dict(call.options)
        arrays = self.arrays(method, options)
        if method in HOOKS:
            options |= {"verbose": 0}
            if "mistake" not in call.options:  # Keras calls some hooks before it notices
                options["callbacks"] = [self.callback(call, depth)]
        if method == "fit":
            options["shuffle"] = False
        found = getattr(model, method)(*arrays, **options)
        if method != "fit":
            return found
        return found.history, found.epoch, found.params, depth > 0 or found is model.history

    def arrays(self, method: str, options: dict[str, Any]) -> list[Any]:
        """x and y; puts the other arrays into the options that ask for them."""
        x, y, weights = self.x, self.y, self.sample_weight
        mistake = options.pop("mistake", None)
        if self.kind == "stateful" and method in HOOKS:
            options.setdefault("batch_size", 2)
        if "on_batch" in method:
            x, y, weights = x[:2], y[:2], weights[:2]
        if options.get("sample_weight"):
            options["sample_weight"] = weights
        if "validation_data" in options:
            length = 3 if options["validation_data"] == "weighted" else 2
            options["validation_data"] = (x[::-1].copy(), y[::-1].copy(), weights)[:length]
        if mistake == "batch_size" and "on_batch" not in method:
            options["batch_size"] = -1
        elif mistake == "samples" and method in ("fit", "evaluate"):
            y = y[:1]
        elif mistake:
            x = x[..., :1]
        return [x] if "predict" in method else [x, y]

    # ---- callbacks -----------------------------------------------------------------------------

    def callback(self, call: Call, depth: int) -> Any:
        """An object that notes every hook and its logs, and does what the call's reactions say."""
        times = dict.fromkeys(ALL_HOOKS, 0)

        def hook(name: str) -> Any:
            def called(owner: Any, *arguments: Any, logs: Any = None) -> None:
                position = [a for a in arguments if not isinstance(a, dict)]
                logs = next((a for a in arguments if isinstance(a, dict)), logs)
                assert owner.model is self.model
                where = *position, *sorted(owner.params.items())
                self.journal.append((depth, name, where, dict(logs)))
                times[name] += 1
                for reaction in call.reactions:
                    if reaction[:2] == (name, times[name]):
                        self.react(reaction.deed, depth + 1)

            return called

        hooks = {name: hook(name) for name in ALL_HOOKS}
        return type("Recorder", (self.nn.callbacks.Callback,), hooks)()

    def react(self, deed: Call | str, depth: int) -> None:
        if isinstance(deed, str):
            verb, what = deed.split()
            if verb == "raise":
                raise getattr(builtins, what)
            setattr(self.model, what, True)
        elif not self.compiled_inside:
            with contextlib.nullcontext() if self.own else undisturbed(self.model, deed):
                self.do(deed, depth)

    @property
    def states(self) -> list[np.ndarray]:
        if self.own:
            return [array for states in self.model.get_states() for array in states]
        stateful = [layer for layer in self.model.layers if getattr(layer, "stateful", False)]
        return [state.numpy() for layer in stateful for state in layer.states]


def kind_of(error: BaseException) -> str:
    """The name of an exception's type; TensorFlow's own count as ValueError."""
    import tensorflow as tf

    return "ValueError" if isinstance(error, tf.errors.OpError) else type(error).__name__


@contextlib.contextmanager
def undisturbed(model: Any, call: Call) -> Iterator[None]:
    """A Keras model, used by a callback within a call: what belongs to that call is put back.

    Of the stop flags that are those which the inner call sets to False when it begins; one that its
    own callbacks set for the outer call stays.
    """
    flags = [flag for method, flag in zip(HOOKS, STOPS, strict=True) if method == call.method]
    if any(option.startswith("validation") for option in call.options):
        flags.append("stop_evaluating")
    names = [*flags, "history", "_eval_epoch_iterator"]
    attributes = {name: getattr(model, name, None) for name in names}
    means = [(v, v.numpy()) for metric in model.metrics for v in metric.variables]
    try:
        yield
    finally:
        for name, value in attributes.items():
            setattr(model, name, value)
        model.reset_metrics()
        for variable, value in means:
            variable.assign(value)
