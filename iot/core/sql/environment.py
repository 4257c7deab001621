"""An evaluation: what it is told from outside (clock, chance, identity, services to ask), and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from iot.core.sql.payload import Input
from iot.core.sql.values import FunctionFailed, RuleError, to_json

MAXIMUM_RESULT_BYTES = 128 * 1024


class Ports(Protocol):
    """The services that functions ask. Each method answers a JSON value or raises FunctionFailed."""

    def get_thing_shadow(self, thing_name: str, shadow_name: str) -> Any: ...

    def get_registry_data(self, api: str, thing_name: str) -> Any: ...

    def get_dynamodb(self, table: str, keys: Mapping[str, Any], role_arn: str) -> Any: ...

    def aws_lambda(self, function_arn: str, argument: Any) -> Any: ...

    def get_secret(self, secret_id: str, kind: str, key: str | None, role_arn: str) -> Any: ...

    def machinelearning_predict(self, model_id: str, role_arn: str, record: Any) -> Any: ...

    def decode_proto(self, content: bytes, bucket: str, key: str, file_name: str, message_type: str) -> Any: ...


class NoPorts:
    """Answers nothing: every function that asks the outside fails."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*arguments: Any) -> Any:
            raise FunctionFailed(f"{name} cannot be called here")

        return fail


@dataclass(frozen=True, slots=True)
class Environment:
    """The world around an evaluation; `clock` answers epoch milliseconds."""

    clock: Callable[[], int]
    uuid: Callable[[], str]
    random: Callable[[], float]
    account: str
    ports: Ports = field(default_factory=NoPorts)


class Run:
    """A statement at work on a message: what its functions and templates ask, and at the end its output.

    `output` is a JSON value, or bytes for a payload that is not JSON; `matched` says whether WHERE holds. `variables`
    are those of SET, `trace` is the message's trace id once it was asked for. There is no constructor, because its call
    is a fifth of what a small rule costs: `start_run` makes a run, and so does the evaluation where nothing asks for it
    before its end.
    """

    __slots__ = ("environment", "input", "matched", "output", "trace", "variables", "version")

    environment: Environment
    input: Input
    matched: bool
    output: Any
    trace: str | None
    variables: dict[str, Any]
    version: str

    def output_bytes(self) -> bytes:
        """The output as it goes to actions. Raises RuleError above 128 KiB."""
        return output_bytes(self.output)


def start_run(source: Input, environment: Environment, version: str, trace: str | None = None) -> Run:
    """Begin with a message; the run has no output yet."""
    run = Run()
    run.environment = environment
    run.input = source
    run.matched = True
    run.output = None
    run.trace = trace
    run.variables = {}
    run.version = version
    return run


def output_bytes(output: Any) -> bytes:
    """Write an output as it goes to actions. Raises RuleError above 128 KiB."""
    written = output if isinstance(output, bytes) else to_json(output)
    if len(written) > MAXIMUM_RESULT_BYTES:
        raise RuleError(f"The result has more than {MAXIMUM_RESULT_BYTES} bytes")
    return written
