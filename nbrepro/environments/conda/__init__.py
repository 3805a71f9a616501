"""Environments from conda channels: solved and installed by py-rattler, written down as conda-lock.yml."""

from nbrepro.environments.conda.installing import InstallPip, install_conda
from nbrepro.environments.conda.lock_contents import FILE_NAME
from nbrepro.environments.conda.lock_reading import read_conda_lock
from nbrepro.environments.conda.pip_part import ResolvePip
from nbrepro.environments.conda.resolving import resolve_conda
from nbrepro.environments.conda.translating import translate_to_pypi

__all__ = ["FILE_NAME", "InstallPip", "ResolvePip", "install_conda", "read_conda_lock", "resolve_conda", "translate_to_pypi"]
