"""What is shipped: few dependencies, a wheel with the package alone, the same versions named once."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import convalgebra as ca

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]


def name(requirement):
    return re.match(r"[A-Za-z0-9_.-]+", requirement)[0]


def test_the_core_depends_on_numpy_scipy_and_sympy_alone():
    assert [name(requirement) for requirement in PROJECT["dependencies"]] == ["numpy", "scipy", "sympy"]
    extras = PROJECT["optional-dependencies"].values()
    assert all(">=" in r for group in (PROJECT["dependencies"], *extras) for r in group if name(r) != "convalgebra")


def test_the_version_is_said_once_and_has_a_changelog_entry():
    assert PROJECT["version"] == ca.__version__
    assert f"## [{ca.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_extra_for_tests_equals_the_group():
    """The README's line must work with pip 23.2, which knows no groups."""
    assert PROJECT["optional-dependencies"]["test"] == PYPROJECT["dependency-groups"]["test"]


def test_the_command_line_can_be_loaded():
    module, _, function = PROJECT["scripts"]["convalgebra"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what the archives are built from, with junk that must stay out."""
    root = tmp_path_factory.mktemp("tree")
    for part in (".ci", "convalgebra", "tests"):
        shutil.copytree(ROOT / part, root / part)
    for part in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"):
        shutil.copy(ROOT / part, root)
    for junk in ("convalgebra/__pycache__/x.pyc", "tests/.hypothesis/x", ".venv/x", "tour/index.html"):
        (root / junk).parent.mkdir(parents=True, exist_ok=True)
        (root / junk).write_text("junk")
    return root


def test_the_wheel_holds_the_package_and_its_licence_alone(tree, tmp_path):
    names = zipfile.ZipFile(next(WheelBuilder(str(tree)).build(directory=str(tmp_path)))).namelist()
    info = f"convalgebra-{ca.__version__}.dist-info/"
    package = {n for n in names if not n.startswith(info)}
    kinds = {".py", ".html", ".css", ".js"}  # pages are templates, styles and scripts
    sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "convalgebra").rglob("*") if p.suffix in kinds}
    assert package == sources | {"convalgebra/py.typed"}
    assert f"{info}licenses/LICENSE" in names


def test_the_sdist_holds_the_tests_and_no_junk(tree, tmp_path):
    with tarfile.open(next(SdistBuilder(str(tree)).build(directory=str(tmp_path)))) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    assert {"tests/oracles.py", "tests/data/onnx.npz", "tests/data/README.md", "LICENSE", "README.md"} <= names
    assert [n for n in names if re.search(r"__pycache__|\.hypothesis|\.venv|^tour", n)] == []


def test_every_oracle_source_names_its_licence():
    notices = (ROOT / "tests/data/README.md").read_text(encoding="utf-8")
    stored = sorted(path.stem for path in (ROOT / "tests/data").glob("*.json"))
    assert [stem for stem in stored if f"`{stem}" not in notices] == []


# The main job needs a photograph without a network: these must be inside the wheel of scikit-image.
@pytest.mark.parametrize("photograph", ["astronaut.png", "camera.png", "chelsea.png", "coffee.png"])
def test_the_photographs_ship_inside_scikit_image(photograph):
    files = importlib.metadata.files("scikit-image")
    assert any(str(file).endswith(f"skimage/data/{photograph}") for file in files)


@pytest.mark.skipif(os.name == "nt", reason="the script is for a POSIX shell")
def test_the_check_script_takes_the_test_command_from_the_readme():
    """Its own awk program, on the README as it is."""
    program = re.search(r"awk '(.*?)' README\.md", (ROOT / ".ci/run").read_text(encoding="utf-8"))[1]
    command = subprocess.check_output(["awk", program, "README.md"], cwd=ROOT, text=True).strip()
    assert command.startswith("python3 -m venv")
    assert command.endswith("python -m pytest")
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=False).returncode == 0
