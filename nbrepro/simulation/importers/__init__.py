"""Readers of the files in which other projects keep what models said; one module for each family of formats."""

from nbrepro.simulation.importers.registry import FORMATS, detect, read_answers

__all__ = ["FORMATS", "detect", "read_answers"]
