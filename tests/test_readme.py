"""What the README tells people to type works: its commands and programs run against an installation, in order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT, Stack

# Run by tests/test_launcher.py, or by whoever reads this sentence in a test's output.
ELSEWHERE = ("git clone", "thingstead/thingstead up", "./thingstead changepassword admin")
BLOCKS = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
RUNNABLE = [(kind, text) for kind, text in BLOCKS if kind in ("sh", "python")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, stack: Stack) -> Path:
    """A checkout's folder as the reader sees it: the launcher, the tests, and `var` with the data."""
    directory = tmp_path_factory.mktemp("readme")
    for name in ("thingstead", "tests"):
        (directory / name).symlink_to(ROOT / name)
    (directory / "var").symlink_to(stack.data)
    return directory


@pytest.mark.parametrize(("kind", "text"), RUNNABLE, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(RUNNABLE)])
def test_it_can_be_typed(kind: str, text: str, folder: Path, stack: Stack) -> None:
    lines = [line.strip() if kind == "sh" else line for line in text.splitlines()]
    program = "\n".join(line for line in lines if not line.startswith(ELSEWHERE))
    program = program.replace("8883", str(stack.mqtt_port)).replace("http://127.0.0.1:8000", stack.http)
    program = program.replace("--seconds 30", "--seconds 2")
    command = [sys.executable, "-c", program] if kind == "python" else ["sh", "-euc", program]
    path = f"{Path(sys.executable).parent}:{stack.environment['PATH']}"
    environment = {**stack.environment, "PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_links_and_pictures_are_there() -> None:
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "README.md").read_text())
    assert not [name for name in linked if not (ROOT / name).exists()]


def test_every_word_of_the_launcher_is_explained() -> None:
    text = (ROOT / "README.md").read_text()
    assert not [word for word in ("up", "test", "bench", "simulate", "vectors") if f"./thingstead {word}" not in text]
