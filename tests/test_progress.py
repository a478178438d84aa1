"""What training prints, into a pipe, on a terminal and in a notebook.

The texts of verbose=2 were measured with keras 3.15.1.
"""

import io
import sys
import types

import pytest

from npslstm.training import displays, progress
from npslstm.training.progress import Progress, keras_line, plain_line, time_left


class Clock:
    """Stands in for the module `time`: it moves when told to."""

    def __init__(self):
        self.now = 1000.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(displays, "time", clock)
    return clock


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def on_terminal(monkeypatch):
    """Make standard output a terminal; from a fixture, pytest's own capture would undo it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    return terminal


@pytest.fixture
def notebook(monkeypatch):
    """A pretended Jupyter kernel; the list holds every text shown in the one output."""
    shown = []
    handle = types.SimpleNamespace(
        update=lambda data, raw: shown.append(("update", data["text/plain"]))
    )

    def display(data, raw, display_id):
        shown.append(("new", data["text/plain"]))
        return handle

    shell = type("ZMQInteractiveShell", (), {})()
    package = types.ModuleType("IPython")
    package.get_ipython = lambda: shell
    submodule = types.ModuleType("IPython.display")
    submodule.display = display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", submodule)
    return shown


@pytest.fixture
def own_stdout(monkeypatch):
    """A kernel's standard output, once called: pytest sets its own after the fixtures."""
    return lambda: monkeypatch.setattr(sys, "stdout", type("OutStream", (io.StringIO,), {})())


