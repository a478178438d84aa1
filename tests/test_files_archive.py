"""What a `.keras` file cannot do: the ZIP around it, and the description of the model in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Dense
from npslstm.models import load_model
from tests.foreign_files import MEGABYTES, megabytes_of, refused, small_model, with_config
from tests.mutations import archive, parts_of

FILE = "model.keras"


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A compiled model, in a folder with its file."""
    monkeypatch.chdir(tmp_path)
    found = small_model()
    found.compile("adam", "mse", metrics=["mae"])
    found.save(FILE)
    return found


def refused_by_all(model, message):
    """Both ways to read the file refuse it, in the same words."""
    text = refused(model, FILE, message, load_model)
    refused(model, FILE, message)
    return text


# ---- the archive -------------------------------------------------------------------------------


def test_two_parts_of_one_name(model):
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(FILE, "a") as file:
        file.writestr("config.json", "{}")
    refused_by_all(model, "two parts called 'config.json'")


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "C:\\x", "a\\b"])
def test_names_that_lead_out_of_the_archive(model, name):
    with zipfile.ZipFile(FILE, "a") as file:
        file.writestr(name, "x")
    refused_by_all(model, "no name within an archive")


def test_parts_without_number(model):
    with zipfile.ZipFile(FILE, "a") as file:
        for number in range(1000):
            file.writestr(f"assets/{number}", "")
    refused_by_all(model, "1,003 parts; at most 1,000")
    with zipfile.ZipFile(FILE, "a") as file:
        for number in range(10):
            file.writestr(f"assets/{number}".ljust(65_000, "x"), "")
    with zipfile.ZipFile(FILE, "a") as file:
        for number in range(10, 20):
            file.writestr(f"assets/{number}".ljust(65_000, "x"), "")
    refused_by_all(model, "table of contents has 1,")


def test_parts_that_are_missing(model):
    Path(FILE).write_bytes(archive({"config.json": b"{}"}))
    refused(model, FILE, "it holds config.json", load_model)
    refused(model, FILE, "model.weights.h5: there is no such part; there are config.json")


def test_what_other_tools_pack_is_read(model):
    Path(FILE).write_bytes(archive(parts_of(Path(FILE).read_bytes()), zipfile.ZIP_DEFLATED))
    for one, two in zip(load_model(FILE).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(model, method):
    Path(FILE).write_bytes(archive(parts_of(Path(FILE).read_bytes()), method))
    refused_by_all(model, "compressed by method .* stored and deflated")


@pytest.mark.parametrize("part", ["config.json", "model.weights.h5"])
def test_a_part_that_is_damaged(model, part):
    content = bytearray(Path(FILE).read_bytes())
    with zipfile.ZipFile(FILE) as file:
        content[file.getinfo(part).header_offset + 30 + len(part) + 40] ^= 1
    Path(FILE).write_bytes(content)
    refused(model, FILE, f"{part}: it is damaged .*CRC", load_model)


@pytest.mark.parametrize("part", ["config.json", "model.weights.h5"])
def test_a_part_that_unpacks_to_more_than_the_file_can_hold(model, tmp_path, part):
    parts = parts_of(Path(FILE).read_bytes()) | {part: b" " * 10**8}
    Path(FILE).write_bytes(archive(parts, zipfile.ZIP_DEFLATED))
    refused(model, FILE, f"{part}: it announces 100,000,000 bytes; in a file of", load_model)
    assert megabytes_of(f"npslstm.models.load_model({FILE!r})", tmp_path) < MEGABYTES


@pytest.mark.parametrize("field", [20, 24])
def test_sizes_that_are_not_true(model, field):
    """The table of contents announces another packed (20) or unpacked (24) size."""
    content = bytearray(archive(parts_of(Path(FILE).read_bytes()), zipfile.ZIP_DEFLATED))
    entry = content.rindex(b"PK\1\2")  # of the weights, the last
    for size in (0, 17, 2**31, 2**32 - 2):
        content[entry + field : entry + field + 4] = size.to_bytes(4, "little")
        Path(FILE).write_bytes(content)
        refused_by_all(model, "model.weights.h5: ")


def test_a_part_that_is_encrypted(model):
    content = bytearray(Path(FILE).read_bytes())
    entry = content.index(b"PK\1\2", content.index(b"PK\1\2") + 1)
    content[entry + 8] |= 1
    Path(FILE).write_bytes(content)
    refused(model, FILE, "config.json: it is encrypted", load_model)


def test_a_file_cut_anywhere(model):
    content = Path(FILE).read_bytes()
    for length in range(0, len(content), len(content) // 50):
        Path(FILE).write_bytes(content[:length])
        refused_by_all(model, "not a ZIP archive")


# ---- JSON --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 5_000, "nested more than 100 deep"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "nested more than 100 deep"),
        ("{}", "the key .class_name. is needed"), ("[]", "should hold an object"),
        ("3", "should hold an object"),
        ("", "Expecting value"), ("{", "property name"), ('{"a": 1} x', "Extra data"),
        ('{"class_name": "Sequential", "class_name": "Sequential"}', "'class_name' stands twice"),
        ('{"a": NaN}', "not finite: NaN"), ('{"a": -Infinity}', "not finite: -Infinity"),
        ('{"a": 1e999}', "not finite: 1e999"), (f'{{"a": {"9" * 5000}}}', "integer of 5000 digits"),
        (b'{"a": "\xff"}', "damaged"), ("null", "should hold an object"),
    ],
    ids=range(15),
)  # fmt: skip
def test_json_that_is_not_read(model, text, message):
    parts = parts_of(Path(FILE).read_bytes())
    parts["config.json"] = text if isinstance(text, bytes) else text.encode()
    Path(FILE).write_bytes(archive(parts))
    refused(model, FILE, f"config.json: .*{message}", load_model)


