"""Role aliases."""

from iot.api.registry import Answer, Caller, operation
from iot.services import role_aliases
from iot.services.paging import paginate

DEFAULT_PAGE = 25


@operation("CreateRoleAlias")
def create_role_alias(
    caller: Caller,
    *,
    role_alias: str,
    role_arn: str,
    credential_duration_seconds: int = role_aliases.DEFAULT_DURATION,
    tags: list[dict[str, str]] | None = None,
) -> Answer:
    row = role_aliases.create_role_alias(
        caller.scope, role_alias=role_alias, role_arn=role_arn, duration=credential_duration_seconds, tags=tags
    )
    return {"roleAlias": row.name, "roleAliasArn": row.arn}


@operation("DescribeRoleAlias")
def describe_role_alias(caller: Caller, *, role_alias: str) -> Answer:
    return {"roleAliasDescription": role_aliases.describe(role_aliases.find_role_alias(caller.scope, role_alias))}


@operation("UpdateRoleAlias")
def update_role_alias(
    caller: Caller, *, role_alias: str, role_arn: str | None = None, credential_duration_seconds: int | None = None
) -> Answer:
    row = role_aliases.update_role_alias(
        caller.scope, role_alias=role_alias, role_arn=role_arn, duration=credential_duration_seconds
    )
    return {"roleAlias": row.name, "roleAliasArn": row.arn}


@operation("DeleteRoleAlias")
def delete_role_alias(caller: Caller, *, role_alias: str) -> Answer:
    role_aliases.delete_role_alias(caller.scope, role_alias=role_alias)
    return {}


@operation("ListRoleAliases")
def list_role_aliases(
    caller: Caller, *, page_size: int = DEFAULT_PAGE, marker: str | None = None, ascending_order: bool = True
) -> Answer:
    page, token = paginate(
        role_aliases.role_aliases(caller.scope),
        scope=caller.scope,
        kind="role-aliases",
        token=marker,
        limit=page_size,
        newest_first=not ascending_order,
    )
    return {"roleAliases": [row.name for row in page], "nextMarker": token}
