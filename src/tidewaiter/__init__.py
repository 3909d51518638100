"""Tidewaiter: customs administrations that work together, each on a node of its own."""

__version__ = "0.1.0"
