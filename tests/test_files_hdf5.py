"""What a file of weights cannot do: lead elsewhere, ask for memory, or leave half of itself."""

from __future__ import annotations

import itertools

import h5py
import numpy as np
import pytest

import npslstm
from tests.foreign_files import (
    KERNEL,
    MEGABYTES,
    MEMORY,
    megabytes_of,
    numbers_of,
    refused,
    replaced,
    small_model,
    trained_model,
)
from tests.mutations import archive, parts_of


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model, in a folder with a file of its weights and a secret; its own numbers are others."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_bytes(b"PASSWORD=hunter2 " * 50)
    found = trained_model()
    found.save_weights("a.weights.h5")
    with h5py.File("other.h5", "w") as file:
        file["numbers"] = np.zeros((3, 20), np.float32)
    found.set_weights([w * 0 + 3 for w in found.get_weights()])
    return found


def external(file, name):
    file.create_dataset(name, (3, 20), "f4", external=[("secret", 0, 240)])


def virtual(file, name):
    layout = h5py.VirtualLayout((3, 20), "f4")
    layout[...] = h5py.VirtualSource("other.h5", "numbers", (3, 20))
    file.create_virtual_dataset(name, layout)


def link(file, name):
    file[name] = h5py.ExternalLink("other.h5", "/numbers")


def soft_link(file, name):
    file["layers/elsewhere"] = np.zeros((3, 20), np.float32)
    file[name] = h5py.SoftLink("/layers/elsewhere")


LEADS_ELSEWHERE = [
    (external, "external storage"), (virtual, "virtual"), (link, "external link"),
    (soft_link, "soft or external link"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), LEADS_ELSEWHERE)
@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_nothing_but_the_file_itself_is_read(model, tmp_path, make, message, ending):
    replaced("a.weights.h5", KERNEL, make)
    path = f"a{ending}"
    if ending == ".keras":
        model.save("model.keras")
        parts = parts_of((tmp_path / "model.keras").read_bytes())
        parts["model.weights.h5"] = (tmp_path / "a.weights.h5").read_bytes()
        (tmp_path / path).write_bytes(archive(parts))
        refused(model, path, message, npslstm.models.load_model)
    text = refused(model, path, f"{KERNEL}|cell/vars.*{message}")
    assert KERNEL in text


def test_a_group_that_leads_elsewhere(model):
    with h5py.File("other.h5", "r+") as other, h5py.File("a.weights.h5") as own:
        own.copy("layers", other)
    replaced("a.weights.h5", "layers", lambda f, name: f.__setitem__(
        name, h5py.ExternalLink("other.h5", "/layers")))  # fmt: skip
    refused(model, "a.weights.h5", "'layers' is a soft or external link")


SHAPES = {KERNEL: (3, 20), "layers/dense/vars/0": (5, 2)}


def compound(file, name):
    file[name] = np.zeros((3, 20), [("a", "f4"), ("b", "f4")])


NO_WEIGHTS = {
    "strings": (lambda f, n: f.__setitem__(n, [b"x"] * 20), "holds no numbers"),
    "text": (lambda f, n: f.__setitem__(n, "text"), "holds no numbers"),
    "compound": (compound, "holds no numbers"),
    "references": (lambda f, n: f.create_dataset(n, (3, 20), h5py.ref_dtype), "holds no numbers"),
    "complex": (lambda f, n: f.create_dataset(n, (3, 20), "c8"), "holds no numbers"),
    "truth values": (lambda f, n: f.create_dataset(n, (3, 20), "?"), "holds no numbers"),
    "arrays": (lambda f, n: f.create_dataset(n, (3,), "(20,)f4"), "holds no numbers"),
    "16 bytes": (lambda f, n: f.create_dataset(n, data=np.ones((3, 20), "g")), "unusual kind"),
    "null": (lambda f, n: f.__setitem__(n, h5py.Empty("f4")), "without a shape"),
    "a group": (lambda f, n: f.create_group(n), "no data set"),
    "nothing": (lambda f, n: None, "called 0, 1, 2"),
    "never written": (lambda f, n: f.create_dataset(n, (3, 20), "f4"), "holds 0 of them"),
    "huge": (lambda f, n: f.create_dataset(n, (2**40, 20), "f4", chunks=(9, 9)), "announces"),
    "another shape": (lambda f, n: f.__setitem__(n, np.ones((20, 3), "f4")), "has kernel"),
    "many axes": (lambda f, n: f.__setitem__(n, np.ones((1,) * 30, "f4")), "has kernel"),
    "too large": (lambda f, n: f.__setitem__(n, np.full(SHAPES[n], 1e300)), "large for float32"),
}


