"""Preparing data, under the names of Keras's module."""

from . import sequence

__all__ = ["sequence"]
