"""The layers that users name. One layer, one file."""

from .activation import Activation
from .attention import AdditiveAttention, Attention
from .base import Layer
from .batch_normalization import BatchNormalization
from .bidirectional import Bidirectional
from .concatenate import Concatenate
from .dense import Dense
from .dot import Dot
from .dropout import Dropout
from .flatten import Flatten
from .input import Input, InputLayer
from .layer_normalization import LayerNormalization
from .lstm import LSTM
from .masking import Masking
from .merge_functions import (
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)  # fmt: skip
from .merging import Add, Average, Maximum, Minimum, Multiply, Subtract
from .permute import Permute
from .repeat_vector import RepeatVector
from .reshape import Reshape
from .time_distributed import TimeDistributed

__all__ = [
    "LSTM",
    "Activation",
    "Add",
    "AdditiveAttention",
    "Attention",
    "Average",
    "BatchNormalization",
    "Bidirectional",
    "Concatenate",
    "Dense",
    "Dot",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "Masking",
    "Maximum",
    "Minimum",
    "Multiply",
    "Permute",
    "RepeatVector",
    "Reshape",
    "Subtract",
    "TimeDistributed",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]
