import pytest

from iot.core.sql import RuleError
from iot.rules.action import ActionError, Templates, actions, number
from tests.rules.running import fire, message, rule

WANTED = {
    "cloudwatchAlarm",
    "cloudwatchLogs",
    "cloudwatchMetric",
    "dynamoDB",
    "dynamoDBv2",
    "elasticsearch",
    "firehose",
    "http",
    "iotSiteWise",
    "kafka",
    "kinesis",
    "lambda",
    "location",
    "openSearch",
    "republish",
    "s3",
    "sns",
    "sqs",
    "stepFunctions",
    "thingstead",
    "timestream",
}


def test_every_action_is_known_by_its_name_and_carries_out_in_one_way() -> None:
    known = actions()
    assert set(known) == WANTED
    assert all((action.post is None) != (action.send is None) for action in known.values())
    assert all(action.title.endswith("Action") for action in known.values())


def test_templates_are_rendered_for_the_message_and_constants_are_not_evaluated() -> None:
    given = rule(sql="SELECT t AS u FROM 'dt/#'")
    templates = Templates({"a": "${t}-${topic(2)}", "b": "constant", "n": 5}, given.statement.template)
    run = fire(given, message({"t": 1})).run
    assert templates.text("a")(run) == "1-a"
    assert templates.text("b")(run) == "constant"
    assert templates.text("n")(run) == "5"
    assert templates.text("missing", "default")(run) == "default"
    assert templates.optional("missing") is None


def test_the_output_is_written_once_and_bounded() -> None:
    fired = fire(rule(sql="SELECT * FROM 'dt/#'"), message({"t": 1}))
    assert fired.body is fired.body
    assert fired.json_body("x") == b'{"t":1}'
    with pytest.raises(RuleError):
        _ = fire(rule(sql="SELECT * FROM 'dt/#'"), message({"t": "x" * 131_072})).body


def test_bytes_are_not_json() -> None:
    fired = fire(rule(), message(b"\xff"))
    assert not fired.is_json
    with pytest.raises(ActionError, match="base64"):
        fired.json_body("lambda")


def test_requests_have_identities_of_their_own_that_come_from_the_trace() -> None:
    def identities(name: str) -> list[str]:
        fired = fire(rule(name=name), message({}))
        return [fired.identity(), fired.identity()]

    assert identities("a") == identities("a")
    assert len({*identities("a"), *identities("b")}) == 4


@pytest.mark.parametrize("text", ["", "one", "nan", "inf"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert number("-1.5e3", "x") == -1500.0
    with pytest.raises(ActionError, match="x is not a number"):
        number(text, "x")


def test_a_trace_is_made_when_it_is_asked_for() -> None:
    fired = fire(rule(), message({}), trace=None)
    assert fired.run.trace is None
    assert fired.trace == fired.trace
    assert len(fired.trace) == 36
