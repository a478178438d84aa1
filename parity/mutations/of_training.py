"""Mistakes in training: batches, epochs, metrics, validation, weights of samples and classes."""

from .mutation import Mutation, Ruled
from .places import assignment, call, choice, condition, constant, default, operation
from .rules import becomes, in_turn, left_out, renamed

FIT, LOOP, DATA = "training/fit.py", "training/loop.py", "training/data.py"
METRICS = "kernels/metrics.py"
STEP, BATCH_RUN, RESULTS = "training/step.py", "training/batch_run.py", "training/results.py"

FIRST = ("training", "stateful", "masks", "metrics", "outputs")  # subjects to ask first

MUTATIONS = [
    # ---- batches and epochs ---------------------------------------------------------------------
    Ruled(
        "last_batch_dropped", BATCH_RUN, "BatchRun.run", becomes(choice(), "0"),
        "a last batch that is not full is left out",
    ),
    Ruled(
        "samples_backwards", BATCH_RUN, "BatchRun.__init__",
        becomes(call("plain_order"), "{it}[::-1].copy()"),
        "samples are used in another order although shuffle is False",
    ),
    Ruled(
        "states_reset_by_epochs", FIT, "Fit.train",
        becomes(call("on_epoch_begin"), "{it}; self.model.reset_states()"),
        "each epoch begins with zero states",
    ),
    Ruled(
        "states_reset_by_predict", LOOP, "run_predict",
        becomes(call("on_predict_begin"), "{it}; {parameters[0]}.reset_states()"),
        "predict begins with zero states",
    ),
    Ruled(
        "states_reset_by_set_weights", "holder.py", "Holder.set_weights",
        becomes(assignment("=", "as_weight"), "{it}; self.reset_states()"),
        "set_weights forgets the states",
    ),
    Ruled(
        "constraints_forgotten", STEP, "Step.__init__",
        left_out(assignment("+=", "constraint_actions")),
        "constraints are never restored",
    ),
    Ruled(
        "constraint_axis", "constraints.py", "MaxNorm.__init__", becomes(default("axis"), "1"),
        "MaxNorm takes the norm along the other axis",
    ),
    Ruled(
        "frozen_layers_learn", "layers/weights.py", "WeightKeeper.trainable_weights",
        becomes(condition("trainable"), "False"),
        "trainable=False is ignored",
    ),
    # ---- averages -------------------------------------------------------------------------------
    Ruled(
        "loss_averaged_over_batches", METRICS, "track_loss",
        in_turn(becomes(operation("*"), "{0}"), becomes(assignment("+=", nth=2, of=2), "{0} += 1")),
        "a small last batch counts in the epoch's loss like a full one",
    ),
    Ruled(
        "metrics_averaged_over_batches", METRICS, "accumulate",
        becomes(choice(), "{it} / {parameters[0]}.size"),
        "a small last batch counts in metrics like a full one",
    ),
    Ruled(
        "metrics_not_reset", RESULTS, "Results.reset", becomes(call("fill"), "{callee[0]}[0] = 0"),
        "metrics go on from epoch to epoch",
    ),
    Ruled(
        "loss_not_reset", RESULTS, "Results.reset", becomes(call("fill"), "{callee[0]}[1:] = 0"),
        "the loss goes on from epoch to epoch",
    ),
    Ruled(
        "metrics_all_weighted", STEP, "Step.write_results", becomes(choice(nth=2, of=3), "{0}"),
        "sample weights count in all metrics",
    ),
    Ruled(
        "metrics_of_masked_steps", METRICS, "weigh_by_mask", becomes(assignment("="), "{0} = 1"),
        "metrics count masked steps",
    ),
    Ruled(
        "rmse_without_root", "metrics/errors.py", "RootMeanSquaredError.value",
        becomes(call("sqrt"), "{0}"),
        "the root mean squared error is the mean squared one",
    ),
    Ruled(
        "accuracy_on_the_threshold", METRICS, "binary_accuracy",
        becomes(operation(">"), "{0} >= {1}"),
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
    Ruled(
        "validation_share_rounded", DATA, "split", renamed("floor", "ceil"),
        "one sample too few is held out",
    ),
    Ruled(
        "validation_trains", FIT, "fit", becomes(constant("test"), "'train'"),
        "the model learns from the validation data",
    ),
    # ---- weights --------------------------------------------------------------------------------
    Ruled(
        "classes_without_weight", DATA, "weighted_by_class", renamed("ones", "zeros"),
        "classes that class_weight does not name do not count",
    ),
    Ruled(
        "class_weight_of_one_hot", DATA, "weighted_by_class", becomes(choice(), "{2[0]}"),
        "class_weight takes the first column of one-hot targets for the label",
    ),
]  # fmt: skip
