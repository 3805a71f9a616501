"""Lock files: an exact environment, written down so that it can be built again anywhere."""

from nbrepro.environments.locks.pylock import FILE_NAME, annotated, canonical, lock_from_pylock, read_packages

__all__ = ["FILE_NAME", "annotated", "canonical", "lock_from_pylock", "read_packages"]
