"""Ways to break npslstm that a comparison with Keras must notice. `parity.mutants` tries them all.

One file for the LSTM, one for the other layers, one for losses and optimizers, one for training.
"""

from . import of_layers, of_learning, of_lstm, of_training
from .mutation import Mutation, StaleMutation

ALL = [*of_lstm.MUTATIONS, *of_layers.MUTATIONS, *of_learning.MUTATIONS, *of_training.MUTATIONS]
MUTATIONS = {mutation.name: mutation for mutation in ALL}
assert len(MUTATIONS) == len(ALL), "two mutations have one name"

__all__ = ["MUTATIONS", "Mutation", "StaleMutation"]
