"""Logging options as services."""

import pytest

from iot.core import errors
from iot.services import logging
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_changes_are_announced(broker: Broker) -> None:
    logging.set_logging_options(SCOPE, {"roleArn": "r"})
    logging.set_v2_logging_options(SCOPE, {"roleArn": "r"})
    logging.set_level(SCOPE, target_type="DEFAULT", target_name=None, level="INFO")
    assert {kind for kind, _ in broker.announced()} == {"settings"}


@pytest.mark.django_db
def test_each_account_has_its_own() -> None:
    logging.set_v2_logging_options(SCOPE, {"roleArn": "r", "defaultLogLevel": "WARN"})
    with pytest.raises(errors.NotConfiguredException):
        logging.v2_logging_options(ELSEWHERE)
    with pytest.raises(errors.NotConfiguredException):
        logging.set_level(ELSEWHERE, target_type="DEFAULT", target_name=None, level="INFO")
    logging.delete_level(ELSEWHERE, target_type="DEFAULT", target_name="x")


@pytest.mark.django_db
def test_logging_is_switched_off_without_a_role() -> None:
    logging.set_v2_logging_options(SCOPE, {"disableAllLogs": True})
    assert logging.v2_logging_options(SCOPE) == {"disableAllLogs": True}
