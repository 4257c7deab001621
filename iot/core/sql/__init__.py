"""AWS IoT rules SQL: text to tree to compiled Python."""

from iot.core.sql.environment import Environment, NoPorts, Ports, Run, output_bytes, start_run
from iot.core.sql.payload import Input
from iot.core.sql.statement import NEW_VERSION, Statement, catalogue, compile_statement
from iot.core.sql.template import Template, compile_template
from iot.core.sql.values import UNDEFINED, FunctionFailed, RuleError

__all__ = [
    "NEW_VERSION",
    "UNDEFINED",
    "Environment",
    "FunctionFailed",
    "Input",
    "NoPorts",
    "Ports",
    "RuleError",
    "Run",
    "Statement",
    "Template",
    "catalogue",
    "compile_statement",
    "compile_template",
    "output_bytes",
    "start_run",
]
