"""The code of the book "From Neuron to Transformer, by hand": one idea, one module."""

__version__ = "0.1.0"
