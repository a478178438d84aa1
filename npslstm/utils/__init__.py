"""Small helpers beside the model."""

from ..naming import clear_session
from ..seeding import set_random_seed
from .categorical import to_categorical
from .sequences import pad_sequences

__all__ = ["clear_session", "pad_sequences", "set_random_seed", "to_categorical"]
