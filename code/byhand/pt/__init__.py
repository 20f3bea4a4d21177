"""PyTorch twins: the same names, shapes and lines as the NumPy layers,
without a backward pass."""
