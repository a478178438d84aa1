"""Initializers: limits, spreads, orthonormality, seeds and configurations.

Bounds on sample statistics come from their standard error at the shapes used: each is 5 of them.
"""

import json
import math

import numpy as np
import pytest

from npslstm import config, initializers, seeding

RANDOM = (
    "glorot_normal glorot_uniform he_normal he_uniform lecun_normal lecun_uniform orthogonal "
    "random_normal random_uniform truncated_normal variance_scaling"
).split()
ALL = [*RANDOM, "constant", "identity", "ones", "zeros"]
SHAPE = (300, 400)


def fans_of(shape):
    return {(300, 400): (300, 400), (500,): (500, 500), (3, 20, 50): (60, 150)}[shape]


@pytest.mark.parametrize("name", ALL)
def test_arrays_are_new_contiguous_and_of_the_dtype_asked_for(name):
    initializer = initializers.get(name)
    for dtype in (None, "float64"):
        for shape in ((3, 8), (8, 3)):
            values = initializer(shape, dtype)
            assert values.shape == shape
            assert values.dtype == config.standardize_dtype(dtype)
            assert values.flags.c_contiguous
            assert not np.shares_memory(values, initializer(shape, dtype))


@pytest.mark.parametrize("name", RANDOM)
def test_float32_is_float64_rounded(name):
    initializer = initializers.get(name)
    exact = initializer((5, 12), "float64")
    np.testing.assert_array_equal(initializer((5, 12)), exact.astype("float32"))


@pytest.mark.parametrize("shape", [(300, 400), (500,), (3, 20, 50)])
@pytest.mark.parametrize(
    ("name", "squared_limit"),
    [
        ("glorot_uniform", lambda fan_in, fan_out: 6 / (fan_in + fan_out)),
        ("he_uniform", lambda fan_in, fan_out: 6 / fan_in),
        ("lecun_uniform", lambda fan_in, fan_out: 3 / fan_in),
        ("random_uniform", lambda fan_in, fan_out: 0.05**2),
    ],
)
def test_uniform_draws_fill_their_interval(name, squared_limit, shape):
    limit = math.sqrt(squared_limit(*fans_of(shape)))
    values = initializers.deserialize({"class_name": name, "config": {"seed": 1}})(shape, "float64")
    n = values.size
    assert np.abs(values).max() <= limit
    # The largest of n draws falls short of the limit by limit / n on average, exponentially spread.
    assert np.abs(values).max() > limit * (1 - 12 / n)
    assert abs(values.mean()) < 5 * limit / math.sqrt(3 * n)
    # The variance of u**2 is 4/45 for u uniform on +-1.
    assert abs(np.mean((values / limit) ** 2) - 1 / 3) < 5 * math.sqrt(4 / 45 / n)


@pytest.mark.parametrize("shape", [(300, 400), (500,), (3, 20, 50)])
@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_normal", lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
        ("he_normal", lambda fan_in, fan_out: 2 / fan_in),
        ("lecun_normal", lambda fan_in, fan_out: 1 / fan_in),
        ("variance_scaling", lambda fan_in, fan_out: 1 / fan_in),
        ("truncated_normal", lambda fan_in, fan_out: (0.05 * 0.8796256610342398) ** 2),
    ],
)
def test_truncated_draws_have_the_variance_that_is_promised(name, variance, shape):
    stddev = math.sqrt(variance(*fans_of(shape)))
    values = initializers.deserialize({"class_name": name, "config": {"seed": 2}})(shape, "float64")
    n = values.size
    assert np.abs(values).max() <= 2 * stddev / 0.8796256610342398
    assert abs(values.mean()) < 5 * stddev / math.sqrt(n)
    # A normal cut at two deviations has a smaller fourth moment than 3, so this bound is generous.
    assert abs(values.std() / stddev - 1) < 5 / math.sqrt(2 * n)


