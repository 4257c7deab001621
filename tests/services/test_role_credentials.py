"""Roles are assumed at STS, or whatever speaks its API."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.services import aws_targets, role_aliases
from iot.services.role_credentials import RoleCredentials, assume_role
from tests.services.sts import REFUSED, Sts, serve_sts

SCOPE = Scope("123456789012", "us-east-1")


@pytest.fixture
def sts() -> Iterator[Sts]:
    with serve_sts() as found:
        yield found


@pytest.fixture
def alias(db: None, sts: Sts) -> Sts:
    role_aliases.create_role_alias(SCOPE, role_alias="reader", role_arn="arn:aws:iam::1:role/r", duration=900)
    aws_targets.set_aws_target(
        SCOPE, service="sts", endpoint_url=sts.url, access_key_id="id", secret_access_key="secret"
    )
    return sts


def test_a_role_is_assumed_for_as_long_as_the_alias_says(alias: Sts) -> None:
    found = assume_role(SCOPE, role_alias="reader", session_name="me")
    assert found == RoleCredentials("AKIA", "hush", "token", datetime(2030, 1, 1, tzinfo=UTC))
    (asked,) = alias.asked
    assert (asked["Action"], asked["RoleArn"]) == ("AssumeRole", "arn:aws:iam::1:role/r")
    assert (asked["RoleSessionName"], asked["DurationSeconds"]) == ("me", "900")


def test_what_sts_refuses_is_forbidden(alias: Sts) -> None:
    alias.status, alias.body = 403, REFUSED
    with pytest.raises(errors.ForbiddenException, match="Unable to assume role: no"):
        assume_role(SCOPE, role_alias="reader", session_name="me")


def test_an_sts_that_does_not_answer_is_unavailable(alias: Sts) -> None:
    aws_targets.set_aws_target(SCOPE, service="sts", endpoint_url="http://127.0.0.1:1", access_key_id="id")
    with pytest.raises(errors.ServiceUnavailableException):
        assume_role(SCOPE, role_alias="reader", session_name="me")


def test_an_unknown_alias_is_not_found(alias: Sts) -> None:
    with pytest.raises(errors.ResourceNotFoundException):
        assume_role(SCOPE, role_alias="none", session_name="me")
