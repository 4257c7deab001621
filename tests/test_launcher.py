"""The launcher: POSIX, from any directory, installs once, and says what to do when it may not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

LAUNCHER = ROOT / "thingstead"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a path with a blank whose environment is complete; its manage.py tells what it was asked."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(LAUNCHER, folder)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (folder / name).write_text("# nothing\n")
    (folder / "manage.py").write_text("import sys; print('manage', *sys.argv[1:])\n")
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with the plainest tools and Python, and nothing that installs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "readlink", "cat", "cksum", "ls", "id", "env", "rm"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    return folder


def run(
    launcher: Path, *words: str, path: Path | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    given = {"PATH": str(path) if path else os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    return subprocess.run(
        [str(launcher), *words], cwd="/", env=given, capture_output=True, text=True, timeout=120, check=False
    )


def test_it_is_plain_posix() -> None:
    shell = shutil.which("dash") or "sh"
    subprocess.run([shell, "-n", str(LAUNCHER)], check=True)
    assert LAUNCHER.read_text().startswith("#!/bin/sh\n")


@pytest.mark.parametrize("words", [(), ("help",), ("--help",), ("-h",)])
def test_help_teaches_and_needs_nothing(words: tuple[str, ...], checkout: Path) -> None:
    done = run(checkout / "thingstead", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "./thingstead up" in done.stdout
    assert not (checkout / ".venv").exists()


def test_the_environment_is_made_once(checkout: Path, tools: Path) -> None:
    first = run(checkout / "thingstead", "anything", "a b", path=tools)
    assert first.returncode == 0, first.stderr
    assert first.stdout == "manage anything a b\n"
    assert "Making" in first.stderr
    second = run(checkout / "thingstead", "anything", path=tools)
    assert (second.stdout, second.stderr) == ("manage anything\n", "")


def test_it_works_through_a_link(checkout: Path, tools: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(checkout / "thingstead")
    assert run(link, "anything", path=tools).stdout == "manage anything\n"


def test_packages_are_installed_again_when_the_lock_has_changed(checkout: Path, tools: Path) -> None:
    run(checkout / "thingstead", "anything", path=tools)
    (checkout / "requirements.lock").write_text("# something else\n")
    done = run(checkout / "thingstead", "anything", path=tools)
    assert "Installing the Python packages" in done.stderr
    assert done.returncode == 0


def test_packages_that_cannot_be_installed_stop_it(checkout: Path, tools: Path) -> None:
    (checkout / "requirements.lock").write_text("there-is-no-such-package==1 --hash=sha256:00\n")
    done = run(checkout / "thingstead", "anything", path=tools, PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert done.stdout == ""


def lacks_mosquitto(checkout: Path) -> Path:
    """The launcher on a machine where Mosquitto is nowhere."""
    launcher = checkout / "thingstead"
    text = launcher.read_text().replace("/usr/sbin/", "/nowhere/").replace("/usr/local/sbin/", "/nowhere/")
    launcher.write_text(text.replace("/opt/homebrew/sbin/", "/nowhere/"))
    return launcher


def test_without_mosquitto_and_the_right_to_install_it_prints_the_command(checkout: Path, tools: Path) -> None:
    (tools / "apt-get").write_text("#!/bin/sh\nexit 9\n")
    (tools / "apt-get").chmod(0o755)
    (tools / "id").unlink()
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    done = run(lacks_mosquitto(checkout), "up", path=tools)
    assert done.returncode == 1
    assert "sudo apt-get install mosquitto" in done.stderr
    assert not (checkout / ".venv").exists()


def test_with_the_right_it_says_so_and_installs(checkout: Path, tools: Path) -> None:
    (tools / "apt-get").write_text('#!/bin/sh\necho "apt $*" >&2\n')
    (tools / "apt-get").chmod(0o755)
    (tools / "id").unlink()
    (tools / "id").write_text("#!/bin/sh\necho 0\n")
    (tools / "id").chmod(0o755)
    done = run(lacks_mosquitto(checkout), "up", path=tools)
    assert "Installing Mosquitto with apt-get: mosquitto" in done.stderr
    assert done.stdout == "manage up\n"


def test_another_broker_needs_no_mosquitto(checkout: Path, tools: Path) -> None:
    done = run(lacks_mosquitto(checkout), "up", path=tools, BROKER_URL="mqtt://broker")
    assert done.stdout == "manage up\n"


def test_without_an_installer_it_says_what_is_missing(checkout: Path, tools: Path) -> None:
    done = run(lacks_mosquitto(checkout), "up", path=tools)
    assert done.returncode == 1
    assert "Mosquitto is missing" in done.stderr


def test_an_old_python_is_passed_over(checkout: Path, tools: Path) -> None:
    (tools / "python3.12").symlink_to((tools / "python3").resolve())
    (tools / "python3").unlink()
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    done = run(checkout / "thingstead", "anything", path=tools)
    assert done.stdout == "manage anything\n", done.stderr


def test_ci_runs_the_tests() -> None:
    assert 'thingstead" test' in (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
