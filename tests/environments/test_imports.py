"""What the imports of a notebook come to, over real trees of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nbrepro.environments.imports import ImportReading, ModuleOrigin, read_imports
from nbrepro.model import Source, SourceKind, WishKind


def notebook(*cells: str, python: str = "3.8.1", **metadata: Any) -> dict[str, Any]:
    code = [{"cell_type": "code", "source": source, "metadata": {}} for source in cells]
    return {"cells": code, "metadata": {"language_info": {"name": "python", "version": python}, **metadata}}


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(project: Path, *cells: str, at: str = "a.ipynb", python: str = "3.8.1") -> ImportReading:
    return read_imports(project / at, project, notebook(*cells, python=python))


def packages(reading: ImportReading) -> list[str]:
    return [wish.name for wish in reading.wishes]


def test_a_wish_names_the_cell_and_the_module(tmp_path: Path) -> None:
    content = notebook("import numpy as np", "from sklearn import svm\nfrom sklearn.svm import SVC")
    content["cells"].insert(0, {"cell_type": "markdown", "source": "import torch", "metadata": {}})
    reading = read_imports(tmp_path / "docs" / "a.ipynb", tmp_path, content)
    assert [(wish.name, wish.requirement, wish.imported_as, wish.kind) for wish in reading.wishes] == [
        ("numpy", "numpy", "numpy", WishKind.PACKAGE),
        ("scikit-learn", "scikit-learn", "sklearn", WishKind.PACKAGE),
    ]
    assert reading.wishes[1].source == Source(SourceKind.IMPORT, "docs/a.ipynb", 3)
    assert reading.unknown == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import cv2", ["opencv-python-headless"]),
        ("from mpl_toolkits.basemap import Basemap", ["basemap"]),
        ("from mpl_toolkits.mplot3d import Axes3D", ["matplotlib"]),
        ("from google.cloud import storage", ["google-cloud-storage"]),
        ("import PyPDF2", ["pypdf2"]),
        ("import community", ["python-louvain"]),
        ("import importlib\nimportlib.import_module('yaml')", ["pyyaml"]),
        ("__import__('bs4')", ["beautifulsoup4"]),
        ("text = 'import torch'\n'''\nimport torch\n'''", []),
        ("import os, sys, urllib2, cPickle, imp", []),
        ("from IPython.display import HTML", []),
        ("%pylab inline", ["numpy", "matplotlib"]),
        ("%matplotlib widget", ["matplotlib", "ipympl"]),
        ("%load_ext autoreload\n%autoreload 2", []),
        ("%load_ext watermark", ["watermark"]),
        ("%load_ext cython", ["cython"]),
        ("%load_ext rpy2.ipython", ["rpy2"]),
        ("%%R\nlibrary(ggplot2)", ["rpy2"]),
        ("%%bash\nimport torch", []),
        ("%%html\nimport torch", []),
        ("%%time\nimport pandas", ["pandas"]),
        ("%%capture out\n%%time\nimport pandas", ["pandas"]),
        ("%time import pandas", ["pandas"]),
        ("!pip install torch \\\n  torchvision\nimport scipy", ["scipy"]),
        ("files = !ls\nif files:\n    !ls\n    import scipy", ["scipy"]),
        ("np.dot?\nimport scipy", ["scipy"]),
        ("print 'a'\nimport numpy as np, scipy ; import pandas", ["numpy", "scipy", "pandas"]),
        ("print 'a'\nfrom scipy import (stats,  # import torch\n    linalg)\n", ["scipy"]),
        ("print 'a'\nfrom scipy import \\\n  stats", ["scipy"]),
        ('print "a"\n"""\nimport torch\n"""\n# import torch', []),
        (">>> import scipy\n>>> print 1", ["scipy"]),
        ("%%cython\ncimport numpy as np\nimport scipy", ["cython", "scipy"]),
    ],
)
def test_what_a_cell_imports(tmp_path: Path, source: str, expected: list[str]) -> None:
    reading = read(tmp_path, source)
    assert packages(reading) == expected
    assert reading.unknown == ()


@pytest.mark.parametrize("name", ["some_unheard_of_module", "utils", "google.colab", "gurobipy", "opencv", "requestss", "numpyy"])
def test_what_is_not_known_is_named_and_never_wished(tmp_path: Path, name: str) -> None:
    reading = read(tmp_path, f"import {name}")
    assert reading.wishes == ()
    assert reading.unknown == (name,)


def test_why_nothing_is_installed_is_said(tmp_path: Path) -> None:
    reading = read(tmp_path, "from google.colab import drive")
    assert "Colab" in reading.modules[0].note


def test_a_wheel_of_the_project_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"Seq_Breed-0.1-py3-none-any.whl": ""})
    reading = read(tmp_path, "import seq_breed")
    assert reading.unknown == ("seq_breed",)
    assert "Seq_Breed-0.1-py3-none-any.whl" in reading.modules[0].note


class TestBounds:
    def test_what_only_older_versions_have_bounds_the_wish(self, tmp_path: Path) -> None:
        reading = read(tmp_path, "import sklearn", "from sklearn.cross_validation import KFold", "from sklearn.datasets import load_boston")
        (wish,) = reading.wishes
        assert (wish.name, wish.requirement, wish.source.line) == ("scikit-learn", "scikit-learn<0.20,<1.2", 2)

    def test_an_optional_import_bounds_nothing(self, tmp_path: Path) -> None:
        code = "try:\n    from sklearn.cross_validation import KFold\nexcept ImportError:\n    from sklearn.model_selection import KFold"
        assert [wish.requirement for wish in read(tmp_path, code).wishes] == ["scikit-learn"]


class TestOptional:
    def test_an_unknown_module_that_the_code_can_do_without_is_no_problem(self, tmp_path: Path) -> None:
        reading = read(tmp_path, "try:\n    import google.colab\n    COLAB = True\nexcept ImportError:\n    COLAB = False")
        assert reading.unknown == ()
        assert reading.modules[0].is_optional

    def test_a_known_one_is_wished(self, tmp_path: Path) -> None:
        assert packages(read(tmp_path, "try:\n    import tqdm\nexcept ImportError:\n    pass")) == ["tqdm"]

    @pytest.mark.parametrize("prefix", ["", "print 'Python 2'\n"])
    def test_the_second_choice_counts_only_where_the_first_cannot_be_had(self, tmp_path: Path, prefix: str) -> None:
        both = "try:\n    import {}\nexcept ImportError:\n    import {}"
        assert packages(read(tmp_path, prefix + both.format("tensorflow", "theano"))) == ["tensorflow"]
        assert packages(read(tmp_path, prefix + both.format("unheard_of", "theano"))) == ["theano"]
        assert packages(read(tmp_path, prefix + both.format("StringIO", "simplejson"))) == ["simplejson"]
        assert packages(read(tmp_path, prefix + both.format("StringIO", "simplejson"), python="2.7.9")) == []

    def test_other_errors_forgive_nothing(self, tmp_path: Path) -> None:
        assert read(tmp_path, "try:\n    import unheard_of\nexcept ValueError:\n    pass").unknown == ("unheard_of",)

    @pytest.mark.parametrize("prefix", ["", "print 'Python 2'\n"])
    @pytest.mark.parametrize(
        ("code", "in_cell", "in_module"),
        [
            ("import seaborn", False, False),
            ("if True:\n    import seaborn", False, False),
            ("class Plot:\n    import seaborn", False, False),
            ("def plot():\n    import seaborn", False, True),
            ("class Plot:\n    def plot(self):\n        if True:\n            import seaborn", False, True),
            ("if __name__ == '__main__':\n    import seaborn", False, True),
            ("try:\n    import seaborn\nexcept ImportError:\n    seaborn = None", True, True),
            ("def plot():\n    import seaborn\nimport seaborn", False, False),
        ],
    )
    def test_what_need_not_succeed_is_optional_in_cells_and_in_modules(
        self, tmp_path: Path, prefix: str, code: str, in_cell: bool, in_module: bool
    ) -> None:
        package = {"setup.py": "", "own/__init__.py": "from .parts import one", "own/parts.py": prefix + code}
        write(tmp_path, {"beside.py": prefix + code, **package})
        readings = [read(tmp_path, prefix + code), read(tmp_path, "import beside"), read(tmp_path, "import own", at="docs/a.ipynb")]
        assert [[(wish.name, wish.is_optional) for wish in reading.wishes] for reading in readings] == [
            [("seaborn", in_cell)],
            [("seaborn", in_module)],
            [("seaborn", in_module)],
        ]

    @pytest.mark.parametrize(
        ("code", "is_optional"),
        [
            ("if TYPE_CHECKING:\n    import seaborn", True),
            ("if typing.TYPE_CHECKING:\n    import seaborn", True),
            ("if '__main__' == __name__ and True:\n    import seaborn", True),
            ("if __name__ != '__main__':\n    import seaborn", False),
            ("if __name__ == '__main__':\n    pass\nelse:\n    import seaborn", False),
            ("try:\n    import seaborn\nexcept ImportError as error:\n    raise ImportError('pip install seaborn') from error", False),
            ("async def plot():\n    import seaborn", True),
        ],
    )
    def test_other_ways_to_do_without(self, tmp_path: Path, code: str, is_optional: bool) -> None:
        write(tmp_path, {"beside.py": code})
        assert [wish.is_optional for wish in read(tmp_path, "import beside").wishes] == [is_optional]

    def test_what_an_optional_module_imports_is_optional_until_something_needs_that_module(self, tmp_path: Path) -> None:
        write(tmp_path, {"beside.py": "def run():\n    import faster", "faster.py": "import numba"})
        assert [wish.is_optional for wish in read(tmp_path, "import beside").wishes] == [True]
        assert [wish.is_optional for wish in read(tmp_path, "import beside", "import faster").wishes] == [False]

    def test_a_script_that_is_run_is_the_program(self, tmp_path: Path) -> None:
        write(tmp_path, {"run.py": "if __name__ == '__main__':\n    import seaborn"})
        assert [wish.is_optional for wish in read(tmp_path, "%run run.py").wishes] == [False]

    def test_a_module_that_a_cell_writes_is_one(self, tmp_path: Path) -> None:
        written = "%%writefile made.py\ndef plot():\n    import seaborn"
        assert [wish.is_optional for wish in read(tmp_path, written, "import made").wishes] == [True]

    def test_needed_elsewhere_is_needed(self, tmp_path: Path) -> None:
        reading = read(tmp_path, "try:\n    import unheard_of\nexcept ImportError:\n    pass", "import unheard_of")
        assert reading.unknown == ("unheard_of",)


class TestStandardLibrary:
    def test_a_module_that_is_gone_is_noted(self, tmp_path: Path) -> None:
        use = read(tmp_path, "import imp").modules[0]
        assert (use.origin, use.note) == (ModuleOrigin.STANDARD, "gone from Python 3.12")

    @pytest.mark.parametrize(
        ("python", "expected"),
        [("2.7.13", ["enum34", "futures"]), ("3.3.0", ["enum34"]), ("3.6.1", []), ("", [])],
    )
    def test_older_pythons_had_it_from_a_package(self, tmp_path: Path, python: str, expected: list[str]) -> None:
        assert packages(read(tmp_path, "import enum\nfrom concurrent.futures import Future", python=python)) == expected


class TestLocalModules:
    def test_beside_the_notebook_and_what_it_imports(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {"docs/plots.py": "import seaborn\nfrom shapes import Circle", "docs/shapes/__init__.py": "from .circle import Circle"},
        )
        write(tmp_path, {"docs/shapes/circle.py": "import shapely\nfrom ..plots import seaborn"})
        reading = read(tmp_path, "import plots", at="docs/a.ipynb")
        assert reading.local_modules == ("plots", "shapes")
        assert packages(reading) == ["seaborn", "shapely"]
        assert reading.wishes[0].source == Source(SourceKind.IMPORT, "docs/plots.py", 1)
        assert reading.import_paths == ()

    def test_only_the_part_that_is_imported_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, {"tool/__init__.py": "", "tool/one.py": "import scipy", "tool/two.py": "import torch"})
        assert packages(read(tmp_path, "from tool import one")) == ["scipy"]
        assert packages(read(tmp_path, "from tool.one import scipy as s")) == ["scipy"]

    @pytest.mark.parametrize(("folder", "expected"), [("", "."), ("src/", "src")])
    def test_the_repositorys_own_package(self, tmp_path: Path, folder: str, expected: str) -> None:
        # Its name is that of a known package: here it is the repository's own.
        write(tmp_path, {"pyproject.toml": "", f"{folder}seaborn/__init__.py": "import scipy"})
        reading = read(tmp_path, "import seaborn", at="docs/deep/a.ipynb")
        assert (reading.local_modules, reading.import_paths, packages(reading)) == (("seaborn",), (expected,), ["scipy"])

    def test_a_folder_of_examples_named_after_a_package_is_not_the_package(self, tmp_path: Path) -> None:
        write(tmp_path, {"seaborn/__init__.py": "", "other/keras.py": ""})
        reading = read(tmp_path, "import seaborn, keras", at="docs/a.ipynb")
        assert (packages(reading), reading.local_modules) == (["seaborn", "keras"], ())

    def test_a_folder_without_init_yields_to_a_package_that_is_known(self, tmp_path: Path) -> None:
        write(tmp_path, {"keras/train.py": "", "lab/part.py": "import scipy", "setup.py": ""})
        reading = read(tmp_path, "import keras", "from lab import part")
        assert (reading.local_modules, packages(reading)) == (("lab",), ["keras", "scipy"])
        assert reading.modules[1].note == ""

    @pytest.mark.parametrize(
        "code",
        [
            "import sys\nsys.path.append('../lib/')",
            "import sys\nsys.path.insert(0, '../lib')",
            "import sys\nsys.path += ['../lib']",
            "import sys, os\npath = os.path.abspath(os.path.join('..', 'lib'))\nif path not in sys.path:\n    sys.path.append(path)",
            "import sys\nfrom pathlib import Path\nsys.path.append(str(Path.cwd().parent / 'lib'))",
            "import sys, os\nsys.path.append(os.path.dirname(os.getcwd()) + '/lib')",
            "import os\nos.chdir('../lib')",
            "%cd ../lib",
            "print 'Python 2'\nimport sys\nsys.path.append('../lib')",
            "import sys\nfrom pathlib import Path\nsys.path.append(str(Path.cwd().parent.joinpath('lib')))",
            "%cd ..\nimport sys\nsys.path.append('lib')",
            "import sys\nsys.path.append('/home/somebody/work/lib')",
            "import sys\nsys.path.append(r'C:\\Users\\somebody\\work\\lib')",
        ],
    )
    def test_paths_that_the_code_adds(self, tmp_path: Path, code: str) -> None:
        write(tmp_path, {"lib/scipy.py": "import regex"})
        reading = read(tmp_path, code, "import scipy", at="docs/a.ipynb")
        assert (reading.local_modules, reading.import_paths, packages(reading)) == (("scipy",), ("lib",), ["regex"])

    def test_a_variable_that_is_set_anew_is_no_longer_known(self, tmp_path: Path) -> None:
        write(tmp_path, {"lib/scipy.py": ""})
        assert read(tmp_path, "import sys\nx = 'lib'\nx = input()\nsys.path.append(x)\nimport scipy").local_modules == ()

    def test_nothing_outside_of_the_project_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, {"secret.py": "import scipy", "project/a.ipynb": ""})
        reading = read_imports(
            tmp_path / "project/a.ipynb", tmp_path / "project", notebook("import sys\nsys.path.append('..')\nimport secret")
        )
        assert (reading.unknown, reading.wishes) == (("secret",), ())

    def test_a_repository_that_is_a_package_itself(self, tmp_path: Path) -> None:
        project = tmp_path / "tool"
        write(project, {"__init__.py": "", "part.py": "import scipy"})
        reading = read(project, "from tool import part")
        assert (reading.local_modules, reading.import_paths, packages(reading)) == (("tool",), ("..",), ["scipy"])

    def test_modules_that_cells_write(self, tmp_path: Path) -> None:
        reading = read(tmp_path, "%%writefile tool.py\nimport scipy", "%%file -a package/part.py\nimport torch", "import tool")
        assert (reading.local_modules, packages(reading)) == (("tool",), ["scipy"])
        assert read(tmp_path, "%%writefile package/part.py\n", "from package import part").local_modules == ("package",)

    def test_scripts_and_notebooks_that_are_run(self, tmp_path: Path) -> None:
        write(tmp_path, {"start.py": "import scipy", "other.ipynb": '{"cells": [{"cell_type": "code", "source": ["import ", "nltk"]}]}'})
        assert packages(read(tmp_path, "%run -i start.py\n%run other.ipynb\n%run absent.py")) == ["scipy", "nltk"]

    def test_what_a_function_of_a_module_imports_is_no_need(self, tmp_path: Path) -> None:
        write(tmp_path, {"tool.py": "def plot():\n    import unheard_of, seaborn"})
        reading = read(tmp_path, "import tool")
        assert (reading.unknown, packages(reading)) == ((), ["seaborn"])

    def test_python_2_imports_from_the_modules_own_folder(self, tmp_path: Path) -> None:
        write(tmp_path, {"tool/__init__.py": "import part", "tool/part.py": "import scipy"})
        assert packages(read(tmp_path, "import tool", python="2.7.10")) == ["scipy"]
        assert read(tmp_path, "import tool").unknown == ("part",)

    def test_modules_that_import_each_other_come_to_an_end(self, tmp_path: Path) -> None:
        write(tmp_path, {"one.py": "import two", "two.py": "import one\nfrom . import *\nfrom .... import three"})
        assert read(tmp_path, "import one").local_modules == ("one", "two")


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000,
        "\0import x",
        "x = '" + "a" * 300_000 + "\nprint 1",
        '"""' * 5001,
        "import",
        "from import x",
        "%",
        "%%",
        "!",
        "%%writefile",
        " " * 200_000 + "?",
        "a\\\n" * 5000,
        "import (" * 2000,
        "try:" * 2000,
        "import " + "a" * 5000,
        f"import sys\nsys.path.append('{'a' * 5000}')\n%run {'b' * 5000}.py\nimport sys",
        "__import__('/etc/x')\n__import__('../x')\n__import__('')\n__import__('a..b')",
        "%load_ext ../../x",
        "import sys\nx = " + "+".join(["'a'"] * 2500) + "\nsys.path.append(x)",
        "%run ../../../../etc/passwd",
    ],
)
def test_broken_cells_import_nothing_and_raise_nothing(tmp_path: Path, source: str) -> None:
    assert read(tmp_path, source).wishes == ()