@pytest.mark.parametrize("what", NO_WEIGHTS)
@pytest.mark.parametrize("where", SHAPES)
def test_what_is_no_weight_leaves_the_model_as_it_was(model, what, where):
    make, message = NO_WEIGHTS[what]
    replaced("a.weights.h5", where, make)
    assert where.rpartition("/")[0] in refused(model, "a.weights.h5", message)


def test_names_that_are_no_numbers(model):
    replaced("a.weights.h5", "layers/dense/vars/first", lambda f, n: f.__setitem__(n, [1.0]))
    refused(model, "a.weights.h5", "called 0, 1, 2, ...; here are '0', '1', 'first'")


def test_a_group_that_is_a_data_set(model):
    replaced("a.weights.h5", "layers/dense", lambda f, n: f.__setitem__(n, [1.0]))
    refused(model, "a.weights.h5", "layers/dense/vars: it is no group")


def test_a_group_within_itself(model):
    replaced("a.weights.h5", "layers/dense/vars", lambda f, n: f.__setitem__(n, f["layers"]))
    refused(model, "a.weights.h5", "layers/dense/vars: its data sets are called 0, 1, 2")


def test_a_crowd(model, monkeypatch):
    def crowd(file, name):
        for number in range(101):
            file[f"{name}/{number}"] = h5py.SoftLink("/")

    monkeypatch.setattr("npslstm.saving.hdf5.GROUP", 100)
    replaced("a.weights.h5", "layers/dense/vars", crowd)
    refused(model, "a.weights.h5", "101 entries; at most 100 ")


# ---- data sets in chunks -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", ">f4", "f8", "f2", "i4"])
@pytest.mark.parametrize(
    "filters", [{}, {"compression": "gzip"}, {"shuffle": True}, {"compression": 9, "shuffle": True}]
)
def test_numbers_in_chunks_and_of_other_precision_are_read(model, filters, dtype):
    rng = np.random.default_rng(2)
    array = np.round(rng.normal(0, 9, (3, 20))).astype(dtype)
    replaced("a.weights.h5", KERNEL, lambda f, n: f.create_dataset(
        n, data=array, chunks=(2, 7), **filters))  # fmt: skip
    model.load_weights("a.weights.h5")
    np.testing.assert_array_equal(model.get_weights()[0], array.astype(np.float32))


def chunked(chunks, **options):
    def make(file, name):
        data = np.zeros((3, 20), np.float32)
        file.create_dataset(name, data=data, chunks=chunks, maxshape=(None, None), **options)
    return make  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (chunked((3, 20), fletcher32=True), "filters"),
        (chunked((3, 20), compression="lzf"), "filters"),
        (chunked((3, 20), scaleoffset=3), "filters"),
        (chunked((2**11, 2**12), compression="gzip"), "in chunks of .* announces"),
        (lambda f, n: f.create_dataset(n, (3, 20), "f4", chunks=(2, 20)), "2 chunks .* missing"),
    ],
    ids=["fletcher", "lzf", "scaleoffset", "a chunk of 34 MB", "missing"],
)
def test_chunks_that_are_not_read(model, make, message):
    replaced("a.weights.h5", KERNEL, make)
    refused(model, "a.weights.h5", message)


