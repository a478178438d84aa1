"""The comparison of npslstm with Keras, number by number, on the tensorflow backend.

    tolerances  how far apart the two may be, and how far apart they were measured to be
    differences the difference of two results, checked against its tolerance
    twins       the same layers or models twice, here and in Keras, with the same random weights
    gradients   the same derivatives twice
    training    small models, trained twice
    mistakes    what beginners do wrong, done twice

Weights are random everywhere: constant ones hide a wrong gate order.
"""
