"""Readers of the files in which other projects keep what models said; one module for each family of formats."""
