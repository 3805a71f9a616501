"""From what is wanted to exact versions, as of the notebook's date."""

from nbrepro.environments.resolution.resolve import resolve

__all__ = ["resolve"]
