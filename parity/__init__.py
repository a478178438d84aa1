"""The comparison of npslstm with Keras, number by number, on the tensorflow backend.

    python -m parity            every tutorial program on both engines, and a report
    compare(model, keras_model, x, y)   the same for two models of your own
    transfer(source, target)    the weights of one model into the other, in either direction

    tolerances  how far apart the two may be, and how far apart they were measured to be
    differences the difference of two results, checked against its tolerance
    engines     what is asked of a model; on_npslstm and on_keras answer
    observe     all answers of one engine; comparing sets two of them side by side
    programs    the tutorial programs on either engine; suite compares them
    findings    rows and curves; report, page and document show them
    graphs      models that are graphs, built by one function for either engine; merges, for merges
    fuzz        models drawn at random, stacks and graphs; pair compares the two of one
    mutants     npslstm broken on purpose, to see that the comparison notices
    references  cases whose answers by Keras are frozen in tests/golden

Weights are random everywhere: constant ones hide a wrong gate order.
"""

from .comparing import compare, transfer

__all__ = ["compare", "transfer"]
