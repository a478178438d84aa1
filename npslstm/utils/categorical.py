"""Class labels as rows of zeros with a single one, the targets of `categorical_crossentropy`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import require_memory, whole_number
from ..arrays import converted


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
    labels = as_labels(x)
    if num_classes is not None:
        num_classes = whole_number(num_classes, "num_classes", "to_categorical", 0, error=TypeError)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if not num_classes:
        if not labels.size:
            raise ValueError(
                "There are no labels to count the classes of: x is empty. "
                "Write to_categorical(x, num_classes=...)."
            )
        num_classes = int(labels.max()) + 1
    if num_classes < 0:  # counted from labels below -1
        raise ValueError(
            f"The number of classes would be {num_classes}; labels x and num_classes are 0 or more."
        )

    require_memory(
        (*labels.shape, num_classes), 8,
        f"{labels.size} labels x as rows of num_classes={num_classes}", "Write smaller labels.",
    )  # fmt: skip
    one_hot = np.zeros((*labels.shape, num_classes))
    outside = labels[(labels < -num_classes) | (labels >= num_classes)]
    if outside.size:
        raise IndexError(
            f"x: Label {outside[0]} does not fit in {num_classes} classes (num_classes), whose "
            f"labels are 0 to {num_classes - 1}. Labels that begin at 1 need one class more, or "
            "x - 1."
        )
    np.put_along_axis(one_hot, labels[..., None], 1.0, axis=-1)
    return one_hot


def as_labels(x: Any) -> np.ndarray:
    """Labels as int64, fractions cut off. Raises ValueError for anything else."""
    if x is None:
        raise TypeError("x holds the labels; received None. Write to_categorical([0, 2, 1]).")
    labels = converted(x, "x", text=True)
    try:
        if labels.dtype.kind not in "fiubOUS":
            raise TypeError
        with np.errstate(invalid="raise"):
            return np.array(labels, np.int64)
    except Exception as error:
        raise ValueError(
            f"x holds integer labels, 0 or more; received an array of dtype {labels.dtype}, "
            "which holds something else: words, NaN, or numbers beyond 64 bits."
        ) from error
