"""What an evaluation is told from outside, and what comes of it."""

import pytest

from iot.core.sql.environment import MAXIMUM_RESULT_BYTES, NoPorts, output_bytes, start_run
from iot.core.sql.values import FunctionFailed, RuleError
from tests.core.sql.running import environment, source


def test_without_ports_every_function_that_asks_the_outside_fails() -> None:
    with pytest.raises(FunctionFailed, match="get_secret cannot be called here"):
        NoPorts().get_secret("id", "SecretString")


def test_a_run_begins_without_variables_and_output() -> None:
    given, around = source(), environment()
    run = start_run(given, around, "beta", "trace")
    assert (run.input, run.environment, run.version, run.trace, run.variables) == (given, around, "beta", "trace", {})
    assert (run.matched, run.output, run.output_bytes()) == (True, None, b"null")


def test_an_output_is_written_as_json_and_bytes_as_they_are_up_to_the_limit() -> None:
    assert output_bytes({"a": [1, None]}) == b'{"a":[1,null]}'
    assert output_bytes(b"\xde\xad") == b"\xde\xad"
    with pytest.raises(RuleError, match="more than"):
        output_bytes(b"x" * (MAXIMUM_RESULT_BYTES + 1))
