"""The function library by subject; importing this package declares them all."""

from iot.core.sql.functions import context, data, numbers, strings, times
from iot.core.sql.functions.library import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "context", "data", "numbers", "strings", "times"]
