"""From what is wanted to exact versions, as of the notebook's date."""

from nbrepro.environments.resolution.resolve import lock_from_declaration, resolve, resolve_with_ladder

__all__ = ["lock_from_declaration", "resolve", "resolve_with_ladder"]
