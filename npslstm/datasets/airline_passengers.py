"""International airline passengers, thousands a month, January 1949 to December 1960.

Source: G. E. P. Box and G. M. Jenkins, Time Series Analysis: Forecasting and Control,
Holden-Day, 1976, series G. The series grows, and swings over the year the more the larger it is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np


def path() -> Path:
    """The CSV file with its columns Month (1949-01 to 1960-12) and Passengers (thousands)."""
    return Path(__file__).with_name("airline-passengers.csv")


def load_data() -> tuple[np.ndarray, np.ndarray]:
    """The 144 months and their passengers.

    Returns:
        months: datetime64[M], shape (144,), from 1949-01 to 1960-12.
        passengers: float32, shape (144,), thousands of passengers in that month.
    """
    table = np.loadtxt(path(), delimiter=",", skiprows=1, dtype=str)
    return table[:, 0].astype("datetime64[M]"), table[:, 1].astype(np.float32)
