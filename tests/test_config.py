"""Settings, seeds, and the reading and writing of names."""

import json
import random

import numpy as np
import pytest

from npslstm import config, seeding
from npslstm.identifiers import Registry, names_of, serialize, snake_case


@pytest.fixture(autouse=True)
def restore_settings():
    floatx, epsilon = config.floatx(), config.epsilon()
    yield
    config.set_floatx(floatx)
    config.set_epsilon(epsilon)


# --- config -------------------------------------------------------------------------------------


def test_defaults_are_those_of_keras():
    assert config.floatx() == "float32"
    assert config.epsilon() == 1e-7
    assert config.backend() == "npslstm"


def test_floatx_is_the_dtype_meant_by_none():
    assert config.standardize_dtype() == config.standardize_dtype(float) == np.float32
    config.set_floatx("float64")
    assert config.standardize_dtype(None) == config.standardize_dtype(float) == np.float64


@pytest.mark.parametrize("name", ["float16", "bfloat16", "double", 32, None, np.dtype("float32")])
def test_other_float_types_are_refused_with_the_two_to_choose_from(name):
    with pytest.raises(ValueError, match="'float32' or 'float64'"):
        config.set_floatx(name)
    assert config.floatx() == "float32"


@pytest.mark.parametrize("given", ["float64", np.float64, np.dtype("float64"), np.dtype("=f8")])
def test_standardize_dtype_reads_every_spelling(given):
    assert config.standardize_dtype(given) is np.dtype("float64")


@pytest.mark.parametrize("given", ["int32", "float16", "floaty", np.int64, np.dtype(">f4"), object])
def test_standardize_dtype_refuses_the_rest(given):
    with pytest.raises(ValueError, match="dtype='float32'"):
        config.standardize_dtype(given)


def test_set_epsilon():
    config.set_epsilon(1e-5)
    assert config.epsilon() == 1e-5
    for wrong in (-1.0, float("nan"), float("inf"), "small"):
        with pytest.raises(ValueError, match="not negative"):
            config.set_epsilon(wrong)


# --- seeding ------------------------------------------------------------------------------------


def draw_everything():
    """One number from each source that set_random_seed seeds, in a fixed order."""
    return [
        random.random(),
        np.random.rand(),
        seeding.make_default_seed(),
        seeding.generator().random(),
        seeding.SeedGenerator().generator.random(),
    ]


def test_same_random_seed_same_numbers():
    seeding.set_random_seed(7)
    first = draw_everything()
    unseeded = draw_everything()
    seeding.set_random_seed(7)
    assert draw_everything() == first
    assert not set(first) & set(unseeded)


@pytest.mark.parametrize("seed", ["7", 7.0, None, -1, 2**32])
def test_random_seed_must_be_an_int_in_range(seed):
    with pytest.raises(ValueError, match="seed must be"):
        seeding.set_random_seed(seed)


def test_drawing_from_one_generator_does_not_move_the_others():
    seeding.set_random_seed(7)
    expected = seeding.generator().random(), seeding.generator().random()
    seeding.set_random_seed(7)
    first, second = seeding.generator(), seeding.generator()
    first_draw, _ = first.random(), first.random()
    assert (first_draw, second.random()) == expected


def test_generator_with_a_seed_always_begins_the_same_stream():
    assert seeding.generator(3).random() == seeding.generator(3).random()
    assert seeding.generator(3).random() != seeding.generator(4).random()


def test_seed_generator_goes_on_and_can_be_shared():
    stream = seeding.SeedGenerator(5)
    shared = seeding.SeedGenerator(stream)
    first, second = stream.generator.random(), shared.generator.random()
    expected = seeding.generator(5).random(2)
    assert [first, second] == expected.tolist()


def test_seed_generator_config_restarts_the_stream():
    stream = seeding.SeedGenerator(5)
    stream.generator.random()
    again = seeding.SeedGenerator.from_config(stream.get_config())
    assert again.generator.random() == seeding.generator(5).random()


# --- identifiers --------------------------------------------------------------------------------


class BlueThing:
    def __init__(self, size=1):
        self.size = size

    def get_config(self):
        return {"size": self.size}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def double_it(x):
    return 2 * x


THINGS = Registry("a thing", names_of(BlueThing, double_it), base=BlueThing)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GlorotUniform", "glorot_uniform"),
        ("L1L2", "l1l2"),
        ("RMSprop", "rm_sprop"),
        ("LSTM", "lstm"),
        ("AdamW", "adam_w"),
        ("Conv2DTranspose", "conv2d_transpose"),
    ],
)
def test_snake_case_names_layers_as_keras_does(name, expected):
    assert snake_case(name) == expected


def test_get_makes_a_new_instance_from_a_name_or_a_class():
    for identifier in ("blue_thing", "BlueThing", BlueThing):
        one, other = THINGS.get(identifier), THINGS.get(identifier)
        assert isinstance(one, BlueThing) and one is not other


def test_get_returns_objects_functions_and_none_as_they_are():
    thing = BlueThing()
    assert THINGS.get(thing) is thing
    assert THINGS.get(double_it) is THINGS.get("double_it") is double_it
    assert THINGS.get(None) is None


def test_get_reads_configs():
    assert THINGS.get({"class_name": "BlueThing", "config": {"size": 4}}).size == 4
    assert THINGS.get(serialize(BlueThing(5))).size == 5
    assert THINGS.get(serialize(double_it)) is double_it


def test_custom_objects_add_names():
    found = THINGS.deserialize({"class_name": "Mine", "config": {"size": 2}}, {"Mine": BlueThing})
    assert found.size == 2


def test_unknown_names_list_the_known_and_suggest_a_close_one():
    with pytest.raises(ValueError, match=r"Did you mean 'BlueThing'\? Known names: blue_thing, "):
        THINGS.get("BlueThign")
    with pytest.raises(ValueError, match="^'zzz' is not a thing. Known names"):
        THINGS.get("zzz")


@pytest.mark.parametrize("identifier", [3, 2.5, [1], object()])
def test_get_refuses_what_is_neither_a_name_nor_an_object(identifier):
    with pytest.raises(ValueError, match="as a thing"):
        THINGS.get(identifier)


def test_config_without_class_name_is_refused():
    with pytest.raises(ValueError, match="'class_name'"):
        THINGS.get({"config": {}})


def test_serialize_writes_what_json_can_hold():
    assert json.dumps(serialize({"a": (np.float32(0.5), None, True)})) == '{"a": [0.5, null, true]}'
    assert serialize(np.eye(2, dtype="float32")) == {
        "class_name": "__numpy__",
        "config": {"value": [[1.0, 0.0], [0.0, 1.0]], "dtype": "float32"},
    }
    assert serialize(seeding.SeedGenerator(5)) == {
        "module": "keras.random",
        "class_name": "SeedGenerator",
        "config": {"seed": 5, "name": "seed_generator"},
        "registered_name": None,
    }
    assert serialize(BlueThing(3)) == {
        "module": __name__,
        "class_name": "BlueThing",
        "config": {"size": 3},
        "registered_name": "BlueThing",
    }


def test_serialize_needs_get_config():
    with pytest.raises(TypeError, match="get_config"):
        serialize(object())
