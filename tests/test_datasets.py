"""The data sets are what their source published."""

import csv

import numpy as np

from npslstm.datasets import airline_passengers


def test_airline_passengers_is_the_published_series():
    _, passengers = airline_passengers.load_data()
    assert passengers.dtype == np.float32
    assert passengers.shape == (144,)
    assert passengers.sum() == 40363
    assert list(passengers[:4]) == [112, 118, 132, 129]
    assert list(passengers[-4:]) == [508, 461, 390, 432]


def test_airline_passengers_has_every_month_once():
    months, _ = airline_passengers.load_data()
    assert months.dtype == np.dtype("datetime64[M]")
    assert np.array_equal(months, np.arange("1949-01", "1961-01", dtype="datetime64[M]"))


def test_airline_passengers_csv_has_the_columns_that_the_tutorial_reads():
    with airline_passengers.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["Month", "Passengers"]
    assert (rows[0]["Month"], rows[-1]["Month"]) == ("1949-01", "1960-12")
    assert sum(int(row["Passengers"]) for row in rows) == 40363
