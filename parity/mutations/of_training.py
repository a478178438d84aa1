"""Mistakes in training: batches, epochs, metrics, validation, weights of samples and classes."""

from .mutation import Mutation

FIT, LOOP, DATA = "training/fit.py", "training/loop.py", "training/data.py"
METRICS = "kernels/metrics.py"
STEP, PASSING, RESULTS = "training/step.py", "training/batch_run.py", "training/results.py"

FIRST = ("training", "stateful", "masks", "metrics", "outputs")  # subjects to ask first

MUTATIONS = [
    # ---- batches and epochs ---------------------------------------------------------------------
    Mutation(
        "last_batch_dropped", PASSING,
        "rest = left - full * self.batch_size if full < count else 0", "rest = 0",
        "a last batch that is not full is left out",
    ),
    Mutation(
        "samples_backwards", PASSING,
        "self.order = plain_order(self.samples)",
        "self.order = plain_order(self.samples)[::-1].copy()",
        "samples are used in another order although shuffle is False",
    ),
    Mutation(
        "states_reset_by_epochs", FIT,
        "listeners.on_epoch_begin(epoch)", "listeners.on_epoch_begin(epoch)\n"
        "        self.model.reset_states()",
        "each epoch begins with zero states",
    ),
    Mutation(
        "states_reset_by_predict", LOOP,
        "listeners.on_predict_begin()", "listeners.on_predict_begin()\n"
        "        model.reset_states()",
        "predict begins with zero states",
    ),
    Mutation(
        "states_reset_by_set_weights", "holder.py",
        'as_weight(w, v.shape, self.dtype, "weights: a weight")\n'
        "            for w, v in zip(weights, own, strict=True)\n        ]\n",
        'as_weight(w, v.shape, self.dtype, "weights: a weight")\n'
        "            for w, v in zip(weights, own, strict=True)\n        ]\n"
        "        self.reset_states()\n",
        "set_weights forgets the states",
    ),
    Mutation(
        "constraints_forgotten", STEP,
        "self.program.after += model.constraint_actions()", "pass",
        "constraints are never restored",
    ),
    Mutation(
        "constraint_axis", "constraints.py",
        "def __init__(self, max_value: float = 2, axis: Axis = 0)",
        "def __init__(self, max_value: float = 2, axis: Axis = 1)",
        "MaxNorm takes the norm along the other axis",
    ),
    Mutation(
        "frozen_layers_learn", "layers/weights.py",
        "if not self.trainable:\n            return []", "pass",
        "trainable=False is ignored",
    ),
    # ---- averages -------------------------------------------------------------------------------
    Mutation(
        "loss_averaged_over_batches", METRICS,
        "totals[0] += (loss[0] + penalty[0]) * samples\n    totals[1] += samples",
        "totals[0] += loss[0] + penalty[0]\n    totals[1] += 1",
        "a small last batch counts in the epoch's loss like a full one",
    ),
    Mutation(
        "metrics_averaged_over_batches", METRICS,
        "totals[0] += values[n] * weight\n        totals[1] += weight",
        "totals[0] += values[n] * weight / values.size\n        totals[1] += weight / values.size",
        "a small last batch counts in metrics like a full one",
    ),
    Mutation(
        "metrics_not_reset", RESULTS,
        "self.totals.fill(0)", "self.totals[0] = 0",
        "metrics go on from epoch to epoch",
    ),
    Mutation(
        "loss_not_reset", RESULTS,
        "self.totals.fill(0)", "self.totals[1:] = 0",
        "the loss goes on from epoch to epoch",
    ),
    Mutation(
        "metrics_all_weighted", STEP,
        "rows = aim.weighted if weighted else aim.plain", "rows = aim.weighted",
        "sample weights count in all metrics",
    ),
    Mutation(
        "metrics_of_masked_steps", METRICS,
        "weights[t, n] = mask[t, n]", "weights[t, n] = 1",
        "metrics count masked steps",
    ),
    Mutation(
        "rmse_without_root", "metrics/errors.py",
        "return float(np.sqrt(super().value(total, count)))", "return super().value(total, count)",
        "the root mean squared error is the mean squared one",
    ),
    Mutation(
        "accuracy_on_the_threshold", METRICS,
        "right += t[j] == (y[j] > threshold)", "right += t[j] == (y[j] >= threshold)",
        "an output on the threshold counts as above it",
    ),
    # ---- validation -----------------------------------------------------------------------------
    Mutation(
        "validation_from_the_front", DATA,
        "return data.part(0, at), data.part(at, data.samples)",
        "held = data.samples - at\n"
        "    return data.part(held, data.samples), data.part(0, held)",
        "the first samples are held out instead of the last",
    ),
    Mutation(
        "validation_shuffled", DATA,
        "at = math.floor(data.samples * (1.0 - share))",
        "at = math.floor(data.samples * (1.0 - share))\n"
        "    mixed = np.random.default_rng(0).permutation(data.samples)\n"
        "    kinds = ([a if a is None else a[mixed] for a in kind] for kind in data)\n"
        "    data = Data(*map(tuple, kinds))",
        "samples are shuffled before some are held out",
    ),
    Mutation(
        "validation_share_rounded", DATA,
        "at = math.floor(data.samples * (1.0 - share))",
        "at = math.ceil(data.samples * (1.0 - share))",
        "one sample too few is held out",
    ),
    Mutation(
        "validation_trains", FIT,
        'BatchRun(model, "test", held_out, batches(',
        'BatchRun(model, "train", held_out, batches(',
        "the model learns from the validation data",
    ),
    # ---- weights --------------------------------------------------------------------------------
    Mutation(
        "classes_without_weight", DATA,
        "weights = np.ones(labels.shape, dtype)", "weights = np.zeros(labels.shape, dtype)",
        "classes that class_weight does not name do not count",
    ),
    Mutation(
        "class_weight_of_one_hot", DATA,
        "labels = target.argmax(axis=-1) if target.shape[-1] > 1 else np.round(target[..., 0])",
        "labels = target[..., 0]",
        "class_weight takes the first column of one-hot targets for the label",
    ),
]  # fmt: skip