def test_truncated_stddev_is_the_formula_it_cites():
    density = math.exp(-2.0) / math.sqrt(2 * math.pi)
    expected = math.sqrt(1 - 4 * density / math.erf(math.sqrt(2)))
    assert pytest.approx(expected, rel=1e-15) == initializers.scaling.TRUNCATED_STDDEV


def test_untruncated_draws_go_beyond_two_deviations():
    values = initializers.VarianceScaling(distribution="untruncated_normal", seed=3)(SHAPE)
    stddev = math.sqrt(1 / 300)
    assert np.abs(values).max() > 4 * stddev
    assert abs(values.std() / stddev - 1) < 5 / math.sqrt(2 * values.size)
    assert initializers.VarianceScaling(distribution="normal").distribution == "truncated_normal"


def test_random_normal_is_not_cut_and_truncated_normal_is():
    assert np.abs(initializers.RandomNormal(seed=3)(SHAPE)).max() > 4 * 0.05
    shifted = initializers.TruncatedNormal(mean=1.0, stddev=0.5, seed=3)(SHAPE)
    assert 0.0 <= shifted.min() < 0.01 and 1.99 < shifted.max() <= 2.0


@pytest.mark.parametrize(
    ("shape", "fans"),
    [((), (1, 1)), ((7,), (7, 7)), ((3, 20), (3, 20)), ((5, 3, 20), (15, 100))],
)
def test_fans(shape, fans):
    assert initializers.base.compute_fans(shape) == fans


def test_no_inputs_are_no_division_by_zero():
    assert initializers.HeUniform()((0, 4)).shape == (0, 4)


def test_fans_of_named_axes():
    named = initializers.GlorotUniform(seed=1, input_axes=[0], output_axes=[1, 2])
    flat = initializers.GlorotUniform(seed=1)
    np.testing.assert_array_equal(named((6, 2, 5)).reshape(6, 10), flat((6, 10)))


