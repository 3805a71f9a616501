"""Measures of how well models simulate execution, each with its source."""
