import pytest

from iot.core import errors
from iot.core.sql import NEW_VERSION
from iot.rules.action import ActionError
from iot.rules.rule import build
from tests.rules.running import ROLE, fire, message, rule

REPUBLISH = {"republish": {"topic": "out", "roleArn": ROLE}}


@pytest.mark.parametrize(
    ("sql", "action", "asks"),
    [
        ("SELECT * FROM 'a'", REPUBLISH, False),
        ("SELECT decode(encode(*, 'base64'), 'base64') FROM 'a'", REPUBLISH, False),
        ("SELECT Get_Thing_Shadow('t', 'r') AS s FROM 'a'", REPUBLISH, True),
        ("SELECT * FROM 'a' WHERE aws_lambda('arn', *) = 1", REPUBLISH, True),
        ("SELECT decode(x, 'proto', 'b', 'k', 'f', 'm') AS s FROM 'a'", REPUBLISH, True),
        ("SELECT * FROM 'a'", {"republish": {"topic": "${get_secret('a','SecretString','r')}", "roleArn": ROLE}}, True),
    ],
)
def test_it_knows_whether_evaluating_may_wait(sql: str, action: dict[str, object], asks: bool) -> None:
    assert build("r", sql, NEW_VERSION, [action], None).asks_outside is asks


def test_an_action_that_is_not_performed_fails_when_it_is_rendered() -> None:
    given = rule({"iotEvents": {"inputName": "t"}}, {"greengrass": {}})
    for bound, reason in zip(
        given.actions, ("AWS has ended AWS IoT Events", "greengrass is not performed here"), strict=True
    ):
        with pytest.raises(ActionError, match=reason):
            bound.render(fire(given, message({})))
    assert given.actions[0].action.title == "IotEventsAction"


def test_an_action_that_cannot_be_prepared_fails_alone() -> None:
    given = rule({"republish": {"topic": "out", "qos": "x"}}, {"dynamoDBv2": {}}, REPUBLISH)
    fired = fire(given, message({}))
    for bound in given.actions[:2]:
        with pytest.raises(ActionError, match="cannot be prepared"):
            bound.render(fired)
    assert len(given.actions[2].render(fired)) == 1


def test_a_statement_that_cannot_be_parsed_is_refused() -> None:
    with pytest.raises(errors.SqlParseException):
        rule(REPUBLISH, sql="SELECT FROM")


def test_durations_are_counted_in_a_histogram() -> None:
    bound = rule(REPUBLISH, name="r").actions[0]
    for seconds in (0.0005, 0.02, 60.0):
        bound.timed(seconds)
    assert bound.timings == {
        "ActionLatency.Sum": pytest.approx(60.0205),
        "ActionLatency.Count": 3,
        "ActionLatency.Within0.001": 1,
        "ActionLatency.Within0.05": 1,
    }
    assert bound.dimension == "r/0:republish"


def test_the_error_action_has_a_dimension_of_its_own() -> None:
    given = rule(REPUBLISH, name="r", error_action=REPUBLISH)
    assert given.error_action is not None
    assert given.error_action.dimension == "r/error:republish"