@pytest.mark.parametrize("shape", [(6, 6), (5, 20), (20, 5), (2, 3, 4), (2, 3, 10), (1, 4)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    values = initializers.Orthogonal(gain=3.0, seed=1)(shape, "float64")
    matrix = values.reshape(-1, shape[-1]) / 3.0
    rows, columns = matrix.shape
    gram = matrix @ matrix.T if rows < columns else matrix.T @ matrix
    np.testing.assert_allclose(gram, np.eye(min(rows, columns)), atol=1e-14)


def test_orthogonal_has_no_preferred_sign():
    # Without the sign correction the first column is always - (a Householder QR has diagonal < 0).
    corners = np.array(
        [initializers.Orthogonal(seed=s)((3, 3), "float64")[0, 0] for s in range(400)]
    )
    assert abs((corners > 0).mean() - 0.5) < 5 * 0.5 / math.sqrt(400)


def test_constant_identity_zeros_ones():
    np.testing.assert_array_equal(initializers.Zeros()((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(initializers.Ones()((3,)), [1, 1, 1])
    np.testing.assert_array_equal(initializers.Constant(0.25)((2,)), [0.25, 0.25])
    np.testing.assert_array_equal(initializers.Identity(gain=2)((2, 3)), [[2, 0, 0], [0, 2, 0]])


def test_an_embedding_matrix_can_be_given_as_constant_or_as_array():
    matrix = np.arange(6, dtype="float32").reshape(2, 3)
    for initializer in (initializers.Constant(matrix), initializers.get(matrix)):
        values = initializer((2, 3))
        np.testing.assert_array_equal(values, matrix)
        assert not np.shares_memory(values, matrix)
        assert initializer((2, 3), "float64").dtype == np.float64
        with pytest.raises(ValueError, match=r"\(2, 3\)"):
            initializer((3, 2))


@pytest.mark.parametrize("name", RANDOM)
def test_one_initializer_repeats_itself_and_two_differ(name):
    one, other = initializers.get(name), initializers.get(name)
    np.testing.assert_array_equal(one((4, 8)), one((4, 8)))
    assert not np.any(one((4, 8)) == other((4, 8)))


@pytest.mark.parametrize("name", RANDOM)
def test_set_random_seed_fixes_the_initializers_made_after_it(name):
    seeding.set_random_seed(11)
    first = [initializers.get(name)((4, 8)) for _ in range(2)]
    seeding.set_random_seed(11)
    again = [initializers.get(name)((4, 8)) for _ in range(2)]
    np.testing.assert_array_equal(first, again)


def test_seed_generator_goes_on_from_call_to_call():
    initializer = initializers.RandomNormal(seed=seeding.SeedGenerator(4))
    first, second = initializer((4, 8)), initializer((4, 8))
    assert not np.any(first == second)
    np.testing.assert_array_equal(first, initializers.RandomNormal(seed=4)((4, 8)))


@pytest.mark.parametrize(
    ("alias", "cls"),
    [
        ("zero", "Zeros"),
        ("one", "Ones"),
        ("normal", "RandomNormal"),
        ("uniform", "RandomUniform"),
        ("IdentityInitializer", "Identity"),
        ("OrthogonalInitializer", "Orthogonal"),
        ("GlorotUniform", "GlorotUniform"),
        (initializers.he_normal, "HeNormal"),
    ],
)
def test_aliases(alias, cls):
    assert type(initializers.get(alias)).__name__ == cls


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    initializer = initializers.get(name)
    if name in RANDOM:
        initializer = type(initializer)(seed=9)
    described = initializers.serialize(initializer)
    assert described["module"] == "keras.initializers" and described["registered_name"] is None
    again = initializers.deserialize(json.loads(json.dumps(described)))
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config()
    np.testing.assert_array_equal(again((3, 8)), initializer((3, 8)))


def test_config_keeps_arguments():
    scaling = initializers.VarianceScaling(0.5, "fan_out", "uniform", seed=2).get_config()
    axes = {"input_axes": None, "output_axes": None}
    chosen = {"scale": 0.5, "mode": "fan_out", "distribution": "uniform"}
    assert scaling == {"seed": 2, **chosen, **axes}
    assert initializers.HeNormal().get_config() == {"seed": None, **axes}


def test_config_holds_seed_generators_and_arrays():
    streamed = initializers.RandomNormal(seed=seeding.SeedGenerator(4))
    again = initializers.get(initializers.serialize(streamed))
    np.testing.assert_array_equal(again((3, 8)), initializers.RandomNormal(seed=4)((3, 8)))
    matrix = initializers.get(initializers.serialize(initializers.Constant(np.eye(2))))
    np.testing.assert_array_equal(matrix((2, 2)), np.eye(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.get("glorot_unifrom"), "Did you mean 'glorot_uniform'"),
        (lambda: initializers.get(0.5), "as an initializer"),
        (lambda: initializers.GlorotUniform(seed="a"), "seed must be"),
        (lambda: initializers.GlorotUniform(seed=-1), "seed must be"),
        (lambda: initializers.VarianceScaling(scale=0), "scale must be"),
        (lambda: initializers.VarianceScaling(mode="fan"), "'fan_in', 'fan_out', 'fan_avg'"),
        (lambda: initializers.VarianceScaling(distribution="beta"), "untruncated_normal"),
        (lambda: initializers.Identity()((2, 2, 2)), r"\(rows, columns\)"),
        (lambda: initializers.Orthogonal()((2,)), r"\(rows, columns\)"),
        (lambda: initializers.Zeros()(5), "tuple of sizes"),
        (lambda: initializers.Zeros()((None, 4)), "tuple of sizes"),
        (lambda: initializers.Zeros()((-1, 4)), "tuple of sizes"),
        (lambda: initializers.Zeros()((2,), dtype="int32"), "float32 or float64"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
