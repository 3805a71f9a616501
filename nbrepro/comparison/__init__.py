"""Expected against observed: a verdict for every output, every step and the whole. Runs nothing, reads nothing."""

from nbrepro.comparison.executions import compare, compare_notebooks
from nbrepro.comparison.settings import Settings

__all__ = ["Settings", "compare", "compare_notebooks"]
