"""`jcache project execute --executor nbrepro`, beside jupyter-cache's own executor."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Example, code

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")]


@pytest.mark.filterwarnings("ignore")
def test_notebooks_are_cached_as_by_its_own_executor(folder: Path) -> None:
    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    good = Example(cells=(code("print('a'); 6 * 7"), code("import os; os.path.basename(os.getcwd())")), name="good.ipynb").write(folder)
    bad = Example(cells=(code("print('a')"), code("1 / 0"), code("'never'")), name="bad.ipynb").write(folder)
    seen = []
    for name in ("local-serial", "nbrepro"):
        cache = get_cache(str(folder.parent / name))
        for path in (good, bad):
            cache.add_nb_to_project(str(path))
        ended = load_executor(name, cache).run_and_cache(timeout=60)
        assert (ended.succeeded, ended.excepted, ended.errored) == ([str(good)], [str(bad)], [])
        cached = cache.get_cache_bundle(cache.match_cache_file(str(good)).pk).nb
        seen.append([(cell.execution_count, cell.outputs) for cell in cached.cells])
        assert "division by zero" in cache.get_project_record(str(bad)).traceback
    assert seen[0] == seen[1]
