"""The layers that users name. One layer, one file."""

from .activation import Activation
from .base import Layer
from .batch_normalization import BatchNormalization
from .bidirectional import Bidirectional
from .dense import Dense
from .dropout import Dropout
from .flatten import Flatten
from .input import Input, InputLayer
from .lstm import LSTM
from .masking import Masking
from .repeat_vector import RepeatVector
from .time_distributed import TimeDistributed

__all__ = [
    "LSTM",
    "Activation",
    "BatchNormalization",
    "Bidirectional",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "Masking",
    "RepeatVector",
    "TimeDistributed",
]
