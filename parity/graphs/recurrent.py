"""Encoders and decoders, residuals, attention."""

from __future__ import annotations

from typing import Any

from .table import GRAPHS, F, H, T, U, compiled, graph

# ---- encoder and decoder -------------------------------------------------------------------------


@graph("encoder and decoder")
def encoder_decoder(nn: Any) -> Any:
    """With teacher forcing: the decoder is given the targets, a step late."""
    L = nn.layers
    encoder_inputs = nn.Input((None, F), name="source")
    decoder_inputs = nn.Input((None, 2), name="target")
    _, h, c = L.LSTM(H, return_state=True, name="encoder")(encoder_inputs)
    decoder = L.LSTM(H, return_sequences=True, return_state=True, name="decoder")
    sequences, _, _ = decoder(decoder_inputs, initial_state=[h, c])
    outputs = L.Dense(2, activation="softmax", name="words")(sequences)
    inputs = [encoder_inputs, decoder_inputs]
    return compiled(nn, inputs, outputs, "categorical_crossentropy", metrics=["accuracy"])


def inference_models(nn: Any, trained: Any) -> tuple[Any, Any]:
    """Of `encoder_decoder`: from a sequence to states, and from a step and states to the next."""
    encoder = nn.Model(trained.input[0], trained.get_layer("encoder").output[1:])
    step = nn.Input((1, 2))
    states = [nn.Input((H,)), nn.Input((H,))]
    sequences, h, c = trained.get_layer("decoder")(step, initial_state=states)
    word = trained.get_layer("words")(sequences)
    return encoder, nn.Model([step, *states], [word, h, c])


@graph("encoder and decoder of two layers, masked")
def deep_encoder_decoder(nn: Any) -> Any:
    """The states of both encoders, one from a state of its own, go on; steps are padded."""
    L = nn.layers
    source, target = nn.Input((T, F)), nn.Input((U, F))
    seen = L.LSTM(H, return_sequences=True, return_state=True)(L.Masking()(source))
    _, *top = L.LSTM(H, return_state=True)(seen[0], initial_state=seen[1:])
    x = L.LSTM(H, return_sequences=True)(L.Masking()(target), initial_state=seen[1:])
    x = L.LSTM(H, return_sequences=True, go_backwards=True)(x, initial_state=top)
    return compiled(nn, [source, target], L.TimeDistributed(L.Dense(2))(x))


@graph("states as outputs")
def states_as_outputs(nn: Any) -> Any:
    """Of a layer of several outputs, some of which nobody reads."""
    x = nn.Input((T, F))
    y, _h, c = nn.layers.LSTM(H, return_sequences=True, return_state=True)(x)
    _, last = nn.layers.LSTM(2, return_state=True)(y)[1:]
    return compiled(nn, x, [c, last], ["mse", "mae"])


# ---- residuals and attention ---------------------------------------------------------------------


@graph("residual LSTMs")
def residual(nn: Any) -> Any:
    L = nn.layers
    x = nn.Input((T, F))
    y = L.Dense(H)(x)
    for _ in range(3):
        y = L.LayerNormalization()(L.Add()([y, L.LSTM(H, return_sequences=True)(y)]))
    return compiled(nn, x, L.Dense(2)(L.LSTM(3)(y)))


def attending(nn: Any, attention: Any, masked: bool) -> Any:
    """A decoder that looks back at all steps of the encoder; masked: at those that are used, from
    those that are."""
    L = nn.layers
    source, target = nn.Input((T, F)), nn.Input((U, F))
    a, b = (L.Masking()(x) if masked else x for x in (source, target))
    seen, *state = L.LSTM(H, return_sequences=True, return_state=True)(a)
    options = {} if masked else {"initial_state": state}
    queries = L.LSTM(H, return_sequences=True)(b, **options)
    context = attention([queries, seen])
    y = L.LSTM(3, return_sequences=True)(L.Concatenate()([queries, context]))
    return compiled(nn, [source, target], L.Dense(2)(y), metrics=["mae"])


ATTENTION = {
    "Attention": ("Attention", False, True), "Attention, masked": ("Attention", True, True),
    "AdditiveAttention": ("AdditiveAttention", False, False),
    "AdditiveAttention, masked": ("AdditiveAttention", True, True),
}  # fmt: skip
for name, (kind, masked, scaled) in ATTENTION.items():
    GRAPHS[name] = lambda nn, kind=kind, masked=masked, scaled=scaled: attending(
        nn, getattr(nn.layers, kind)(use_scale=scaled), masked
    )


@graph("attention to itself and to given keys")
def self_attention(nn: Any) -> Any:
    """One array in all roles, keys that are no values, and values of other features."""
    L = nn.layers
    x = nn.Input((T, F))
    y = L.Masking()(x)
    itself = L.Attention()([y, y])
    keys, values = L.Dense(F)(y), L.LSTM(2, return_sequences=True)(y)
    three = L.AdditiveAttention()([itself, values, keys])
    return compiled(nn, x, L.LSTM(2)(L.Concatenate()([three, y])))
