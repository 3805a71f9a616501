"""From what is wanted to exact versions, as of the notebook's date."""

from nbrepro.environments.resolution.resolve import resolve, resolve_with_ladder

__all__ = ["resolve", "resolve_with_ladder"]
