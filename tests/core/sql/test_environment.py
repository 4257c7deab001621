"""What an evaluation is told from outside."""

import pytest

from iot.core.sql.environment import NoPorts, Run
from iot.core.sql.values import FunctionFailed
from tests.core.sql.running import environment, source


def test_without_ports_every_function_that_asks_the_outside_fails() -> None:
    with pytest.raises(FunctionFailed, match="get_secret cannot be called here"):
        NoPorts().get_secret("id", "SecretString")


def test_a_run_begins_without_variables() -> None:
    given, around = source(), environment()
    run = Run(given, around, "beta", "trace")
    assert (run.input, run.environment, run.version, run.trace, run.variables) == (given, around, "beta", "trace", {})
