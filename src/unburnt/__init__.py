"""Unburnt: the record-keeping of a human-rights monitor under attack."""

__version__ = "0.1.0"
