"""Ways to break npslstm that a comparison with Keras must notice. `parity.mutants` tries them all.

One file for the LSTM, one for the other layers, one for those of several inputs, one for losses and
optimizers, one for training, one for models that are graphs. Most are rules (`rules`, `places`),
which find what they change whatever variables are called; where a rule would be harder to read,
a piece of the text is quoted.
"""

from . import of_graphs, of_layers, of_learning, of_lstm, of_merging, of_training
from .mutation import Mutation, Ruled, StaleMutation

AnyMutation = Mutation | Ruled
FILES = of_lstm, of_layers, of_merging, of_learning, of_training, of_graphs
ALL: list[AnyMutation] = [mutation for file in FILES for mutation in file.MUTATIONS]
MUTATIONS = {mutation.name: mutation for mutation in ALL}
# The subjects of parity/references that most likely notice a mutation: they are asked first.
FIRST = {mutation.name: file.FIRST for file in FILES for mutation in file.MUTATIONS}
assert len(MUTATIONS) == len(ALL), "two mutations have one name"

__all__ = ["FIRST", "MUTATIONS", "AnyMutation", "Mutation", "Ruled", "StaleMutation"]
