"""Preparing sequences: `pad_sequences`, under the name of Keras's module."""

from ..utils.sequences import pad_sequences

__all__ = ["pad_sequences"]
