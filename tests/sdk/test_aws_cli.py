"""The AWS CLI with the two files from the data directory and nothing else."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.stack import Stack

# The command `aws` is this module; its script cannot stand in a path with a blank.
AWS = (sys.executable, "-m", "awscli")


def aws(stack: Stack, *words: str) -> Any:
    kept = ("PATH", "HOME", "LANG", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")
    environment = {name: value for name, value in stack.environment.items() if name in kept}
    done = subprocess.run([*AWS, *words], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_it_makes_and_lists_things(stack: Stack) -> None:
    name = f"cli-{uuid.uuid4().hex[:8]}"
    made = aws(stack, "iot", "create-thing", "--thing-name", name)
    assert made["thingArn"].endswith(f":123456789012:thing/{name}")
    listed = aws(stack, "iot", "list-things")
    assert name in {thing["thingName"] for thing in listed["things"]}


def test_it_writes_a_shadow(stack: Stack, tmp_path: Path) -> None:
    name, out = f"cli-{uuid.uuid4().hex[:8]}", tmp_path / "shadow.json"
    payload = '{"state":{"desired":{"led":"on"}}}'
    aws(stack, "iot-data", "update-thing-shadow", "--thing-name", name, "--payload", payload, str(out))
    assert json.loads(out.read_text())["state"] == {"desired": {"led": "on"}}


def test_it_publishes(stack: Stack) -> None:
    aws(stack, "iot-data", "publish", "--topic", "cli/out", "--qos", "1", "--payload", "hello")


@pytest.mark.parametrize("endpoint", ["iot:Data-ATS", "iot:CredentialProvider"])
def test_it_tells_where_devices_connect(stack: Stack, endpoint: str) -> None:
    assert aws(stack, "iot", "describe-endpoint", "--endpoint-type", endpoint)["endpointAddress"]
