"""The Attention layers: for each query the mean of all values, weighed by how well keys fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import initializers
from ..arguments import flag, real_number, shown, text
from ..kernels import attention as kernels
from ..kernels import dropout as dropping
from ..program import Program, Signal, rows
from ..seeding import SeedGenerator
from .base import Layer
from .checks import Shape
from .dropout import draw_mask


class Attention(Layer):
    """Dot-product attention (Luong et al. 2015) over [query, value] or [query, value, key].

    query (samples, queries, size), key (samples, steps, size), by default the values; value
    (samples, steps, features). Output (samples, queries, features). A masked step of value gets no
    weight; a masked query gets zeros. use_scale: a weight by which scores are multiplied. dropout:
    of the weights, in training. Raises ValueError for inputs that do not go together.
    """

    mask_rule, reads_mask = "of queries", True
    several = True
    fixed = Layer.fixed | {"use_scale", "score_mode", "seed"}

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0,
        seed: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        kind = type(self).__name__
        super().__init__(**options)
        text(score_mode, "score_mode", kind, ["dot"])
        self.use_scale = flag(use_scale, "use_scale", kind)
        self.score_mode = score_mode
        self.dropout = real_number(dropout, "dropout", kind, 0, 1, example=0.2)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def __call__(
        self, inputs: Any, training: bool = False, mask: Any = None,
        return_attention_scores: bool = False, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """See `DirectCall`. Raises ValueError for Keras's two options, which are not here."""
        kind = type(self).__name__
        for name, value in {
            "return_attention_scores": return_attention_scores, "use_causal_mask": use_causal_mask,
        }.items():  # fmt: skip
            if flag(value, name, kind):
                raise ValueError(f"{kind} has no {name}=True here: call it without.")
        return super().__call__(inputs, training, mask)

    def check_input(self, shape: Any) -> None:
        """Raise ValueError unless query, value and key go together."""
        kind = type(self).__name__
        if not isinstance(shape, list) or len(shape) not in (2, 3):
            raise ValueError(
                f"{kind} layer '{self.name}' is called on [query, value] or [query, value, key]; "
                f"received shapes {shown(shape)}."
            )
        query, value, key = (*shape, shape[1])[:3]
        if any(len(one) != 3 for one in shape):
            raise ValueError(
                f"{kind} layer '{self.name}' takes sequences (samples, time steps, features); "
                f"received {shape}. An LSTM before it needs return_sequences=True."
            )
        if query[2] != key[2] or value[1] != key[1]:
            raise ValueError(
                f"{kind} layer '{self.name}' compares queries and keys of one size, with a value "
                f"for each key; received query {query}, value {value} and key {key}."
            )

    def build(self, input_shape: Any) -> None:
        if self.use_scale:
            self.scale = self.add_weight("scale", (), initializers.Ones())

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*input_shape[0][:-1], input_shape[1][-1])

    def connect(self, program: Program, x: Signal, *more: Signal) -> Signal:
        """Equations (1) to (3) of `kernels.attention`, and their mirrors."""
        query, value = x, more[0]
        key = value if len(more) == 1 else more[1]
        if len(more) == 1 and value.gradient.size:  # one array in two roles
            value, key = program.fork(value, 2)
        (queries, B, _), steps = query.shape, key.shape[0]
        w, dw = program.zeros(B, queries, steps), program.zeros(B, queries, steps)
        self.write_scores(program, query, key, w, dw)
        if value.mask.size:
            program.forward(kernels.hide, w, value.mask, 0)
        program.forward(kernels.weigh, w)
        program.backward(kernels.d_weigh, w, dw)
        used, d_used = self.dropped(program, w, dw)
        y = program.signal(queries, B, value.shape[2], mask=query.mask)
        program.forward(kernels.apply, used, value.value, query.mask, y.value)
        program.backward(
            kernels.d_apply, y.gradient, used, value.value, query.mask, d_used, value.gradient
        )
        return y

    def write_scores(
        self, program: Program, query: Signal, key: Signal, w: np.ndarray, dw: np.ndarray
    ) -> None:
        """Add the scores of all keys for all queries to a program."""
        scale, d_scale = np.ones(1, w.dtype), program.zeros(0)
        if self.use_scale:
            scale = self.scale.value.reshape(1)
            d_scale = program.gradient_of(self.scale).reshape(1)
        program.forward(kernels.dot_scores, query.value, key.value, scale, w)
        program.backward(
            kernels.d_dot_scores, dw, query.value, key.value, scale, query.gradient, key.gradient,
            d_scale,
        )  # fmt: skip

    def dropped(
        self, program: Program, w: np.ndarray, dw: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The weights with some of them dropped, in training."""
        if not program.training or not self.dropout:
            return w, dw
        drop, used, d_used = (program.zeros(*w.shape) for _ in range(3))
        generator, rate = self.seed_generator.generator, self.dropout
        program.before.append(lambda: draw_mask(generator, rate, drop))
        program.forward(dropping.forward, rows(w), rows(drop), rows(used))
        program.backward(dropping.backward, rows(d_used), rows(drop), rows(dw))
        return used, d_used

    def get_config(self) -> dict[str, Any]:
        own = {"use_scale": self.use_scale, "score_mode": self.score_mode}
        return super().get_config() | own | {"dropout": self.dropout, "seed": self.seed}


class AdditiveAttention(Attention):
    """Additive attention (Bahdanau et al. 2015): scores sum_d scale_d tanh(query_d + key_d).

    Otherwise as Attention; use_scale, True by default, has a weight for each feature.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **options: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **options)

    def build(self, input_shape: Any) -> None:
        if self.use_scale:
            self.scale = self.add_weight(
                "scale", (input_shape[0][-1],), initializers.GlorotUniform()
            )

    def write_scores(
        self, program: Program, query: Signal, key: Signal, w: np.ndarray, dw: np.ndarray
    ) -> None:
        D = query.shape[2]
        scale, d_scale = np.ones(D, w.dtype), program.zeros(0)
        if self.use_scale:
            scale, d_scale = self.scale.value, program.gradient_of(self.scale)
        program.forward(kernels.additive_scores, query.value, key.value, scale, w)
        program.backward(
            kernels.d_additive_scores, dw, query.value, key.value, scale, query.gradient,
            key.gradient, d_scale,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["score_mode"]
        return config
