"""What a step costs: operations and products, parts and threads, and what more cores should do."""

from __future__ import annotations

import numpy as np
import pytest

from parity.speed import cost, scaling, tables
from parity.speed.results import Results
from parity.speed.workloads import TRAINING


def test_a_step_of_mnist_is_a_quarter_of_a_gigaflop():
    mnist = TRAINING["mnist"]
    assert cost.flops(mnist) == pytest.approx(0.227e9, rel=0.01)
    assert sum(p.flops for p in cost.products(mnist, parts=2)) == cost.flops(mnist)
    assert cost.bound(mnist, gigaflops=224, copying=100) == pytest.approx(1113, rel=0.01)


def test_every_product_has_the_shapes_of_its_primitive():
    from npslstm import primitives

    for workload in TRAINING.values():
        for product in cost.products(workload):
            total, a, b = (np.ones(shape) for shape in product.shapes)
            getattr(primitives, product.kind)(total, a, b)
            assert total.shape == (product.rows, product.columns)
            assert (total == product.kind.startswith("add") + product.inner).all()


def test_the_cost_of_more_cores_follows_from_one_thread_and_two():
    measured = {1: 100.0, 2: 60.0}  # 80 in parts, 20 by one thread
    assert scaling.expected(measured, 8) == {4: 40.0, 8: 30.0, 16: 30.0}
    assert scaling.expected(measured, 2) == {4: 60.0, 8: 60.0, 16: 60.0}
    assert scaling.expected(measured, 1) == {4: 100.0, 8: 100.0, 16: 100.0}
    three = {1: 100.0, 2: 20 + 80 * 2 / 3}  # two rounds of three parts
    assert scaling.expected(three, 3) == pytest.approx({c: 20 + 80 / 3 for c in (4, 8, 16)})
    faster = scaling.expected({1: 100.0, 2: 40.0}, 4)  # as two caches may be
    assert faster == {4: 25.0, 8: 25.0, 16: 25.0}


def test_parts_are_those_of_the_engine():
    assert [scaling.parts_of(workload) for workload in scaling.WORKLOADS] == [2, 2, 8]


def test_the_table_of_threads_tells_measured_from_expected():
    results = Results({"cores": "2"})
    row = scaling.Scaling(TRAINING["mnist"], 2, dict.fromkeys(scaling.THREADS, 5.0), {})
    results.scaling = [row._replace(expected=dict.fromkeys(scaling.CORES, 3.0))]
    table = tables.scaling(results)
    assert table.head[2:] == [
        "1 thread", "2 threads", "3 threads", "4 threads", "8 threads",
        "(4 cores)", "(8 cores)", "(16 cores)",
    ]  # fmt: skip
    assert table.rows[0][1:] == ["2", *["5"] * 5, *["(3)"] * 3] and "2 cores" in table.note