def run(bar, epochs, logs, seconds=0.02, steps=94):
    for epoch in range(epochs):
        bar.epoch_begin(epoch)
        bar.update(steps // 2, logs)
        bar.epoch_end(logs, seconds)
    bar.close()


# Into a pipe or a file


def test_verbose_0_is_silent(capsys):
    bar = Progress(0, 2, 94)
    run(bar, 2, {"loss": 0.5})
    assert capsys.readouterr().out == ""
    assert not bar.live


def test_verbose_2_is_the_text_of_keras(capsys):
    logs = {"loss": 0.44351, "mae": 0.50988, "val_loss": 0.40951, "val_mae": 0.48142}
    run(Progress(2, 2, 3), 2, logs, seconds=0.516)
    line = (
        "3/3 - 1s - 172ms/step - loss: 0.4435 - mae: 0.5099 - val_loss: 0.4095 - val_mae: 0.4814\n"
    )
    assert capsys.readouterr().out == f"Epoch 1/2\n{line}Epoch 2/2\n{line}"


def test_verbose_2_names_no_single_epoch(capsys):
    run(Progress(2, 1, 3), 1, {"loss": 0.5}, seconds=0.516)
    assert capsys.readouterr().out == "3/3 - 1s - 172ms/step - loss: 0.5000\n"


def test_verbose_2_of_predict(capsys):
    run(Progress(2, 1, 3, "predict"), 1, None, seconds=0.108)
    assert capsys.readouterr().out == "3/3 - 0s - 36ms/step\n"


@pytest.mark.parametrize("verbose", [1, "auto", True])
def test_verbose_1_in_a_pipe_is_one_plain_line_per_epoch(verbose, capsys):
    bar = Progress(verbose, 100, 94)
    run(bar, 2, {"loss": 0.01234})
    assert capsys.readouterr().out == (
        "Epoch 1/100 - 94 steps - 0s - 0.2ms/step - loss: 0.0123\n"
        "Epoch 2/100 - 94 steps - 0s - 0.2ms/step - loss: 0.0123\n"
    )
    assert not bar.live


def test_verbose_1_of_evaluate_and_predict(capsys):
    run(Progress(1, 1, 94, "evaluate"), 1, {"loss": 0.5})
    run(Progress(1, 1, 1, "predict"), 1, None)
    assert capsys.readouterr().out == (
        "Evaluate - 94 steps - 0s - 0.2ms/step - loss: 0.5000\nPredict - 1 step - 0s - 20ms/step\n"
    )


def test_an_epoch_is_timed_if_nobody_did(clock, capsys):
    bar = Progress(2, 1, 10)
    bar.epoch_begin(0)
    clock.now += 20.0
    bar.epoch_end({"loss": 0.5})
    assert capsys.readouterr().out == "10/10 - 20s - 2s/step - loss: 0.5000\n"


def test_unknown_verbose_names_the_known_ones():
    with pytest.raises(ValueError, match=r"verbose='loud' is not known; use 0 .* 1 or 'auto'.* 2"):
        Progress("loud", 1, 1)


# Numbers


@pytest.mark.parametrize(
    ("value", "verbose_1", "verbose_2"),
    [
        (0.5, "0.5000", "0.5000"),
        (12345.678, "12345.6780", "12345.6780"),
        (0.0010001, "0.0010", "0.0010"),
        (0.001, "1.0000e-03", "1.0000e-03"),
        (0.0, "0.0000e+00", "0.0000e+00"),
        (-0.5, "-0.5000", "-5.0000e-01"),
        (float("nan"), "nan", "nan"),
        (3, "3.0000", "3.0000"),
    ],
)
def test_numbers(value, verbose_1, verbose_2):
    assert plain_line(1, 0.02, {"x": value}).endswith(f" - x: {verbose_1}")
    assert keras_line(1, 0.02, {"x": value}).endswith(f" - x: {verbose_2}")


@pytest.mark.parametrize(
    ("seconds", "of_keras", "plain"),
    [
        (20.0, "20s - 2s/step", "20s - 2.0s/step"),
        (1.72, "2s - 172ms/step", "2s - 172ms/step"),
        (0.002, "0s - 200us/step", "0s - 0.2ms/step"),
        (0.00015, "0s - 15us/step", "0s - 15us/step"),
        (0.000003, "0s - 0us/step", "0s - 0.3us/step"),
        (0.0, "0s - 0s/step", "0s - 0.0us/step"),
    ],
)
def test_times(seconds, of_keras, plain):
    assert keras_line(10, seconds, None) == f"10/10 - {of_keras}"
    assert plain_line(10, seconds, None) == f"10 steps - {plain}"


def test_results_keep_the_order_of_the_logs():
    line = keras_line(1, 0.02, {"val_loss": 1.0, "learning_rate": 0.5, "accuracy": 0.25})
    assert line.endswith(" - val_loss: 1.0000 - learning_rate: 0.5000 - accuracy: 0.2500")


def test_time_left():
    assert time_left(50, 100, 7.0) == "7s"
    assert time_left(50, 100, 65.0) == "1:05"
    assert time_left(1, 2, 7387.0) == "2:03:07"
    assert time_left(0, 10, 0.5) == "5s"


# On a terminal


def test_a_short_epoch_leaves_only_its_line(monkeypatch, clock):
    terminal = on_terminal(monkeypatch)
    bar = Progress(1, 3, 94)
    assert bar.live
    for epoch in range(3):
        bar.epoch_begin(epoch)
        clock.now += 0.09
        bar.update(93, {"loss": 0.5})
        bar.epoch_end({"loss": 0.5}, 0.02)
    bar.close()
    assert terminal.getvalue() == "".join(
        f"Epoch {n}/3 - 94 steps - 0s - 0.2ms/step - loss: 0.5000\n" for n in (1, 2, 3)
    )


def test_a_long_epoch_draws_a_bar_and_replaces_it(monkeypatch, clock):
    terminal = on_terminal(monkeypatch)
    bar = Progress(1, 2, 100)
    bar.epoch_begin(1)
    clock.now += 3.0
    bar.update(25, {"loss": 0.75})
    drawn = terminal.getvalue()
    assert "Epoch 2/2" in drawn and "━" in drawn and "25/100 - 9s left - loss: 0.7500" in drawn
    bar.epoch_end({"loss": 0.5}, 12.0)
    bar.close()
    erased, line = terminal.getvalue()[len(drawn) :].rsplit("\x1b[2K", 1)  # 2K: erase the line
    assert line == "Epoch 2/2 - 100 steps - 12s - 120ms/step - loss: 0.5000\n"
    assert "\x1b[?25h" in erased  # the cursor is back


def test_the_bar_is_redrawn_at_most_every_50_ms(monkeypatch, clock):
    terminal = on_terminal(monkeypatch)
    bar = Progress(1, 1, 1000)
    bar.epoch_begin(0)
    clock.now += 0.1
    for step in range(100):
        bar.update(step, {"loss": 0.5})
        clock.now += 0.01
    drawn = [step for step in range(100) if f" {step}/1000 " in terminal.getvalue()]
    bar.close()
    assert 15 <= len(drawn) <= 20


def test_close_takes_down_the_bar_of_an_interrupted_epoch(monkeypatch, clock):
    terminal = on_terminal(monkeypatch)
    bar = Progress(1, 1, 100)
    bar.epoch_begin(0)
    clock.now += 1.0
    bar.update(50, {"loss": 0.5})
    assert "\x1b[?25h" not in terminal.getvalue()
    bar.close()
    bar.close()
    assert terminal.getvalue().count("\x1b[?25h") == 1
    assert sys.stdout is terminal


def test_verbose_2_draws_nothing_on_a_terminal(monkeypatch, clock):
    terminal = on_terminal(monkeypatch)
    bar = Progress(2, 1, 100)
    bar.epoch_begin(0)
    clock.now += 1.0
    bar.update(50, {"loss": 0.5})
    assert not bar.live and terminal.getvalue() == ""


# In a notebook


def test_a_notebook_has_one_output_with_the_latest_lines(notebook, clock, own_stdout):
    own_stdout()
    bar = Progress("auto", 500, 94)
    assert bar.live
    for epoch in range(500):
        bar.epoch_begin(epoch)
        clock.now += 0.001
        bar.epoch_end({"loss": 0.5}, 0.02)
    bar.close()
    assert [kind for kind, _ in notebook] == ["new"] + ["update"] * (len(notebook) - 1)
    assert len(notebook) <= 12  # 0.5 s of training, shown every 50 ms
    lines = notebook[-1][1].split("\n")
    assert lines[0] == "(480 earlier epochs not shown)"
    assert lines[1:] == [
        f"Epoch {n}/500 - 94 steps - 0s - 0.2ms/step - loss: 0.5000" for n in range(481, 501)
    ]
    assert sys.stdout.getvalue() == ""


def test_what_a_notebook_redirects_goes_where_it_says(notebook, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert displays.choose_display() is None


def test_a_notebook_shows_the_bar_below_the_finished_lines(notebook, clock, own_stdout):
    own_stdout()
    bar = Progress(1, 2, 100)
    bar.epoch_begin(0)
    bar.epoch_end({"loss": 0.5}, 0.02)
    bar.epoch_begin(1)
    clock.now += 1.0
    bar.update(50, {"loss": 0.25})
    first, running = notebook[-1][1].split("\n")
    assert first == "Epoch 1/2 - 100 steps - 0s - 0.2ms/step - loss: 0.5000"
    assert running == f"Epoch 2/2 {'━' * 10:<20} 50/100 - 1s left - loss: 0.2500"
    bar.epoch_end({"loss": 0.125}, 2.0)
    bar.close()
    assert notebook[-1][1].split("\n") == [
        first,
        "Epoch 2/2 - 100 steps - 2s - 20ms/step - loss: 0.1250",
    ]


def test_ipython_on_a_terminal_is_no_notebook(notebook, monkeypatch):
    shell = type("TerminalInteractiveShell", (), {})()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    assert not displays.in_notebook()
