"""What is installed is complete: everything that the packages hold is in the wheel."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.network
def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    done = subprocess.run(
        [find_uv_bin(), "build", "--wheel", "--out-dir", str(tmp_path), str(ROOT)], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    ours = {path.relative_to(ROOT) for folder in ("nbrepro", "magics") for path in (ROOT / folder).rglob("*") if path.is_file()}
    kept = {str(path) for path in ours if "__pycache__" not in path.parts}
    assert {name.replace("magics/", "nbrepro_magics/", 1) if name.startswith("magics/") else name for name in kept} <= inside
