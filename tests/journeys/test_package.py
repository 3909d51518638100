"""What is shipped: the wheel alone, outside the project, founds and serves a node."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src"
    ours = {
        str(file.relative_to(source))
        for file in (source / "tidewaiter").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("tidewaiter/")}
    assert ours - shipped == set()
    assert any(name.endswith(".mo") for name in shipped)


def test_the_wheel_alone_founds_a_node_that_is_well(wheel: Path, tmp_path: Path) -> None:
    place, home = tmp_path / "site", tmp_path / "home"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    around = {name: value for name, value in os.environ.items() if "TIDEWAITER" not in name}
    around.pop("DJANGO_SETTINGS_MODULE", None)
    around |= {"PYTHONPATH": str(place), "TIDEWAITER_HOME": str(home)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tidewaiter.cli", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=around, capture_output=True, text=True, check=False
        )

    url = "http://127.0.0.1:9"
    made = run("init", "--administration", "XA", "--name", "A", "--url", url)
    assert made.returncode == 0, made.stderr
    found = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(found.stdout)["checks"]}
    assert [check for check in checks.values() if not check["ok"]] == []
    where = "import tidewaiter; print(tidewaiter.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", where],
        cwd=tmp_path, env=around, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.startswith(str(place))
