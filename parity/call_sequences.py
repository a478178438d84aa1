"""Sequences of calls of one model, drawn at random: what users do with it, and their callbacks.

A call is fit, evaluate, predict and so on. A reaction is what a callback does when one of its hooks
is called for the n-th time: make another call, stop, or raise. All options are valid unless a call
says that it is a mistake.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

TRAIN_HOOKS = [
    "on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end",
    "on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end", "on_epoch_end",
    "on_train_end",
]  # fmt: skip
HOOKS = {
    "fit": TRAIN_HOOKS,
    "evaluate": [hook for hook in TRAIN_HOOKS if "test" in hook],
    "predict": [hook.replace("test", "predict") for hook in TRAIN_HOOKS if "test" in hook],
}
STOPS = ["stop_training", "stop_evaluating", "stop_predicting"]
ERRORS = ["ValueError", "RuntimeError", "KeyboardInterrupt"]


class Call(NamedTuple):
    """A method of a model, its options by name, and what its callback does."""

    method: str
    options: dict[str, Any] = {}
    reactions: tuple[Reaction, ...] = ()


class Reaction(NamedTuple):
    """At the `time`-th call of a hook, counted from 1: a Call, or 'stop ...', or 'raise ...'."""

    hook: str
    time: int
    deed: Call | str


class Sequence(NamedTuple):
    """Calls of one kind of model, with weights and data that belong to the seed."""

    model: str
    seed: int
    calls: tuple[Call, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, {self.model}"]
        for number, call in enumerate(self.calls):
            lines += told(call, f"{number}. ")
        return "\n".join(lines)


def told(call: Call, indent: str) -> list[str]:
    """The lines that describe a call."""
    options = ", ".join(f"{name}={value}" for name, value in call.options.items())
    lines = [f"{indent}{call.method}({options})"]
    for hook, time, deed in call.reactions:
        inside = " " * len(indent)
        if isinstance(deed, str):
            lines.append(f"{inside}at {hook} number {time}: {deed}")
        else:
            lines += [f"{inside}at {hook} number {time}:", *told(deed, inside + "    ")]
    return lines


# ---- drawing -------------------------------------------------------------------------------------


class Drawing:
    """Draws calls for one kind of model."""

    def __init__(self, seed: int, model: str) -> None:
        self.random = random.Random(seed)
        self.stateful = model == "stateful"
        self.labels = model == "classifier"

    def some(self, **choices: list[Any]) -> dict[str, Any]:
        """One of each list; None stands for leaving the option out."""
        drawn = {name: self.random.choice(values) for name, values in choices.items()}
        return {name: value for name, value in drawn.items() if value is not None}

    def sizes(self, name: str = "batch_size") -> dict[str, Any]:
        return {name: 2} if self.stateful else self.some(**{name: [None, 2, 3]})

    def weights(self) -> dict[str, Any]:
        """Arrays of weights stand in `options` as True."""
        drawn = self.some(sample_weight=[None, None, True], class_weight=[None, {0: 2.0, 2: 0.5}])
        if not self.labels or "sample_weight" in drawn:
            drawn.pop("class_weight", None)
        return drawn

    def fit(self) -> dict[str, Any]:
        options = self.some(
            epochs=[0, 1, 2, 2, 3], initial_epoch=[None, None, None, 1],
            steps_per_epoch=[None, None, None, 1, 2, 9],
        )  # fmt: skip
        how = self.random.choice(["", "validation_split", "validation_data", "weighted"])
        if how:
            value = 0.5 if how == "validation_split" else how
            options["validation_split" if how == "validation_split" else "validation_data"] = value
            options |= self.some(validation_freq=[None, None, 2, [2, 3]],
                                 validation_steps=[None, None, 1, 9])  # fmt: skip
            if not self.stateful:
                options |= self.some(validation_batch_size=[None, 1, 2])
        return {**options, **self.sizes(), **self.weights()}

    def evaluate(self) -> dict[str, Any]:
        drawn = self.some(steps=[None, None, 1, 9], return_dict=[None, True])
        return {**drawn, **self.sizes(), **self.some(sample_weight=[None, True])}

    def options(self, method: str) -> dict[str, Any]:
        if method == "fit":
            return self.fit()
        if method == "evaluate":
            return self.evaluate()
        if method == "predict":
            return {**self.some(steps=[None, None, 1, 9]), **self.sizes()}
        if method == "train_on_batch":
            return {**self.weights(), **self.some(return_dict=[None, True])}
        if method == "test_on_batch":
            return self.some(sample_weight=[None, True], return_dict=[None, True])
        if method in ("compile", "set_weights"):
            return {"number": self.random.randrange(2)}
        return {}

    def mistake(self) -> Call:
        """A call that both libraries refuse before they begin."""
        method = self.random.choice(["fit", "evaluate", "predict", "train_on_batch"])
        return Call(method, {"mistake": self.random.choice(["features", "samples", "batch_size"])})

    def call(self, depth: int = 0) -> Call:
        """A call; within a callback's hook if depth > 0."""
        if not depth and self.random.random() < 0.08:
            return self.mistake()
        methods = ["fit"] * 3 + ["evaluate"] * 2 + ["predict"] * 2
        methods += ["train_on_batch", "test_on_batch", "predict_on_batch", "set_weights"]
        methods += ["reset_states"] if self.stateful else []
        methods += ["summary", "save"] if depth else ["compile"]
        method = self.random.choice(methods)
        reactions: list[Reaction] = []
        if method in HOOKS and depth < 2:
            for _ in range(self.random.choice([0, 1, 1, 2, 3] if not depth else [0, 0, 1])):
                reactions.append(self.reaction(method, depth + 1))
        return Call(method, self.options(method), tuple(reactions))

    def reaction(self, method: str, depth: int) -> Reaction:
        hook, time = self.random.choice(HOOKS[method]), self.random.choice([1, 1, 2, 3])
        kind = self.random.choice(["call"] * 5 + ["stop"] * 2 + ["raise", "compile"])
        if kind == "stop":
            return Reaction(hook, time, "stop " + self.random.choice(STOPS))
        if kind == "raise":
            return Reaction(hook, time, "raise " + self.random.choice(ERRORS))
        if kind == "compile" and not hook.endswith("batch_end"):  # see docs/keras.md
            return Reaction(hook, time, Call("compile", self.options("compile")))
        return Reaction(hook, time, self.call(depth))


MODELS = ["regression", "classifier", "stateful", "masked"]


def drawn(seed: int) -> Sequence:
    """The sequence of calls of this seed."""
    model = MODELS[seed % len(MODELS)]
    drawing = Drawing(seed, model)
    return Sequence(model, seed, tuple(drawing.call() for _ in range(5)))
