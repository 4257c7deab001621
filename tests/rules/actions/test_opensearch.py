from typing import Any

import pytest
from django.conf import settings

from iot.rules.targets import Targets
from iot.services import aws_targets
from tests.rules.listening import Listener
from tests.rules.running import ROLE, carry_out, message, requests


def made(endpoint: str, of: Any, name: str = "openSearch") -> list[dict[str, Any]]:
    given = {"endpoint": endpoint, "index": "${topic(2)}", "type": "_doc", "id": "${id}", "roleArn": ROLE}
    return requests({name: given}, message(of))


@pytest.mark.parametrize("name", ["openSearch", "elasticsearch"])
def test_the_output_is_put_as_a_document_signed(targets: Targets, listener: Listener, name: str) -> None:
    aws_targets.set_aws_target(settings.SCOPE, access_key_id="AKIDEXAMPLE", secret_access_key="s")
    assert carry_out(targets, name, made(listener.url, {"id": "x/1", "t": 1}, name)) == [None]
    (asked,) = listener.asked
    assert (asked.method, asked.path, asked.body) == ("PUT", "/a/_doc/x%2F1", b'{"id":"x/1","t":1}')
    assert "/us-east-1/es/aws4_request" in asked.headers["authorization"]


@pytest.mark.parametrize(("status", "final"), [(400, True), (429, False), (503, False)])
def test_it_tells_mistakes_from_faults(targets: Targets, listener: Listener, status: int, final: bool) -> None:
    aws_targets.set_aws_target(settings.SCOPE, access_key_id="k", secret_access_key="s")
    listener.answers = [status]
    (failed,) = carry_out(targets, "openSearch", made(listener.url, {"id": "1"}))
    assert failed is not None
    assert failed.final is final


def test_a_private_address_is_refused_unless_trusted(targets: Targets) -> None:
    (failed,) = carry_out(targets, "openSearch", made("https://10.0.0.1", {"id": "1"}))
    assert failed is not None
    assert failed.final


def test_a_domain_that_cannot_be_reached_is_tried_again(targets: Targets) -> None:
    (failed,) = carry_out(targets, "openSearch", made("http://127.0.0.1:1", {"id": "1"}))
    assert failed is not None
    assert not failed.final
