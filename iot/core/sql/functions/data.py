"""Functions on arrays, objects and absent values, and those that ask services through the ports."""

from typing import Any

from iot.core.sql.functions.library import raw_function
from iot.core.sql.payload import parse_json
from iot.core.sql.values import UNDEFINED, FunctionFailed, is_number, to_int

SHADOW_ARGUMENTS = (2, 3)


@raw_function("get(Any, Any)", "An element of an array, a character of a string, or a member of an object.")
def get(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 2:
        return UNDEFINED
    container, key = arguments
    if isinstance(container, dict):
        return container.get(key, UNDEFINED) if isinstance(key, str) else UNDEFINED
    if not isinstance(container, list | str):
        return UNDEFINED
    index = to_int(key)
    return container[index] if is_number(index) and 0 <= index < len(container) else UNDEFINED


@raw_function("isNull(Any)", "Whether a value is Null.", new=True)
def is_null(run: Any, *arguments: Any) -> Any:
    return arguments[0] is None if len(arguments) == 1 else UNDEFINED


@raw_function("isUndefined(Any)", "Whether a value is Undefined.", new=True)
def is_undefined(run: Any, *arguments: Any) -> Any:
    return arguments[0] is UNDEFINED if len(arguments) == 1 else UNDEFINED


@raw_function(
    "transform('enrichArray', Object, Array)", "Each object of an array merged with one object.", new=True, fixed=(0,)
)
def transform(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 3 or arguments[0] != "enrichArray":
        return UNDEFINED
    extra, items = arguments[1:]
    if not isinstance(extra, dict) or not isinstance(items, list):
        return UNDEFINED
    return [{**item, **extra} if isinstance(item, dict) else item for item in items]


@raw_function(
    "get_thing_shadow(String, [String], String)", "The shadow of a thing.", new=True, outside=True, fixed=(-1,)
)
def get_thing_shadow(run: Any, *arguments: Any) -> Any:
    if len(arguments) not in SHADOW_ARGUMENTS or not all(isinstance(argument, str) for argument in arguments):
        raise FunctionFailed("get_thing_shadow takes a thing's name, perhaps a shadow's name, and a role")
    return run.environment.ports.get_thing_shadow(arguments[0], arguments[1] if len(arguments) == 3 else "")


@raw_function(
    "get_registry_data(String, String, String)",
    "What the registry says of a thing.",
    new=True,
    outside=True,
    fixed=(0, -1),
)
def get_registry_data(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 3 or not all(isinstance(argument, str) for argument in arguments):
        raise FunctionFailed("get_registry_data takes an API's name, a thing's name and a role")
    return run.environment.ports.get_registry_data(arguments[0], arguments[1])


@raw_function(
    "get_dynamodb(String, String, Any, [String, Any], String)",
    "An item of a DynamoDB table.",
    new=True,
    outside=True,
    fixed=(-1,),
)
def get_dynamodb(run: Any, *arguments: Any) -> Any:
    names = (*arguments[:1], *arguments[1:-1:2], *arguments[-1:])
    if len(arguments) not in (4, 6) or UNDEFINED in arguments or not all(isinstance(name, str) for name in names):
        raise FunctionFailed("get_dynamodb takes a table, one or two keys with their values, and a role")
    table, *pairs, role = arguments
    return run.environment.ports.get_dynamodb(table, dict(zip(pairs[::2], pairs[1::2], strict=True)), role)


@raw_function("aws_lambda(String, Any)", "What a Lambda function answers.", outside=True, raw=True)
def aws_lambda(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 2 or not isinstance(arguments[0], str):
        raise FunctionFailed("aws_lambda takes a function's ARN and its argument")
    argument = parse_json(arguments[1]) if isinstance(arguments[1], bytes) else arguments[1]
    if argument is UNDEFINED:
        raise FunctionFailed("The argument of aws_lambda is not JSON")
    return run.environment.ports.aws_lambda(arguments[0], argument)


@raw_function(
    "get_secret(String, String, [String], String)", "A secret of Secrets Manager.", outside=True, fixed=(1, -1)
)
def get_secret(run: Any, *arguments: Any) -> Any:
    if len(arguments) not in (3, 4) or not all(isinstance(argument, str) for argument in arguments):
        raise FunctionFailed("get_secret takes an id, SecretString or SecretBinary, perhaps a key, and a role")
    key = arguments[2] if len(arguments) == 4 else None
    return run.environment.ports.get_secret(arguments[0], arguments[1], key, arguments[-1])


@raw_function("machinelearning_predict(String, String, Object)", "The prediction of a model.", outside=True, fixed=(1,))
def machinelearning_predict(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 3:
        raise FunctionFailed("machinelearning_predict takes a model's id, a role and a record")
    return run.environment.ports.machinelearning_predict(*arguments)
