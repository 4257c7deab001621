import pytest
from django.conf import settings

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from iot.services import aws_targets
from tests.rules.listening import Listener
from tests.rules.running import REGION, carry_out, message, requests

FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"


def made(of: object) -> list[dict[str, object]]:
    return requests({"lambda": {"functionArn": FUNCTION}}, message(of))


@pytest.fixture
def lambda_at_listener(targets: Targets, listener: Listener) -> Targets:
    aws_targets.set_aws_target(
        settings.SCOPE,
        service="lambda",
        endpoint_url=listener.url,
        region_name=REGION,
        access_key_id="k",
        secret_access_key="s",
    )
    return targets


def test_it_invokes_the_function_without_waiting_for_its_answer(
    lambda_at_listener: Targets, listener: Listener
) -> None:
    listener.answers = [202]
    assert carry_out(lambda_at_listener, "lambda", made({"t": 1})) == [None]
    (asked,) = listener.asked
    assert asked.path.endswith("/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af/invocations")
    assert asked.headers["x-amz-invocation-type"] == "Event"
    assert asked.body == b'{"t":1}'


@pytest.mark.parametrize(("status", "final"), [(400, True), (429, False), (500, False), (503, False)])
def test_faults_and_limits_are_tried_again_and_mistakes_are_not(
    lambda_at_listener: Targets, listener: Listener, status: int, final: bool
) -> None:
    listener.answers = [status]
    (failed,) = carry_out(lambda_at_listener, "lambda", made({"t": 1}))
    assert failed is not None
    assert failed.final is final


def test_a_function_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "lambda", made({"t": 1}))
    assert failed is not None
    assert failed.final
    assert "ResourceNotFound" in failed.reason


def test_it_takes_no_binary() -> None:
    with pytest.raises(ActionError, match="base64"):
        made(b"\xff")
