"""Requirements files: every form of a line, the options, and the files that they lead to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbrepro.environments.discovery.files import MAXIMUM_BYTES, ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import declaration
from nbrepro.environments.discovery.requirements import read_constraints, read_requirements
from nbrepro.model import Declaration, Ecosystem, SourceKind, WishKind


def file_in(project: Path, name: str = "requirements.txt") -> ProjectFile:
    return ProjectFile(project, name, SourceKind.REQUIREMENTS)


def read(text: str, project: Path = Path("/nowhere")) -> Declaration:
    file = file_in(project)
    return declaration(file, read_requirements(text, file))


@pytest.mark.parametrize(
    ("line", "name", "requirement", "kind"),
    [
        ("NumPy", "numpy", "NumPy", WishKind.PACKAGE),
        ("ruamel_yaml == 0.15", "ruamel-yaml", "ruamel_yaml==0.15", WishKind.PACKAGE),
        ("six>=1.9,<2  # a comment", "six", "six<2,>=1.9", WishKind.PACKAGE),
        ("dask[complete]>=0.13", "dask", "dask[complete]>=0.13", WishKind.PACKAGE),
        ('enum34; python_version < "3.4"', "enum34", 'enum34; python_version < "3.4"', WishKind.PACKAGE),
        (
            "git+https://example.org/me/my-tool.git@v1#egg=My_Tool",
            "my-tool",
            "git+https://example.org/me/my-tool.git@v1#egg=My_Tool",
            WishKind.REPOSITORY,
        ),
        ("-e git://example.org/me/tool.git", "tool", "git://example.org/me/tool.git", WishKind.REPOSITORY),
        ("git+ssh://git@example.org/me/tool.git@main", "tool", "git+ssh://git@example.org/me/tool.git@main", WishKind.REPOSITORY),
        ("tool @ git+https://u:p@example.org/tool", "tool", "tool @ git+https://example.org/tool", WishKind.REPOSITORY),
        ("https://example.org/a/tool-1.0-py3-none-any.whl", "tool", "https://example.org/a/tool-1.0-py3-none-any.whl", WishKind.REPOSITORY),
        ("-e .", "nowhere", ".", WishKind.LOCAL_PROJECT),
        ("--editable=./sub[extra]", "sub", "sub", WishKind.LOCAL_PROJECT),
        ("-e sub/#egg=thing", "sub", "sub", WishKind.LOCAL_PROJECT),
        ("./wheels/tool-1.0-py3-none-any.whl", "tool", "wheels/tool-1.0-py3-none-any.whl", WishKind.LOCAL_PROJECT),
    ],
)
def test_one_line(line: str, name: str, requirement: str, kind: WishKind) -> None:
    found = read(line)
    assert [(wish.name, wish.requirement, wish.kind) for wish in found.wishes] == [(name, requirement, kind)]
    assert not found.problems


@pytest.mark.parametrize(
    ("line", "requirement", "said"),
    [
        ("numpy=1.14", "numpy==1.14", "read as numpy==1.14"),
        ("numpy>=1.11.*", "numpy>=1.11", "read as numpy>=1.11"),
        ("numpy>=1.11<2", "numpy<2,>=1.11", "written wrongly"),
        ("numpy @ file:///croot/numpy_1620831194891/work", "numpy", "only the name counts"),
        ("numpy @ file:///tmp/numpy-1.19.2-cp37-cp37m-linux_x86_64.whl", "numpy==1.19.2", "read as numpy==1.19.2"),
    ],
)
def test_a_mended_line_is_taken_and_told(line: str, requirement: str, said: str) -> None:
    found = read(line)
    assert [wish.requirement for wish in found.wishes] == [requirement]
    assert said in found.problems[0]
    assert not found.is_exact


@pytest.mark.parametrize(
    "line",
    [
        "???",
        "numpy ! 1",
        "pip install numpy",
        "<<<<<<< HEAD",
        "os",
        "pickle",
        "-e ../../outside",
        "/etc/passwd",
        "--frobnicate",
        "-r https://example.org/r.txt",
    ],
)
def test_a_bad_line_is_a_problem_and_the_rest_counts(line: str) -> None:
    found = read(f"numpy\n{line}\npandas\n")
    assert [wish.name for wish in found.wishes] == ["numpy", "pandas"]
    assert found.problems[0].startswith("requirements.txt, line 2: ")


def test_lines_are_continued_and_keep_hashes_and_numbers() -> None:
    first, second = "a" * 64, "b" * 64
    found = read(f"# head\nnumpy==1.14 \\\n  --hash=sha256:{first} \\\n  --hash=sha256:{second}\n\nscipy==1.0\n")
    assert [(wish.requirement, wish.hashes, wish.source.line) for wish in found.wishes] == [
        ("numpy==1.14", (f"sha256:{first}", f"sha256:{second}"), 2),
        ("scipy==1.0", (), 6),
    ]
    assert found.is_exact


@pytest.mark.parametrize(
    ("text", "is_exact"), [("a==1\nb===2", True), ("a==1.*", False), ("a==1\nb>=2", False), ("a==1\n-e .", False), ("", False)]
)
def test_exact_is_every_line_a_pin(text: str, is_exact: bool) -> None:
    assert read(text).is_exact is is_exact


def test_indexes_lose_their_credentials_and_the_default_one_is_none() -> None:
    found = read(
        "-i https://pypi.org/simple\n--extra-index-url=https://me:s3cret@example.org/simple\n"
        "--extra-index-url https://${TOKEN}@example.net/simple/\n-f https://example.org/wheels?token=s3cret\n--trusted-host example.org\n"
    )
    assert found.indexes == ("https://example.org/simple", "https://example.net/simple/", "https://example.org/wheels")
    assert not found.problems


@pytest.mark.parametrize(
    "line",
    [
        "git+https://me:s3cret@example.org/a",
        "a @ https://s3cret@example.org/a.zip",
        "git+https://me:p@s3cret@example.org/a#egg=a",
        "https://me:s3/cret@example.org/a.tar.gz",
        "??? https://me:s3cret@example.org/",
        "-e git+https://example.org/a?access_token=s3cret#egg=a",
        "-r https://me:s3cret@example.org/r.txt",
        "--extra-index-url https://me:s3cret@example.org/simple",
        "--unknown https://me:s3cret@example.org",
    ],
)
def test_no_secret_survives(line: str) -> None:
    assert "s3" not in repr(read(line))


def test_what_conda_lists_is_condas() -> None:
    found = read("# platform: linux-64\nnumpy=1.14.2=py36hdbf6ddf_1\nsix=1.11.0=pypi_0\npython=3.6.5=hc3d631a_2\n")
    assert [(wish.requirement, wish.ecosystem) for wish in found.wishes] == [
        ("numpy=1.14.2=py36hdbf6ddf_1", Ecosystem.CONDA),
        ("six==1.11.0", Ecosystem.PYPI),
    ]
    assert found.is_exact
    assert found.python is not None
    assert found.python.specifier == "==3.6.5"


def test_an_explicit_list_of_conda() -> None:
    found = read(
        "@EXPLICIT\nhttps://example.org/main/linux-64/numpy-1.19.2-py38h54aff64_0.conda#0123456789abcdef0123456789abcdef\nnonsense\n"
    )
    assert [(wish.requirement, wish.hashes) for wish in found.wishes] == [
        ("numpy=1.19.2=py38h54aff64_0", ("md5:0123456789abcdef0123456789abcdef",))
    ]
    assert found.channels == ("https://example.org/main",)
    assert found.problems == ("requirements.txt, line 3: is no address of a conda package: nonsense",)


def test_files_lead_to_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "base.txt").write_text("numpy\n-r ../more.txt\n-e .\n")
    (tmp_path / "more.txt").write_text("pandas\n-r sub/base.txt\n")
    (tmp_path / "bounds.txt").write_text("scipy<1.3\n-r more.txt\n")
    found = read("-r sub/base.txt\n-c bounds.txt\n-r absent.txt\n", tmp_path)
    assert [(wish.name, wish.kind, str(wish.source)) for wish in found.wishes] == [
        ("numpy", WishKind.PACKAGE, "sub/base.txt, line 1"),
        ("pandas", WishKind.PACKAGE, "more.txt, line 1"),
        ("sub", WishKind.LOCAL_PROJECT, "sub/base.txt, line 3"),
        ("scipy", WishKind.CONSTRAINT, "bounds.txt, line 1"),
    ]
    assert "cycle" in found.problems[0]
    assert found.problems[1].startswith("requirements.txt, line 3: names absent.txt")


def test_files_that_double_at_each_step_are_read_once(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n-r {number + 1}.txt\np{number}\n")
    found = read("-r 0.txt\n", tmp_path)
    assert len(found.wishes) < 60
    assert any("too many files" in one for one in found.problems)


def test_nothing_outside_the_project_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s3cret\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "link.txt").symlink_to(tmp_path / "secret.txt")
    (project / "loop.txt").symlink_to(project / "loop.txt")
    found = read("-r ../secret.txt\n-r link.txt\n-r loop.txt\n-r .\n", project)
    assert not found.wishes
    assert len(found.problems) == 4
    assert "s3cret" not in repr(found)


def test_environments_and_requirements_that_lead_to_one_another(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [numpy, {pip: ['-r requirements.txt']}]")
    found = read("-r environment.yml\nscipy\n", tmp_path)
    assert [wish.name for wish in found.wishes] == ["numpy", "scipy"]
    assert "cycle" in found.problems[0]


def test_a_path_is_meant_from_where_pip_is_called(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "binder").mkdir()
    file = file_in(tmp_path, "binder/requirements.txt")
    found = declaration(file, read_requirements("-e .\n-e ..\n", file))
    assert [wish.requirement for wish in found.wishes] == [".", "."]


def test_a_file_of_bounds_only_bounds() -> None:
    file = file_in(Path("/nowhere"), "constraints.txt")
    assert [wish.kind for wish in declaration(file, read_constraints("numpy<2", file)).wishes] == [WishKind.CONSTRAINT]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_every_encoding_that_a_shell_writes(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "requirements.txt").write_bytes("numpy==1.14  # größer\r\npandas==0.22\r\n".encode(encoding))
    assert read(file_in(tmp_path).text()).is_exact


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\0" * 100, b"x" * (MAXIMUM_BYTES + 1)])
def test_what_is_no_text_or_too_long_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "requirements.txt").write_bytes(content)
    with pytest.raises(UnreadableFileError):
        file_in(tmp_path).text()


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("-=<>@#/\\[];:. \n"), max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    assert read(text).path == "requirements.txt"
