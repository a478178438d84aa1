"""One stateful LSTM of Keras, run on the backend that KERAS_BACKEND names; see `backends`.

Prints two lines: what predict answers to the same input four times, and how training went.
"""

import keras
import numpy as np


def build():
    model = keras.Sequential()
    model.add(keras.Input(batch_shape=(1, 1, 2)))
    model.add(keras.layers.LSTM(3, stateful=True))
    model.add(keras.layers.Dense(1))
    model.compile(optimizer="sgd", loss="mse")
    return model


def main():
    keras.utils.set_random_seed(1)
    x, y = np.ones((4, 1, 2), "float32"), np.zeros((4, 1), "float32")
    model = build()
    answers = [model.predict(sample[np.newaxis], verbose=0).item() for sample in x]
    print("predict:", *(f"{answer:.4f}" for answer in answers))
    try:
        model = build()
        model.fit(x, y, batch_size=1, epochs=2, shuffle=False, verbose=0)
        print("fit: trained")
    except Exception as error:
        print(f"fit: {type(error).__name__}: {' '.join(str(error).split())[:120]}")


if __name__ == "__main__":
    main()
