"""What is declared for a notebook: every file and cell that names packages, with the place of each wish."""

from nbrepro.environments.discovery.discovering import declared_in, discover

__all__ = ["declared_in", "discover"]
