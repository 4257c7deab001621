"""What a deployment gets: Django's own check has nothing to say."""

import os
import subprocess
import sys

from tests.stack import ROOT


def test_djangos_check_of_a_deployment_finds_nothing() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {**os.environ, "THINGSTEAD_BEHIND_TLS": "1"}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser's tests set it for themselves
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
