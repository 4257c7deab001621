"""Tags."""

from iot.api.registry import Answer, Caller, operation
from iot.services import tags as tagging
from iot.services.paging import paginate

PAGE = 50


@operation("TagResource")
def tag_resource(caller: Caller, *, resource_arn: str, tags: list[dict[str, str]]) -> Answer:
    tagging.tag_resource(caller.scope, resource=resource_arn, tags=tags)
    return {}


@operation("UntagResource")
def untag_resource(caller: Caller, *, resource_arn: str, tag_keys: list[str]) -> Answer:
    tagging.untag_resource(caller.scope, resource=resource_arn, keys=tag_keys)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(caller: Caller, *, resource_arn: str, next_token: str | None = None) -> Answer:
    rows = tagging.tags(caller.scope, resource_arn)
    page, token = paginate(rows, scope=caller.scope, kind="tags", token=next_token, limit=PAGE)
    return {"tags": [{"Key": row.key, "Value": row.value} for row in page], "nextToken": token}
