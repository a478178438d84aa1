"""Models that are graphs, each built by one function for either engine, and data for them.

GRAPHS has them by name. What makes them compiled models takes `nn`, npslstm or keras.
"""

from .data import batch_for
from .recurrent import inference_models
from .several import LOSSES, by_names, two_and_two
from .shared import model_in_model
from .table import EAGER, GRAPHS, F, H, T, compiled

__all__ = [
    "EAGER", "GRAPHS", "LOSSES", "F", "H", "T", "batch_for", "by_names", "compiled",
    "inference_models", "model_in_model", "two_and_two",
]  # fmt: skip
