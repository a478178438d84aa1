"""Models: `Sequential`, under the name of Keras's module."""

from .sequential import Sequential

__all__ = ["Sequential"]
