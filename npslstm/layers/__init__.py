"""The layers that users name. One layer, one file."""

from .activation import Activation
from .base import Layer
from .batch_normalization import BatchNormalization
from .dense import Dense
from .dropout import Dropout
from .input import Input, InputLayer
from .lstm import LSTM

__all__ = [
    "LSTM", "Activation", "BatchNormalization", "Dense", "Dropout", "Input", "InputLayer", "Layer",
]  # fmt: skip
