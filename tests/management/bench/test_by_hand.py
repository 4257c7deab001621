"""What is written by hand makes the same of a message as its rule; only then is their cost comparable."""

from typing import cast

import pytest

from iot.core.sql import compile_statement
from iot.management.bench.by_hand import CASE_AND_FUNCTIONS, ENVIRONMENT, FOUR_FIELDS, Pair, message
from iot.management.bench.measures import Load


@pytest.mark.parametrize("pair", [FOUR_FIELDS, CASE_AND_FUNCTIONS])
async def test_both_make_the_same_of_a_message(pair: Pair) -> None:
    source = message()
    found = compile_statement(pair.sql, "2016-03-23").evaluate(source, ENVIRONMENT)
    assert found.output == pair.by_hand(source.payload, source.topic)
    assert len(found.output) == 4
    assert (await pair(cast(Load, None))).rate > 0
