import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.models import AwsTarget
from iot.services import aws_targets
from iot.services.aws_targets import Target

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")


def test_a_services_own_settings_come_before_those_for_all() -> None:
    assert aws_targets.find_target(SCOPE, "sqs") == Target()
    aws_targets.set_aws_target(SCOPE, endpoint_url="http://all", access_key_id="k", secret_access_key="s")
    aws_targets.set_aws_target(SCOPE, service="sqs", endpoint_url="http://sqs", region_name="r", assume_role=True)
    assert aws_targets.find_target(SCOPE, "sqs") == Target("http://sqs", "r", "", "", True)
    assert aws_targets.find_target(SCOPE, "sns") == Target("http://all", "", "k", "s")
    assert set(aws_targets.aws_targets(SCOPE)) == {"", "sqs"}
    aws_targets.delete_aws_target(SCOPE, service="sqs")
    assert aws_targets.find_target(SCOPE, "sqs").endpoint_url == "http://all"


def test_the_secret_is_sealed_and_stays_when_none_is_given() -> None:
    aws_targets.set_aws_target(SCOPE, access_key_id="k", secret_access_key="very secret")
    assert "secret" not in AwsTarget.objects.get().sealed_secret
    aws_targets.set_aws_target(SCOPE, access_key_id="other")
    assert aws_targets.find_target(SCOPE, "").secret_access_key == "very secret"
    aws_targets.set_aws_target(SCOPE, secret_access_key="")
    assert aws_targets.find_target(SCOPE, "").secret_access_key == ""


@pytest.mark.parametrize(("service", "endpoint"), [("ec2", ""), ("sqs", "file:///etc/passwd"), ("", "localhost:4566")])
def test_what_makes_no_sense_is_refused(service: str, endpoint: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        aws_targets.set_aws_target(SCOPE, service=service, endpoint_url=endpoint)
