"""Settings of accounts."""

from typing import Any

import pytest

from iot.services import account_settings
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db


def test_a_setting_has_a_default_until_it_is_written() -> None:
    assert account_settings.read(SCOPE, "s", "default") == "default"
    assert account_settings.times(SCOPE, "s") is None
    values: list[Any] = [{"a": [1, None]}, "", 0, False, []]
    for value in values:
        account_settings.write(SCOPE, "s", value)
        assert account_settings.read(SCOPE, "s", "default") == value
    assert account_settings.read(ELSEWHERE, "s", "default") == "default"
    first, last = account_settings.times(SCOPE, "s") or (None, None)
    assert first is not None
    assert last is not None
    assert first < last
