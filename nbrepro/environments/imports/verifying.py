"""Whether what was resolved really provides what the code imports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from nbrepro.model import Wish

_MODULE_ENDINGS = (".py", ".so", ".pyd")
_NO_MODULES = (".dist-info", ".egg-info", ".data", "__pycache__")


def top_level_modules(dist_info_files: Mapping[str, str]) -> frozenset[str]:
    r"""The modules that a wheel provides: top-level names, and dotted ones below namespaces that packages share.

    Args:
        dist_info_files: text of the files in its `.dist-info` folder by name; `RECORD` tells most, `top_level.txt` is
            the second choice (https://packaging.python.org/en/latest/specifications/recording-installed-packages/).

    >>> sorted(top_level_modules({"RECORD": "yaml/__init__.py,,\n_yaml/__init__.py,,\nPyYAML-6.0.dist-info/RECORD,,\n"}))
    ['_yaml', 'yaml']
    """
    record = dist_info_files.get("RECORD", "")
    found = frozenset(_of_record(record))
    return found or frozenset(
        line.strip().replace("/", ".") for line in dist_info_files.get("top_level.txt", "").splitlines() if line.strip()
    )


def verify_modules(top_level_by_distribution: Mapping[str, Collection[str]], wishes: Iterable[Wish]) -> tuple[str, ...]:
    """What the resolved distributions lack of what is imported, in words; empty where everything is there.

    A module counts as provided whichever of the distributions brings it: `python-igraph` has become a name for `igraph`.
    Wishes that come from no import, and those whose distribution isn't among the resolved, are left to others.

    Args:
        top_level_by_distribution: `top_level_modules` of every resolved distribution, by normalized name.
        wishes: the wishes of the specification.
    """
    provided = {module for modules in top_level_by_distribution.values() for module in modules}
    return tuple(
        _problem(wish.imported_as, wish, top_level_by_distribution[wish.name])
        for wish in wishes
        if wish.imported_as is not None and wish.name in top_level_by_distribution and not _provides(provided, wish.imported_as)
    )


def _provides(provided: Collection[str], module: str) -> bool:
    """Whether a module, or the namespace it lies in, is among those provided."""
    first = module.partition(".")[0]
    below = {name for name in provided if name.startswith(f"{first}.")}
    if below and first not in provided:
        return any(module == name or module.startswith(f"{name}.") or name.startswith(f"{module}.") for name in below)
    return first in provided


def _problem(module: str, wish: Wish, modules: Collection[str]) -> str:
    instead = ", ".join(sorted(modules)) or "no module"
    return f"{wish.source} imports {module}, for which {wish.name} was installed, but that provides {instead}"


def _of_record(record: str) -> Iterator[str]:
    paths = [line.rsplit(",", maxsplit=2)[0].strip('"') for line in record.splitlines()]
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    with_modules = {path.partition("/")[0] for path in paths if path.count("/") == 1 and path.endswith(_MODULE_ENDINGS)}
    for path in paths:
        top, slash, _ = path.partition("/")
        if path.startswith(("../", "/")) or top.endswith(_NO_MODULES) or not path.endswith(_MODULE_ENDINGS):
            continue
        if not slash:
            yield top.partition(".")[0]
        elif top.isidentifier():
            yield top if top in with_modules else _below_namespace(path, packages)


def _below_namespace(path: str, packages: Collection[str]) -> str:
    """The first package on the way down, dotted: `google/cloud/storage/blob.py` gives `google.cloud.storage`."""
    pieces = path.split("/")[:-1]
    lengths = range(1, len(pieces) + 1)
    first = next((length for length in lengths if "/".join(pieces[:length]) in packages), len(pieces))
    return ".".join(pieces[:first])
