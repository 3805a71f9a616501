"""Packages: `nbrepro` as it stands, and the folder `magics` under the name `nbrepro_magics`; pyproject.toml says the rest."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["nbrepro", "nbrepro.*"]), "nbrepro_magics"],
    package_dir={"nbrepro_magics": "magics"},
)
