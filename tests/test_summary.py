"""The summary table of models that only pretend; the texts were measured with keras 3.15.1."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from npslstm.utils.summary import readable_size, summary


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


def weights(*shapes, dtype="float32"):
    return [SimpleNamespace(shape=shape, dtype=np.dtype(dtype)) for shape in shapes]


def layer(class_name, name, output_shape, parameters, built=True):
    fake = type(class_name, (), {})()
    fake.name = name
    fake.output_shape = output_shape
    fake.built = built
    fake.count_params = lambda: parameters
    return fake


def model(name, layers, trainable=(), frozen=(), optimizer=None):
    return SimpleNamespace(
        name=name,
        layers=layers,
        trainable_weights=weights(*trainable),
        non_trainable_weights=weights(*frozen),
        optimizer=optimizer,
    )


def optimizer(*slots, built=True):
    variables = [*weights((), dtype="int64"), *weights((), *slots)]
    return SimpleNamespace(built=built, variables=variables)


def text(of, **options):
    texts = []
    summary(of, print_fn=texts.append, **options)
    (only,) = texts
    return only


DIGITS_WEIGHTS = [
    (28, 256), (64, 256), (256,), (64,), (64,), (64, 128), (32, 128), (128,), (32, 10), (10,),
]  # fmt: skip


def digits(optimizer=None):
    layers = [
        layer("LSTM", "lstm", (None, 28, 64), 23808),
        layer("BatchNormalization", "batch_normalization", (None, 28, 64), 256),
        layer("LSTM", "lstm_1", (None, 32), 12416),
        layer("Dropout", "dropout", (None, 32), 0),
        layer("Dense", "dense", (None, 10), 330),
    ]
    return model("digits", layers, DIGITS_WEIGHTS, [(64,), (64,)], optimizer)


DIGITS_TABLE = """\
Model: "digits"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ lstm (LSTM)                     │ (None, 28, 64)         │        23,808 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 28, 64)         │           256 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ lstm_1 (LSTM)                   │ (None, 32)             │        12,416 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dropout (Dropout)               │ (None, 32)             │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │           330 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
"""


def test_before_training():
    expected = DIGITS_TABLE + (
        " Total params: 36,810 (143.79 KB)\n"
        " Trainable params: 36,682 (143.29 KB)\n"
        " Non-trainable params: 128 (512.00 B)\n"
    )
    assert text(digits()) == expected
    assert text(digits(optimizer(built=False))) == expected


def test_after_training_the_optimizer_counts():
    adam = optimizer(*[shape for shape in DIGITS_WEIGHTS for _ in range(2)])
    assert text(digits(adam)) == DIGITS_TABLE + (
        " Total params: 110,176 (430.38 KB)\n"
        " Trainable params: 36,682 (143.29 KB)\n"
        " Non-trainable params: 128 (512.00 B)\n"
        " Optimizer params: 73,366 (286.59 KB)\n"
    )


def small():
    layers = [layer("LSTM", "lstm_2", (None, 4), 96), layer("Dense", "dense_1", (None, 1), 5)]
    shapes = [(1, 16), (4, 16), (16,), (4, 1), (1,)]
    return model("s", layers, shapes, optimizer=optimizer())


def test_line_length():
    assert (
        text(small(), line_length=60)
        == """\
Model: "s"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer (type)             ┃ Output Shape      ┃   Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
│ lstm_2 (LSTM)            │ (None, 4)         │        96 │
├──────────────────────────┼───────────────────┼───────────┤
│ dense_1 (Dense)          │ (None, 1)         │         5 │
└──────────────────────────┴───────────────────┴───────────┘
 Total params: 103 (416.00 B)
 Trainable params: 101 (404.00 B)
 Non-trainable params: 0 (0.00 B)
 Optimizer params: 2 (12.00 B)
"""
    )


def test_positions():
    head = text(small(), positions=[0.3, 0.6, 1.0]).splitlines()[2]
    assert head == "┃ Layer (type)        ┃ Output Shape        ┃                      Param # ┃"


def test_a_line_longer_than_the_terminal_keeps_every_column():
    lines = text(small(), line_length=100).splitlines()
    assert len(lines[1]) == 100
    assert lines[4].endswith("96 │")


def test_unbuilt():
    layers = [
        layer("LSTM", "a_very_long_layer_name_indeed_for_a_table", "?", 0, built=False),
        layer("Bidirectional", "bidirectional", "?", 0, built=False),
        layer("Dense", "dense_2", "?", 0, built=False),
    ]
    assert (
        text(model("u", layers))
        == """\
Model: "u"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ a_very_long_layer_name_indeed_… │ ?                      │   0 (unbuilt) │
│ (LSTM)                          │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ bidirectional (Bidirectional)   │ ?                      │   0 (unbuilt) │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_2 (Dense)                 │ ?                      │   0 (unbuilt) │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
"""
    )


def test_several_outputs_a_fixed_batch_and_brackets_in_names():
    layers = [
        layer("LSTM", "lstm_4", [(None, 4)] * 3, 96),
        layer("LSTM", "[big]", (2, None, 2000), 16016000),
    ]
    shapes = [(1, 8000), (2000, 8000), (8000,)]
    assert (
        text(model("[x]", layers, frozen=shapes))
        == """\
Model: "[x]"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ lstm_4 (LSTM)                   │ [(None, 4), (None, 4), │            96 │
│                                 │ (None, 4)]             │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ [big] (LSTM)                    │ (2, None, 2000)        │    16,016,000 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 16,016,000 (61.10 MB)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 16,016,000 (61.10 MB)
"""
    )


def test_wide_and_too_narrow_terminals(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert len(text(small()).splitlines()[1]) == 88
    monkeypatch.setenv("COLUMNS", "12")
    with pytest.raises(
        ValueError, match=r"need 4 characters each, but line_length=8 .*\[3, 3, 2\]"
    ):
        text(small())


def test_without_print_fn_the_same_text_is_printed(capsys):
    summary(small())
    assert capsys.readouterr().out == text(small())


def test_colours_on_a_terminal_only(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    summary(small())
    assert "\x1b[38;5;34m96\x1b[0m" in terminal.getvalue()
    assert "\x1b" not in text(small())


@pytest.mark.parametrize(
    ("size", "readable"),
    [(0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (1536 * 1024, "1.50 MB")],
)
def test_readable_size(size, readable):
    assert readable_size(size) == readable
