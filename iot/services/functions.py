"""Calling the functions that authorizers and provisioning hooks name by their ARNs, or by URLs.

Which service answers is boto3's business: AWS itself, or with `AWS_ENDPOINT_URL_LAMBDA` anything that speaks its API.
"""

from typing import Any

import orjson

from iot.core import errors
from iot.core.arn import parse_arn
from iot.services import function_urls

TIMEOUT = 5


def invoke(function_arn: str, event: dict[str, Any]) -> Any:
    """Call a function with a JSON event and answer its JSON. Raises InvalidResponseException."""
    if function_urls.is_url(function_arn):
        return function_urls.ask(function_arn, event)
    arn = parse_arn(function_arn)
    if arn is None or arn.service != "lambda":
        raise errors.InvalidRequestException(f"Not the ARN of a function: {function_arn}")
    import boto3  # 12 MB that a gateway without Lambda functions need not hold
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"max_attempts": 0})
    try:
        client = boto3.client("lambda", region_name=arn.region, config=config)
        answer = client.invoke(FunctionName=function_arn, Payload=orjson.dumps(event))
        body = answer["Payload"].read()
    except (BotoCoreError, ClientError) as error:
        raise errors.InvalidResponseException(f"The function {function_arn} cannot be called: {error}") from None
    if answer.get("FunctionError"):
        raise errors.InvalidResponseException(
            f"The function {function_arn} failed: {body[:500].decode(errors='replace')}"
        )
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise errors.InvalidResponseException(f"The function {function_arn} did not answer JSON") from None
