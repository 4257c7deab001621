"""A request and its demands."""

from typing import cast

import pytest

from iot.core.arn import Scope
from iot.gateway.requests import Call, Forbidden
from iot.gateway.shared import Shared
from tests.gateway.conftest import SCOPE
from tests.gateway.test_authorize import allow, authority, principal


class Scoped:
    scope: Scope = SCOPE


def test_what_policies_do_not_allow_is_forbidden() -> None:
    statement = allow("iot:GetThingShadow", "thing/a")
    one = Call(cast(Shared, Scoped()), principal(statement), authority(statement), "10.0.0.1", {}, {}, b"")
    one.demand("iot:GetThingShadow", "thing", "a")
    with pytest.raises(Forbidden) as caught:
        one.demand("iot:GetThingShadow", "thing", "b")
    assert caught.value.refused.resource.endswith(":thing/b")
