import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.sql import NEW_VERSION
from iot.services import recorder
from iot.services.backtests import backtest

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")
SQL = "SELECT t * 2 AS double FROM 'dt/#' WHERE t > 1"


def record() -> None:
    messages = [Message(f"dt/{number}", b'{"t":%d}' % number) for number in range(4)]
    recorder.keep(SCOPE, [("dt/#", float(number), message) for number, message in enumerate(messages)])


def test_a_rule_is_tried_on_what_was_recorded_on_its_filter_newest_first() -> None:
    record()
    found = backtest(SCOPE, sql=SQL, version=NEW_VERSION, templates=["${topic(2)}"])
    assert [(past.at, past.trial.passed) for past in found] == [(3, True), (2, True), (1, False), (0, False)]
    assert found[0].trial.output == '{"double":6}'
    assert found[0].trial.templates[0].value == "3"


def test_another_filter_and_a_limit_may_be_given() -> None:
    record()
    sql = SQL.replace("dt/#", "dt/3")
    found = backtest(SCOPE, sql=sql, version=NEW_VERSION, topic_filter="dt/#", limit=2)
    assert [past.trial.topic_matches for past in found] == [True, False]
    assert backtest(SCOPE, sql=sql, version=NEW_VERSION) == []


def test_a_statement_that_cannot_be_parsed_says_where() -> None:
    with pytest.raises(errors.SqlParseException):
        backtest(SCOPE, sql="SELECT", version=NEW_VERSION)
