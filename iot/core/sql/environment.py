"""What an evaluation is told from outside: clock, chance, identity, and the services that functions ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from iot.core.sql.payload import Input
from iot.core.sql.values import FunctionFailed


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
    """One evaluation: the message, the environment, the values of SET variables, and the message's trace id."""

    __slots__ = ("environment", "input", "trace", "variables", "version")

    def __init__(self, source: Input, environment: Environment, version: str, trace: str | None = None) -> None:
        self.input = source
        self.environment = environment
        self.version = version
        self.variables: dict[str, Any] = {}
        self.trace = trace
