"""Class labels as rows of zeros with a single one, the targets of `categorical_crossentropy`."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows for integer labels.

    x: labels of any shape, from 0 to num_classes - 1; fractions are cut off. A last axis of size 1
    is dropped if there are others. Like any index in Python, a negative label counts from the end.
    num_classes: by default the largest label + 1.

    Returns float64 of shape (..., num_classes).
    Raises IndexError for a label outside num_classes; ValueError for text, NaN, ragged lists, a
    negative num_classes, and for no labels without num_classes.
    Source: https://keras.io/api/utils/python_utils/#to_categorical-function
    """
    labels = np.array(x, dtype=np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if not num_classes:
        if not labels.size:
            raise ValueError(
                "There are no labels to count the classes of: x is empty. "
                "Write to_categorical(x, num_classes=...)."
            )
        num_classes = int(labels.max()) + 1
    if num_classes < 0:
        raise ValueError(
            f"The number of classes would be {num_classes}; labels and num_classes are 0 or more."
        )

    one_hot = np.zeros((*labels.shape, num_classes))
    outside = labels[(labels < -num_classes) | (labels >= num_classes)]
    if outside.size:
        raise IndexError(
            f"Label {outside[0]} does not fit in {num_classes} classes, whose labels are 0 to "
            f"{num_classes - 1}. Labels that begin at 1 need one class more, or x - 1."
        )
    np.put_along_axis(one_hot, labels[..., None], 1.0, axis=-1)
    return one_hot
