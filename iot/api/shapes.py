"""Words in which operations of our own are described: the ones of AWS's service models."""

from typing import Any

ERRORS = [
    {"shape": name}
    for name in ("InvalidRequestException", "ResourceNotFoundException", "ThrottlingException", "ConflictException")
]


def described(name: str, method: str, uri: str, about: str) -> dict[str, Any]:
    """Describe an operation; its shapes are called after it."""
    return {
        "name": name,
        "http": {"method": method, "requestUri": uri},
        "input": {"shape": f"{name}Request"},
        "output": {"shape": f"{name}Response"},
        "errors": ERRORS,
        "documentation": about,
    }


def structure(members: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    """Describe an object."""
    return {"type": "structure", "members": members, "required": required or []}


def plain(**members: str) -> dict[str, Any]:
    """Describe members that stand in the body, by the names of their shapes."""
    return {name: {"shape": shape} for name, shape in members.items()}


def in_path(name: str, shape: str) -> dict[str, Any]:
    """Describe a member that stands in the path."""
    return {name: {"shape": shape, "location": "uri", "locationName": name}}


def in_query(**members: str) -> dict[str, Any]:
    """Describe members that stand in the query, by the names of their shapes."""
    return {name: {"shape": shape, "location": "querystring", "locationName": name} for name, shape in members.items()}


def refusal(status: int) -> dict[str, Any]:
    """Describe an error by its status."""
    return {**structure(plain(message="Text")), "error": {"httpStatusCode": status}, "exception": True}
