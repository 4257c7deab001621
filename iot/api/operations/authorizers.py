"""Custom authorizers."""

import base64
import uuid
from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import authorizers
from iot.services.paging import paginate

DEFAULT_PAGE = 25


@operation("CreateAuthorizer")
def create_authorizer(
    caller: Caller,
    *,
    authorizer_name: str,
    authorizer_function_arn: str,
    token_key_name: str | None = None,
    token_signing_public_keys: dict[str, str] | None = None,
    status: str = "INACTIVE",
    tags: list[dict[str, str]] | None = None,
    signing_disabled: bool = False,
    enable_caching_for_http: bool = False,
) -> Answer:
    row = authorizers.create_authorizer(
        caller.scope,
        authorizer_name=authorizer_name,
        authorizer_function_arn=authorizer_function_arn,
        token_key_name=token_key_name,
        token_signing_public_keys=token_signing_public_keys,
        status=status,
        tags=tags,
        signing_disabled=signing_disabled,
        enable_caching_for_http=enable_caching_for_http,
    )
    return authorizers.summary(row)


@operation("DescribeAuthorizer")
def describe_authorizer(caller: Caller, *, authorizer_name: str) -> Answer:
    row = authorizers.find_authorizer(caller.scope, authorizer_name)
    return {"authorizerDescription": authorizers.describe(row)}


@operation("UpdateAuthorizer")
def update_authorizer(
    caller: Caller,
    *,
    authorizer_name: str,
    authorizer_function_arn: str | None = None,
    token_key_name: str | None = None,
    token_signing_public_keys: dict[str, str] | None = None,
    status: str | None = None,
    enable_caching_for_http: bool | None = None,
) -> Answer:
    row = authorizers.update_authorizer(
        caller.scope,
        authorizer_name=authorizer_name,
        authorizer_function_arn=authorizer_function_arn,
        token_key_name=token_key_name,
        token_signing_public_keys=token_signing_public_keys,
        status=status,
        enable_caching_for_http=enable_caching_for_http,
    )
    return authorizers.summary(row)


@operation("DeleteAuthorizer")
def delete_authorizer(caller: Caller, *, authorizer_name: str) -> Answer:
    authorizers.delete_authorizer(caller.scope, authorizer_name=authorizer_name)
    return {}


@operation("ListAuthorizers")
def list_authorizers(
    caller: Caller,
    *,
    page_size: int = DEFAULT_PAGE,
    marker: str | None = None,
    ascending_order: bool = True,
    status: str | None = None,
) -> Answer:
    page, token = paginate(
        authorizers.authorizers(caller.scope, status=status),
        scope=caller.scope,
        kind="authorizers",
        token=marker,
        limit=page_size,
        newest_first=not ascending_order,
    )
    return {"authorizers": [authorizers.summary(row) for row in page], "nextMarker": token}


@operation("SetDefaultAuthorizer")
def set_default_authorizer(caller: Caller, *, authorizer_name: str) -> Answer:
    return authorizers.summary(authorizers.set_default_authorizer(caller.scope, authorizer_name=authorizer_name))


@operation("ClearDefaultAuthorizer")
def clear_default_authorizer(caller: Caller) -> Answer:
    authorizers.clear_default_authorizer(caller.scope)
    return {}


@operation("DescribeDefaultAuthorizer")
def describe_default_authorizer(caller: Caller) -> Answer:
    return {"authorizerDescription": authorizers.describe(authorizers.find_default_authorizer(caller.scope))}


@operation("TestInvokeAuthorizer", slow=True)
def test_invoke_authorizer(
    caller: Caller,
    *,
    authorizer_name: str,
    token: str | None = None,
    token_signature: str | None = None,
    http_context: dict[str, Any] | None = None,
    mqtt_context: dict[str, Any] | None = None,
    tls_context: dict[str, Any] | None = None,
) -> Answer:
    given = {"tls": tls_context, "http": http_context, "mqtt": mqtt_context}
    data = {name: dict(value) for name, value in given.items() if value is not None}
    if "password" in data.get("mqtt", {}):
        data["mqtt"]["password"] = base64.b64encode(data["mqtt"]["password"]).decode()
    verdict = authorizers.invoke(
        authorizers.find_authorizer(caller.scope, authorizer_name),
        token=token,
        signature=token_signature,
        event={
            "protocols": list(data),
            "protocolData": data,
            "connectionMetadata": {"id": str(uuid.uuid4())},
        },
    )
    return {
        "isAuthenticated": verdict.is_authenticated,
        "principalId": verdict.principal_id,
        "policyDocuments": list(verdict.policy_documents),
        "refreshAfterInSeconds": verdict.refresh_after,
        "disconnectAfterInSeconds": verdict.disconnect_after,
    }
