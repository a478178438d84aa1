"""Layers within layers."""

from __future__ import annotations

from typing import Any

from .experiments import experiment_of


class Container:
    """Mixed into layers, most of which hold no others."""

    name: str

    @property
    def sublayers(self) -> list[Any]:
        """The layers that a wrapper holds: their names, weights and states are among its own."""
        return []

    @property
    def every_layer(self) -> list[Any]:
        """This layer and all within it."""
        return [self, *(one for inner in self.sublayers for one in inner.every_layer)]

    @property
    def names(self) -> list[str]:
        """Its name and those of the layers within, which must differ in a model too."""
        return [self.name, *(name for inner in self.sublayers for name in inner.names)]

    @property
    def state_keepers(self) -> list[Any]:
        """What keeps a state from batch to batch: a stateful layer itself, or those within."""
        if self.sublayers:
            return [keeper for inner in self.sublayers for keeper in inner.state_keepers]
        return [self] if getattr(self, "stateful", False) else []

    @property
    def experiments(self) -> tuple[Any, ...] | None:
        """What an experimenter does to this layer in this thread: part of what names a program."""
        found = [experiment_of(layer) for layer in self.every_layer]
        return tuple(found) if any(f is not None for f in found) else None
