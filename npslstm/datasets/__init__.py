"""Data sets that the tutorials use, each a module with load_data()."""

from npslstm.datasets import airline_passengers, mnist

__all__ = ["airline_passengers", "mnist"]
