"""What is written for both databases passes on PostgreSQL too: the tests of services and reserved topics once more."""

import os
import subprocess
import sys

import pytest

from tests.postgres import running_postgres
from tests.stack import ROOT

FOLDERS = ("tests/services", "tests/reserved")


@pytest.mark.timeout(600)
def test_services_and_reserved_topics_pass_on_postgresql() -> None:
    with running_postgres() as server:
        environment = {**os.environ, "DATABASE_URL": server.url("postgres")}
        # The server is thrown away, and threads of the services still hold its database.
        command = [sys.executable, "-m", "pytest", "--reuse-db", *FOLDERS]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
