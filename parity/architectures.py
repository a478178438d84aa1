"""Models as plain data: what they are made of, how they are built, and how they look as code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class Part(NamedTuple):
    """A layer, loss, optimizer, ...: ("layers", "LSTM", {"units": 2}) is nn.layers.LSTM(units=2).

    Options may be parts themselves.
    """

    module: str
    name: str
    options: dict[str, Any]

    def make(self, nn: Any) -> Any:
        """The object, with npslstm as nn or with keras."""
        options = {k: v.make(nn) if isinstance(v, Part) else v for k, v in self.options.items()}
        return getattr(getattr(nn, self.module), self.name)(**options)

    @property
    def code(self) -> str:
        options = (
            f"{k}={v.code if isinstance(v, Part) else repr(v)}" for k, v in self.options.items()
        )
        return f"nn.{self.module}.{self.name}({', '.join(options)})"


def layer(name: str, **options: Any) -> Part:
    return Part("layers", name, options)


@dataclass(frozen=True)
class Architecture:
    """A model, and how it is compared.

    shape: of one sample, (time steps, features) or (features,) or (pieces, time steps, features).
    batch: samples. masked: calls are given a mask. weighted: samples are weighted in training.
    """

    shape: tuple[int, ...]
    layers: tuple[Part, ...]
    batch: int = 1
    loss: Part = Part("losses", "MeanSquaredError", {})
    optimizer: Part = Part("optimizers", "SGD", {})
    masked: bool = False
    weighted: bool = False
    dtype: str = "float32"

    def build(self, nn: Any) -> Any:
        """The compiled model, with npslstm as nn or with keras."""
        layers = [part.make(nn) for part in self.layers]
        model = nn.Sequential([nn.Input(batch_shape=(self.batch, *self.shape)), *layers])
        model.compile(self.optimizer.make(nn), self.loss.make(nn), run_eagerly=True)
        return model

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments of `fuzz.compare`, beside `build` and the seed."""
        return {"dtype": self.dtype, "masked": self.masked, "weighted": self.weighted}


PROGRAM = """\
from parity.fuzz import compare


def build(nn):
    layers = [
        nn.Input(batch_shape={batch_shape}),
{layers}
    ]
    model = nn.Sequential(layers)
    optimizer = {optimizer}
    model.compile(optimizer, {loss}, run_eagerly=True)
    return model


compare(build, seed={seed}{settings})
"""


def describe(architecture: Architecture, seed: int) -> str:
    """A program that builds the model in both libraries and compares their numbers."""
    usual = Architecture((1,), ()).settings
    settings = {k: v for k, v in architecture.settings.items() if v != usual[k]}
    return PROGRAM.format(
        batch_shape=(architecture.batch, *architecture.shape),
        layers="\n".join(f"        {part.code}," for part in architecture.layers),
        optimizer=architecture.optimizer.code,
        loss=architecture.loss.code,
        seed=seed,
        settings="".join(f", {k}={v!r}" for k, v in settings.items()),
    )