@pytest.mark.parametrize("length", [0, 1, 239, 241, 10**8])
def test_a_chunk_that_unpacks_to_another_size(model, length):
    import zlib

    def bomb(file, name):
        options = {"chunks": (3, 20), "compression": "gzip"}
        data = file.create_dataset(name, (3, 20), "f4", **options)
        data.id.write_direct_chunk((0, 0), zlib.compress(bytes(length), 9)[:60_000])

    replaced("a.weights.h5", KERNEL, bomb)
    refused(model, "a.weights.h5", "chunk at .0, 0. ")


# ---- memory ------------------------------------------------------------------------------------

LARGE = {
    "chunks without data": lambda f, n: f.create_dataset(n, (2**29,), "f4", chunks=(2**18,)),
    "one piece without data": lambda f, n: f.create_dataset(n, (2**29,), "f4"),
    "zeros that are packed": lambda f, n: f.create_dataset(
        n, data=np.zeros(2**24, "f4"), compression="gzip"),
}  # fmt: skip


@pytest.mark.parametrize("what", LARGE)
@pytest.mark.parametrize("where", [KERNEL, f"{MEMORY}/0"])
def test_what_a_file_announces_costs_no_memory(model, tmp_path, what, where):
    replaced("a.weights.h5", where, LARGE[what])
    code = "model.compile('adam', 'mse'); model.load_weights('a.weights.h5')"
    assert megabytes_of(code, tmp_path) < MEGABYTES
    refused(model, "a.weights.h5", "announces? ")


# ---- the optimizer's part ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "value", "message"),
    [
        (0, np.int64(-1), "integer >= 0; here it is -1"), (0, np.float32(0.5), "here it is 0.5"),
        (0, np.float64("nan"), "here it is nan"), (0, np.uint64(2**64 - 1), "integer >= 0"),
        (0, b"x", "no numbers"), (1, np.float32("nan"), "finite number; here it is nan"),
        (1, np.float32("inf"), "here it is inf"), (1, "fast", "no numbers"),
        (5, np.array([b"x"]), "no numbers"), (5, np.full((5, 20), 1e300), "too large"),
    ],
    ids=lambda value: None if isinstance(value, np.ndarray) else str(value),
)  # fmt: skip
def test_what_an_optimizer_cannot_go_on_from(model, number, value, message):
    path = f"{MEMORY}/{number}"
    replaced("a.weights.h5", path, lambda f, n: f.__setitem__(n, value))
    assert path in refused(model, "a.weights.h5", message)


def test_memory_that_is_not_finite_is_legal(model):
    """Training that has run away is saved and loaded as it is."""
    for value in model.optimizer.memory.values():
        value[...] = np.nan
    model.save_weights("nan.weights.h5")
    before = numbers_of(model)
    other = trained_model()
    other.load_weights("nan.weights.h5")
    for one, two in zip(numbers_of(other), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_learning_rate_that_is_refused_changes_nothing(model, monkeypatch):
    """The optimizer has the last word on its learning rate, before any weight is written."""
    def refuse(self, value):
        raise ValueError("not this one")

    replaced("a.weights.h5", f"{MEMORY}/1", lambda f, n: f.__setitem__(n, np.float32(0.25)))
    kind = type(model.optimizer).__mro__[1]
    monkeypatch.setattr(kind, "learning_rate", property(kind.learning_rate.fget, refuse))
    refused(model, "a.weights.h5", "not this one")


def test_an_optimizer_that_is_not_asked_for_is_not_read(model):
    """The optimizer's part is judged where it is used: weights go to a model not compiled."""
    replaced("a.weights.h5", f"{MEMORY}/0", external)
    small_model().load_weights("a.weights.h5")


def test_arrays_of_one_file_reach_the_model_together(model, monkeypatch):
    """All is read before the first weight is written: a reader that fails at the last changes
    nothing."""
    from npslstm.saving import hdf5

    original, calls = hdf5.Stored.read, itertools.count()

    def failing(self):
        if next(calls) == 30:
            raise RuntimeError("the disk is gone")
        return original(self)

    for last in (0, 4, 12):
        calls = itertools.count(30 - last)
        monkeypatch.setattr(hdf5.Stored, "read", failing)
        refused(model, "a.weights.h5", "the disk is gone")