def test_brackets_in_strings_are_no_nesting(model):
    name = "[" * 200 + '{\\"'
    with_config(FILE, lambda c: c["config"].update(name=name))
    assert load_model(FILE).name == name


def test_many_small_things_cost_little(tmp_path, model):
    parts = parts_of(Path(FILE).read_bytes())
    parts["config.json"] = b'{"a": [' + b"[]," * 10**7 + b"1]}"
    Path(FILE).write_bytes(archive(parts, zipfile.ZIP_DEFLATED))
    refused(model, FILE, "announces 30,000,010 bytes", load_model)
    assert megabytes_of(f"npslstm.models.load_model({FILE!r})", tmp_path) < MEGABYTES


# ---- the description ---------------------------------------------------------------------------


def lstm(**settings):
    return lambda c: c["config"]["layers"][1]["config"].update(settings)


CONSTANT = {"class_name": "Constant", "config": {"value": {
    "class_name": "__numpy__", "config": {"value": [1], "dtype": "S1000000000"}}}}  # fmt: skip

DESCRIPTIONS = {
    "many units": (lstm(units=3000), "recurrent_initializer of layer .* more numbers than a file"),
    "more units than exist": (lstm(units=2**20), "more numbers than a file of this size"),
    "features": (lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None, 4, 2**24]),
                 "more numbers than a file of this size"),
    "no such shape": (lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[-1, {}]),
                      r"layers\[0\]"),
    "samples": (lambda c: (lstm(stateful=True)(c), c["config"]["layers"][0]["config"].update(
        batch_shape=[2**30, 4, 3])), "stateful layers would keep"),
    "built for": (lambda c: (c["config"]["layers"].pop(0), c["config"].update(
        build_input_shape=[None, 4, "x"])), "config.json: "),
    "built for much": (lambda c: (c["config"]["layers"].pop(0), c["config"].update(
        build_input_shape=[None, 4, 2**24])), "more numbers than"),
    "a dtype of a GB": (lstm(kernel_initializer=CONSTANT), "dtype of a described array"),
    "initializer": (lstm(kernel_initializer={"class_name": ["x"], "config": {}}), r"layers\[1\]"),
    "no class": (lambda c: c["config"]["layers"][1].pop("class_name"), "'class_name' is needed"),
    "no config": (lambda c: c["config"]["layers"][1].pop("config"), "'config' is needed"),
    "layer": (lambda c: c["config"]["layers"].insert(1, "LSTM"), r"layers\[1\].*here is 'LSTM'"),
    "layers": (lambda c: c["config"].update(layers={}), "'layers' is needed with a list"),
    "many layers": (lambda c: c["config"].update(layers=[{}] * 1001), "1,001 layers; at most"),
    "name": (lambda c: c["config"].update(name=["x"]), "'name' is needed with a string"),
    "name of a layer": (lstm(name=[1]), "LSTM takes for name a string; here is"),
    "switch": (lstm(return_sequences="no"), "LSTM takes for return_sequences true or false"),
    "number": (lstm(dropout="x"), "LSTM takes for dropout a number"),
    "dtype": (lstm(dtype={"config": 3}), r"layers\[1\]"),
    "regularizer": (lstm(kernel_regularizer={"module": "keras.regularizers", "class_name": "L2",
                                             "config": {"l2": "x"}}), "L2 takes for l2 a number"),
    "code": (lstm(activation={"module": "builtins", "class_name": "function",
                              "config": "os.system"}), "'os.system' is not"),
    "lambda": (lambda c: c["config"]["layers"][1].update(class_name="Lambda"), "class 'Lambda'"),
    "build config": (lambda c: (c["config"]["layers"].pop(0), c["config"].pop("build_input_shape"),
                                c.update(build_config=[3])), "'build_config' is needed"),
    "compile config": (lambda c: c.update(compile_config=[3]), "'compile_config' is needed"),
    "optimizer": (lambda c: c["compile_config"].update(optimizer={"class_name": "Adam"}),
                  "compile_config: .*'config' is needed.*compile=False"),
    "rate": (lambda c: c["compile_config"]["optimizer"]["config"].update(beta_1="x"),
             "Adam takes for beta_1 a number"),
    "loss": (lambda c: c["compile_config"].update(loss={"class_name": {}}), "compile_config: "),
}  # fmt: skip


