"""The house keeps its order: every module has its test, no module is too long, the core is tested by itself."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 600
# Rows and constraints are tested through the services, settings and app declarations by everything.
EXCEPTED = (
    "iot/models/",
    "iot/migrations/",
    "iot/apps.py",
    "console/apps.py",
    "console/settings.py",
    "console/urls.py",
    # Declarations without behaviour.
    "iot/gateway/shared.py",
    "iot/gateway/stream.py",
)
CORE = sorted(path for path in (ROOT / "iot" / "core").iterdir() if path.is_dir() and path.name != "__pycache__")


def modules() -> list[Path]:
    found = [path.relative_to(ROOT) for name in ("iot", "console") for path in (ROOT / name).rglob("*.py")]
    return sorted(path for path in found if path.name != "__init__.py" and not str(path).startswith(EXCEPTED))


def mirror(module: Path) -> Path:
    parts = module.parts[1:] if module.parts[0] == "iot" else module.parts
    return Path("tests", *parts[:-1], f"test_{module.name}")


def test_every_module_has_its_test() -> None:
    missing = [str(mirror(module)) for module in modules() if not (ROOT / mirror(module)).is_file()]
    assert not missing, f"{len(missing)} tests are missing:\n" + "\n".join(missing)


def test_no_module_is_too_long() -> None:
    files = [path for name in ("iot", "console", "tests") for path in (ROOT / name).rglob("*.py")]
    long = {
        str(path.relative_to(ROOT)): lines for path in files if (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert not {name: lines for name, lines in long.items() if not name.startswith("iot/migrations/")}


def test_no_test_waits_for_the_clock() -> None:
    """A test polls a condition with a deadline; `time.sleep` with more than a moment is a wait for wall-clock time."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _seconds(line) >= 1
    ]
    assert not found


@pytest.mark.parametrize("package", CORE, ids=lambda path: path.name)
def test_a_core_package_is_covered_by_its_own_tests_without_django(package: Path) -> None:
    _demand_coverage(f"iot.core.{package.name}", [str(Path("tests", "core", package.name))])


def test_the_core_modules_are_covered_by_their_own_tests_without_django() -> None:
    tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "core").glob("test_*.py"))
    _demand_coverage("iot.core", tests, omit="iot/core/*/*")


def _demand_coverage(module: str, tests: list[str], omit: str = "") -> None:
    configuration = f"[run]\nbranch = true\nomit = {omit}\n[report]\nshow_missing = true\nskip_covered = true\n"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "COV"))}
    with tempfile.TemporaryDirectory() as directory:
        rc = Path(directory) / "coveragerc"
        rc.write_text(configuration)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:playwright"),
                *("-W", "ignore::pytest.PytestConfigWarning", "--no-header", "--cov-fail-under=100"),
                *(f"--cov={module}", f"--cov-config={rc}", "--cov-report=term", *tests),
            ],
            cwd=ROOT,
            env={**environment, "COVERAGE_FILE": str(rc.with_suffix(".data"))},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def _seconds(line: str) -> float:
    found = re.match(r"\s*(?:time|await asyncio)\.sleep\((\d+(?:\.\d+)?)\)", line)
    return float(found[1]) if found else 0.0
