"""An environment that can't be had, as the failure of the notebook that needs it."""

from __future__ import annotations

from nbrepro.errors import EnvironmentBuildError, NbreproError
from nbrepro.model import Failure, FailureKind


def failure_of(error: NbreproError) -> Failure:
    """The failure that an error of resolving or building comes to, with its slug and the packages that it names as evidence.

    >>> failure_of(EnvironmentBuildError("the environment", "no compiler", ("numpy",))).evidence
    (('slug', 'environment-build'), ('packages', 'numpy'))
    """
    kind = FailureKind.ENVIRONMENT_NOT_BUILT if isinstance(error, EnvironmentBuildError) else FailureKind.ENVIRONMENT_NOT_RESOLVED
    packages = ", ".join(getattr(error, "packages", ()))
    return Failure(kind, str(error), evidence=(("slug", error.slug), *((("packages", packages),) if packages else ())))