def test_another_language_imports_nothing(tmp_path: Path) -> None:
    content = notebook("import numpy", language_info={"name": "julia", "version": "1.6"})
    assert read_imports(tmp_path / "a.ipynb", tmp_path, content) == ImportReading()


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("pandas.read_excel('a.xlsx')", ["pandas", "xlrd", "openpyxl"]),
        ("frame.to_hdf('a.h5', 'x')", ["pandas", "tables"]),
        ("figure.savefig('a.jpg', dpi=300)", ["pandas", "pillow"]),
        ("frame.style.bar(color='red')", ["pandas", "jinja2"]),
        ("plt.style.use('ggplot')", ["pandas"]),
        ("figure.savefig('a.png')", ["pandas"]),
        ("print 'Python 2', pandas.read_excel('a.xls')", ["pandas", "xlrd", "openpyxl"]),
        ("from dask.distributed import Client", ["pandas", "dask", "distributed"]),
        ("from dask import delayed, distributed", ["pandas", "dask", "distributed"]),
        ("from dask import delayed", ["pandas", "dask"]),
        ("print(frame.to_markdown())", ["pandas", "tabulate"]),
        ("import plotly.graph_objects as go", ["pandas", "plotly", "nbformat"]),
    ],
)
def test_what_calls_import_by_themselves_is_wished_too(tmp_path: Path, call: str, wanted: list[str]) -> None:
    reading = read(tmp_path, f"import pandas\n{call}")
    assert packages(reading) == wanted
    assert reading.unknown == ()
