"""A server that speaks AWS's API, and targets that reach it."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings

from iot.rules.aws import AwsClients
from iot.rules.confirmed import Confirmed
from iot.rules.targets import Targets
from iot.services import aws_targets
from iot.services.web import Web
from tests.rules.listening import Listener, listening
from tests.rules.running import REGION, Posts
from tests.running_broker import free_port

DEADLINE = 60.0


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_ACCOUNT_ID": settings.SCOPE.account}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "moto does not start"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def aws(moto: str) -> Any:
    """Answers boto3 clients that read what actions have written."""

    def client(service: str) -> Any:
        return boto3.client(
            service, endpoint_url=moto, region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s"
        )

    return client


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def targets(db: None, posts: Posts, tmp_path: Path) -> Targets:
    web = Web(["127.0.0.1", "localhost"])
    scope = settings.SCOPE
    return Targets(scope, posts, AwsClients(scope), web, Confirmed(scope, web), tmp_path)


@pytest.fixture
def moto_targets(moto: str, targets: Targets) -> Targets:
    aws_targets.set_aws_target(
        settings.SCOPE, endpoint_url=moto, region_name=REGION, access_key_id="k", secret_access_key="s"
    )
    return targets


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as started:
        yield started


@pytest.fixture
def listening_targets(targets: Targets, listener: Listener) -> Targets:
    """Targets for which the listener is every service of AWS."""
    aws_targets.set_aws_target(
        settings.SCOPE, endpoint_url=listener.url, region_name=REGION, access_key_id="k", secret_access_key="s"
    )
    return targets