@pytest.mark.parametrize("what", DESCRIPTIONS)
def test_descriptions_that_are_no_model(model, what):
    change, message = DESCRIPTIONS[what]
    with_config(FILE, change)
    assert "config.json" in refused(model, FILE, message, load_model)


def test_units_that_no_file_holds_cost_nothing(model, tmp_path):
    """3,000 units in the description of a file with weights of 5 took 30 s and 1.4 GB."""
    with_config(FILE, lstm(units=3000))
    assert megabytes_of(f"npslstm.models.load_model({FILE!r})", tmp_path) < MEGABYTES
    with_config(FILE, lstm(units=100))  # what any file may have: the weights are compared
    refused(model, FILE, r"has kernel \(3, 400\).* holds \(3, 20\)", load_model)


def test_nothing_is_drawn_for_a_model_whose_weights_are_read(model, monkeypatch):
    def draw(self, shape, dtype=None):
        raise AssertionError("the weights of a file were drawn before they were read")

    for kind in (npslstm.initializers.VarianceScaling, npslstm.initializers.Orthogonal):
        monkeypatch.setattr(kind, "__call__", draw)
    for one, two in zip(load_model(FILE).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(AssertionError):
        small_model()


def test_layers_of_ones_own_are_held_to_the_files_size_too(model):
    class Wide(Dense):
        def build(self, input_shape):
            self.add_weight("wide", (10**9, 10**9), "zeros")

    npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2), Dense(1)]).save(FILE)
    with_config(FILE, lambda c: c["config"]["layers"][2].update(class_name="Wide"))
    load = lambda path: load_model(path, custom_objects={"Wide": Wide})  # noqa: E731
    refused(model, FILE, "'wide' of layer", load)


def test_a_class_of_ones_own_that_fails_is_named(model):
    class Broken(Dense):
        def __init__(self, **options):
            raise ZeroDivisionError("1/0")

    with_config(FILE, lambda c: c["config"]["layers"][2].update(class_name="Broken"))
    load = lambda path: load_model(path, custom_objects={"Broken": Broken})  # noqa: E731
    refused(model, FILE, r"config.layers\[2\]: .*1/0", load)


# ---- what is not the file's fault --------------------------------------------------------------


def test_an_interrupt_and_a_disk_that_fails_pass_as_they_are(model, monkeypatch):
    for error in (KeyboardInterrupt(), MemoryError(), OSError(5, "Input/output error")):
        def fail(*arguments, error=error):
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(h5py, "File", fail)
            with pytest.raises(type(error)) as caught:
                model.load_weights(FILE)
        if not isinstance(error, OSError):
            assert caught.value is error


def test_numbers_that_no_file_may_hold_are_refused_when_saving(model):
    """What is saved can be loaded: better no file than one that nobody reads."""
    before = Path(FILE).read_bytes()
    first = npslstm.initializers.Constant(1.0)
    model.add(npslstm.layers.Dense(1, kernel_initializer=first))
    first.value = float("inf")
    message = "kernel_initializer.config.value is inf"
    with pytest.raises(ValueError, match=message):
        model.save(FILE)
    assert Path(FILE).read_bytes() == before
