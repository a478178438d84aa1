"""The mathematics of layers, losses and optimizers: array functions, forward beside backward.

They write their results in place, and are plain NumPy programs: `npslstm.machine` compiles them.
"""
