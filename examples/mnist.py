"""Handwritten digits, read row by row: an image as a sequence.

What it teaches: anything with an order is a sequence. The 28 rows of an image are 28 time steps,
the 28 pixels of a row 28 features. The LSTM reads from top to bottom; BatchNormalization brings
what it remembers at the end to mean 0 and variance 1; Dense gives a score, a logit, for each digit.

Source: Keras's guide Working with RNNs, its MNIST example. Published accuracy: about 96 %.
https://keras.io/guides/working_with_rnns/
The accuracy of fit is the mean over an epoch, with BatchNormalization working on each batch alone;
the validation comes at its end, with moving means, 1 % of which each batch makes new. In the first
epochs they lag behind, and the validation with them.
The guide trains with 60,000 images. With the 10,000 of the test part alone, 9,000 train and 1,000
validate. Median (range) over 20 seeds: 86.5 % (77.2 to 90.5). Without any, scikit-learn's digits
stand in: other images, 8 x 8 pixels, 1500 to train: a score not to be compared with the published.
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator
from sklearn.datasets import load_digits

from npslstm.datasets import mnist

SCORES = {"MNIST": "60,000 images %", "MNIST, 10,000 images": "Accuracy %"}  # by name of the data


def data():
    """Images (samples, rows, columns) of 0 to 1 and labels, to train and to validate; a name."""
    try:
        (x, y), (x_validate, y_validate), name = *mnist.load_data(), "MNIST"
    except OSError as error:
        try:
            x, y = mnist.load_idx(part="test")
        except OSError:
            print(f"{error}\nGoing on with scikit-learn's digits of 8 x 8 pixels.")
            digits = load_digits()
            x, y, split, name = digits.images / 16 * 255, digits.target, 1500, "8 x 8 digits"
        else:
            split, name = 9000, "MNIST, 10,000 images"
        x, y, x_validate, y_validate = x[:split], y[:split], x[split:], y[split:]
    x, x_validate = (images.astype("float32") / 255 for images in (x, x_validate))
    return (x, y), (x_validate, y_validate), name


def build(nn, rows=28, columns=28):
    model = nn.Sequential()
    model.add(nn.Input(shape=(rows, columns)))
    model.add(nn.layers.LSTM(64))
    model.add(nn.layers.BatchNormalization())
    model.add(nn.layers.Dense(10))
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer="sgd", metrics=["accuracy"])
    return model


def train(model, x, y, validation_data, epochs=10):
    options = {"batch_size": 64, "verbose": 2, "validation_data": validation_data}
    return model.fit(x, y, epochs=epochs, **options).history


def draw(history, images, labels, answers, title):
    """Accuracy by epoch; ten digits read right and ten read wrong."""
    figure = plt.figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(5, 6))
    axes = left.subplots()
    epochs = range(1, len(history["accuracy"]) + 1)
    axes.plot(epochs, [100 * a for a in history["accuracy"]], "ko--", label="training")
    axes.plot(epochs, [100 * a for a in history["val_accuracy"]], "ks-", label="validation")
    axes.set(title=title, xlabel="epoch", ylabel="accuracy (%)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    hits, misses = np.flatnonzero(answers == labels)[:10], np.flatnonzero(answers != labels)[:10]
    panels = right.subplots(4, 5)
    for panel in panels.flat:
        panel.axis("off")
    for half, chosen in ((panels[:2], hits), (panels[2:], misses)):
        for panel, i in zip(half.flat, chosen, strict=False):
            panel.imshow(images[i], cmap="gray_r")
            panel.set_title(f"is {labels[i]}, read as {answers[i]}", fontsize=9)
    right.suptitle("Read right (above) and wrong (below)")
    picture = Path("out", "mnist.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=10):
    nn.utils.set_random_seed(seed)
    (x, y), (x_validate, y_validate), source = data()
    print(f"{source}: {len(x)} images to train, {len(x_validate)} to validate.")
    print("The published 96 % took 60,000 images of 28 x 28 pixels to train: fewer give less.")
    model = build(nn, *x.shape[1:])
    start = time.perf_counter()
    history = train(model, x, y, (x_validate, y_validate), epochs)
    seconds = time.perf_counter() - start
    answers = model.predict(x_validate, verbose=0).argmax(axis=1)
    accuracy = 100 * history["val_accuracy"][-1]
    print(f"Trained {epochs} epochs in {seconds:.1f} s. Validation accuracy: {accuracy:.2f} %")
    for label, answer in list(zip(y_validate, answers, strict=True))[:10]:
        print(f"{label} -> {answer}")
    name = SCORES.get(source, "8 x 8 digits %")
    return {
        "program": "mnist",
        "shows": f"image rows as time steps ({source})",
        "score": {name: float(accuracy)},
        "published": {name: 96} if source in SCORES else {},
        "naive": {name: 100 * float((y_validate == np.bincount(y).argmax()).mean())},
        "seconds": seconds,
        "picture": draw(history, x_validate, y_validate, answers, f"{source}, LSTM(64)"),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
